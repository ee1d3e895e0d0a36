public import OCI
public import RegistryClient
internal import Synchronization

extension ImageStore {
    /// The references that are tags of `repository`, in order.
    public func tags(of repository: ImageReference) -> [ImageReference] {
        state.withLock { Array($0.names.keys) }.sorted().compactMap { try? ImageReference(parsing: $0) }
            .filter {
                $0.name == repository.name && $0.digest == nil
            }
    }

    /// What a registry says that `reference` stands for, and for which platforms it is.
    public func distribution(
        _ reference: ImageReference, _ session: RepositorySession
    ) async throws -> (descriptor: Descriptor, platforms: [Platform]) {
        let wanted = reference.digest?.description ?? reference.tag ?? "latest"
        let found = try await RemoteImage.fetch(wanted, expected: reference.digest, session)
        if MediaType.isIndex(found.descriptor.mediaType) {
            let index = try Self.decode(ImageIndex.self, found.bytes, "index \(found.descriptor.digest)")
            return (found.descriptor, index.manifests.compactMap(\.platform))
        }
        let manifest = try Self.decode(ImageManifest.self, found.bytes, "manifest \(found.descriptor.digest)")
        let config = try await RemoteImage.config(manifest.config, session, content)
        return (found.descriptor, [config.platform])
    }
}
