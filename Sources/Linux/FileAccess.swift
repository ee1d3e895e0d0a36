internal import CLinux
internal import Glibc

/// How to open a file: `O_*`. `O_CLOEXEC` is always added.
public struct OpenFlags: OptionSet, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    public static let readOnly = OpenFlags([])
    public static let writeOnly = OpenFlags(rawValue: O_WRONLY)
    public static let readWrite = OpenFlags(rawValue: O_RDWR)
    public static let create = OpenFlags(rawValue: O_CREAT)
    public static let exclusive = OpenFlags(rawValue: O_EXCL)
    public static let truncate = OpenFlags(rawValue: O_TRUNC)
    public static let append = OpenFlags(rawValue: O_APPEND)
    public static let directory = OpenFlags(rawValue: 0o200000)
    public static let noFollow = OpenFlags(rawValue: 0o400000)
    public static let path = OpenFlags(rawValue: 0o10000000)
    public static let nonBlocking = OpenFlags(rawValue: O_NONBLOCK)
    public static let noControllingTerminal = OpenFlags(rawValue: O_NOCTTY)
}

/// How `openat2(2)` resolves a path: `RESOLVE_*`.
public struct ResolveFlags: OptionSet, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let noCrossDevice = ResolveFlags(rawValue: 0x01)
    public static let noMagicLinks = ResolveFlags(rawValue: 0x02)
    public static let noSymlinks = ResolveFlags(rawValue: 0x04)
    public static let beneath = ResolveFlags(rawValue: 0x08)
    public static let inRoot = ResolveFlags(rawValue: 0x10)
}

/// Opens `path`; see `open(2)`.
public func openFile(
    _ path: String, _ flags: OpenFlags = .readOnly, mode: UInt32 = 0o644
) throws(SystemError) -> OwnedDescriptor {
    let raw = try checked("open", path) { clinux_open(path, flags.rawValue | O_CLOEXEC, mode) }
    return OwnedDescriptor(adopting: raw)
}

/// Opens `path` relative to `directory`; see `openat(2)`.
public func openFile(
    at directory: Int32, _ path: String, _ flags: OpenFlags = .readOnly, mode: UInt32 = 0o644
) throws(SystemError) -> OwnedDescriptor {
    let raw = try checked("openat", path) { clinux_openat(directory, path, flags.rawValue | O_CLOEXEC, mode) }
    return OwnedDescriptor(adopting: raw)
}

/// Opens an untrusted `path` below `root` with `openat2(2)` (Linux 5.6).
///
/// With `.inRoot` (the default) absolute links and `..` stay inside `root`, whatever the path's owner does meanwhile.
public func openConfined(
    root: Int32, _ path: String, _ flags: OpenFlags = .readOnly, mode: UInt32 = 0,
    resolve: ResolveFlags = [.inRoot, .noMagicLinks]
) throws(SystemError) -> OwnedDescriptor {
    while true {
        do {
            let raw = try checked("openat2", path) {
                clinux_openat2(
                    root, path, UInt64(UInt32(bitPattern: flags.rawValue | O_CLOEXEC)), UInt64(mode),
                    resolve.rawValue)
            }
            return OwnedDescriptor(adopting: raw)
        } catch let error where error.code == .again {
            continue  // A rename beside the walk; the manual page says to try again.
        }
    }
}

/// Whether two buffers of one length hold the same bytes; memcmp(3).
public func haveSameBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    guard let one = left.baseAddress, let other = right.baseAddress else { return true }
    return memcmp(one, other, left.count) == 0
}

/// Reads up to `buffer.count` bytes; 0 is the end.
public func readBytes(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError)
    -> Int
{
    try checkedSize("read", "fd \(descriptor)") { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
}

/// Writes as much of `buffer` as one call takes, and returns how much that was.
public func writeSome(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) throws(SystemError) -> Int {
    try checkedSize("write", "fd \(descriptor)") { Glibc.write(descriptor, buffer.baseAddress, buffer.count) }
}

/// Writes all of `buffer`, in as many calls as it takes.
public func writeAll(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) throws(SystemError) {
    var offset = 0
    while offset < buffer.count {
        offset += try checkedSize("write", "fd \(descriptor)") {
            Glibc.write(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
        }
    }
}

/// Writes all of `bytes`.
public func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemError) {
    let result: Result<Void, SystemError> = bytes.withUnsafeBytes { buffer in
        do throws(SystemError) { return .success(try writeAll(descriptor, buffer)) } catch {
            return .failure(error)
        }
    }
    try result.get()
}

/// Reads what is left of `descriptor`, at most `limit` bytes; more is an `E2BIG` failure.
public func readAll(_ descriptor: Int32, limitBytes limit: Int = 64 << 20) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16384)
    while true {
        let result: Result<Int, SystemError> = chunk.withUnsafeMutableBytes { buffer in
            do throws(SystemError) { return .success(try readBytes(descriptor, into: buffer)) } catch {
                return .failure(error)
            }
        }
        let count = try result.get()
        if count == 0 { return bytes }
        if bytes.count + count > limit {
            throw SystemError(call: "read", subject: "fd \(descriptor)", code: .tooLarge)
        }
        bytes.append(contentsOf: chunk[..<count])
    }
}

/// The whole content of the file at `path`, at most `limit` bytes.
public func readFile(_ path: String, limitBytes limit: Int = 64 << 20) throws(SystemError) -> [UInt8] {
    let file = try openFile(path)
    return try readAll(file.rawValue, limitBytes: limit)
}

/// The whole content of the file at `path` as text; bad UTF-8 is replaced.
public func readText(_ path: String, limitBytes limit: Int = 64 << 20) throws(SystemError) -> String {
    String(decoding: try readFile(path, limitBytes: limit), as: UTF8.self)
}

/// Writes `bytes` to an existing or new file at `path`, in place and not durably.
public func writeFile(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(SystemError) {
    let file = try openFile(path, [.writeOnly, .create, .truncate], mode: mode)
    try writeAll(file.rawValue, bytes)
}

/// Writes `text` to an existing or new file at `path`, in place and not durably.
public func writeFile(_ path: String, _ text: String, mode: UInt32 = 0o644) throws(SystemError) {
    try writeFile(path, Array(text.utf8), mode: mode)
}

/// Replaces the file at `path` so that after a crash it holds all of the old or all of the new bytes.
///
/// Unless it `isDurable` that holds for a crash of the program only, and not for one of the machine.
public func replaceFile(
    _ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644, isDurable: Bool = true
) throws(SystemError) {
    let temporary = path + ".tmp"
    do {
        let file = try openFile(temporary, [.writeOnly, .create, .truncate], mode: mode)
        try writeAll(file.rawValue, bytes)
        if isDurable { try checked("fsync", temporary) { Glibc.fsync(file.rawValue) } }
    }
    try renameFile(temporary, to: path)
    guard isDurable else { return }
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let directory = try openFile(folder.isEmpty ? "/" : folder, .directory)
    try checked("fsync", folder) { Glibc.fsync(directory.rawValue) }
}

/// Renames `old` to `new`, replacing what is there.
public func renameFile(_ old: String, to new: String) throws(SystemError) {
    try checked("rename", "\(old)\" to \"\(new)") { Glibc.rename(old, new) }
}

/// Makes one directory; an existing one is an `EEXIST` failure.
public func makeDirectory(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
    try checked("mkdir", path) { Glibc.mkdir(path, mode) }
}

/// Makes a trusted `path` and what is missing above it.
public func makeDirectories(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
    do {
        try makeDirectory(path, mode: mode)
    } catch let error where error.code == .exists {
        return
    } catch let error where error.code == .noEntry {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { throw error }
        try makeDirectories(String(path[..<slash]), mode: mode)
        do { try makeDirectory(path, mode: mode) } catch let error where error.code == .exists { return }
    }
}

/// Removes a file or link; one that is not there is an `ENOENT` failure.
public func removeFile(_ path: String) throws(SystemError) {
    try checked("unlink", path) { Glibc.unlink(path) }
}

/// Removes an empty directory.
public func removeDirectory(_ path: String) throws(SystemError) {
    try checked("rmdir", path) { Glibc.rmdir(path) }
}

/// Whether something is at `path`, links not followed.
public func fileExists(_ path: String) -> Bool {
    var info = stat()
    return lstat(path, &info) == 0
}
