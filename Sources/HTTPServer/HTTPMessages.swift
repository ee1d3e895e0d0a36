/// A request whose head has been read; the body follows as the handler asks for it.
public struct HTTPRequest: Sendable {
    public let method: String
    /// The path as it was sent, percent-encoded, without the query.
    public let path: String
    /// What follows the question mark, as it was sent.
    public let query: String
    public let headers: HTTPHeaders
    public let body: HTTPRequestBody

    public init(method: String, path: String, query: String, headers: HTTPHeaders, body: HTTPRequestBody) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }
}

/// The body of a request, read once, with back-pressure on the client.
public struct HTTPRequestBody: Sendable {
    /// The length that the client has announced; nil for a chunked body.
    public let length: Int?
    let queue: InputQueue

    init(length: Int?, queue: InputQueue) {
        self.length = length
        self.queue = queue
    }

    /// A body that is there already, for requests that come over no connection.
    public init(_ bytes: [UInt8]) {
        length = bytes.count
        queue = InputQueue()
        if !bytes.isEmpty { queue.push(bytes) }
        queue.finish()
    }

    public var isEmpty: Bool { length == 0 }

    /// The next bytes, or nil at the end; throws ``HTTPServerError`` if the client broke off.
    public func next() async throws -> [UInt8]? { try await queue.next() }

    /// The whole body, or ``HTTPServerError/bodyTooLarge(limit:)``.
    public func collect(limit: Int) async throws -> [UInt8] {
        if let length, length > limit { throw HTTPServerError.bodyTooLarge(limit: limit) }
        var bytes: [UInt8] = []
        while let chunk = try await next() {
            if bytes.count + chunk.count > limit { throw HTTPServerError.bodyTooLarge(limit: limit) }
            if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
        }
        return bytes
    }
}

/// What a handler answers.
public struct HTTPResponse: Sendable {
    public enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// The head goes out at once; then the function writes the body, chunk by chunk.
        ///
        /// Its task is cancelled when the client hangs up. If it throws, the connection breaks off, so that the client notices.
        case stream(@Sendable (HTTPBodyWriter) async throws -> Void)
        /// The head goes out as it is; then the connection is the function's until it returns.
        case takeover(@Sendable (RawConnection) async -> Void)
    }

    public var status: Int
    /// The status line's words, where they differ from the usual.
    public var reason: String?
    public var headers: HTTPHeaders
    public var body: Body

    public init(status: Int, reason: String? = nil, headers: HTTPHeaders = HTTPHeaders(), body: Body = .none)
    {
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body
    }
}

/// What can go wrong between a handler and its client.
public enum HTTPServerError: Error, Sendable, Hashable, CustomStringConvertible {
    case clientGone
    case bodyTooLarge(limit: Int)
    case malformedBody(String)
    case address(String)

    public var description: String {
        switch self {
        case .clientGone: "the client has closed the connection"
        case .bodyTooLarge(let limit): "http: request body too large (limit \(limit) bytes)"
        case .malformedBody(let reason): "read request body: \(reason)"
        case .address(let reason): reason
        }
    }
}

/// How much a client may send, and how slowly.
public struct HTTPLimits: Sendable {
    /// Request line and header together.
    public var headBytes = 1 << 20
    /// Seconds from the first byte of a request's head to its last.
    public var headSeconds = 60
    /// What may wait in memory for the handler of one connection.
    public var bufferedBytes = 256 << 10
    /// What is read and thrown away after an answer that came before the request had ended.
    public var drainedBytes = 256 << 10

    public init() {}
}
