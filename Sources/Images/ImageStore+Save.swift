public import AsyncPrimitives
internal import ContentStore
internal import FoundationEssentials
internal import Linux
public import OCI
internal import Synchronization
internal import TarFormat

/// Images that are about to be written as one archive.
public struct SavedImages: Sendable {
    /// What some names stand for.
    struct Item: Sendable {
        /// One for each platform.
        let images: [OutgoingImage]
        /// The index of several images.
        let index: (descriptor: Descriptor, bytes: [UInt8])?
        let names: [ImageReference]
    }

    var items: [Item] = []

    /// The ids of the images, each once.
    public var ids: [Digest] {
        var seen: Set<Digest> = []
        return items.flatMap { $0.images.map(\.config.digest) }.filter { seen.insert($0).inserted }
    }
}

extension ImageStore {
    /// Finds the images of `names` and makes their blobs ready; fails where one is not here, before anything is written.
    ///
    /// A name without a tag stands for all tags of the repository, an id for an image without a name. What a name
    /// stands for on other platforms comes too, or with `platforms` just what it stands for on these.
    public func prepareSave(_ names: [String], platforms: [Platform]) async throws -> SavedImages {
        var found: [(target: NameRecord, names: [ImageReference])] = []
        for name in names {
            for (target, reference) in try selected(name) {
                let chosen = try chosen(target, name, platforms)
                if let index = found.firstIndex(where: { $0.target.all == chosen.all }) {
                    if let reference, !found[index].names.contains(reference) {
                        found[index].names.append(reference)
                    }
                } else {
                    found.append((chosen, reference.map { [$0] } ?? []))
                }
            }
        }
        var saved = SavedImages()
        for (target, names) in found {
            var images: [(image: OutgoingImage, platform: Platform)] = []
            for id in target.all {
                let image = try image(id)
                images.append((try await outgoing(id), image.config.platform))
            }
            let index = images.count > 1 ? try outgoingIndex(of: images, kept: target.index) : nil
            saved.items.append(
                SavedImages.Item(images: images.map(\.image), index: index, names: names))
        }
        return saved
    }

    private func selected(_ text: String) throws -> [(NameRecord, ImageReference?)] {
        if let reference = try? ImageReference(parsing: text) {
            if reference.tag == nil && reference.digest == nil {
                let tags = tags(of: reference)
                if !tags.isEmpty {
                    return state.withLock { state in
                        tags.compactMap { tag in state.names[tag.description].map { ($0, tag) } }
                    }
                }
            }
            if let target = state.withLock({ $0.names[reference.description] }) {
                return [(target, reference.digest == nil ? reference : nil)]
            }
        }
        do { return [(try resolved(text), nil)] } catch let error as ImageError where error.kind == .notFound
        {
            // In Docker's words a save adds no tag.
            throw ImageError(.notFound, "No such image: \(text)")
        }
    }

    /// Writes `images` to `pipe`: a docker archive that is an OCI layout too, with the blobs exactly as they are kept.
    public func save(_ images: SavedImages, to pipe: BytePipe) {
        do {
            var chunk: [UInt8] = []
            let writer = TarWriter { bytes in
                chunk.append(contentsOf: bytes)
                if chunk.count < 512 << 10 { return }
                try pipe.sendBlocking(chunk)
                chunk = []
            }
            try SaveArchive(content, writer).write(images)
            if !chunk.isEmpty { try pipe.sendBlocking(chunk) }
            pipe.finish()
        } catch { pipe.finish(throwing: error) }
    }
}

/// Writes one archive.
private struct SaveArchive {
    private struct Entry: Encodable {
        let config: String
        let repoTags: [String]?
        let layers: [String]
        let layerSources: [String: Descriptor]

        enum CodingKeys: String, CodingKey {
            case config = "Config"
            case repoTags = "RepoTags"
            case layers = "Layers"
            case layerSources = "LayerSources"
        }
    }

    private let content: ContentStore
    private let writer: TarWriter

    init(_ content: ContentStore, _ writer: TarWriter) { (self.content, self.writer) = (content, writer) }

    func write(_ images: SavedImages) throws {
        try directory("blobs/")
        try directory("blobs/sha256/")
        var blobs: Set<Digest> = []
        var indexes: [Digest: [UInt8]] = [:]
        for item in images.items {
            for image in item.images {
                blobs.formUnion(image.layers.compactMap { $0.blob?.digest })
                blobs.formUnion([image.manifest.digest, image.config.digest])
            }
            if let index = item.index { indexes[index.descriptor.digest] = index.bytes }
        }
        for blob in blobs.sorted(by: { $0.hex < $1.hex }) { try write(blob) }
        for (digest, bytes) in indexes.sorted(by: { $0.key.hex < $1.key.hex }) {
            try file(Self.path(digest), bytes)
        }
        try file("index.json", try ImageStore.encode(index(images)))
        try file("manifest.json", try ImageStore.encode(images.items.map(entry)))
        try file("oci-layout", Array(#"{"imageLayoutVersion": "1.0.0"}"#.utf8))
        let repositories = repositories(images)
        if !repositories.isEmpty { try file("repositories", try ImageStore.encode(repositories)) }
        try writer.finish()
    }

    private func index(_ images: SavedImages) -> ImageIndex {
        let manifests = images.items.flatMap { item -> [Descriptor] in
            var plain = item.index?.descriptor ?? item.images[0].manifest
            plain.annotations = nil
            if item.names.isEmpty { return [plain] }
            return item.names.map { name in
                var named = plain
                named.annotations = [
                    ImageIndex.containerdNameKey: name.description,
                    ImageIndex.referenceNameKey: name.tag ?? "latest",
                ]
                return named
            }
        }
        return ImageIndex(manifests: manifests)
    }

    /// A docker archive has no platforms: its entry is for the one that the name means where none is asked for.
    private func entry(_ item: SavedImages.Item) -> Entry {
        let image = item.images[0]
        let blobs = image.layers.compactMap(\.blob)
        return Entry(
            config: Self.path(image.config.digest),
            repoTags: item.names.isEmpty ? nil : item.names.map(\.familiarString),
            layers: blobs.map { Self.path($0.digest) },
            layerSources: Dictionary(
                zip(image.layers, blobs).map { ($0.diffID.description, $1) },
                uniquingKeysWith: { first, _ in first }))
    }

    private func repositories(_ images: SavedImages) -> [String: [String: String]] {
        var found: [String: [String: String]] = [:]
        for item in images.items {
            guard let top = item.images[0].layers.last?.blob else { continue }
            for name in item.names {
                found[name.familiarName, default: [:]][name.tag ?? "latest"] = top.digest.hex
            }
        }
        return found
    }

    private static func path(_ digest: Digest) -> String { "blobs/sha256/\(digest.hex)" }

    private func directory(_ path: String) throws {
        var entry = TarEntry(kind: .directory, path: RawPath(path))
        entry.mode = 0o755
        try writer.begin(entry)
    }

    private func file(_ path: String, _ bytes: [UInt8]) throws {
        try begin(path, Int64(bytes.count))
        try bytes.withUnsafeBytes { try writer.write(content: $0) }
    }

    private func begin(_ path: String, _ sizeBytes: Int64) throws {
        var entry = TarEntry(kind: .file, path: RawPath(path))
        entry.mode = 0o644
        entry.sizeBytes = sizeBytes
        try writer.begin(entry)
    }

    private func write(_ blob: Digest) throws {
        let file = try content.open(blob)
        let size = try fileStatus(of: file.rawValue).sizeBytes
        try begin(Self.path(blob), size)
        var left = size
        try withUnsafeTemporaryAllocation(byteCount: 512 << 10, alignment: 64) { buffer in
            while left > 0 {
                let part = UnsafeMutableRawBufferPointer(
                    rebasing: buffer[..<min(buffer.count, Int(min(left, 1 << 30)))])
                let got = try readBytes(file.rawValue, into: part)
                if got == 0 {
                    throw ContentError.wrongSize(digest: blob.description, expected: size, found: size - left)
                }
                try writer.write(content: UnsafeRawBufferPointer(rebasing: part[..<got]))
                left -= Int64(got)
            }
        }
    }
}
