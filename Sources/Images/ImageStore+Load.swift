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
    /// What an index has for several platforms comes in together, or with `platforms` just what fits these. Every
    /// digest and size that the archive claims is verified. On any failure no image of it is added, and what was
    /// unpacked goes. `report` is called from another thread.
    @discardableResult
    public func load(
        from stream: BytePipe, platforms: [Platform] = [], report: @escaping @Sendable (LoadEvent) -> Void
    ) async throws -> [Digest] {
        try await BlockingPool.shared.run { [self] in
            defer { stream.close() }
            return try whileActive(leavesRest: true) {
                try loadBlocking(from: stream, platforms: platforms, report: report)
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
        var platform: Platform
    }

    /// What an archive has under some names: an image for each platform.
    private struct Candidates {
        var images: [Candidate]
        /// The index above them.
        var index: Descriptor?
        var names: [ImageReference]

        /// Those for `platforms`, or all, the host's own first.
        func chosen(_ platforms: [Platform]) -> Candidates? {
            var chosen = self
            if platforms.isEmpty {
                let own = images.firstIndex { $0.platform.satisfies(.host) } ?? 0
                chosen.images.swapAt(0, own)
            } else {
                chosen.images = []
                for platform in platforms {
                    guard let found = platform.best(of: images, \.platform) else { continue }
                    if !chosen.images.contains(where: { $0.config == found.config }) {
                        chosen.images.append(found)
                    }
                }
            }
            return chosen.images.isEmpty ? nil : chosen
        }

        /// The index, if it has nothing but these images: then its bytes are worth keeping.
        func keptIndex(_ archive: StagedArchive) -> Descriptor? {
            guard let index, images.count > 1, let parsed = try? archive.json(ImageIndex.self, index),
                Set(parsed.manifests.map(\.digest)) == Set(images.compactMap(\.manifest?.digest))
            else { return nil }
            return Descriptor(mediaType: index.mediaType, digest: index.digest, size: index.size)
        }
    }

    private func loadBlocking(
        from stream: BytePipe, platforms: [Platform], report: @escaping @Sendable (LoadEvent) -> Void
    ) throws -> [Digest] {
        var archive = StagedArchive(content)
        try archive.read(
            ReadAhead {
                DecompressingSource(ProgramDecompressingSource(ChunkSource { try stream.receiveBlocking() }))
            })
        let candidates = try
            (archive.contains("manifest.json") ? dockerCandidates(archive) : layoutCandidates(archive))
            .compactMap { $0.chosen(platforms) }
        if candidates.isEmpty {
            let wanted = platforms.isEmpty ? [.host] : platforms
            throw ImageError(
                .invalid,
                "load archive: no image for platform \(wanted.map(\.description).joined(separator: ", ")) in it"
            )
        }
        var unpacked: [[(record: ImageRecord, layers: [LayerRecord])]] = []
        for candidate in candidates { unpacked.append(try candidate.images.map { try unpack($0, report) }) }
        for (images, candidate) in zip(unpacked, candidates) {
            let record = images[0].record
            for name in candidate.names {
                let old = state.withLock { $0.names[name.description]?.id }
                if let old, old != record.id {
                    report(
                        .message(
                            "The image \(name.familiarString) already exists, renaming the old one with ID "
                                + "\(old) to empty string\n"))
                }
            }
            let others = images.dropFirst()
            for other in others { try commit(other.record, layers: other.layers, names: []) }
            try commit(
                record, layers: images[0].layers, names: candidate.names, others: others.map(\.record.id),
                index: candidate.keptIndex(archive))
            for image in images { report(.loaded(image.record.id)) }
            for name in candidate.names { report(.message("Loaded image: \(name.familiarString)\n")) }
        }
        let ids = unpacked.flatMap { $0.map(\.record.id) }
        if candidates.allSatisfy(\.names.isEmpty) {
            for id in ids { report(.message("Loaded image ID: \(id)\n")) }
        }
        return ids
    }

    // MARK: What the archive names

    private func dockerCandidates(_ archive: StagedArchive) throws -> [Candidates] {
        let entries = try archive.json([DockerArchiveEntry].self, at: "manifest.json")
        if entries.count > 1000 { throw ImageError(.invalid, "load archive: more than 1000 images") }
        // Where the archive is an OCI layout too, an image keeps the manifest that it has there, and its platforms.
        let index = try? archive.json(ImageIndex.self, at: "index.json")
        var layout: [Candidates] = []
        for descriptor in index?.manifests.prefix(1000) ?? [] {
            // What it has beside images, or cannot be read, is of no account here.
            if let group = (try? candidates(descriptor, archive)) ?? nil { Self.add(group, to: &layout) }
        }
        return try entries.map { entry in
            let config = try archive.find(entry.config).digest
            // Old archives name the config by its digest; then the name is a promise too.
            let file = entry.config.split(separator: "/").last ?? ""
            if file.hasSuffix(".json"), let promised = try? Digest(parsing: "sha256:\(file.dropLast(5))"),
                promised != config
            {
                throw ContentError.wrongDigest(expected: promised.description, found: config.description)
            }
            let blobs = try entry.layers.map { try archive.find($0) }
            let names = try (entry.repoTags ?? []).map { text in
                guard let name = try? ImageReference(parsing: text), name.tag != nil, name.digest == nil
                else {
                    throw ImageError(.invalid, "invalid tag \"\(text)\"")
                }
                return name
            }
            for var group in layout {
                guard let index = group.images.firstIndex(where: { $0.config == config }),
                    group.images[index].blobs.elementsEqual(blobs, by: ==)
                else { continue }
                group.images.swapAt(0, index)
                group.names = names
                return group
            }
            let platform = try archive.json(ImageConfig.self, at: entry.config).platform
            let image = Candidate(
                config: config, layers: blobs.map { _ in nil }, blobs: blobs, platform: platform)
            return Candidates(images: [image], names: names)
        }
    }

    private func layoutCandidates(_ archive: StagedArchive) throws -> [Candidates] {
        guard archive.contains("index.json") else {
            throw ImageError(
                .invalid,
                "load archive: neither \"manifest.json\" nor \"index.json\" is in it: not an image archive")
        }
        let index = try archive.json(ImageIndex.self, at: "index.json")
        if index.manifests.count > 1000 { throw ImageError(.invalid, "load archive: more than 1000 images") }
        var groups: [Candidates] = []
        for descriptor in index.manifests {
            if let group = try candidates(descriptor, archive) { Self.add(group, to: &groups) }
        }
        return groups
    }

    /// What an entry of a layout's index leads to; nil where that is no image.
    private func candidates(_ descriptor: Descriptor, _ archive: StagedArchive) throws -> Candidates? {
        var manifests: [Descriptor] = []
        var seen: Set<Digest> = []
        try collect(descriptor, archive, into: &manifests, seen: &seen, depth: 0)
        var images: [Candidate] = []
        for manifest in manifests {
            let image = try candidate(manifest, archive)
            // An index may offer a platform twice; the first is the one to take.
            if !images.contains(where: { $0.platform.normalized == image.platform.normalized }) {
                images.append(image)
            }
        }
        if images.isEmpty { return nil }
        return Candidates(
            images: images, index: MediaType.isIndex(descriptor.mediaType) ? descriptor : nil,
            names: Self.names(of: descriptor))
    }

    /// Adds what a layout names; what it names several times is one group, and so is a name with several platforms.
    private static func add(_ new: Candidates, to groups: inout [Candidates]) {
        for index in groups.indices {
            if groups[index].images.elementsEqual(new.images, by: { $0.config == $1.config }) {
                groups[index].names += new.names.filter { !groups[index].names.contains($0) }
                return
            }
            if new.names.isEmpty || groups[index].names != new.names { continue }
            let together = groups[index].images + new.images
            if Set(together.map(\.platform.normalized)).count == together.count {
                groups[index].images = together
                groups[index].index = nil
                return
            }
        }
        groups.append(new)
    }

    private func candidate(_ descriptor: Descriptor, _ archive: StagedArchive) throws -> Candidate {
        let manifest = try archive.json(ImageManifest.self, descriptor)
        guard MediaType.isConfig(manifest.config.mediaType) else {
            throw ImageError(
                .unsupported,
                "load \"\(descriptor.digest)\": \"\(manifest.config.mediaType)\" is not an image's config")
        }
        for layer in manifest.layers where !MediaType.isLayer(layer.mediaType) {
            throw ImageError(
                .unsupported, "load \"\(layer.digest)\": unsupported media type \"\(layer.mediaType)\"")
        }
        let config = try archive.json(ImageConfig.self, manifest.config)
        return Candidate(
            config: manifest.config.digest,
            manifest: Descriptor(
                mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size),
            layers: manifest.layers, blobs: try manifest.layers.map { (try archive.find($0), $0.size) },
            platform: config.platform)
    }

    /// The images' manifests that a descriptor leads to; below an index those that the archive has.
    private func collect(
        _ descriptor: Descriptor, _ archive: StagedArchive, into found: inout [Descriptor],
        seen: inout Set<Digest>, depth: Int
    ) throws {
        if depth > 4 { throw ImageError(.invalid, "load \"\(descriptor.digest)\": indexes within indexes") }
        if descriptor.annotations?[ImageIndex.referenceTypeKey] != nil { return }
        if depth > 0 {
            if let os = descriptor.platform?.os, !os.isEmpty, os != "linux" { return }
            if !archive.contains(descriptor) { return }
        }
        if !seen.insert(descriptor.digest).inserted { return }
        if MediaType.isManifest(descriptor.mediaType) {
            if found.count >= 1000 {
                throw ImageError(.invalid, "load \"\(descriptor.digest)\": more than 1000 manifests")
            }
            return found.append(descriptor)
        }
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
            try collect(inner, archive, into: &found, seen: &seen, depth: depth + 1)
        }
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
    ) throws -> (record: ImageRecord, layers: [LayerRecord]) {
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
        return (record, layers)
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
