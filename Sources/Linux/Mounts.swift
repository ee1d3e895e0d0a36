internal import CLinux
internal import Glibc

/// What a mount allows: `MOUNT_ATTR_*`.
public struct MountAttributes: OptionSet, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let readOnly = MountAttributes(rawValue: 0x01)
    public static let noSetUserID = MountAttributes(rawValue: 0x02)
    public static let noDevices = MountAttributes(rawValue: 0x04)
    public static let noExecution = MountAttributes(rawValue: 0x08)
    /// The three access-time choices share one field: clear all of it to set one.
    public static let accessTimes = MountAttributes(rawValue: 0x70)
    public static let noAccessTime = MountAttributes(rawValue: 0x10)
    public static let strictAccessTime = MountAttributes(rawValue: 0x20)
    public static let noDirectoryAccessTime = MountAttributes(rawValue: 0x80)
    public static let noSymlinkFollowing = MountAttributes(rawValue: 0x200000)
}

/// How mounts and unmounts spread between peers: `MS_PRIVATE` and its relatives.
public enum MountPropagation: UInt64, Sendable {
    case unbindable = 0x20000
    case `private` = 0x40000
    case slave = 0x80000
    case shared = 0x100000
}

/// A file system that is being configured, before it is a mount; see `fsopen(2)` (Linux 5.2).
public struct FileSystemContext: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor
    private let type: String

    public init(_ type: String) throws(SystemError) {
        descriptor = OwnedDescriptor(adopting: try checked("fsopen", type) { clinux_fsopen(type) })
        self.type = type
    }

    /// Sets the option `key` to `value`.
    public borrowing func set(_ key: String, _ value: String) throws(SystemError) {
        let raw = descriptor.rawValue
        try checked("fsconfig \(type)", "\(key)=\(value)") { clinux_fsconfig(raw, 1, key, value, 0) }
    }

    /// Sets the flag `key`.
    public borrowing func set(_ key: String) throws(SystemError) {
        let raw = descriptor.rawValue
        try checked("fsconfig \(type)", key) { clinux_fsconfig(raw, 0, key, nil, 0) }
    }

    /// Creates the file system and returns it as a mount that is attached nowhere yet.
    public borrowing func mount(_ attributes: MountAttributes = []) throws(SystemError) -> OwnedDescriptor {
        let raw = descriptor.rawValue
        do {
            try checked("fsconfig create", type) { clinux_fsconfig(raw, 6, nil, nil, 0) }
        } catch {
            throw SystemError(call: "mount", subject: "\(type)\(message)", code: error.code)
        }
        let mount = try checked("fsmount", type) { clinux_fsmount(raw, UInt32(attributes.rawValue)) }
        return OwnedDescriptor(adopting: mount)
    }

    /// What the kernel said about the last failure, with a separator before it.
    private var message: String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = buffer.withUnsafeMutableBytes { bytes in
            clinux_fs_message(descriptor.rawValue, bytes.baseAddress, bytes.count)
        }
        guard count > 2 else { return "" }
        return " (" + String(decoding: buffer[2..<count].prefix { $0 != 10 }, as: UTF8.self) + ")"
    }
}

/// Attaches the detached mount `mount` at the open directory or file `place`.
public func attachMount(
    _ mount: Int32, at place: Int32, _ path: String = "", subject: String
) throws(SystemError) {
    try checked("mount", subject) { clinux_move_mount(mount, place, path) }
}

/// A detached copy of the mount at `path` (relative to `directory`), with those below it if `recursive`.
///
/// An empty `path` is `directory` itself.
public func cloneMount(
    at directory: Int32 = -100, _ path: String, recursive: Bool = false
) throws(SystemError) -> OwnedDescriptor {
    let raw = try checked("open_tree", path) { clinux_open_tree(directory, path, 1, recursive ? 1 : 0) }
    return OwnedDescriptor(adopting: raw)
}

/// Changes what the mount at `path` (an empty one: of `directory` itself) allows; see `mount_setattr(2)` (Linux 5.12).
public func setMountAttributes(
    at directory: Int32 = -100, _ path: String, set: MountAttributes = [], clear: MountAttributes = [],
    propagation: MountPropagation? = nil, recursive: Bool = false
) throws(SystemError) {
    try checked("mount_setattr", path) {
        clinux_mount_setattr(
            directory, path, recursive ? 1 : 0, set.rawValue, clear.rawValue, propagation?.rawValue ?? 0)
    }
}

/// The classic `mount(2)`, for what the descriptors' way cannot do.
public func mountFileSystem(
    _ source: String, at target: String, type: String, flags: UInt = 0, options: String = ""
) throws(SystemError) {
    try checked("mount", target) { clinux_mount(source, target, type, flags, options) }
}

/// Makes the working directory, a mount, the root, and drops the old root from this mount namespace.
public func pivotIntoWorkingDirectory() throws(SystemError) {
    try checked("pivot_root", ".") { clinux_pivot_root(".", ".") }
    try checked("umount", "old root") { clinux_umount(".", 2) }
    try checked("chdir", "/") { Glibc.chdir("/") }
}

/// Detaches the mount at `path` from the tree, busy or not.
public func detachMount(_ path: String) throws(SystemError) {
    try checked("umount", path) { clinux_umount(path, 2) }
}

/// Unmounts the file system at `path`; one that is in use fails with `EBUSY`.
public func unmountFileSystem(_ path: String) throws(SystemError) {
    try checked("umount", path) { clinux_umount(path, 8) }
}
