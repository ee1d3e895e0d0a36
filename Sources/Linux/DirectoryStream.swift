internal import CLinux

/// The names in an open directory, one after another.
public struct DirectoryStream: ~Copyable {
    /// One name, with its type where the file system tells it for nothing.
    public struct Entry: Sendable {
        public let name: RawPath
        public let kind: FileStatus.Kind
    }

    private let handle: OpaquePointer

    /// Reads `directory` (opened for reading) from its beginning, and closes it in the end.
    public init(_ directory: consuming OwnedDescriptor) throws(SystemError) {
        let raw = directory.release()
        guard let handle = clinux_directory_open(raw) else {
            let error = SystemError.last("fdopendir", "fd \(raw)")
            _ = OwnedDescriptor(adopting: raw)
            throw error
        }
        self.handle = handle
    }

    deinit { clinux_directory_close(handle) }

    /// The next name; nil at the end. `.` and `..` are left out.
    public mutating func next() throws(SystemError) -> Entry? {
        var name: UnsafePointer<CChar>?
        var length = 0
        var type: UInt8 = 0
        let result = clinux_directory_next(handle, &name, &length, &type)
        if result < 0 { throw SystemError.last("readdir", "") }
        guard result > 0, let name else { return nil }
        let bytes = UnsafeRawBufferPointer(start: name, count: length)
        let kind: FileStatus.Kind =
            switch type {
            case 1: .fifo
            case 2: .characterDevice
            case 4: .directory
            case 6: .blockDevice
            case 8: .regular
            case 10: .symbolicLink
            case 12: .socket
            default: .unknown
            }
        return Entry(name: RawPath(bytes), kind: kind)
    }
}
