/// Why a stack of layers could not be had.
public enum SnapshotError: Error, Sendable, CustomStringConvertible {
    /// An unpacked layer is not in the store.
    case missingLayer(String)
    /// The unpacked tar has another digest than the image's config names.
    case wrongDiffID(expected: String, found: String)
    /// A tree that nobody can have made on purpose.
    case tooDeep(String)

    public var description: String {
        switch self {
        case .missingLayer(let diffID): "open layer \"\(diffID)\": not in the store"
        case .wrongDiffID(let expected, let found):
            "verify layer \"\(expected)\": the uncompressed content has digest \(found)"
        case .tooDeep(let path): "compare layer: \"\(path)\" is more than 1024 directories deep"
        }
    }
}
