internal import Linux

/// Turns a header block and its extensions into an entry.
enum TarHeader {
    static func decode(
        _ block: TarBlock, _ pax: PaxRecords, longName: [UInt8]?, longLink: [UInt8]?
    ) throws -> TarEntry {
        var path = Array(block.text(0, 100))
        if block.isUSTAR {
            let prefix = block.text(345, 155)
            if !prefix.isEmpty { path = prefix + [0x2f] + path }
        }
        if let longName { path = Array(longName.prefix { $0 != 0 }) }
        for key in ["path", "GNU.sparse.name"] {
            if let value = pax.values[key], !value.isEmpty { path = Array(value) }
        }
        var link = Array(block.text(157, 100))
        if let longLink { link = Array(longLink.prefix { $0 != 0 }) }
        if let value = pax.values["linkpath"], !value.isEmpty { link = Array(value) }
        let name = RawPath(path)
        var entry = TarEntry(kind: try kind(block.type, path, name), path: name, linkTarget: RawPath(link))
        func field(_ offset: Int, _ count: Int, _ what: String) throws -> Int64 {
            guard let value = block.number(offset, count) else {
                throw ArchiveError(.malformed, "read tar: invalid \(what) of \"\(name)\"")
            }
            return value
        }
        entry.mode = UInt32(truncatingIfNeeded: try field(100, 8, "mode")) & 0o7777
        entry.userID = try id(try pax.number("uid") ?? field(108, 8, "owner"), name)
        entry.groupID = try id(try pax.number("gid") ?? field(116, 8, "group"), name)
        entry.modified = try pax.time("mtime") ?? FileTime(seconds: field(136, 12, "time"))
        if entry.kind == .characterDevice || entry.kind == .blockDevice {
            guard let major = UInt32(exactly: try field(329, 8, "device")),
                let minor = UInt32(exactly: try field(337, 8, "device"))
            else { throw ArchiveError(.malformed, "read tar: invalid device of \"\(name)\"") }
            (entry.deviceMajor, entry.deviceMinor) = (major, minor)
        }
        entry.attributes = pax.attributes
        return entry
    }

    private static func kind(_ type: UInt8, _ path: [UInt8], _ name: RawPath) throws -> TarEntry.Kind {
        switch type {
        case 0: path.last == 0x2f ? .directory : .file
        case 0x30, 0x37, 0x53: .file
        case 0x31: .hardLink
        case 0x32: .symbolicLink
        case 0x33: .characterDevice
        case 0x34: .blockDevice
        case 0x35: .directory
        case 0x36: .fifo
        case 0x67: .global
        default:
            throw ArchiveError(.unsupported, "read tar: unhandled tar header type \(type) of \"\(name)\"")
        }
    }

    /// Ids have 32 bits, and the last of them means "leave as it is" to `chown`.
    private static func id(_ value: Int64, _ name: RawPath) throws -> UInt32 {
        guard let id = UInt32(exactly: value), id != .max else {
            throw ArchiveError(.malformed, "read tar: invalid owner \(value) of \"\(name)\"")
        }
        return id
    }

    /// Takes the (offset, size) pairs of an old GNU sparse header, and tells whether another block of them follows.
    static func appendSparse(
        _ block: TarBlock, from start: Int, count: Int, flag: Int, to extents: inout [TarEntry.Extent]
    ) throws -> Bool {
        for index in 0..<count {
            let at = start + 24 * index
            if block.bytes[at] == 0 { break }
            guard let offset = block.number(at, 12), let size = block.number(at + 12, 12) else {
                throw SparseMap.malformed
            }
            guard extents.count < SparseMap.maximumExtents else { throw SparseMap.malformed }
            extents.append(TarEntry.Extent(offset: offset, sizeBytes: size))
        }
        return block.bytes[flag] == 1
    }
}
