/// What the `X-Docker-Container-Path-Stat` header tells of a path in a container.
public struct PathStat: Codable, Hashable, Sendable {
    public var name: String = ""
    public var size: Int64 = 0
    /// Bits of Go's `os.FileMode`.
    public var mode: UInt32 = 0
    /// RFC 3339.
    public var mtime: String = ""
    /// Where a symbolic link leads in the end.
    public var linkTarget: String = ""

    public init() {}

    /// Go's bits for a file type; what Linux has as permission bits keeps its place.
    public enum Bits {
        public static let directory: UInt32 = 1 << 31
        public static let symbolicLink: UInt32 = 1 << 27
        public static let device: UInt32 = 1 << 26
        public static let namedPipe: UInt32 = 1 << 25
        public static let socket: UInt32 = 1 << 24
        public static let setUserID: UInt32 = 1 << 23
        public static let setGroupID: UInt32 = 1 << 22
        public static let characterDevice: UInt32 = 1 << 21
        public static let sticky: UInt32 = 1 << 20
        public static let irregular: UInt32 = 1 << 19
    }

    /// Go's bits for Linux's setuid, setgid, sticky and permissions.
    public static func permissions(_ mode: UInt32) -> UInt32 {
        var bits = mode & 0o777
        if mode & 0o4000 != 0 { bits |= Bits.setUserID }
        if mode & 0o2000 != 0 { bits |= Bits.setGroupID }
        if mode & 0o1000 != 0 { bits |= Bits.sticky }
        return bits
    }
}

/// What PutContainerArchive was asked for.
public struct ArchiveExtractOptions: Sendable, Hashable {
    public var path = ""
    /// Refuse to put a directory in a file's place, and the other way round.
    public var noOverwriteDirNonDir = false
    /// Give the files to the container's user.
    public var copyUIDGID = false

    public init() {}
}

/// What ImageCommit was asked for.
public struct CommitOptions: Sendable, Hashable {
    public var container = ""
    public var repository = ""
    public var tag = ""
    public var comment = ""
    public var author = ""
    public var pause = true
    /// Dockerfile instructions, one each.
    public var changes: [String] = []
    /// Settings that come before the container's own.
    public var config: ContainerConfig?

    public init() {}
}
