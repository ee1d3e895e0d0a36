internal import Linux
internal import TarFormat

/// An entry's path cut into the directory and the name, cleaned as Go's `filepath.Clean` would, relative to the root.
struct CleanPath: Hashable {
    /// Without a slash at either end; empty for the root.
    let parent: RawPath
    /// Empty for the root itself.
    let name: RawPath

    var isRoot: Bool { name.isEmpty }
    var whole: RawPath { parent.appending(name) }

    /// Cleans `path`; a leading slash is dropped, a `..` that leads above the root is refused.
    init(_ path: RawPath, maximumBytes: Int) throws {
        if path.count > maximumBytes {
            throw ArchiveError(
                .limit, "unpack \"\(RawPath(path.bytes.prefix(64)))…\": path of \(path.count) bytes")
        }
        let bytes = path.bytes
        if let (parent, name) = Self.plain(bytes) {
            self.parent = parent
            self.name = name
            return
        }
        var components: [ArraySlice<UInt8>] = []
        for component in bytes.split(separator: 0x2f) {
            if component.elementsEqual([0x2e]) { continue }
            if component.elementsEqual([0x2e, 0x2e]) {
                if components.popLast() == nil {
                    throw ArchiveError.refused(path, .escape, "path leads out of the root")
                }
                continue
            }
            components.append(component)
        }
        name = RawPath(components.popLast() ?? [])
        parent = RawPath(components.joined(separator: [0x2f]))
    }

    /// The cut of a path that is clean already, as nearly all are: found in one pass.
    private static func plain(_ bytes: ArraySlice<UInt8>) -> (parent: RawPath, name: RawPath)? {
        var rest = bytes
        if rest.last == 0x2f { rest = rest.dropLast() }
        if rest.starts(with: [0x2e, 0x2f]) { rest = rest.dropFirst(2) }
        guard rest.first != nil else { return nil }
        var slash: Int?
        var length = 0
        var dots = 0
        for index in rest.indices {
            let byte = rest[index]
            if byte == 0x2f {
                if length == 0 || (length <= 2 && dots == length) { return nil }
                slash = index
                (length, dots) = (0, 0)
            } else {
                length += 1
                if byte == 0x2e { dots += 1 }
            }
        }
        if length == 0 || (length <= 2 && dots == length) { return nil }
        guard let slash else { return (RawPath([]), RawPath(rest)) }
        return (RawPath(rest[..<slash]), RawPath(rest[(slash + 1)...]))
    }
}
