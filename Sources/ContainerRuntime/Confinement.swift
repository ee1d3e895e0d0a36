internal import Linux
internal import SupervisorProtocol

/// Finding and making places inside a root that its owner may have filled with traps.
///
/// Every look-up goes through `openat2(2)` with `RESOLVE_IN_ROOT`, so links and `..` end at the root.
struct ConfinedRoot {
    /// The root's open directory.
    let descriptor: Int32

    /// Opens `path`, which must be there.
    func open(_ path: String, _ flags: OpenFlags = .path) throws(SystemError) -> OwnedDescriptor {
        try openConfined(root: descriptor, path, flags)
    }

    /// The directory at `path`, made with what is missing above it.
    func directory(_ path: String, mode: UInt32 = 0o755) throws(SystemError) -> OwnedDescriptor {
        do {
            return try open(path, [.path, .directory])
        } catch let error where error.code == .noEntry {
            let (parent, name) = Self.split(path)
            guard !name.isEmpty else { throw error }
            let above = try directory(parent, mode: mode)
            do {
                try makeDirectory(at: above.rawValue, name, mode: mode)
            } catch let failure where failure.code == .exists {
                // A dangling link, or somebody was faster.
                return try open(path, [.path, .directory])
            }
            return try openConfined(root: above.rawValue, name, [.path, .directory])
        }
    }

    /// The file at `path`, made empty if it is missing.
    func file(_ path: String) throws(SystemError) -> OwnedDescriptor {
        do {
            return try open(path)
        } catch let error where error.code == .noEntry {
            let (parent, name) = Self.split(path)
            guard !name.isEmpty else { throw error }
            let above = try directory(parent)
            do {
                try makeNode(at: above.rawValue, name, mode: 0o100755)
            } catch let failure where failure.code == .exists { return try open(path) }
            return try openConfined(root: above.rawValue, name, .path)
        }
    }

    /// `/a/b/c` as `/a/b` and `c`.
    static func split(_ path: String) -> (parent: String, name: String) {
        let parts = path.split(separator: "/").filter { $0 != "." }
        guard let last = parts.last else { return ("/", "") }
        return ("/" + parts.dropLast().joined(separator: "/"), String(last))
    }
}
