/// Why the store refused: the operation, on what, and the reason.
public struct StateStoreError: Error, Sendable, CustomStringConvertible {
    /// What sort of failure it is; callers branch on it.
    public enum Kind: Sendable, Hashable {
        /// Another process holds the data root.
        case inUse
        /// A later berth wrote the file.
        case newerSchema
        /// The file is no database, or a broken one.
        case damaged
        /// No room on the disk.
        case full
        /// A value does not become JSON, or the other way round.
        case value
        /// SQLite failed otherwise.
        case database
    }

    public let kind: Kind
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
