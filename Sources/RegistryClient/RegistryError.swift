/// A failed exchange with a registry.
public struct RegistryError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The registry does not have it.
        case notFound
        /// It wants other credentials.
        case unauthorized
        /// These credentials do not allow it, or the repository is not there.
        case denied
        /// Too many requests.
        case rateLimited
        /// Nobody answers at its address.
        case unreachable
        /// It broke off, or cannot now: another try may help.
        case unavailable
        /// It answers what no registry may answer.
        case invalid
        /// It is understood and not done here.
        case unsupported
    }

    public let kind: Kind
    public let description: String
    /// How long the registry asks to wait.
    public let retryAfter: Duration?

    public init(_ kind: Kind, _ description: String, retryAfter: Duration? = nil) {
        self.kind = kind
        self.description = description
        self.retryAfter = retryAfter
    }

    /// Whether the same request may succeed later.
    var isTransient: Bool { kind == .unavailable || kind == .rateLimited }
}
