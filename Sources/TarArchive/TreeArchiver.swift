public import Linux

/// Writes a directory tree as a tar stream, in the order of the names' bytes.
///
/// Works by descriptors and single names: no link is followed. What vanishes during the walk is left out; a file that
/// shrinks is filled with zeros. For one thread.
public final class TreeArchiver {
    /// What overlayfs's marks in the tree mean.
    public enum Overlay: Sendable {
        /// The tree is what users see: a mark would be a plain device.
        case none
        /// The tree is one layer: marks become `.wh.` entries.
        case layer
    }

    private struct FileKey: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    private static let flags: OpenFlags = [.readOnly, .directory, .noFollow]
    private let writer: TarWriter
    private let overlay: Overlay
    private var linked: [FileKey: RawPath] = [:]

    public init(_ writer: TarWriter, overlay: Overlay = .none) {
        self.writer = writer
        self.overlay = overlay
    }

    /// Writes everything below `root` with paths relative to it, and `prefix` before them; the root itself too, where
    /// there is a prefix. The caller finishes the archive.
    public func write(_ root: SharedDescriptor, prefix: RawPath = RawPath([])) throws {
        if !prefix.isEmpty { try writeDirectory(root, prefix) }
        try writeContents(root, prefix, depth: 0)
    }

    private func writeDirectory(_ directory: SharedDescriptor, _ path: RawPath) throws {
        let status = try fileStatus(of: directory.rawValue)
        var entry = Self.entry(.directory, RawPath(path.bytes + [0x2f]), status)
        var isOpaque = false
        for attribute in try attributes(of: directory.rawValue) {
            if !attribute.name.hasPrefix(LayerUnpacker.overlayPrefix) {
                entry.attributes.append(attribute)
            } else if attribute == LayerUnpacker.opaque {
                isOpaque = true
            }
        }
        try writer.begin(entry)
        if isOpaque, overlay == .layer {
            try writer.begin(TarEntry(kind: .file, path: path.appending(RawPath(LayerUnpacker.opaqueName))))
        }
    }

    private func writeContents(_ directory: SharedDescriptor, _ path: RawPath, depth: Int) throws {
        if depth > 1024 { throw ArchiveError(.limit, "archive \"\(path)\": more than 1024 directories deep") }
        var stream = try DirectoryStream(openFile(at: directory.rawValue, RawPath("."), Self.flags))
        var names: [RawPath] = []
        while let entry = try stream.next() { names.append(entry.name) }
        names.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        for name in names {
            guard let status = try fileStatusIfPresent(at: directory.rawValue, name) else { continue }
            let whole = path.appending(name)
            if status.kind == .directory {
                let child = SharedDescriptor(try openFile(at: directory.rawValue, name, Self.flags))
                try writeDirectory(child, whole)
                try writeContents(child, whole, depth: depth + 1)
            } else {
                try writeNode(directory, name, status, whole, in: path)
            }
        }
    }

    private func writeNode(
        _ directory: SharedDescriptor, _ name: RawPath, _ status: FileStatus, _ path: RawPath,
        in parent: RawPath
    ) throws {
        if status.isWhiteout, overlay == .layer {
            let hidden = RawPath(Array(LayerUnpacker.whiteoutPrefix.utf8) + name.bytes)
            return try writer.begin(TarEntry(kind: .file, path: parent.appending(hidden)))
        }
        let kind: TarEntry.Kind
        switch status.kind {
        case .regular: kind = .file
        case .symbolicLink: kind = .symbolicLink
        case .characterDevice: kind = .characterDevice
        case .blockDevice: kind = .blockDevice
        case .fifo: kind = .fifo
        // A socket means nothing without its process, as Docker has it.
        case .socket, .directory, .unknown: return
        }
        var entry = Self.entry(kind, path, status)
        if status.links > 1 {
            let key = FileKey(device: status.device, inode: status.inode)
            if let first = linked[key] {
                entry.kind = .hardLink
                entry.linkTarget = first
                entry.sizeBytes = 0
                return try writer.begin(entry)
            }
            linked[key] = path
        }
        if kind == .symbolicLink { entry.linkTarget = try readSymbolicLink(at: directory.rawValue, name) }
        guard kind == .file else {
            entry.attributes = try userAttributes(attributes(at: directory.rawValue, name))
            return try writer.begin(entry)
        }
        let file = try openFile(at: directory.rawValue, name, [.readOnly, .noFollow, .nonBlocking])
        entry.attributes = try userAttributes(attributes(of: file.rawValue))
        try writer.begin(entry)
        try writeContent(file.rawValue, sizeBytes: entry.sizeBytes)
    }

    private func userAttributes(_ all: [ExtendedAttribute]) throws -> [ExtendedAttribute] {
        all.filter { !$0.name.hasPrefix(LayerUnpacker.overlayPrefix) }
    }

    private func writeContent(_ file: Int32, sizeBytes: Int64) throws {
        var buffer = [UInt8](repeating: 0, count: 128 << 10)
        var left = sizeBytes
        while left > 0 {
            let wanted = Int(min(left, Int64(buffer.count)))
            let count = try buffer.withUnsafeMutableBytes { bytes in
                let got = try readBytes(file, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<wanted]))
                if got == 0 { bytes[..<wanted].initializeElements() }
                let piece = UnsafeRawBufferPointer(rebasing: bytes[..<(got == 0 ? wanted : got)])
                try writer.write(content: piece)
                return piece.count
            }
            left -= Int64(count)
        }
    }

    private static func entry(_ kind: TarEntry.Kind, _ path: RawPath, _ status: FileStatus) -> TarEntry {
        TarEntry(
            kind: kind, path: path, mode: status.mode, userID: status.userID, groupID: status.groupID,
            sizeBytes: kind == .file ? status.sizeBytes : 0, modified: status.modified,
            deviceMajor: status.nodeMajor, deviceMinor: status.nodeMinor)
    }
}

extension Slice where Base == UnsafeMutableRawBufferPointer {
    /// Fills with zeros.
    fileprivate func initializeElements() {
        for index in indices { base[index] = 0 }
    }
}
