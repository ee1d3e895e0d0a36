internal import CLinux
internal import Glibc

/// Opens `name` in `directory`; see `openat(2)`.
public func openFile(
    at directory: Int32, _ name: RawPath, _ flags: OpenFlags, mode: UInt32 = 0
) throws(SystemError) -> OwnedDescriptor {
    let raw = try checked("openat", name.description) {
        name.withCString { clinux_openat(directory, $0, flags.rawValue | O_CLOEXEC, mode) }
    }
    return OwnedDescriptor(adopting: raw)
}

/// Opens an untrusted `path` below `root` with `openat2(2)` (Linux 5.6).
public func openConfined(
    root: Int32, _ path: RawPath, _ flags: OpenFlags, resolve: ResolveFlags
) throws(SystemError) -> OwnedDescriptor {
    let bits = UInt64(UInt32(bitPattern: flags.rawValue | O_CLOEXEC))
    while true {
        do {
            let raw = try checked("openat2", path.description) {
                path.withCString { clinux_openat2(root, $0, bits, 0, resolve.rawValue) }
            }
            return OwnedDescriptor(adopting: raw)
        } catch {
            // A rename beside the walk; the manual page says to try again.
            if error.code != .again { throw error }
        }
    }
}

/// Makes the directory `name`.
public func makeDirectory(at directory: Int32, _ name: RawPath, mode: UInt32) throws(SystemError) {
    try checked("mkdirat", name.description) { name.withCString { clinux_mkdirat(directory, $0, mode) } }
}

/// Makes a device, fifo or socket; see `mknod(2)`. Device nodes need `CAP_MKNOD` in the first user namespace.
public func makeNode(
    at directory: Int32, _ name: RawPath, kind: FileStatus.Kind, mode: UInt32, major: UInt32 = 0,
    minor: UInt32 = 0
) throws(SystemError) {
    let type: UInt32 =
        switch kind {
        case .characterDevice: 0o020000
        case .blockDevice: 0o060000
        case .fifo: 0o010000
        case .socket: 0o140000
        default: 0o100000
        }
    try checked("mknodat", name.description) {
        name.withCString { clinux_mknodat(directory, $0, type | mode, major, minor) }
    }
}

/// Makes the symbolic link `name`, which says `target`.
public func makeSymbolicLink(at directory: Int32, _ name: RawPath, target: RawPath) throws(SystemError) {
    try checked("symlinkat", name.description) {
        target.withCString { text in name.withCString { clinux_symlinkat(text, directory, $0) } }
    }
}

/// Makes `name` another name of the file `oldName`; a link itself is linked, and not what it points to.
public func makeHardLink(
    at directory: Int32, _ name: RawPath, to oldName: RawPath, in oldDirectory: Int32
) throws(SystemError) {
    try checked("linkat", "\(oldName)\" to \"\(name)") {
        oldName.withCString { old in name.withCString { clinux_linkat(oldDirectory, old, directory, $0) } }
    }
}

/// Removes `name`, an empty directory if `isDirectory`.
public func removeFile(at directory: Int32, _ name: RawPath, isDirectory: Bool = false) throws(SystemError) {
    try checked("unlinkat", name.description) {
        name.withCString { clinux_unlinkat(directory, $0, isDirectory ? 1 : 0) }
    }
}

/// Renames `name` to `newName` in another directory of the same file system, replacing what is there.
public func renameFile(
    at directory: Int32, _ name: RawPath, to newName: RawPath, in newDirectory: Int32
) throws(SystemError) {
    try checked("renameat", "\(name)\" to \"\(newName)") {
        name.withCString { old in newName.withCString { clinux_renameat(directory, old, newDirectory, $0) } }
    }
}

/// What the symbolic link `name` says; of the link that `directory` is (`O_PATH`) where `name` is empty.
public func readSymbolicLink(at directory: Int32, _ name: RawPath) throws(SystemError) -> RawPath {
    var target = RawPath([])
    var failure: SystemError?
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
        let count = name.withCString { clinux_readlinkat(directory, $0, buffer.baseAddress, 4096) }
        if count < 0 {
            failure = SystemError.last("readlinkat", name.description)
        } else {
            target = RawPath(buffer[..<count].lazy.map { UInt8(bitPattern: $0) })
        }
    }
    if let failure { throw failure }
    return target
}

/// Gives the open file to `user` and `group`. The kernel clears setuid, setgid and capabilities with it.
public func changeOwner(_ descriptor: Int32, user: UInt32, group: UInt32) throws(SystemError) {
    try checked("fchown", "\(user):\(group)") { clinux_fchown(descriptor, user, group) }
}

/// Gives `name`, a link itself if it is one, to `user` and `group`.
public func changeOwner(at directory: Int32, _ name: RawPath, user: UInt32, group: UInt32) throws(SystemError)
{
    try checked("fchownat", name.description) {
        name.withCString { clinux_lchownat(directory, $0, user, group) }
    }
}

/// Sets the permission bits of the open file.
public func changeMode(_ descriptor: Int32, _ mode: UInt32) throws(SystemError) {
    try checked("fchmod", "fd \(descriptor)") { clinux_fchmod(descriptor, mode) }
}

/// Sets the permission bits of `name`, which must not be a link: one would be followed.
public func changeMode(at directory: Int32, _ name: RawPath, _ mode: UInt32) throws(SystemError) {
    try checked("fchmodat", name.description) { name.withCString { clinux_fchmodat(directory, $0, mode) } }
}

/// Sets both times of the open file.
public func setTimes(_ descriptor: Int32, _ time: FileTime) throws(SystemError) {
    try checked("futimens", "fd \(descriptor)") {
        clinux_utimes_at(descriptor, nil, time.seconds, time.nanoseconds)
    }
}

/// Sets both times of `name`, a link itself if it is one.
public func setTimes(at directory: Int32, _ name: RawPath, _ time: FileTime) throws(SystemError) {
    try checked("utimensat", name.description) {
        name.withCString { clinux_utimes_at(directory, $0, time.seconds, time.nanoseconds) }
    }
}

/// The bits that `open`, `mkdir` and `mknod` leave out of a mode in this process (`umask(2)`).
public func currentFileModeMask() -> UInt32 {
    guard let text = try? readText("/proc/self/status"),
        let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Umask:") }),
        let digits = line.split(whereSeparator: { $0 == "\t" || $0 == " " }).last
    else { return 0o7777 }
    return UInt32(digits, radix: 8) ?? 0o7777
}
