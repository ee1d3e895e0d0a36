internal import Glibc

/// Which file an open descriptor or a path leads to, and how long it is.
public struct FileIdentity: Hashable, Sendable {
    public let device: UInt64
    public let inode: UInt64
    public let sizeBytes: Int64

    /// Whether both are one file, whatever its length at the time.
    public func isSameFile(as other: FileIdentity) -> Bool { device == other.device && inode == other.inode }

    /// The identity of the open file; see `fstat(2)`.
    public init(descriptor: Int32) throws(SystemError) {
        var info = stat()
        try checked("fstat", "fd \(descriptor)") { fstat(descriptor, &info) }
        self.init(info)
    }

    /// The identity of what is at `path`, links followed; nil where nothing is.
    public init?(path: String) throws(SystemError) {
        var info = stat()
        do {
            try checked("stat", path) { stat(path, &info) }
        } catch let error where error.code == .noEntry {
            return nil
        }
        self.init(info)
    }

    /// An identity that was written down.
    public init(device: UInt64, inode: UInt64, sizeBytes: Int64) {
        self.device = device
        self.inode = inode
        self.sizeBytes = sizeBytes
    }

    private init(_ info: stat) {
        device = UInt64(info.st_dev)
        inode = UInt64(info.st_ino)
        sizeBytes = Int64(info.st_size)
    }
}

/// Reads up to `buffer.count` bytes at `offset`; 0 is the end. The descriptor's own position stays; see
/// `pread(2)`.
public func readBytes(
    _ descriptor: Int32, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer
) throws(SystemError) -> Int {
    try checkedSize("pread", "fd \(descriptor)") {
        pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
    }
}

/// Cuts the open file to `size` bytes; see `ftruncate(2)`.
public func truncateFile(_ descriptor: Int32, sizeBytes size: Int64) throws(SystemError) {
    try checked("ftruncate", "fd \(descriptor)") { ftruncate(descriptor, off_t(size)) }
}

/// The index of the first `byte` in `buffer`, by `memchr(3)`.
public func firstIndex(of byte: UInt8, in buffer: UnsafeRawBufferPointer) -> Int? {
    guard let base = buffer.baseAddress, let found = memchr(base, Int32(byte), buffer.count) else {
        return nil
    }
    return UnsafeRawPointer(found) - base
}
