/// Why the daemon cannot run with what it is told.
public enum ConfigurationError: Error, CustomStringConvertible {
    /// The command line cannot be right.
    case usage(String)
    /// The configuration cannot be used, in dockerd's words.
    case refused(String)

    public var description: String {
        switch self {
        case .usage(let text): "\(text)\nSee 'berthd --help'."
        case .refused(let text): text
        }
    }
}
