/// A failed request, in the words that the client reads.
///
/// `APIServer` alone turns a ``Kind`` into an HTTP status.
public struct EngineError: Error, Sendable, CustomStringConvertible {
    /// What sort of failure it is; clients branch on it.
    public enum Kind: Sendable, Hashable {
        /// The request cannot be right: a bad name, limit, path (400).
        case invalidParameter
        /// The registry or the daemon refuses these credentials (401).
        case unauthorized
        /// It is understood and never allowed (403).
        case forbidden
        /// The object is not there (404).
        case notFound
        /// The object's state does not allow it (409).
        case conflict
        /// Nothing to do: it is so already (304).
        case notModified
        /// berth does not do this yet (501).
        case notImplemented
        /// It cannot be done now and may work later (503).
        case unavailable
        /// Something broke below (500).
        case system
    }

    public let kind: Kind
    /// Operation, quoted subject, reason; lower case unless Docker's own words differ.
    public let message: String
    /// What went wrong below, for the log.
    public let cause: (any Error)?

    public init(_ kind: Kind, _ message: String, cause: (any Error)? = nil) {
        self.kind = kind
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}
