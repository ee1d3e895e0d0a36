internal import AsyncPrimitives
internal import ContentStore
internal import Linux
public import OCI
public import RegistryClient
internal import Synchronization

/// How far a layer has come on its way out.
public enum UploadPhase: Sendable, Hashable {
    case preparing
    case waiting
    case uploading(currentBytes: Int64, totalBytes: Int64)
    case pushed
    case mounted(from: String)
    case exists
}

extension ImageStore {
    /// Sends what `reference` names to `session`'s repository under its tag, and returns the manifest or index there.
    ///
    /// Where the name stands for several platforms and none is asked for, all go, and an index of them.
    /// Only what the registry lacks is sent, and the bytes are those that were pulled. `report` gets layers by the
    /// short form of their diff ID, from any thread.
    public func push(
        _ reference: ImageReference, platform: Platform?, to session: RepositorySession,
        report: @escaping @Sendable (String, UploadPhase) -> Void
    ) async throws -> Descriptor {
        let name = reference.withDefaultTag
        guard let named = state.withLock({ $0.names[name.description] }) else {
            let others = tags(of: reference)
            throw ImageError(
                .notFound,
                others.isEmpty
                    ? "An image does not exist locally with the tag: \(reference.familiarName)"
                    : "tag does not exist: \(name.familiarString)")
        }
        let target = try chosen(named, name.familiarString, platform.map { [$0] } ?? [])
        let tag = name.tag ?? "latest"
        var images: [(image: OutgoingImage, platform: Platform)] = []
        for id in target.all {
            let image = try image(id)
            let outgoing = try await send(image, to: session, report: report)
            images.append((outgoing, image.config.platform))
            try await session.putManifest(
                outgoing.manifest, outgoing.manifestBytes,
                as: target.others.isEmpty ? tag : outgoing.manifest.digest.description)
        }
        var top = images[0].image.manifest
        if !target.others.isEmpty {
            let index = try outgoingIndex(of: images, kept: target.index)
            try await session.putManifest(index.descriptor, index.bytes, as: tag)
            top = index.descriptor
        }
        let pushed = reference.withDigest(top.digest)
        try await BlockingPool.shared.run { [self] in try setNames([pushed.description: target]) }
        return top
    }

    /// Sends an image's layers and config.
    private func send(
        _ image: Image, to session: RepositorySession,
        report: @escaping @Sendable (String, UploadPhase) -> Void
    ) async throws -> OutgoingImage {
        // As Docker lists them: the topmost first.
        for layer in image.layers.reversed() { report(layer.diffID.short, .preparing) }
        let outgoing = try await outgoing(image.id)
        var sent: Set<Digest> = []
        let layers = outgoing.layers.filter { $0.blob.map { sent.insert($0.digest).inserted } ?? false }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (position, layer) in layers.enumerated() {
                if position >= max(1, session.settings.uploadsAtOnce) { try await group.next() }
                group.addTask { [self] in
                    guard let blob = layer.blob else { return }
                    let id = layer.diffID.short
                    switch try await send(blob, to: session, report: { report(id, $0) }) {
                    case .existed: report(id, .exists)
                    case .mounted(let source): report(id, .mounted(from: source))
                    case .uploaded: report(id, .pushed)
                    }
                }
            }
            try await group.waitForAll()
        }
        _ = try await send(outgoing.config, to: session, report: { _ in })
        return outgoing
    }

    private func send(
        _ blob: Descriptor, to session: RepositorySession, report: @escaping @Sendable (UploadPhase) -> Void
    ) async throws -> RepositorySession.Arrival {
        let file = SharedDescriptor(try content.open(blob.digest))
        let told = Mutex<Int64>(0)
        return try await session.upload(
            blob, mountingFrom: repositories(with: blob.digest, besides: session.repository)
        ) { count in
            let isDue = told.withLock { told in
                if count < told + (512 << 10) && count < blob.size { return false }
                told = count
                return true
            }
            if isDue { report(.uploading(currentBytes: count, totalBytes: blob.size)) }
        } read: { offset, limit in
            try await BlockingPool.shared.run {
                try [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
                    count = try readBytes(
                        file.rawValue, at: offset, into: UnsafeMutableRawBufferPointer(buffer))
                }
            }
        }
    }

    /// Repositories of the same registry whose images here have the blob.
    private func repositories(with blob: Digest, besides repository: ImageReference) -> [String] {
        let names = state.withLock { state in
            state.names.filter { _, target in
                target.all.contains { id in
                    state.images[id]?.layers.contains { $0.blob?.digest == blob } ?? false
                }
            }.keys.sorted()
        }
        var found: [String] = []
        for name in names.compactMap({ try? ImageReference(parsing: $0) }) {
            if name.domain != repository.domain || name.path == repository.path { continue }
            // Only what came from there, or went there, is known to be there.
            if name.digest != nil, !found.contains(name.path) { found.append(name.path) }
        }
        return found
    }
}
