public import AsyncPrimitives
internal import ContentStore
internal import Linux
public import OCI
internal import Snapshots
internal import Synchronization
internal import TarArchive
internal import TarFormat

extension ImageStore {
    /// What a load tells while it goes on.
    public enum LoadEvent: Sendable, Hashable {
        /// A line of Docker's own words, with its newline: `Loaded image: busybox:latest`.
        case message(String)
        /// A layer, by the short form of its diff ID, and how far it is unpacked.
        case layer(id: String, currentBytes: Int64, totalBytes: Int64)
        /// An image is in the store.
        case loaded(Digest)
    }

    /// Takes in every image of an archive: a docker archive, old or new, or an OCI layout; plain, gzip or zstd.
    ///
    /// Every digest and size that the archive claims is verified. On any failure no image of it is added, and what was
    /// unpacked goes. `report` is called from another thread.
    @discardableResult
    public func load(
        from stream: BytePipe, platform: Platform? = nil, report: @escaping @Sendable (LoadEvent) -> Void
    ) async throws -> [Digest] {
        try await BlockingPool.shared.run { [self] in
            defer { stream.close() }
            return try whileActive(leavesRest: true) {
                try loadBlocking(from: stream, platform: platform, report: report)
            }
        }
    }

    /// An image as an archive describes it.
    private struct Candidate {
        var config: Digest
        var manifest: Descriptor?
        var layers: [Descriptor?]
        /// What to unpack, in the order of the layers.
        var blobs: [(digest: Digest, sizeBytes: Int64)]
        var names: [ImageReference]
    }

    private func loadBlocking(
        from stream: BytePipe, platform: Platform?, report: @escaping @Sendable (LoadEvent) -> Void
    ) throws -> [Digest] {
        var archive = StagedArchive(content)
        try archive.read(
            ReadAhead {
                DecompressingSource(ProgramDecompressingSource(ChunkSource { try stream.receiveBlocking() }))
            })
        let candidates =
            try archive.contains("manifest.json")
            ? dockerCandidates(archive, platform) : layoutCandidates(archive, platform)
        var finished: [(ImageRecord, [LayerRecord], [ImageReference])] = []
        for candidate in candidates { finished.append(try unpack(candidate, report)) }
        for (record, layers, names) in finished {
            for name in names {
                let old = state.withLock { $0.names[name.description] }
                if let old, old != record.id {
                    report(
                        .message(
                            "The image \(name.familiarString) already exists, renaming the old one with ID "
                                + "\(old) to empty string\n"))
                }
            }
            try commit(record, layers: layers, names: names)
            report(.loaded(record.id))
            for name in names { report(.message("Loaded image: \(name.familiarString)\n")) }
        }
        if finished.allSatisfy(\.2.isEmpty) {
            for (record, _, _) in finished { report(.message("Loaded image ID: \(record.id)\n")) }
        }
        return finished.map(\.0.id)
    }

    // MARK: What the archive names

    private func dockerCandidates(_ archive: StagedArchive, _ platform: Platform?) throws -> [Candidate] {
        let entries = try archive.json([DockerArchiveEntry].self, at: "manifest.json")
        if entries.count > 1000 { throw ImageError(.invalid, "load archive: more than 1000 images") }
        let manifests = Self.manifests(in: archive)
        return try entries.compactMap { entry in
            let config = try archive.find(entry.config).digest
            // Old archives name the config by its digest; then the name is a promise too.
            let file = entry.config.split(separator: "/").last ?? ""
            if file.hasSuffix(".json"), let promised = try? Digest(parsing: "sha256:\(file.dropLast(5))"),
                promised != config
            {
                throw ContentError.wrongDigest(expected: promised.description, found: config.description)
            }
            let parsed = try archive.json(ImageConfig.self, at: entry.config)
            if let platform, !parsed.platform.satisfies(platform) { return nil }
            let blobs = try entry.layers.map { try archive.find($0) }
            let names = try (entry.repoTags ?? []).map { text in
                guard let name = try? ImageReference(parsing: text), name.tag != nil, name.digest == nil
                else {
                    throw ImageError(.invalid, "invalid tag \"\(text)\"")
                }
                return name
            }
            var candidate = Candidate(
                config: config, layers: blobs.map { _ in nil }, blobs: blobs, names: names)
            // Where the archive is an OCI layout too, the image keeps the manifest that it has there.
            for (descriptor, manifest) in manifests
            where manifest.config.digest == config && manifest.layers.map(\.digest) == blobs.map(\.digest)
                && manifest.layers.map(\.size) == blobs.map(\.sizeBytes)
                && manifest.layers.allSatisfy({ MediaType.isLayer($0.mediaType) })
            {
                candidate.manifest = descriptor
                candidate.layers = manifest.layers
            }
            return candidate
        }
    }

    /// The manifests that an archive's index names and that can be read.
    private static func manifests(in archive: StagedArchive) -> [(Descriptor, ImageManifest)] {
        guard let index = try? archive.json(ImageIndex.self, at: "index.json") else { return [] }
        return index.manifests.prefix(1000).compactMap { entry in
            guard MediaType.isManifest(entry.mediaType),
                let manifest = try? archive.json(ImageManifest.self, entry)
            else { return nil }
            return (Descriptor(mediaType: entry.mediaType, digest: entry.digest, size: entry.size), manifest)
        }
    }

    private func layoutCandidates(_ archive: StagedArchive, _ platform: Platform?) throws -> [Candidate] {
        guard archive.contains("index.json") else {
            throw ImageError(
                .invalid,
                "load archive: neither \"manifest.json\" nor \"index.json\" is in it: not an image archive")
        }
        let index = try archive.json(ImageIndex.self, at: "index.json")
        if index.manifests.count > 1000 { throw ImageError(.invalid, "load archive: more than 1000 images") }
        var candidates: [Candidate] = []
        for descriptor in index.manifests {
            let names = Self.names(of: descriptor)
            guard let found = try manifest(descriptor, archive, platform ?? .host, depth: 0) else { continue }
            let manifest = try archive.json(ImageManifest.self, found)
            guard MediaType.isConfig(manifest.config.mediaType) else {
                throw ImageError(
                    .unsupported,
                    "load \"\(found.digest)\": \"\(manifest.config.mediaType)\" is not an image's config")
            }
            for layer in manifest.layers where !MediaType.isLayer(layer.mediaType) {
                throw ImageError(
                    .unsupported, "load \"\(layer.digest)\": unsupported media type \"\(layer.mediaType)\"")
            }
            let blobs = try manifest.layers.map { (try archive.find($0), $0.size) }
            candidates.append(
                Candidate(
                    config: try archive.find(manifest.config), manifest: found, layers: manifest.layers,
                    blobs: blobs, names: names))
        }
        if candidates.isEmpty {
            throw ImageError(.invalid, "load archive: no image for platform \(platform ?? .host) in it")
        }
        return candidates
    }

    /// The manifest that a descriptor leads to; through an index, the one for `platform`.
    private func manifest(
        _ descriptor: Descriptor, _ archive: StagedArchive, _ platform: Platform, depth: Int
    ) throws -> Descriptor? {
        if depth > 4 { throw ImageError(.invalid, "load \"\(descriptor.digest)\": indexes within indexes") }
        if descriptor.annotations?[ImageIndex.referenceTypeKey] != nil { return nil }
        if let offered = descriptor.platform, depth > 0, !offered.satisfies(platform) { return nil }
        if MediaType.isManifest(descriptor.mediaType) { return descriptor }
        guard MediaType.isIndex(descriptor.mediaType) else {
            throw ImageError(
                .unsupported,
                "load \"\(descriptor.digest)\": unsupported media type \"\(descriptor.mediaType)\"")
        }
        let index = try archive.json(ImageIndex.self, descriptor)
        if index.manifests.count > 1000 {
            throw ImageError(.invalid, "load \"\(descriptor.digest)\": more than 1000 manifests")
        }
        for inner in index.manifests {
            if let found = try manifest(inner, archive, platform, depth: depth + 1) { return found }
        }
        return nil
    }

    private static func names(of descriptor: Descriptor) -> [ImageReference] {
        let annotations = descriptor.annotations ?? [:]
        for key in [ImageIndex.containerdNameKey, ImageIndex.referenceNameKey] {
            guard let text = annotations[key], let name = try? ImageReference(parsing: text),
                name.digest == nil
            else { continue }
            // A bare tag, as the OCI layout allows, names no repository.
            if key == ImageIndex.referenceNameKey, name.tag == nil, !text.contains("/") { continue }
            return [name.withDefaultTag]
        }
        return []
    }

    // MARK: Layers

    private func unpack(
        _ candidate: Candidate, _ report: @escaping @Sendable (LoadEvent) -> Void
    ) throws -> (ImageRecord, [LayerRecord], [ImageReference]) {
        let config = try Self.decode(
            ImageConfig.self, content.read(candidate.config), "config \(candidate.config)")
        if !config.os.isEmpty && config.os != "linux" {
            throw ImageError(.unsupported, "cannot load \(config.os) image on linux")
        }
        let diffIDs = config.rootFS.diffIDs
        if diffIDs.count != candidate.blobs.count {
            throw ImageError(
                .invalid,
                "invalid manifest, layers length mismatch: expected \(candidate.blobs.count), got \(diffIDs.count)"
            )
        }
        var layers: [LayerRecord] = []
        var kept: [ImageLayer] = []
        for (index, diffID) in diffIDs.enumerated() {
            let (blob, size) = candidate.blobs[index]
            let note = CompressionNote()
            layers.append(
                try layer(diffID, blob, size, below: Array(diffIDs[..<index]), note: note, report: report))
            let descriptor =
                candidate.layers[index] ?? Descriptor(mediaType: note.mediaType, digest: blob, size: size)
            kept.append(ImageLayer(diffID: diffID, blob: descriptor))
        }
        let record = ImageRecord(
            id: candidate.config, manifest: candidate.manifest, layers: kept,
            sizeBytes: layers.reduce(0) { $0 + $1.sizeBytes }, created: config.created,
            labels: config.config?.labels, platform: config.platform)
        return (record, layers, candidate.names)
    }

    /// The unpacked layer of `blob`, whose content is verified even where the layer is there already.
    private func layer(
        _ diffID: Digest, _ blob: Digest, _ size: Int64, below: [Digest], note: CompressionNote,
        report: @escaping @Sendable (LoadEvent) -> Void
    ) throws -> LayerRecord {
        let file = SharedDescriptor(try content.open(blob))
        let id = diffID.short
        let source = ReadAhead {
            let counted = ReportingSource(DescriptorSource(file)) { done in
                report(.layer(id: id, currentBytes: done, totalBytes: size))
            }
            return NotingSource(DecompressingSource(counted), note)
        }
        if let known = snapshots.layers(for: below + [diffID])?.last {
            if blob == diffID { return known }
            let hashing = HashingSource(source)
            try hashing.drain()
            if hashing.digest != diffID {
                throw SnapshotError.wrongDiffID(
                    expected: diffID.description, found: hashing.digest.description)
            }
            return known
        }
        return try snapshots.unpack(source, expected: diffID, below: below)
    }
}

/// What another source gives, with word of it every megabyte.
private final class ReportingSource: ByteSource {
    private let source: any ByteSource
    private let report: (Int64) -> Void
    private var count: Int64 = 0
    private var next: Int64 = 1 << 20

    init(_ source: any ByteSource, _ report: @escaping (Int64) -> Void) {
        self.source = source
        self.report = report
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let got = try source.read(into: buffer)
        count += Int64(got)
        if count >= next || (got == 0 && next != .max) {
            report(count)
            next = got == 0 ? .max : count + (1 << 20)
        }
        return got
    }
}
