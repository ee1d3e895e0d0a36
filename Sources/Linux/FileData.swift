internal import CLinux

/// Writes all of `buffer` at `offset`; the descriptor's own position stays.
public func writeAll(
    _ descriptor: Int32, _ buffer: UnsafeRawBufferPointer, at offset: Int64
) throws(SystemError) {
    var done = 0
    while done < buffer.count {
        done += try checkedSize("pwrite", "fd \(descriptor)") {
            clinux_pwrite(
                descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, offset + Int64(done))
        }
    }
}

/// Puts the open file's content and what is needed to find it on the disk.
public func syncData(_ descriptor: Int32) throws(SystemError) {
    try checked("fdatasync", "fd \(descriptor)") { clinux_fdatasync(descriptor) }
}

/// Puts the open file or directory on the disk.
public func syncFile(_ descriptor: Int32) throws(SystemError) {
    try checked("fsync", "fd \(descriptor)") { clinux_fsync(descriptor) }
}

/// Puts everything that was written to the file system of `descriptor` on the disk.
public func syncFileSystem(_ descriptor: Int32) throws(SystemError) {
    try checked("syncfs", "fd \(descriptor)") { clinux_syncfs(descriptor) }
}

/// The next stretch of data at or after `offset` in a sparse file; nil where only holes are left.
public func nextData(_ descriptor: Int32, from offset: Int64) throws(SystemError) -> Range<Int64>? {
    let start = clinux_seek_data(descriptor, offset)
    if start < 0 {
        let error = SystemError.last("lseek", "SEEK_DATA")
        if error.code == .noDeviceOrAddress { return nil }
        throw error
    }
    let end = clinux_seek_hole(descriptor, start)
    if end < 0 { throw SystemError.last("lseek", "SEEK_HOLE") }
    return start < end ? start..<end : nil
}

/// Copies `range` between two files in the kernel, sharing blocks where the file system can.
///
/// Returns false, having copied nothing, where these two files do not allow it.
public func copyRange(from: Int32, to: Int32, _ range: Range<Int64>) throws(SystemError) -> Bool {
    var offset = range.lowerBound
    while offset < range.upperBound {
        let count = clinux_copy_range(from, to, offset, Int(min(range.upperBound - offset, 1 << 30)))
        if count == 0 { return true }
        if count < 0 {
            let error = SystemError.last("copy_file_range", "fd \(from) to fd \(to)")
            switch error.code {
            case .interrupted: continue
            case .crossDevice, .invalid, .noSystemCall, .notSupported, .notPermitted:
                if offset == range.lowerBound { return false }
                throw error
            default: throw error
            }
        }
        offset += Int64(count)
    }
    return true
}

/// Room on a file system.
public struct FileSystemSpace: Sendable, Hashable {
    public let totalBytes: UInt64
    public let freeBytes: UInt64
    public let freeInodes: UInt64
    /// The type's magic number, as in `statfs(2)`.
    public let type: UInt64

    /// The room on the file system of `descriptor`.
    public init(of descriptor: Int32) throws(SystemError) {
        var raw = clinux_statfs()
        try checked("fstatfs", "fd \(descriptor)") { clinux_fstatfs(descriptor, &raw) }
        totalBytes = raw.total_bytes
        freeBytes = raw.free_bytes
        freeInodes = raw.free_inodes
        type = raw.type
    }
}

extension ErrorCode {
    public static let noDeviceOrAddress = ErrorCode(rawValue: 6)
    /// `EFBIG`: longer than the file system allows.
    public static let fileTooBig = ErrorCode(rawValue: 27)
}
