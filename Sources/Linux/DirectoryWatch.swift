internal import CLinux
internal import Glibc

/// Tells when something in watched directories changed: an `inotify(7)` instance.
///
/// The descriptor polls readable after a change. What changed is not told: look again.
public struct DirectoryWatch: ~Copyable, Sendable {
    private let owned: OwnedDescriptor

    /// The descriptor to poll; it never blocks.
    public var descriptor: Int32 { owned.rawValue }

    public init() throws(SystemError) {
        owned = OwnedDescriptor(adopting: try checked("inotify_init1") { clinux_inotify_init() })
    }

    /// Watches for files written, made, renamed or removed in the directory at `path`; gives the watch's
    /// number.
    @discardableResult
    public borrowing func add(_ path: String) throws(SystemError) -> Int32 {
        let raw = owned.rawValue
        return try checked("inotify_add_watch", path) { clinux_inotify_add_directory(raw, path) }
    }

    /// Ends the watch with this number.
    public borrowing func remove(_ watch: Int32) throws(SystemError) {
        let raw = owned.rawValue
        try checked("inotify_rm_watch", "watch \(watch)") { clinux_inotify_remove(raw, watch) }
    }

    /// Forgets the changes so far, and gives the numbers of the watches that saw one.
    public borrowing func drain() throws(SystemError) -> Set<Int32> {
        var changed: Set<Int32> = []
        let raw = owned.rawValue
        var watches = [Int32](repeating: 0, count: 256)
        while true {
            let count = clinux_inotify_drain(raw, &watches, 256)
            if count > 0 {
                changed.formUnion(watches[..<Int(count)])
            } else if count == 0 {
                return changed
            } else {
                let failure = SystemError.last("read", "inotify")
                if failure.code == .interrupted { continue }
                throw failure
            }
        }
    }
}
