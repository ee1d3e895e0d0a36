internal import AsyncPrimitives
internal import ContentStore
internal import Linux
public import OCI
public import RegistryClient
internal import Snapshots
internal import Synchronization
internal import TarArchive
internal import TarFormat

extension ImageStore {
    /// What a pull tells while it goes on.
    public enum PullEvent: Sendable {
        /// The manifest is known; its layers come now.
        case began
        /// A layer, by the short form of its blob's digest.
        case layer(id: String, LayerPhase)
    }

    /// What came of a pull.
    public struct Pulled: Sendable {
        public let id: Digest
        /// Of the manifest or index that the name stands for.
        public let digest: Digest
        /// Whether the name stood for something else before, or for nothing.
        public let isNew: Bool
    }

    /// Fetches the image that `reference` (with a tag, a digest or both) names, and gives it that name.
    ///
    /// Through an index, the one for `platform`, else for the host. All layers come at once, each in one pass from the
    /// socket to its files; a layer that is here is not fetched. On failure what has come of a layer stays for a later
    /// pull to go on from; nothing else does. `report` is called from any thread.
    public func pull(
        _ reference: ImageReference, platform: Platform?, from session: RepositorySession,
        report: @escaping @Sendable (PullEvent) -> Void
    ) async throws -> Pulled {
        let wanted = reference.digest?.description ?? reference.tag ?? "latest"
        if let known = try await unchanged(reference, platform, session, wanted) {
            report(.began)
            return known
        }
        return try await whileActive {
            let found = try await RemoteImage.resolve(wanted, reference, platform, session, content)
            report(.began)
            let layers: [LayerRecord]
            do { layers = try await fetch(found, session, report) } catch {
                // Where the disk is full or the image is wrong, nothing of it stays.
                let isInvalid = (error as? RegistryError).map { $0.kind == .invalid }
                if !(error is CancellationError || isInvalid == false) {
                    forgetPartials(found.manifest.layers.map(\.digest))
                }
                throw error
            }
            try Task.checkCancellation()
            let config = found.config
            let record = ImageRecord(
                id: found.manifest.config.digest, manifest: found.descriptor,
                layers: zip(config.rootFS.diffIDs, found.manifest.layers).map {
                    ImageLayer(diffID: $0, blob: $1)
                },
                sizeBytes: layers.reduce(0) { $0 + $1.sizeBytes }, created: config.created,
                labels: config.config?.labels, platform: config.platform)
            var names = [reference.withDigest(found.named)]
            if reference.digest == nil { names.append(reference.withDefaultTag) }
            let isNew = state.withLock { state in
                names.contains { state.names[$0.description]?.id != record.id }
            }
            let others = others(than: record, in: reference.withDigest(found.named))
            try await BlockingPool.shared.run { [self, names] in
                try commit(record, layers: layers, names: names, others: others)
                forgetPartials(record.layers.compactMap { $0.blob?.digest })
            }
            return Pulled(id: record.id, digest: found.named, isNew: isNew)
        }
    }

    /// What came of the same index for other platforms than that of `record`.
    private func others(than record: ImageRecord, in name: ImageReference) -> [Digest] {
        state.withLock { state in
            (state.names[name.description]?.all ?? []).filter { id in
                guard id != record.id, let other = state.images[id]?.platform else { return false }
                return other.normalized != record.platform.normalized
            }
        }
    }

    /// Removes what downloads of these blobs left, but for those that are going on.
    private func forgetPartials(_ blobs: [Digest]) {
        content.forgetPartials(blobs.filter { !fetches.isRunning($0) })
    }

    /// The image here, if the registry has the same under this name: then there is nothing to do.
    private func unchanged(
        _ reference: ImageReference, _ platform: Platform?, _ session: RepositorySession, _ wanted: String
    ) async throws -> Pulled? {
        let name = reference.digest.map { reference.withDigest($0) } ?? reference.withDefaultTag
        guard
            let record = state.withLock({ state in
                state.names[name.description].flatMap { state.images[$0.id] }
            }),
            record.platform.satisfies(platform ?? .host),
            snapshots.layers(for: record.layers.map(\.diffID)) != nil
        else { return nil }
        if let digest = reference.digest { return Pulled(id: record.id, digest: digest, isNew: false) }
        guard let remote = try await session.manifestDigest(wanted) else { return nil }
        let isSame = state.withLock {
            $0.names[reference.withDigest(remote.digest).description]?.id == record.id
        }
        return isSame ? Pulled(id: record.id, digest: remote.digest, isNew: false) : nil
    }

    // MARK: Layers

    private func fetch(
        _ image: RemoteImage, _ session: RepositorySession, _ report: @escaping @Sendable (PullEvent) -> Void
    ) async throws -> [LayerRecord] {
        let diffIDs = image.config.rootFS.diffIDs
        let blobs = image.manifest.layers
        var missing: [Int] = []
        for index in blobs.indices {
            let id = blobs[index].digest.short
            if snapshots.layers(for: Array(diffIDs[...index])) != nil {
                report(.layer(id: id, .exists))
            } else {
                report(.layer(id: id, .pending))
                // A layer that an image has twice is fetched once.
                if !missing.contains(where: { diffIDs[$0] == diffIDs[index] }) { missing.append(index) }
            }
        }
        let atOnce = max(1, session.settings.downloadsAtOnce)
        for index in missing.dropFirst(atOnce) {
            report(.layer(id: blobs[index].digest.short, .waiting))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (position, index) in missing.enumerated() {
                if position >= atOnce { try await group.next() }
                group.addTask { [self] in
                    try await fetch(
                        blobs[index], diffIDs[index], below: Array(diffIDs[..<index]), session
                    ) { report(.layer(id: blobs[index].digest.short, $0)) }
                }
            }
            try await group.waitForAll()
        }
        // Those that need their parents, now that these are there.
        for index in diffIDs.indices where snapshots.layers(for: Array(diffIDs[...index])) == nil {
            _ = try await BlockingPool.shared.run { [self] in
                let file = SharedDescriptor(try content.open(blobs[index].digest))
                return try snapshots.unpack(
                    ReadAhead { DecompressingSource(DescriptorSource(file)) }, expected: diffIDs[index],
                    below: Array(diffIDs[..<index]))
            }
        }
        guard let layers = snapshots.layers(for: diffIDs) else {
            throw ImageError(
                .system, "pull \"\(image.descriptor.digest)\": a layer is missing after its fetch")
        }
        return layers
    }

    private func fetch(
        _ blob: Descriptor, _ diffID: Digest, below: [Digest], _ session: RepositorySession,
        report: @escaping @Sendable (LayerPhase) -> Void
    ) async throws {
        let outcome = try await fetches.outcome(of: blob.digest, report: report) { [self] report in
            session.hold()
            do {
                let outcome = try await LayerDownload(self, blob, diffID, below: below, session, report).run()
                await session.close()
                return outcome
            } catch {
                await session.close()
                throw error
            }
        }
        if outcome.diffID != diffID {
            throw SnapshotError.wrongDiffID(expected: diffID.description, found: outcome.diffID.description)
        }
        if outcome.layer != nil { report(.complete) }
    }
}
