public import Linux

/// A request that the kernel refused, or that could not be sent.
public struct NetlinkError: Error, Sendable, Hashable, CustomStringConvertible {
    public let operation: String
    public let subject: String
    public let code: ErrorCode
    /// The kernel's own words (extended ack), such as `A bridge device can not be enslaved`.
    public let words: String?
    /// Which request of the batch it was.
    public let index: Int

    public init(operation: String, subject: String, code: ErrorCode, words: String? = nil, index: Int = 0) {
        self.operation = operation
        self.subject = subject
        self.code = code
        self.words = words
        self.index = index
    }

    init(_ request: NetlinkRequest, _ code: ErrorCode, words: String? = nil, index: Int = 0) {
        self.init(
            operation: request.operation, subject: request.subject, code: code, words: words, index: index)
    }

    init(_ error: SystemError) {
        self.init(operation: error.call, subject: error.subject, code: error.code)
    }

    public var description: String {
        let base = "\(operation) \"\(subject)\": \(code)"
        return words.map { "\(base): \($0)" } ?? base
    }
}
