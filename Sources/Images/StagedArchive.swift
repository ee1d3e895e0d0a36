internal import ContentStore
internal import Linux
internal import OCI
internal import TarArchive
internal import TarFormat

/// The files of an image archive, each put into the store as it comes by: an archive may name them in any order.
///
/// For one thread. What no image comes to name is collected afterwards.
struct StagedArchive {
    private static let maximumFiles = 200_000
    private static let maximumJSONBytes = 8 << 20

    private enum Item {
        case blob(Digest, sizeBytes: Int64)
        case link(String)
    }

    private let content: ContentStore
    private var items: [String: Item] = [:]
    /// So that nobody else's removal takes a blob before an image names it.
    private var leases: [BlobLease] = []

    init(_ content: ContentStore) { self.content = content }

    /// Takes in everything that `source`, a plain tar stream, has.
    mutating func read(_ source: any ByteSource) throws {
        let reader = TarReader(source)
        while let entry = try reader.next() {
            let path = try Self.clean(entry.path.bytes, entry.path)
            if items.count >= Self.maximumFiles {
                throw ImageError(.invalid, "load archive: more than \(Self.maximumFiles) files")
            }
            switch entry.kind {
            case .directory, .global: continue
            case .file: items[path] = try blob(reader, entry, path)
            case .hardLink: items[path] = .link(try Self.clean(entry.linkTarget.bytes, entry.path))
            case .symbolicLink:
                let parent = path.lastIndex(of: "/").map { path[...$0] } ?? ""
                let target = RawPath(Array(parent.utf8) + entry.linkTarget.bytes)
                items[path] = .link(try Self.clean(target.bytes, entry.path))
            default: throw ImageError(.invalid, "load archive: \"\(entry.path)\" is no file")
            }
        }
        try reader.drain()
    }

    private mutating func blob(_ reader: TarReader, _ entry: TarEntry, _ path: String) throws -> Item {
        if entry.extents != nil {
            throw ImageError(.unsupported, "load archive: \"\(path)\" is a sparse file")
        }
        let ingest = try content.beginIngest()
        while true {
            let chunk = try reader.nextChunk()
            if chunk.isEmpty { break }
            try ingest.write(chunk)
        }
        // In an OCI layout the name promises the digest.
        let parts = path.split(separator: "/")
        var expected: Digest?
        if parts.count == 3, parts[0] == "blobs" {
            do {
                expected = try Digest(parsing: "\(parts[1]):\(parts[2])")
            } catch {
                throw ImageError(.invalid, "load archive: \"\(path)\": \(error)")
            }
            if let expected, expected.algorithm != .sha256 {
                throw ImageError(.unsupported, "load archive: \"\(path)\": only sha256 digests are supported")
            }
        }
        let digest = try ingest.commit(expected: expected, sync: false)
        leases.append(content.lease(digest))
        return .blob(digest, sizeBytes: entry.sizeBytes)
    }

    private static func clean(_ bytes: some Sequence<UInt8>, _ path: RawPath) throws -> String {
        var parts: [Substring] = []
        for part in String(decoding: Array(bytes), as: UTF8.self).split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(part)
            } else if parts.popLast() == nil {
                throw ImageError(.invalid, "load archive: \"\(path)\" leads out of the archive")
            }
        }
        return parts.joined(separator: "/")
    }

    /// Whether the archive has a file at `path`.
    func contains(_ path: String) -> Bool { items[path] != nil }

    /// The blob at `path`, links followed.
    func find(_ path: String) throws -> (digest: Digest, sizeBytes: Int64) {
        var at = try Self.clean(path.utf8, RawPath(path))
        for _ in 0..<16 {
            switch items[at] {
            case .blob(let digest, let sizeBytes): return (digest, sizeBytes)
            case .link(let target): at = target
            case nil: throw ImageError(.invalid, "load archive: \"\(path)\" is missing")
            }
        }
        throw ImageError(.invalid, "load archive: \"\(path)\" is a loop of links")
    }

    private static func path(_ descriptor: Descriptor) -> String {
        "blobs/\(descriptor.digest.algorithm.rawValue)/\(descriptor.digest.hex)"
    }

    /// Whether the archive has the blob that a descriptor of an OCI layout names.
    func contains(_ descriptor: Descriptor) -> Bool { contains(Self.path(descriptor)) }

    /// The blob that a descriptor of an OCI layout names; its size is checked.
    func find(_ descriptor: Descriptor) throws -> Digest {
        let found = try find(Self.path(descriptor))
        if found.sizeBytes != descriptor.size {
            throw ContentError.wrongSize(
                digest: descriptor.digest.description, expected: descriptor.size, found: found.sizeBytes)
        }
        return found.digest
    }

    /// The JSON at `path`.
    func json<T: Decodable>(_ type: T.Type, at path: String) throws -> T {
        let (digest, sizeBytes) = try find(path)
        return try json(type, digest, sizeBytes, path)
    }

    /// The JSON that a descriptor names.
    func json<T: Decodable>(_ type: T.Type, _ descriptor: Descriptor) throws -> T {
        try json(type, find(descriptor), descriptor.size, descriptor.digest.description)
    }

    private func json<T: Decodable>(
        _ type: T.Type, _ digest: Digest, _ sizeBytes: Int64, _ subject: String
    ) throws -> T {
        if sizeBytes > Self.maximumJSONBytes {
            throw ImageError(.invalid, "read \"\(subject)\": \(sizeBytes) bytes of JSON")
        }
        return try ImageStore.decode(type, content.read(digest, limitBytes: Self.maximumJSONBytes), subject)
    }
}
