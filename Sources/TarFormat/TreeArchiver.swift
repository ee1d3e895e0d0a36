public import Linux

/// Writes a directory tree as a tar stream, in the order of the names' bytes.
///
/// Works by descriptors and single names: no link is followed, and nothing but regular files is ever opened for
/// reading, even where others change the tree meanwhile. What vanishes during the walk is left out; a file that
/// shrinks is filled with zeros. For one thread.
public final class TreeArchiver {
    /// What overlayfs's marks in the tree mean.
    public enum Overlay: Sendable {
        /// The tree is what users see: a mark would be a plain device.
        case none
        /// The tree is one layer: marks become `.wh.` entries.
        case layer
    }

    /// How much of each file's nature the archive carries.
    public enum Detail: Sendable {
        /// Everything: unpacked again, the tree gives the same bytes.
        case everything
        /// What Docker's archives of containers hold: whole seconds, and no attributes but capabilities.
        case plain
    }

    private struct FileKey: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    private static let flags: OpenFlags = [.readOnly, .directory, .noFollow]
    private let writer: TarWriter
    private let overlay: Overlay
    private let detail: Detail
    private let skipping: ((RawPath, SystemError) throws -> Void)?
    private var linked: [FileKey: RawPath] = [:]
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)

    /// `skipping` hears of files that cannot be opened and are left out; without it they are failures.
    public init(
        _ writer: TarWriter, overlay: Overlay = .none, detail: Detail = .everything,
        skipping: ((RawPath, SystemError) throws -> Void)? = nil
    ) {
        self.writer = writer
        self.overlay = overlay
        self.detail = detail
        self.skipping = skipping
    }

    deinit { buffer.deallocate() }

    /// Writes everything below `root` with paths relative to it, and `prefix` before them; the root itself too, where
    /// there is a prefix. The caller finishes the archive.
    public func write(_ root: SharedDescriptor, prefix: RawPath = RawPath([])) throws {
        if !prefix.isEmpty { try writeDirectory(root, prefix) }
        try writeContents(root, prefix, depth: 0)
    }

    /// Writes `name` in `directory` as `path`, with all below it if it is a directory.
    public func write(_ name: RawPath, in directory: SharedDescriptor, as path: RawPath) throws {
        guard let status = try fileStatusIfPresent(at: directory.rawValue, name) else {
            throw SystemError(call: "fstatat", subject: name.description, code: .noEntry)
        }
        try writeChild(name, of: directory, status, as: path, in: RawPath([]), depth: 0)
    }

    private func writeDirectory(_ directory: SharedDescriptor, _ path: RawPath) throws {
        let status = try fileStatus(of: directory.rawValue)
        let name = path.bytes.last == 0x2f ? path : RawPath(path.bytes + [0x2f])
        var entry = self.entry(.directory, name, status)
        var isOpaque = false
        if detail == .everything {
            for attribute in try attributes(of: directory.rawValue) {
                if !attribute.name.hasPrefix(OverlayMarks.overlayPrefix) {
                    entry.attributes.append(attribute)
                } else if attribute == OverlayMarks.opaque {
                    isOpaque = true
                } else if overlay == .layer, attribute.name.hasPrefix(OverlayMarks.overlayPrefix + "redirect")
                {
                    throw ArchiveError(
                        .unsupported, "archive \"\(path)\": a directory that overlayfs moved (redirect_dir)")
                }
            }
        }
        try writer.begin(entry)
        if isOpaque, overlay == .layer {
            try writer.begin(TarEntry(kind: .file, path: path.appending(RawPath(OverlayMarks.opaqueName))))
        }
    }

    private func writeContents(_ directory: SharedDescriptor, _ path: RawPath, depth: Int) throws {
        if depth > 1024 { throw ArchiveError(.limit, "archive \"\(path)\": more than 1024 directories deep") }
        for name in try names(in: directory) {
            guard let status = try fileStatusIfPresent(at: directory.rawValue, name) else { continue }
            let whole = path.bytes.last == 0x2f ? RawPath(path.bytes + name.bytes) : path.appending(name)
            do {
                try writeChild(name, of: directory, status, as: whole, in: path, depth: depth)
            } catch let error as Unreadable {
                switch error.cause.code {
                case .noEntry, .loop, .notDirectory: continue  // It has become something else meanwhile.
                default:
                    guard let skipping else { throw error.cause }
                    try skipping(whole, error.cause)
                }
            }
        }
    }

    /// What could not be opened; nothing of it is in the archive yet.
    private struct Unreadable: Error {
        let cause: SystemError
    }

    private func names(in directory: SharedDescriptor) throws -> [RawPath] {
        var stream = try DirectoryStream(openFile(at: directory.rawValue, RawPath("."), Self.flags))
        var names: [RawPath] = []
        while let entry = try stream.next() { names.append(entry.name) }
        names.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        return names
    }

    private func writeChild(
        _ name: RawPath, of directory: SharedDescriptor, _ status: FileStatus, as path: RawPath,
        in parent: RawPath, depth: Int
    ) throws {
        if status.kind == .directory {
            let child: SharedDescriptor
            do throws(SystemError) {
                child = SharedDescriptor(try openFile(at: directory.rawValue, name, Self.flags))
            } catch { throw Unreadable(cause: error) }
            try writeDirectory(child, path)
            try writeContents(child, path, depth: depth + 1)
        } else {
            try writeNode(directory, name, status, path, in: parent)
        }
    }

    private func writeNode(
        _ directory: SharedDescriptor, _ name: RawPath, _ status: FileStatus, _ path: RawPath,
        in parent: RawPath
    ) throws {
        if status.isWhiteout, overlay == .layer {
            let hidden = RawPath(Array(OverlayMarks.whiteoutPrefix.utf8) + name.bytes)
            return try writer.begin(TarEntry(kind: .file, path: parent.appending(hidden)))
        }
        let kind: TarEntry.Kind
        switch status.kind {
        case .regular: return try writeFile(directory, name, path)
        case .symbolicLink: kind = .symbolicLink
        case .characterDevice: kind = .characterDevice
        case .blockDevice: kind = .blockDevice
        case .fifo: kind = .fifo
        // A socket means nothing without its process, as Docker has it.
        case .socket, .directory, .unknown: return
        }
        var entry = self.entry(kind, path, status)
        if try writeLink(&entry, status) { return }
        if kind == .symbolicLink {
            do throws(SystemError) {
                entry.linkTarget = try readSymbolicLink(at: directory.rawValue, name)
            } catch { throw Unreadable(cause: error) }
        }
        if detail == .everything { entry.attributes = kept(try attributes(at: directory.rawValue, name)) }
        try writer.begin(entry)
    }

    private func writeFile(_ directory: SharedDescriptor, _ name: RawPath, _ path: RawPath) throws {
        let file: OwnedDescriptor
        let status: FileStatus
        do throws(SystemError) {
            // First without opening it: a device or pipe that took its place may act on being opened.
            let place = try openFile(at: directory.rawValue, name, [.path, .noFollow])
            status = try fileStatus(of: place.rawValue)
            guard status.kind == .regular else {
                throw SystemError(call: "openat", subject: name.description, code: .noEntry)
            }
            file = try openFile("/proc/self/fd/\(place.rawValue)", .readOnly)
        } catch { throw Unreadable(cause: error) }
        var entry = self.entry(.file, path, status)
        if try writeLink(&entry, status) { return }
        entry.attributes = kept(try attributes(of: file.rawValue))
        try writer.begin(entry)
        try writeContent(file.rawValue, sizeBytes: entry.sizeBytes)
    }

    /// Writes a link where the same file is in the archive already.
    private func writeLink(_ entry: inout TarEntry, _ status: FileStatus) throws -> Bool {
        guard status.links > 1 else { return false }
        let key = FileKey(device: status.device, inode: status.inode)
        guard let first = linked[key] else {
            linked[key] = entry.path
            return false
        }
        entry.kind = .hardLink
        entry.linkTarget = first
        entry.sizeBytes = 0
        try writer.begin(entry)
        return true
    }

    private func kept(_ all: [ExtendedAttribute]) -> [ExtendedAttribute] {
        switch detail {
        case .everything: all.filter { !$0.name.hasPrefix(OverlayMarks.overlayPrefix) }
        case .plain: all.filter { $0.name == RawPath("security.capability") }
        }
    }

    /// From how much content on a file is read to where it goes out from.
    private static let directBytes: Int64 = 64 << 10

    private func writeContent(_ file: Int32, sizeBytes: Int64) throws {
        var left = sizeBytes
        while left >= Self.directBytes {
            let got = try writer.fill(limit: Int(left)) { try readBytes(file, into: $0) }
            guard let got, got > 0 else { break }
            left -= Int64(got)
        }
        while left > 0 {
            let wanted = Int(min(left, Int64(buffer.count)))
            let got = try readBytes(file, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]))
            if got == 0 { buffer[..<wanted].initializeElements() }
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<(got == 0 ? wanted : got)])
            try writer.write(content: piece)
            left -= Int64(piece.count)
        }
    }

    private func entry(_ kind: TarEntry.Kind, _ path: RawPath, _ status: FileStatus) -> TarEntry {
        let modified = detail == .everything ? status.modified : FileTime(seconds: status.modified.seconds)
        return TarEntry(
            kind: kind, path: path, mode: status.mode, userID: status.userID, groupID: status.groupID,
            sizeBytes: kind == .file ? status.sizeBytes : 0, modified: modified,
            deviceMajor: status.nodeMajor, deviceMinor: status.nodeMinor)
    }
}

extension Slice where Base == UnsafeMutableRawBufferPointer {
    /// Fills with zeros.
    fileprivate func initializeElements() {
        for index in indices { base[index] = 0 }
    }
}
