public import Linux

/// Why an archive was refused: which entry, and what is wrong with it.
public struct ArchiveError: Error, Sendable, CustomStringConvertible {
    /// What sort of failure it is; callers branch on it.
    public enum Kind: Sendable, Hashable {
        /// The bytes are no archive, or a broken one.
        case malformed
        /// The bytes end before the archive does.
        case truncated
        /// It is understood and not done here.
        case unsupported
        /// It would reach outside the root.
        case escape
        /// It would put one kind of file in another's place.
        case conflict
        /// It asks for more than the limits allow.
        case limit
        /// The file system refused.
        case system
    }

    public let kind: Kind
    public let description: String
    /// The refusing call, where there was one.
    public let cause: SystemError?

    public init(_ kind: Kind, _ description: String, cause: SystemError? = nil) {
        self.kind = kind
        self.description = description
        self.cause = cause
    }
}
