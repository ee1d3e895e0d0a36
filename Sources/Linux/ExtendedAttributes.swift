internal import CLinux

/// One extended attribute.
public struct ExtendedAttribute: Sendable, Hashable {
    public let name: RawPath
    public let value: [UInt8]

    public init(name: RawPath, value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

/// The path of `name` in `directory` for the calls that have no `at` form; the last component is not followed.
private func descriptorPath(_ directory: Int32, _ name: RawPath) -> RawPath {
    RawPath("/proc/self/fd/\(directory)").appending(name)
}

/// Sets an attribute of the open file.
public func setAttribute(_ descriptor: Int32, _ attribute: ExtendedAttribute) throws(SystemError) {
    try checked("fsetxattr", attribute.name.description) {
        attribute.name.withCString { name in
            attribute.value.withUnsafeBytes { clinux_fsetxattr(descriptor, name, $0.baseAddress, $0.count) }
        }
    }
}

/// Sets an attribute of `name` in `directory`, a link itself if it is one; needs /proc.
public func setAttribute(
    at directory: Int32, _ name: RawPath, _ attribute: ExtendedAttribute
) throws(SystemError) {
    let path = descriptorPath(directory, name)
    try checked("lsetxattr", attribute.name.description) {
        path.withCString { path in
            attribute.name.withCString { key in
                attribute.value.withUnsafeBytes { clinux_lsetxattr(path, key, $0.baseAddress, $0.count) }
            }
        }
    }
}

/// The value of an attribute of the open file; nil where it has none of that name, or its file system has none at all.
public func attribute(of descriptor: Int32, _ name: String) throws(SystemError) -> [UInt8]? {
    let key = RawPath(name)
    return try value(name) { buffer, size in
        key.withCString { clinux_fgetxattr(descriptor, $0, buffer, size) }
    }
}

/// All attributes of `name` in `directory`, a link itself if it is one; none where the file system has none.
public func attributes(at directory: Int32, _ name: RawPath) throws(SystemError) -> [ExtendedAttribute] {
    let path = descriptorPath(directory, name)
    let list = try value("llistxattr") { buffer, size in
        path.withCString { clinux_llistxattr($0, buffer?.assumingMemoryBound(to: CChar.self), size) }
    }
    return try pairs(list) { key, buffer, size in
        path.withCString { path in key.withCString { clinux_lgetxattr(path, $0, buffer, size) } }
    }
}

/// All attributes of the open file (not `O_PATH`).
public func attributes(of descriptor: Int32) throws(SystemError) -> [ExtendedAttribute] {
    let list = try value("flistxattr") { buffer, size in
        clinux_flistxattr(descriptor, buffer?.assumingMemoryBound(to: CChar.self), size)
    }
    return try pairs(list) { key, buffer, size in
        key.withCString { clinux_fgetxattr(descriptor, $0, buffer, size) }
    }
}

private func pairs(
    _ list: [UInt8]?, _ get: (RawPath, UnsafeMutableRawPointer?, Int) -> Int
) throws(SystemError) -> [ExtendedAttribute] {
    guard let list, !list.isEmpty else { return [] }
    var found: [ExtendedAttribute] = []
    for name in list.split(separator: 0) {
        let key = RawPath(name)
        if let bytes = try value(key.description, { get(key, $0, $1) }) {
            found.append(ExtendedAttribute(name: key, value: bytes))
        }
    }
    return found
}

/// Reads with a buffer that fits nearly always, and with one of the size that the kernel tells otherwise.
private func value(
    _ subject: String, _ get: (UnsafeMutableRawPointer?, Int) -> Int
) throws(SystemError) -> [UInt8]? {
    var capacity = 512
    while true {
        var count = 0
        var bytes: [UInt8] = []
        if capacity == 512 {
            bytes = withUnsafeTemporaryAllocation(byteCount: 512, alignment: 8) { buffer in
                count = get(buffer.baseAddress, 512)
                return count > 0 ? Array(buffer[..<count]) : []
            }
        } else {
            bytes = Array(unsafeUninitializedCapacity: capacity) { buffer, filled in
                count = get(buffer.baseAddress, capacity)
                filled = max(0, count)
            }
        }
        if count >= 0 { return bytes }
        let error = SystemError.last("getxattr", subject)
        switch error.code {
        case .noData, .notSupported: return nil
        case .range:
            if capacity >= 128 << 10 { throw error }
            capacity = 128 << 10
        default: throw error
        }
    }
}
