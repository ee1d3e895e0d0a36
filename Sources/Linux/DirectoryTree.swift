internal import CLinux
internal import Glibc

/// The names in the directory at `path`, without `.` and `..`, in the kernel's order.
///
/// Names that are not UTF-8 are repaired for display: use a descriptor walk where they matter.
public func listDirectory(_ path: String) throws(SystemError) -> [String] {
    let directory = try openFile(path, [.readOnly, .directory])
    return try entries(of: directory, path).map { String(decoding: $0.name, as: UTF8.self) }
}

/// Removes what is at `path`, a directory with all below it too; nothing there is no error.
///
/// Links are removed and never followed; a mount below `path` is not entered, but fails with `EXDEV`.
public func removeTree(_ path: String) throws(SystemError) {
    try remove(at: clinux_at_cwd(), Array(path.utf8) + [0], path, staying: [])
}

private struct Entry {
    let name: [UInt8]
    let isDirectory: Bool
}

private func entries(of directory: borrowing OwnedDescriptor, _ path: String) throws(SystemError) -> [Entry] {
    let copy = try directory.duplicate()
    guard let stream = fdopendir(copy.rawValue) else { throw SystemError.last("fdopendir", path) }
    _ = copy.release()
    defer { closedir(stream) }
    var found: [Entry] = []
    while true {
        errno = 0
        guard let raw = readdir(stream) else {
            if errno != 0 { throw SystemError.last("readdir", path) }
            return found
        }
        let name = withUnsafePointer(to: &raw.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: UInt8.self, capacity: 256) { bytes in
                Array(
                    UnsafeBufferPointer(
                        start: bytes,
                        count: strlen(UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self))))
            }
        }
        if name == [46] || name == [46, 46] { continue }
        found.append(Entry(name: name, isDirectory: raw.pointee.d_type == 4))
    }
}

private func remove(
    at parent: Int32, _ name: [UInt8], _ path: @autoclosure () -> String, staying: ResolveFlags
) throws(SystemError) {
    func unlink(_ flags: Int32) -> Int32 {
        name.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { chars in
                chars.baseAddress.map { unlinkat(parent, $0, flags) == 0 ? 0 : errno } ?? EINVAL
            }
        }
    }
    let first = unlink(0)
    if first == 0 || first == ENOENT { return }
    guard first == EISDIR || first == EPERM else {
        throw SystemError(call: "unlink", subject: path(), code: ErrorCode(rawValue: first))
    }
    let raw = name.withUnsafeBufferPointer { buffer in
        buffer.withMemoryRebound(to: CChar.self) { chars in
            chars.baseAddress.map {
                clinux_openat2(parent, $0, UInt64(0o200000 | 0o400000 | O_CLOEXEC), 0, staying.rawValue)
            } ?? -1
        }
    }
    if raw == -1 {
        if errno == ENOENT { return }
        throw SystemError.last("open", path())
    }
    do {
        let directory = OwnedDescriptor(adopting: raw)
        for entry in try entries(of: directory, path()) {
            let child = path() + "/" + String(decoding: entry.name, as: UTF8.self)
            try remove(at: directory.rawValue, entry.name + [0], child, staying: .noCrossDevice)
        }
    }
    let last = unlink(0x200)
    if last != 0 && last != ENOENT {
        throw SystemError(call: "rmdir", subject: path(), code: ErrorCode(rawValue: last))
    }
}
