internal import CLinux
internal import Glibc

/// What a name in a file system stands for, as far as a container's set-up asks.
public struct FileNode: Hashable, Sendable {
    /// Type and permission bits.
    public let mode: UInt32
    public let user: UInt32
    public let group: UInt32
    /// The device's number, if it is a device.
    public let device: UInt64

    public var isDirectory: Bool { mode & 0o170000 == 0o040000 }
    public var isRegular: Bool { mode & 0o170000 == 0o100000 }
    public var isCharacterDevice: Bool { mode & 0o170000 == 0o020000 }

    /// Looks at `path` relative to `directory`; an empty path is `directory` itself.
    public init(at directory: Int32 = -100, _ path: String, follow: Bool = true) throws(SystemError) {
        var found: (UInt32, UInt32, UInt32, UInt64) = (0, 0, 0, 0)
        try checked("stat", path) {
            clinux_stat(directory, path, follow ? 1 : 0, &found.0, &found.1, &found.2, &found.3)
        }
        (mode, user, group, device) = found
    }
}

/// Makes a device, fifo or file at `path`; `mode` holds its type.
public func makeNode(
    at directory: Int32, _ path: String, mode: UInt32, major: UInt32 = 0, minor: UInt32 = 0
) throws(SystemError) {
    try checked("mknod", path) { clinux_make_node(directory, path, mode, major, minor) }
}

/// Makes a directory relative to `directory`.
public func makeDirectory(at directory: Int32, _ path: String, mode: UInt32 = 0o755) throws(SystemError) {
    try checked("mkdir", path) { Glibc.mkdirat(directory, path, mode) }
}

/// Makes a symbolic link relative to `directory`.
public func makeLink(at directory: Int32, _ path: String, to target: String) throws(SystemError) {
    try checked("symlink", path) { Glibc.symlinkat(target, directory, path) }
}

/// Removes what is at `path`, relative to `directory`.
public func removeFile(at directory: Int32, _ path: String) throws(SystemError) {
    try checked("unlink", path) { Glibc.unlinkat(directory, path, 0) }
}

/// Changes owner and group; an empty path is `directory` itself, links are not followed.
public func changeOwner(
    at directory: Int32, _ path: String, user: UInt32, group: UInt32
) throws(SystemError) {
    try checked("chown", path) { clinux_fchownat(directory, path, user, group) }
}

/// Changes the permission bits of what is at `path`.
public func changeMode(at directory: Int32, _ path: String, _ mode: UInt32) throws(SystemError) {
    try checked("chmod", path) { clinux_node_chmod(directory, path, mode) }
}

/// Changes the working directory.
public func changeDirectory(_ path: String) throws(SystemError) {
    try checked("chdir", path) { Glibc.chdir(path) }
}

/// Changes the working directory to an open one.
public func changeDirectory(to directory: Int32) throws(SystemError) {
    try checked("fchdir", "fd \(directory)") { Glibc.fchdir(directory) }
}

/// Makes `path` this process's root, without a mount namespace's help.
public func changeRoot(_ path: String) throws(SystemError) {
    try checked("chroot", path) { Glibc.chroot(path) }
}

/// Whether the process may execute `path`, by its effective ids: nil, or why not.
public func executionObstacle(_ path: String) -> ErrorCode? {
    clinux_can_execute(path) == 0 ? nil : ErrorCode(rawValue: errno)
}

/// The kind of file system that `descriptor` lies on: `statfs(2)`'s magic number.
public func fileSystemType(_ descriptor: Int32) -> UInt64 { clinux_file_system_type(descriptor) }
