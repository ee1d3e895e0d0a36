/// Why a template cannot be parsed or executed, in Go's words: `template: :1: unclosed action`.
public struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    /// Whether the template itself is at fault, and not what it was executed with.
    public let isSyntax: Bool

    public init(_ description: String, isSyntax: Bool = false) {
        self.description = description
        self.isSyntax = isSyntax
    }
}
