internal import Glibc

/// What the symbolic link at `path` points to.
public func readLink(_ path: String) throws(SystemError) -> String {
    var bytes = [CChar](repeating: 0, count: 4096)
    let count = try checkedSize("readlink", path) { Glibc.readlink(path, &bytes, 4096) }
    return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Makes a symbolic link at `path` that points to `target`.
public func makeLink(_ path: String, to target: String) throws(SystemError) {
    try checked("symlink", path) { Glibc.symlink(target, path) }
}
