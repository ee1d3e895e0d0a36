/// One `-v` value as the API carries it in `HostConfig.Binds`: `[source:]destination[:mode,…]`.
public struct BindSpecification: Hashable, Sendable {
    /// A host path (absolute, cleaned), a volume's name, or nil for an anonymous volume.
    public let source: String?
    /// Absolute and cleaned.
    public let destination: String
    public let isReadOnly: Bool
    /// `rprivate` unless asked for.
    public let propagation: String?
    /// Do not fill a new volume with the image's content.
    public let noCopy: Bool
    /// The mode as it was given, for `inspect`.
    public let mode: String

    /// Whether the source is a path on the host.
    public var isHostPath: Bool { source?.hasPrefix("/") == true }

    /// Reads `text`; what cannot be right is an error in Docker's words.
    ///
    /// Docker answers 500 to a specification it cannot read, and 400 to a bad volume name; so does this.
    public init(parsing text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        func invalid(_ reason: String = "") -> EngineError {
            EngineError(
                .system, "invalid volume specification: '\(text)'" + (reason.isEmpty ? "" : ": " + reason))
        }
        guard let first = parts.first, !first.isEmpty, parts.count <= 3 else { throw invalid() }
        // `-v /x:ro` would be a volume with a mode: Docker takes it for a slip.
        if parts.count == 2, Self.isMode(parts[1]) { throw invalid() }
        let given = parts.count == 1 ? nil : first
        let target = parts.count == 1 ? first : parts[1]
        mode = parts.count == 3 ? parts[2] : ""
        guard Self.isMode(mode) else { throw EngineError(.system, "invalid mode: \(mode)") }
        let options = Set(mode.split(separator: ",").map(String.init))
        isReadOnly = options.contains("ro")
        propagation = options.first { Self.propagations.contains($0) }
        noCopy = options.contains("nocopy")

        let isPath = given?.hasPrefix("/") == true
        func invalidMount(_ reason: String) -> EngineError {
            invalid("invalid mount config for type \"\(isPath ? "bind" : "volume")\": \(reason)")
        }
        if let fault = MountPath.destinationFault(target) { throw invalidMount(fault) }
        if isPath && noCopy { throw invalidMount("field VolumeOptions must not be specified") }
        if !isPath && propagation != nil { throw invalidMount("field BindOptions must not be specified") }
        if given == nil && isReadOnly {
            throw invalidMount("must not set ReadOnly mode when using anonymous volumes")
        }
        destination = MountPath.cleaned(target)
        source = try given.map { isPath ? MountPath.cleaned($0) : try VolumeName.validated($0) }
    }

    /// The modes of mount propagation; see `mount_namespaces(7)`.
    public static let propagations: Set<String> = [
        "private", "rprivate", "slave", "rslave", "shared", "rshared",
    ]

    /// Whether `text` is a list of modes, at most one of each kind; no mode at all is fine.
    public static func isMode(_ text: String) -> Bool {
        if text.isEmpty { return true }
        var seen: Set<String> = []
        for option in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            let kind: String
            switch option {
            case "ro", "rw": kind = "access"
            case "z", "Z": kind = "label"
            case "nocopy": kind = "copy"
            case "consistent", "cached", "delegated": kind = "consistency"
            case _ where propagations.contains(option): kind = "propagation"
            default: return false
            }
            if !seen.insert(kind).inserted { return false }
        }
        return true
    }
}
