/// Why a blob was refused.
public enum ContentError: Error, Sendable, CustomStringConvertible {
    /// The bytes have another digest than was promised.
    case wrongDigest(expected: String, found: String)
    /// There are more or fewer bytes than was promised.
    case wrongSize(digest: String, expected: Int64, found: Int64)
    /// It is not in the store.
    case missing(String)

    public var description: String {
        switch self {
        case .wrongDigest(let expected, let found):
            "verify blob \"\(expected)\": the content has digest \(found)"
        case .wrongSize(let digest, let expected, let found):
            "verify blob \"\(digest)\": \(found) bytes instead of \(expected)"
        case .missing(let digest): "open blob \"\(digest)\": not in the store"
        }
    }
}
