internal import CLinux
internal import Glibc

/// The names in the directory at `path`, without `.` and `..`, in the kernel's order.
///
/// Names that are not UTF-8 are repaired for display: use a descriptor walk where they matter.
public func listDirectory(_ path: String) throws(SystemError) -> [String] {
    let directory = try openFile(path, [.readOnly, .directory])
    return try entries(of: directory, path).map { String(decoding: $0.name, as: UTF8.self) }
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
