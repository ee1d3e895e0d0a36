public import Linux

/// Why an archive was refused: which entry, and what is wrong with it.
public struct ArchiveError: Error, Sendable, CustomStringConvertible {
    /// What sort of failure it is; callers branch on it.
    public enum Kind: Sendable, Hashable {
        /// The bytes are no archive, or a broken one.
        case malformed
        /// It is understood and not done here.
        case unsupported
        /// It would reach outside the root.
        case escape
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

    /// The failure of a call on one entry.
    static func entry(_ path: RawPath, _ error: SystemError) -> ArchiveError {
        ArchiveError(.system, "unpack \"\(path)\": \(error)", cause: error)
    }

    static func refused(_ path: RawPath, _ kind: Kind, _ reason: String) -> ArchiveError {
        ArchiveError(kind, "unpack \"\(path)\": \(reason)")
    }
}
