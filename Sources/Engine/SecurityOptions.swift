internal import EngineModel

/// What `--security-opt` says.
struct SecurityOptions: Sendable, Hashable {
    enum SeccompChoice: Sendable, Hashable {
        case standard, unconfined
        /// A profile in Docker's JSON form.
        case profile(String)
    }

    var noNewPrivileges = false
    var seccomp = SeccompChoice.standard
    /// Neither masked nor read-only paths below `/proc` and `/sys`.
    var unconfinedSystemPaths = false
    /// Whether the container may change its cgroups; nil is what its other options say.
    var writableCgroups: Bool?
    /// The AppArmor profile that was asked for.
    var appArmor = ""
    /// Whether a SELinux label was asked for, or that there be none.
    var hasLabel = false

    /// Reads the options; one that berth does not know is an error, and one that it cannot keep on this `host`.
    ///
    /// Where the kernel has neither AppArmor nor SELinux, profiles and labels change nothing and are only kept
    /// for `inspect`, as with Docker.
    init(parsing options: [String], appArmor hasAppArmor: Bool = false, seLinux hasSELinux: Bool = false)
        throws
    {
        for option in options {
            let separator = option.contains("=") ? "=" : ":"
            let parts = option.split(
                separator: Character(separator), maxSplits: 1, omittingEmptySubsequences: false
            )
            .map(String.init)
            let (key, value) = (parts[0], parts.count > 1 ? parts[1] : nil)
            switch key {
            case "no-new-privileges":
                guard let set = Self.boolean(value ?? "true") else { throw Self.invalid(option) }
                noNewPrivileges = set
            case "seccomp":
                guard let value else { throw Self.invalid(option, parts: 1) }
                switch value {
                case "unconfined": seccomp = .unconfined
                case "builtin", "": seccomp = .standard
                default: seccomp = .profile(value)
                }
            case "systempaths" where value == "unconfined": unconfinedSystemPaths = true
            case "writable-cgroups":
                guard let set = value.flatMap(Self.boolean) else {
                    throw Self.invalid(option, parts: parts.count)
                }
                writableCgroups = set
            case "apparmor":
                guard let value else { throw Self.invalid(option, parts: 1) }
                appArmor = value
                if hasAppArmor && value != "unconfined" && value != "" {
                    throw EngineError(
                        .notImplemented,
                        "create container: berth does not load AppArmor profiles yet "
                            + "(--security-opt \(option)): use apparmor=unconfined")
                }
            case "label":
                guard let value else { throw Self.invalid(option, parts: 1) }
                hasLabel = true
                if hasSELinux && value != "disable" {
                    throw EngineError(
                        .notImplemented,
                        "create container: berth does not set SELinux labels yet "
                            + "(--security-opt \(option)): use label=disable")
                }
            default: throw Self.invalid(option, parts: parts.count)
            }
        }
    }

    /// Docker's words, with the number it gives an option without a value (1) or with a bad one (2), and its 500.
    private static func invalid(_ option: String, parts: Int = 2) -> EngineError {
        EngineError(.system, "invalid --security-opt \(parts): \"\(option)\"")
    }

    private static func boolean(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }
}
