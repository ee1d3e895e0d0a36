/// An answer of the engine: its head, and its body as it comes.
public final class HTTPResponse {
    private enum Framing { case none, length(Int), chunked(remaining: Int), untilClose, done }

    public let status: Int
    public let headers: [(name: String, value: String)]
    let connection: HTTPConnection
    private var framing: Framing
    private let recycle: (HTTPConnection) -> Void
    private let keepsAlive: Bool

    /// Reads the head of a response.
    init(
        from connection: HTTPConnection, toHead: Bool = false, recycle: @escaping (HTTPConnection) -> Void
    ) throws {
        self.connection = connection
        self.recycle = recycle
        let words = try connection.line().split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw EngineClientError.transport("malformed HTTP response: is this an engine?")
        }
        self.status = status
        var headers: [(name: String, value: String)] = []
        while true {
            let line = try connection.line()
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers.append((line[..<colon].lowercased(), String(value)))
        }
        self.headers = headers
        func header(_ name: String) -> String? { headers.last { $0.name == name }?.value }
        keepsAlive = header("connection")?.lowercased() != "close" && words[0] == "HTTP/1.1"
        if toHead || status == 204 || status == 304 || status < 200 {
            framing = .none
        } else if header("transfer-encoding")?.lowercased().hasSuffix("chunked") == true {
            framing = .chunked(remaining: 0)
        } else if let length = header("content-length").flatMap({ Int($0) }) {
            framing = .length(length)
        } else {
            framing = .untilClose
        }
        switch framing {
        case .none where status >= 200, .length(0): finish()
        default: break
        }
    }

    public func header(_ name: String) -> String? { headers.last { $0.name == name.lowercased() }?.value }

    private func finish() {
        if case .done = framing { return }
        if case .untilClose = framing {} else if keepsAlive { recycle(connection) }
        framing = .done
    }

    /// The next bytes of the body; nil at its end.
    public func read() throws -> [UInt8]? {
        guard let limit = try nextLimit() else { return nil }
        guard let bytes = try connection.receive(atMost: limit) else {
            if case .untilClose = framing { return nil }
            throw cut()
        }
        try took(bytes.count)
        return bytes
    }

    /// Fills `buffer` with the next bytes of the body, and returns how many; 0 at its end.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let limit = try nextLimit() else { return 0 }
        let count = try connection.receive(
            into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(limit, buffer.count)]))
        if count == 0 {
            if case .untilClose = framing { return 0 }
            throw cut()
        }
        try took(count)
        return count
    }

    /// Writes the next bytes of the body to `file` without a copy of them in this process, and returns how many; 0 at its
    /// end, nil where that cannot be done and ``read(into:)`` has to.
    public func move(upTo limit: Int, to file: Int32) throws -> Int? {
        guard let next = try nextLimit() else { return 0 }
        guard let count = try connection.move(upTo: min(limit, next), to: file) else { return nil }
        if count == 0 {
            if case .untilClose = framing { return 0 }
            throw cut()
        }
        try took(count)
        return count
    }

    /// How many bytes may be taken before something else follows; nil at the end of the body.
    private func nextLimit() throws -> Int? {
        switch framing {
        case .none, .done: return nil
        case .untilClose: return Int.max
        case .length(let left): return left
        case .chunked(let left):
            if left > 0 { return left }
            let size = try connection.line().prefix { $0 != ";" }
            guard let count = Int(size, radix: 16), count >= 0 else {
                throw EngineClientError.transport("malformed chunked encoding")
            }
            if count > 0 {
                framing = .chunked(remaining: count)
                return count
            }
            while try !connection.line().isEmpty {}
            finish()
            return nil
        }
    }

    private func took(_ count: Int) throws {
        switch framing {
        case .length(let left):
            framing = .length(left - count)
            if left == count { finish() }
        case .chunked(let left):
            if left == count { _ = try connection.line() }
            framing = .chunked(remaining: left - count)
        default: break
        }
    }

    private func cut() -> EngineClientError { .transport("unexpected EOF") }

    /// All that is left of the body, at most `limit` bytes.
    public func readAll(limitBytes limit: Int = 1 << 30) throws -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try read() {
            all += bytes
            if all.count > limit {
                throw EngineClientError.transport("the response is larger than \(limit) bytes")
            }
        }
        return all
    }

    /// The descriptor to wait on, and whether bytes lie ready without waiting.
    public var descriptor: Int32 { connection.rawValue }
    public var hasBuffered: Bool { connection.hasBuffered }
}
