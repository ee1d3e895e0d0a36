/// Paths of mounts, as text: nothing is looked up.
public enum MountPath {
    /// `path` without `.`, `..`, doubled and trailing slashes; an absolute one stays below `/`.
    public static func cleaned(_ path: String) -> String {
        let absolute = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." {
                if let last = parts.last, last != ".." {
                    parts.removeLast()
                } else if !absolute {
                    parts.append(part)
                }
            } else {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return absolute ? "/" + joined : (joined.isEmpty ? "." : joined)
    }

    /// Why `path` cannot be a mount's place in a container, in Docker's words; nil if it can.
    public static func destinationFault(_ path: String) -> String? {
        if path.isEmpty { return "field Target must not be empty" }
        if cleaned(path) == "/" { return "invalid specification: destination can't be '/'" }
        return path.hasPrefix("/") ? nil : notAbsolute(path)
    }

    /// Docker's words for a path that has to begin with `/`.
    public static func notAbsolute(_ path: String) -> String {
        "invalid mount path: '\(path)' mount path must be absolute"
    }

    /// Checks a mount's place in a container and cleans it, as for `--tmpfs` and the volumes of an image.
    public static func destination(_ path: String) throws -> String {
        if let fault = destinationFault(path) { throw EngineError(.invalidParameter, fault) }
        return cleaned(path)
    }
}
