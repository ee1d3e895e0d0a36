public import Linux
internal import TarFormat

/// Copies trees of files with everything that belongs to them: owners, modes, times, attributes, hard links, holes.
///
/// It works by descriptors and single names, so that no link is ever followed on either side. For one thread.
public final class TreeCopier {
    private struct FileKey: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    private static let directoryFlags: OpenFlags = [.readOnly, .directory, .noFollow]
    /// Where a file with several names was first put: a descriptor of the directory, and the name.
    private var linked: [FileKey: (directory: SharedDescriptor, name: RawPath)] = [:]
    private let maximumDepth = 1024

    public init() {}

    /// Copies what is in the directory `source` into the directory `target`, whose own attributes become the same.
    ///
    /// Both are open for reading. An existing name in `target` is a failure. On failure the caller removes `target`.
    public func copyContents(from source: SharedDescriptor, to target: SharedDescriptor) throws {
        try copyDirectory(source, target, depth: 0)
        let status = try fileStatus(of: source.rawValue)
        try copyMetadata(status, from: source.rawValue, to: target.rawValue)
    }

    private func copyDirectory(_ source: SharedDescriptor, _ target: SharedDescriptor, depth: Int) throws {
        if depth > maximumDepth {
            throw ArchiveError(.limit, "copy tree: more than \(maximumDepth) directories deep")
        }
        for name in try names(in: source) {
            let status = try fileStatus(at: source.rawValue, name)
            if status.kind == .directory {
                let from = SharedDescriptor(try openFile(at: source.rawValue, name, Self.directoryFlags))
                try makeDirectory(at: target.rawValue, name, mode: 0o700)
                let to = SharedDescriptor(try openFile(at: target.rawValue, name, Self.directoryFlags))
                try copyDirectory(from, to, depth: depth + 1)
                try copyMetadata(status, from: from.rawValue, to: to.rawValue)
                continue
            }
            if status.links > 1 {
                let key = FileKey(device: status.device, inode: status.inode)
                if let first = linked[key] {
                    try makeHardLink(at: target.rawValue, name, to: first.name, in: first.directory.rawValue)
                    continue
                }
                linked[key] = (target, name)
            }
            try copyNode(from: source.rawValue, name, status, to: target.rawValue, name)
        }
    }

    private func names(in directory: SharedDescriptor) throws -> [RawPath] {
        var stream = try DirectoryStream(
            try openFile(at: directory.rawValue, RawPath("."), Self.directoryFlags))
        var names: [RawPath] = []
        while let entry = try stream.next() { names.append(entry.name) }
        return names
    }

    /// Copies one name that is no directory.
    func copyNode(
        from source: Int32, _ name: RawPath, _ status: FileStatus, to target: Int32, _ newName: RawPath
    ) throws {
        switch status.kind {
        case .regular:
            let from = try openFile(at: source, name, [.readOnly, .noFollow, .nonBlocking])
            let to = try openFile(
                at: target, newName, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600)
            try copyContent(from: from.rawValue, to: to.rawValue, sizeBytes: status.sizeBytes)
            try copyMetadata(status, from: from.rawValue, to: to.rawValue)
            return
        case .symbolicLink:
            try makeSymbolicLink(at: target, newName, target: readSymbolicLink(at: source, name))
        case .characterDevice, .blockDevice, .fifo, .socket:
            try makeNode(
                at: target, newName, kind: status.kind, mode: status.mode, major: status.nodeMajor,
                minor: status.nodeMinor)
        case .directory, .unknown:
            throw ArchiveError(.unsupported, "copy \"\(name)\": unknown type of file")
        }
        try changeOwner(at: target, newName, user: status.userID, group: status.groupID)
        if status.kind != .symbolicLink { try changeMode(at: target, newName, status.mode) }
        for attribute in try attributes(at: source, name)
        where !attribute.name.hasPrefix(OverlayMarks.overlayPrefix) {
            do {
                try setAttribute(at: target, newName, attribute)
            } catch {
                if error.code != .notSupported { throw error }
            }
        }
        try setTimes(at: target, newName, status.modified)
    }

    private func copyMetadata(_ status: FileStatus, from source: Int32, to target: Int32) throws {
        try changeOwner(target, user: status.userID, group: status.groupID)
        try changeMode(target, status.mode)
        for attribute in try attributes(of: source)
        where !attribute.name.hasPrefix(OverlayMarks.overlayPrefix) {
            do {
                try setAttribute(target, attribute)
            } catch {
                if error.code != .notSupported { throw error }
            }
        }
        try setTimes(target, status.modified)
    }

    /// Copies the stretches of data, and leaves the holes.
    private func copyContent(from source: Int32, to target: Int32, sizeBytes: Int64) throws {
        var offset: Int64 = 0
        while offset < sizeBytes, let range = try nextData(source, from: offset) {
            if try !copyRange(from: source, to: target, range) { try copyByHand(source, target, range) }
            offset = range.upperBound
        }
        try truncateFile(target, sizeBytes: sizeBytes)
    }

    private func copyByHand(_ source: Int32, _ target: Int32, _ range: Range<Int64>) throws {
        var buffer = [UInt8](repeating: 0, count: 128 << 10)
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = Int(min(Int64(buffer.count), range.upperBound - offset))
            let got = try buffer.withUnsafeMutableBytes { bytes in
                let got = try readBytes(
                    source, at: offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]))
                try writeAll(target, UnsafeRawBufferPointer(rebasing: bytes[..<got]), at: offset)
                return got
            }
            if got == 0 { return }
            offset += Int64(got)
        }
    }
}
