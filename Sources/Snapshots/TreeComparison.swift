internal import Linux
internal import TarFormat

/// Compares two trees of a layer, file by file.
///
/// For one thread. Links are not followed; times of directories count, as an unpacker sets them.
struct TreeComparison {
    private static let flags: OpenFlags = [.readOnly, .directory, .noFollow]
    private static let maximumDepth = 1024

    /// The first difference between the trees `found` and `wanted`, in words; nil where they are the same.
    func difference(_ found: SharedDescriptor, _ wanted: SharedDescriptor) throws -> String? {
        try compare(found, wanted, RawPath([]), depth: 0)
    }

    private func compare(
        _ found: SharedDescriptor, _ wanted: SharedDescriptor, _ path: RawPath, depth: Int
    ) throws -> String? {
        if depth > Self.maximumDepth { throw SnapshotError.tooDeep("\(path)") }
        let own = try names(found)
        let other = try names(wanted)
        if let extra = own.subtracting(other).first {
            return "\"\(path.appending(extra))\" does not belong there"
        }
        if let missing = other.subtracting(own).first { return "\"\(path.appending(missing))\" is missing" }
        for name in own.sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) {
            let whole = path.appending(name)
            guard let here = try fileStatusIfPresent(at: found.rawValue, name),
                let there = try fileStatusIfPresent(at: wanted.rawValue, name)
            else { return "\"\(whole)\" vanished" }
            if let reason = try difference(name, here, there, found, wanted) {
                return "\"\(whole)\" \(reason)"
            }
            guard here.kind == .directory else { continue }
            let inner = SharedDescriptor(try openFile(at: found.rawValue, name, Self.flags))
            let outer = SharedDescriptor(try openFile(at: wanted.rawValue, name, Self.flags))
            if let reason = try compare(inner, outer, whole, depth: depth + 1) { return reason }
        }
        return nil
    }

    private func difference(
        _ name: RawPath, _ here: FileStatus, _ there: FileStatus, _ found: SharedDescriptor,
        _ wanted: SharedDescriptor
    ) throws -> String? {
        if here.kind != there.kind { return "is of another kind" }
        if here.kind != .symbolicLink, here.mode != there.mode { return "has another mode" }
        if here.userID != there.userID || here.groupID != there.groupID { return "has another owner" }
        if here.nodeMajor != there.nodeMajor || here.nodeMinor != there.nodeMinor {
            return "is another device"
        }
        // A mark that something below is gone has no time of its own.
        if here.isWhiteout { return nil }
        if here.modified != there.modified { return "was modified" }
        if here.kind != .directory, here.sizeBytes != there.sizeBytes {
            return "has \(here.sizeBytes) bytes instead of \(there.sizeBytes)"
        }
        let attributes = try [found, wanted].map { directory in
            Dictionary(
                try Linux.attributes(at: directory.rawValue, name).map { ($0.name, $0.value) },
                uniquingKeysWith: { first, _ in first })
        }
        if attributes[0] != attributes[1] { return "has other attributes" }
        switch here.kind {
        case .symbolicLink:
            if try readSymbolicLink(at: found.rawValue, name)
                != readSymbolicLink(at: wanted.rawValue, name)
            {
                return "leads elsewhere"
            }
        case .regular: if try !isSame(name, found, wanted) { return "has other content" }
        default: break
        }
        return nil
    }

    private func isSame(_ name: RawPath, _ found: SharedDescriptor, _ wanted: SharedDescriptor) throws -> Bool
    {
        let here = try openFile(at: found.rawValue, name, [.readOnly, .noFollow])
        let there = try openFile(at: wanted.rawValue, name, [.readOnly, .noFollow])
        let size = 128 << 10
        return try withUnsafeTemporaryAllocation(byteCount: 2 * size, alignment: 64) { buffer in
            let left = UnsafeMutableRawBufferPointer(rebasing: buffer[..<size])
            let right = UnsafeMutableRawBufferPointer(rebasing: buffer[size...])
            while true {
                let count = try fill(left, from: here.rawValue)
                if try fill(right, from: there.rawValue) != count { return false }
                if count == 0 { return true }
                let isSame = haveSameBytes(
                    UnsafeRawBufferPointer(rebasing: left[..<count]),
                    UnsafeRawBufferPointer(rebasing: right[..<count]))
                if !isSame { return false }
            }
        }
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            let got = try readBytes(
                descriptor, into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            if got == 0 { break }
            filled += got
        }
        return filled
    }

    private func names(_ directory: SharedDescriptor) throws -> Set<RawPath> {
        var stream = try DirectoryStream(openFile(at: directory.rawValue, RawPath("."), Self.flags))
        var names: Set<RawPath> = []
        while let entry = try stream.next() { names.insert(entry.name) }
        return names
    }
}
