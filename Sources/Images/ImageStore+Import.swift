public import AsyncPrimitives
internal import ContentStore
public import OCI
internal import Snapshots
internal import TarArchive
internal import TarFormat

extension ImageStore {
    /// What an import is asked for.
    public struct ImportOptions: Sendable {
        /// The name that the image gets, `latest` if it has no tag.
        public var reference: ImageReference?
        /// Dockerfile instructions (`CMD …`) that set the config.
        public var changes: [String] = []
        public var message = "Imported from -"
        public var platform: Platform?

        public init() {}
    }

    /// Makes an image of one layer out of a tar stream of a root directory, and returns its id.
    ///
    /// The stream may be plain, gzip, zstd, xz or bzip2. On any failure nothing is left, and the sender is told that nobody reads.
    public func importRoot(from stream: BytePipe, _ options: ImportOptions) async throws -> Digest {
        try await BlockingPool.shared.run { [self] in
            defer { stream.close() }
            return try importBlocking(from: stream, options)
        }
    }

    private func importBlocking(from stream: BytePipe, _ options: ImportOptions) throws -> Digest {
        if options.reference?.digest != nil {
            throw ImageError(.invalid, "cannot import digest reference")
        }
        let defaults = try ConfigChanges.apply(options.changes, to: nil)
        return try whileActive {
            let kept = IngestHandle(try content.beginIngest())
            let note = CompressionNote()
            let source = ReadAhead {
                // A layer is never xz or bzip2: what is kept is what these hold.
                let given = ProgramDecompressingSource(ChunkSource { try stream.receiveBlocking() })
                let raw = KeepingSource(given, into: kept.ingest)
                return NotingSource(DecompressingSource(raw), note)
            }
            let layer: LayerRecord
            do {
                layer = try snapshots.unpack(source, expected: nil, below: [])
            } catch {
                stream.close()
                source.stop()
                kept.ingest.abandon()
                throw error
            }
            let size = kept.ingest.count
            let blob = try kept.ingest.commit(sync: false)
            let descriptor = Descriptor(mediaType: note.mediaType, digest: blob, size: size)
            let config = Self.importedConfig(layer.diffID, defaults, options)
            let bytes = try Self.encode(config)
            let id = try content.put(bytes)
            let record = ImageRecord(
                id: id, manifest: nil, layers: [ImageLayer(diffID: layer.diffID, blob: descriptor)],
                sizeBytes: layer.sizeBytes, created: config.created, labels: defaults?.labels,
                platform: config.platform)
            let names = options.reference.map { [$0.withDefaultTag] } ?? []
            try commit(record, layers: [layer], names: names)
            return id
        }
    }

    private static func importedConfig(
        _ diffID: Digest, _ defaults: ContainerDefaults?, _ options: ImportOptions
    ) -> ImageConfig {
        let platform = (options.platform ?? .host).normalized
        let created = now().description
        return ImageConfig(
            created: created, comment: options.message.isEmpty ? nil : options.message,
            architecture: platform.architecture, variant: platform.variant, os: platform.os,
            config: defaults ?? ContainerDefaults(), rootFS: ImageConfig.RootFS(diffIDs: [diffID]),
            history: [
                ImageConfig.History(
                    created: created, comment: options.message.isEmpty ? nil : options.message)
            ])
    }
}
