internal import CLinux

/// A lock on a file that goes with its holder's process, however that ends.
///
/// The file keeps the holder's pid as text, for the words of whoever comes second.
public final class FileLock: Sendable {
    /// Somebody else holds the lock.
    public struct Held: Error, Sendable {
        /// The holder, where the file tells.
        public let pid: Int32?
    }

    private let descriptor: SharedDescriptor

    /// Takes the lock on `path`, making the file; throws ``Held`` at once if another open file has it.
    public init(path: String, pid: Int32) throws {
        let file = SharedDescriptor(try openFile(path, [.readWrite, .create], mode: 0o600))
        do {
            try checked("flock", path) { clinux_flock_exclusive(file.rawValue) }
        } catch {
            if error.code != .again { throw error }
            let words = (try? readAll(file.rawValue, limitBytes: 64)) ?? []
            let text = String(decoding: words.prefix { $0 != 0x0a }, as: UTF8.self)
            throw Held(pid: Int32(text))
        }
        try checked("ftruncate", path) { clinux_ftruncate(file.rawValue, 0) }
        try writeAll(file.rawValue, Array("\(pid)\n".utf8))
        descriptor = file
    }
}

extension SharedDescriptor {
    /// A second descriptor of the same open file, with an owner of its own.
    public func duplicate() throws(SystemError) -> OwnedDescriptor {
        let copy = try checked("fcntl", "F_DUPFD_CLOEXEC") { clinux_fcntl(rawValue, 1030, 3) }
        return OwnedDescriptor(adopting: copy)
    }
}
