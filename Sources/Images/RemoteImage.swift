internal import AsyncPrimitives
internal import ContentStore
internal import FoundationEssentials
internal import OCI
internal import RegistryClient

/// What a registry says an image is made of, verified.
struct RemoteImage: Sendable {
    /// Of what the name stands for: the manifest, or the index above it.
    let named: Digest
    let descriptor: Descriptor
    let manifest: ImageManifest
    let config: ImageConfig
    /// Keep the manifest and the config in the store until a record names them.
    private let leases: [BlobLease]

    static let maximumLayers = 500
    private static let configLimitBytes = 8 << 20
    private static let schema1 = "application/vnd.docker.distribution.manifest.v1"

    /// Follows `wanted` (a tag or digest) to the manifest for `platform`, and puts that and its config into `content`.
    static func resolve(
        _ wanted: String, _ reference: ImageReference, _ platform: Platform?, _ session: RepositorySession,
        _ content: ContentStore
    ) async throws -> RemoteImage {
        var found = try await fetch(wanted, expected: reference.digest, session)
        let named = found.descriptor.digest
        var depth = 0
        while MediaType.isIndex(found.descriptor.mediaType) {
            depth += 1
            if depth > 4 { throw ImageError(.invalid, "pull \"\(named)\": indexes within indexes") }
            let index = try ImageStore.decode(
                ImageIndex.self, found.bytes, "index \(found.descriptor.digest)")
            let next = try choose(index, platform ?? .host)
            found = try await fetch(next.digest.description, expected: next.digest, session)
            if Int64(found.bytes.count) != next.size {
                throw ContentError.wrongSize(
                    digest: next.digest.description, expected: next.size, found: Int64(found.bytes.count))
            }
        }
        let subject = "manifest \(found.descriptor.digest)"
        let manifest = try ImageStore.decode(ImageManifest.self, found.bytes, subject)
        try check(manifest)
        var leases = [content.lease(found.descriptor.digest), content.lease(manifest.config.digest)]
        let config = try await config(manifest.config, session, content)
        if config.rootFS.diffIDs.count != manifest.layers.count {
            throw ImageError(
                .invalid,
                "pull \"\(found.descriptor.digest)\": \(manifest.layers.count) layers, but "
                    + "\(config.rootFS.diffIDs.count) diff IDs in the config")
        }
        if let platform, !config.platform.satisfies(platform) {
            throw ImageError(
                .notFound,
                "image with reference \(reference.familiarString) was found but its platform "
                    + "(\(config.platform)) does not match the specified platform (\(platform))")
        }
        leases += manifest.layers.map { content.lease($0.digest) }
        try await BlockingPool.shared.run { [bytes = found.bytes, digest = found.descriptor.digest] in
            _ = try content.put(bytes, expected: digest)
        }
        return RemoteImage(
            named: named, descriptor: found.descriptor, manifest: manifest, config: config, leases: leases)
    }

    static func fetch(
        _ wanted: String, expected: Digest?, _ session: RepositorySession
    ) async throws -> (descriptor: Descriptor, bytes: [UInt8]) {
        if let expected, expected.algorithm != .sha256 {
            throw ImageError(.unsupported, "pull \"\(expected)\": only sha256 digests are supported")
        }
        let remote = try await session.manifest(wanted)
        let digest = ContentStore.digest(of: remote.bytes)
        if let expected, expected != digest {
            throw ImageError(
                .invalid,
                "manifest verification failed for digest \(expected): the content has digest \(digest)")
        }
        struct Typed: Decodable { var mediaType: String?; var schemaVersion: Int? }
        let inside: Typed
        do { inside = try JSONDecoder().decode(Typed.self, from: Data(remote.bytes)) } catch {
            throw ImageError(
                .invalid, "manifest \"\(wanted)\": the registry's answer is no manifest (\(remote.mediaType))"
            )
        }
        let type = inside.mediaType ?? remote.mediaType
        if type.hasPrefix(schema1) || inside.schemaVersion == 1 {
            throw ImageError(
                .unsupported,
                "Docker Image Format v1 and Docker Image manifest version 2, schema 1 are not supported: "
                    + "have the author of \(session.repository.familiarName) upgrade the image to the OCI format"
            )
        }
        guard MediaType.isIndex(type) || MediaType.isManifest(type) else {
            throw ImageError(
                .invalid, "manifest \"\(wanted)\": unsupported media type \"\(type.prefix(200))\"")
        }
        return (Descriptor(mediaType: type, digest: digest, size: Int64(remote.bytes.count)), remote.bytes)
    }

    /// The entry for `platform`.
    private static func choose(_ index: ImageIndex, _ platform: Platform) throws -> Descriptor {
        if index.manifests.count > 1000 { throw ImageError(.invalid, "an index of more than 1000 manifests") }
        let images = index.manifests.filter { $0.annotations?[ImageIndex.referenceTypeKey] == nil }
        if let found = platform.best(of: images, \.platform) { return found }
        if images.count == 1, let only = images.first, only.platform == nil { return only }
        throw ImageError(
            .notFound, "no matching manifest for \(platform) in the manifest list entries")
    }

    private static func check(_ manifest: ImageManifest) throws {
        guard MediaType.isConfig(manifest.config.mediaType) else {
            throw ImageError(
                .unsupported,
                "unsupported media type \(manifest.config.mediaType.prefix(200))")
        }
        if manifest.layers.count > maximumLayers {
            throw ImageError(.invalid, "an image of more than \(maximumLayers) layers")
        }
        for layer in manifest.layers + [manifest.config] {
            if layer.digest.algorithm != .sha256 {
                throw ImageError(.unsupported, "pull \"\(layer.digest)\": only sha256 digests are supported")
            }
        }
        for layer in manifest.layers {
            if MediaType.isForeignLayer(layer.mediaType) {
                throw ImageError(
                    .unsupported,
                    "layer \"\(layer.digest)\" is a foreign one (\(layer.mediaType)), which registries may not hand on"
                )
            }
            guard MediaType.isLayer(layer.mediaType) else {
                throw ImageError(
                    .unsupported,
                    "layer \"\(layer.digest)\": unsupported media type \"\(layer.mediaType.prefix(200))\"")
            }
        }
    }

    static func config(
        _ descriptor: Descriptor, _ session: RepositorySession, _ content: ContentStore
    ) async throws -> ImageConfig {
        var bytes: [UInt8]
        if let known = try? content.read(descriptor.digest) {
            bytes = known
        } else {
            bytes = try await session.smallBlob(descriptor, limitBytes: configLimitBytes)
            if Int64(bytes.count) != descriptor.size {
                throw ContentError.wrongSize(
                    digest: descriptor.digest.description, expected: descriptor.size,
                    found: Int64(bytes.count))
            }
            try await BlockingPool.shared.run { [bytes] in
                _ = try content.put(bytes, expected: descriptor.digest)
            }
        }
        let config = try ImageStore.decode(ImageConfig.self, bytes, "config \(descriptor.digest)")
        if !config.os.isEmpty && config.os != "linux" {
            throw ImageError(.unsupported, "cannot download \(config.os) image on linux")
        }
        return config
    }
}
