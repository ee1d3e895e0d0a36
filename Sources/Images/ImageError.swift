internal import OCI

/// A failed image operation, in the words that Docker's clients expect.
public struct ImageError: Error, Sendable, CustomStringConvertible {
    /// What sort of failure it is; the engine makes a status of it.
    public enum Kind: Sendable, Hashable {
        /// No image has that name or id (404).
        case notFound
        /// It is used or named elsewhere (409).
        case conflict
        /// The request or the archive cannot be right (400).
        case invalid
        /// It is understood and not done here (501).
        case unsupported
        /// Something broke below (500).
        case system
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// Docker's words for an image that is not there: a name is shown with its tag.
    static func notFound(_ text: String) -> ImageError {
        if let digest = ImageStore.digest(in: text) {
            return ImageError(.notFound, "No such image: \(digest)")
        }
        let name = (try? ImageReference(parsing: text))?.withDefaultTag.familiarString ?? text
        return ImageError(.notFound, "No such image: \(name)")
    }
}
