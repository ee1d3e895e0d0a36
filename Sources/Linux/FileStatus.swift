internal import CLinux

/// What `lstat(2)` tells of a file.
public struct FileStatus: Sendable, Hashable {
    /// The type of a file.
    public enum Kind: Sendable, Hashable {
        case regular, directory, symbolicLink, characterDevice, blockDevice, fifo, socket, unknown
    }

    public let kind: Kind
    /// Permission bits with setuid, setgid and sticky.
    public let mode: UInt32
    public let userID: UInt32
    public let groupID: UInt32
    public let sizeBytes: Int64
    /// What it takes on the disk.
    public let allocatedBytes: Int64
    public let device: UInt64
    public let inode: UInt64
    public let links: UInt64
    /// The device that a node stands for.
    public let nodeMajor: UInt32
    public let nodeMinor: UInt32
    public let modified: FileTime

    fileprivate init(_ raw: clinux_stat) {
        kind =
            switch raw.kind {
            case 0o100000: .regular
            case 0o040000: .directory
            case 0o120000: .symbolicLink
            case 0o020000: .characterDevice
            case 0o060000: .blockDevice
            case 0o010000: .fifo
            case 0o140000: .socket
            default: .unknown
            }
        mode = raw.mode
        userID = raw.uid
        groupID = raw.gid
        sizeBytes = Int64(clamping: raw.size)
        allocatedBytes = Int64(clamping: raw.blocks * 512)
        device = raw.device
        inode = raw.inode
        links = raw.links
        nodeMajor = raw.rdev_major
        nodeMinor = raw.rdev_minor
        modified = FileTime(seconds: raw.mtime_seconds, nanoseconds: raw.mtime_nanoseconds)
    }

    /// Whether it is overlayfs's mark for a name that the layers below have no more.
    public var isWhiteout: Bool { kind == .characterDevice && nodeMajor == 0 && nodeMinor == 0 }
}

/// A file's time.
public struct FileTime: Sendable, Hashable {
    public let seconds: Int64
    public let nanoseconds: UInt32

    public init(seconds: Int64, nanoseconds: UInt32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }
}

/// The status of `name` in `directory`, a link itself and not what it points to.
public func fileStatus(at directory: Int32, _ name: RawPath) throws(SystemError) -> FileStatus {
    var raw = clinux_stat()
    try checked("fstatat", name.description) { name.withCString { clinux_stat_at(directory, $0, &raw) } }
    return FileStatus(raw)
}

/// ``fileStatus(at:_:)``, or nil where nothing has that name.
public func fileStatusIfPresent(at directory: Int32, _ name: RawPath) throws(SystemError) -> FileStatus? {
    var raw = clinux_stat()
    do {
        try checked("fstatat", name.description) { name.withCString { clinux_stat_at(directory, $0, &raw) } }
    } catch {
        if error.code == .noEntry { return nil }
        throw error
    }
    return FileStatus(raw)
}

/// The status of an open file, `O_PATH` or not.
public func fileStatus(of descriptor: Int32) throws(SystemError) -> FileStatus {
    var raw = clinux_stat()
    try checked("fstat", "fd \(descriptor)") { clinux_stat_at(descriptor, "", &raw) }
    return FileStatus(raw)
}

/// The status of what is at `path`, links not followed; nil where nothing is.
public func fileStatusIfPresent(path: String) throws(SystemError) -> FileStatus? {
    try fileStatusIfPresent(at: -100, RawPath(path))
}
