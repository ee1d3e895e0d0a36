/// One `-v` value as the API carries it in `HostConfig.Binds`: `[source:]destination[:mode,…]`.
public struct BindSpecification: Hashable, Sendable {
    /// A host path (absolute), a volume's name, or nil for an anonymous volume.
    public var source: String?
    /// Absolute and cleaned.
    public var destination: String
    public var isReadOnly: Bool
    /// `rprivate` unless asked for.
    public var propagation: String?
    /// Do not fill a new volume with the image's content.
    public var noCopy: Bool
    /// The mode as it was given, for `inspect`.
    public var mode: String

    /// Whether the source is a path on the host.
    public var isHostPath: Bool { source?.hasPrefix("/") == true }

    /// Reads `text`; what cannot be right is an error in Docker's words.
    public init(parsing text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        func invalid() -> EngineError {
            EngineError(.invalidParameter, "invalid volume specification: '\(text)'")
        }
        if parts.contains("") && !(parts.count == 3 && parts[2].isEmpty) { throw invalid() }
        var mode = ""
        switch parts.count {
        case 1: (source, destination) = (nil, parts[0])
        case 2 where Self.isMode(parts[1]): (source, destination, mode) = (nil, parts[0], parts[1])
        case 2: (source, destination) = (parts[0], parts[1])
        case 3: (source, destination, mode) = (parts[0], parts[1], parts[2])
        default: throw invalid()
        }
        if !mode.isEmpty && !Self.isMode(mode) { throw EngineError(.invalidParameter, "invalid mode: \(mode)") }
        self.mode = mode
        let options = Set(mode.split(separator: ",").map(String.init))
        isReadOnly = options.contains("ro")
        propagation = options.first(where: { Self.propagations.contains($0) })
        noCopy = options.contains("nocopy")
        destination = try MountPath.destination(destination, of: text)
        if let path = source, path.hasPrefix("/") { source = MountPath.cleaned(path) }
        if let name = source, !name.hasPrefix("/") {
            guard ContainerIdentity.isRestrictedName(name) else {
                throw EngineError(
                    .invalidParameter,
                    "create \(name): \"\(name)\" includes invalid characters for a local volume name, "
                        + "only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, "
                        + "use absolute path")
            }
            if propagation != nil { throw EngineError(.invalidParameter, "invalid mode: \(mode)") }
        } else if noCopy {
            throw EngineError(.invalidParameter, "invalid mode: \(mode)")
        }
    }

    /// The modes of mount propagation; see `mount_namespaces(7)`.
    public static let propagations: Set<String> = ["private", "rprivate", "slave", "rslave", "shared", "rshared"]

    private static func isMode(_ text: String) -> Bool {
        var counts = (access: 0, label: 0, propagation: 0, copy: 0, consistency: 0)
        for option in text.split(separator: ",", omittingEmptySubsequences: false) {
            switch option {
            case "ro", "rw": counts.access += 1
            case "z", "Z": counts.label += 1
            case "nocopy": counts.copy += 1
            case "consistent", "cached", "delegated": counts.consistency += 1
            case _ where propagations.contains(String(option)): counts.propagation += 1
            default: return false
            }
        }
        return counts.access < 2 && counts.label < 2 && counts.propagation < 2 && counts.copy < 2
            && counts.consistency < 2
    }
}

/// Paths of mounts, as text: nothing is looked up.
public enum MountPath {
    /// `path` without `.`, `..`, doubled and trailing slashes; an absolute one stays below `/`.
    public static func cleaned(_ path: String) -> String {
        let absolute = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." {
                if let last = parts.last, last != ".." { parts.removeLast() } else if !absolute { parts.append(part) }
            } else {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return absolute ? "/" + joined : (joined.isEmpty ? "." : joined)
    }

    /// Checks a place in the container for a mount and cleans it.
    public static func destination(_ path: String, of specification: String) throws -> String {
        guard path.hasPrefix("/") else {
            throw EngineError(
                .invalidParameter, "invalid volume specification: '\(specification)': invalid mount config for type "
                    + "\"volume\": invalid mount path: '\(path)' mount path must be absolute")
        }
        let clean = cleaned(path)
        if clean == "/" {
            throw EngineError(
                .invalidParameter, "invalid volume specification: '\(specification)': invalid mount config for type "
                    + "\"volume\": invalid specification: destination can't be '/'")
        }
        return clean
    }
}
