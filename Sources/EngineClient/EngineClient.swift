internal import Linux
public import OrderedJSON

/// Speaks the Engine API with one engine: blocking, one thread, connections kept for the next call.
///
/// Nothing is asked beforehand: the newest version is used, and an engine that finds it too new says which it
/// takes, so an ordinary call costs one round trip.
public final class EngineClient {
    public let endpoint: Endpoint
    /// The API version in use.
    public private(set) var apiVersion: String
    private let mayLowerVersion: Bool
    private var idle: [HTTPConnection] = []
    /// Called once when nobody answers; true means that somebody does now.
    public var startEngine: (() throws -> Bool)?
    /// Header fields of the user's own, sent with every request.
    public var headers: [(String, String)] = []

    /// The newest version that this client speaks.
    public static let newestVersion = "1.51"

    /// `version` fixes the API version; without it the engine may lower it.
    public init(_ endpoint: Endpoint, version: String? = nil) {
        self.endpoint = endpoint
        apiVersion = version ?? Self.newestVersion
        mayLowerVersion = version == nil
    }

    /// A request in the making.
    public struct Request {
        public var method: String
        public var path: String
        public var query: [(String, String)]
        public var body: [UInt8]?
        public var contentType: String?
        public var headers: [(String, String)] = []

        public init(
            _ method: String, _ path: String, query: [(String, String)] = [], body: JSONValue? = nil
        ) {
            (self.method, self.path, self.query) = (method, path, query)
            if let body {
                self.body = body.bytes()
                contentType = "application/json"
            }
        }
    }

    // MARK: Calls

    /// Sends a request and returns the answer's head; an error status is thrown.
    public func send(_ request: Request) throws -> HTTPResponse {
        let pending = try begin(request)
        return try finish(pending)
    }

    /// The JSON that a request is answered with; null for an empty answer.
    @discardableResult
    public func json(_ request: Request) throws -> JSONValue {
        let bytes = try send(request).readAll()
        if bytes.isEmpty { return .null }
        do { return try JSONValue(parsing: bytes) } catch {
            throw EngineClientError.transport("the engine's answer is no JSON: \(error)")
        }
    }

    /// A request that was sent and not answered yet.
    public struct Pending {
        let request: Request
        let connection: HTTPConnection
        public var descriptor: Int32 { connection.rawValue }
    }

    /// Sends a request without waiting for the answer.
    public func begin(_ request: Request) throws -> Pending {
        let connection = try obtainConnection()
        try connection.send(head(of: request, length: request.body?.count ?? 0) + (request.body ?? []))
        return Pending(request: request, connection: connection)
    }

    /// Waits for the answer of a request; an error status is thrown.
    public func finish(_ pending: Pending) throws -> HTTPResponse {
        let response: HTTPResponse
        do {
            response = try HTTPResponse(from: pending.connection, toHead: pending.request.method == "HEAD") {
                [weak self] in self?.idle.append($0)
            }
        } catch  where pending.connection.requests > 1 {
            // The engine may have closed a connection that lay idle.
            idle.removeAll()
            return try send(pending.request)
        } catch {
            guard let failure = pending.connection.programFailure else { throw error }
            let method = pending.request.method.prefix(1) + pending.request.method.dropFirst().lowercased()
            throw EngineClientError.transport(
                "error during connect: \(method) \"http://docker.example.com/v\(apiVersion)\(pending.request.path)\": "
                    + failure)
        }
        if response.status < 400 { return response }
        let error = try errorOf(response)
        if let lower = lowerVersion(error) {
            apiVersion = lower
            return try send(pending.request)
        }
        throw error
    }

    private func errorOf(_ response: HTTPResponse) throws -> EngineClientError {
        let bytes = (try? response.readAll(limitBytes: 1 << 20)) ?? []
        let text = String(decoding: bytes, as: UTF8.self)
        let message = (try? JSONValue(parsing: bytes))?["message"]?.stringValue ?? text
        return .daemon(status: response.status, message: message.trimmed)
    }

    private func lowerVersion(_ error: EngineClientError) -> String? {
        guard mayLowerVersion, case .daemon(400, let message) = error, message.contains("is too new"),
            let found = message.split(separator: " ").last?.trimmed, found != apiVersion
        else { return nil }
        return found
    }

    /// Asks for the engine's version before a request whose body cannot be sent twice.
    public func settleVersion() throws {
        guard mayLowerVersion else { return }
        let response = try send(Request("HEAD", "/_ping"))
        if let version = response.header("api-version"), isOlder(version, apiVersion) { apiVersion = version }
    }

    private func isOlder(_ left: String, _ right: String) -> Bool {
        let parts = { (text: String) in text.split(separator: ".").map { Int($0) ?? 0 } }
        return parts(left).lexicographicallyPrecedes(parts(right))
    }

    // MARK: Streams

    /// Takes the connection over for a raw stream in both directions.
    public func hijack(_ request: Request) throws -> HijackedStream {
        try hijack(finishing: beginHijack(request))
    }

    /// Sends a request that takes the connection over, without waiting for the answer.
    public func beginHijack(_ request: Request) throws -> Pending {
        var request = request
        if request.contentType == nil { request.contentType = "text/plain" }
        request.headers += [("Connection", "Upgrade"), ("Upgrade", "tcp")]
        return try begin(request)
    }

    /// The stream that ``beginHijack(_:)`` asked for.
    public func hijack(finishing pending: Pending) throws -> HijackedStream {
        let response = try finish(pending)
        return HijackedStream(response.connection, contentType: response.header("content-type") ?? "")
    }

    /// Sends a request whose body `source` gives piece by piece; nil ends it.
    public func upload(_ request: Request, source: () throws -> [UInt8]?) throws -> HTTPResponse {
        let connection = try beginBody(request)
        var broken = false
        while !broken, let piece = try source() {
            if piece.isEmpty { continue }
            let size = Array((String(piece.count, radix: 16) + "\r\n").utf8)
            // An engine that refuses answers early and closes: its answer is what counts.
            do { try connection.send(size + piece + [13, 10]) } catch { broken = true }
        }
        if !broken { try? connection.send(Array("0\r\n\r\n".utf8)) }
        return try finish(Pending(request: request, connection: connection))
    }

    // MARK: Wire

    /// Sends the head of a request whose body comes in chunks.
    func beginBody(_ request: Request) throws -> HTTPConnection {
        let connection = try obtainConnection()
        try connection.send(head(of: request, length: nil))
        return connection
    }

    private func obtainConnection() throws -> HTTPConnection {
        let connection: HTTPConnection
        if let last = idle.popLast() {
            connection = last
        } else {
            do { connection = try HTTPConnection(to: endpoint) } catch let error as EngineClientError {
                guard case .cannotConnect = error, let start = startEngine else { throw error }
                startEngine = nil
                guard try start() else { throw error }
                connection = try HTTPConnection(to: endpoint)
            }
        }
        connection.requests += 1
        return connection
    }

    private func head(of request: Request, length: Int?) -> [UInt8] {
        let prefix = request.path.hasPrefix("/_ping") ? "" : "/v\(apiVersion)"
        var text = "\(request.method) \(endpoint.basePath)\(prefix)\(request.path)"
        if !request.query.isEmpty {
            let pairs = request.query.sorted { $0.0 < $1.0 }
            // The library's own joined(separator:) looks its types up at run time, for 0.1 ms.
            var mark = "?"
            for (name, value) in pairs {
                text += "\(mark)\(escapeQuery(name))=\(escapeQuery(value))"
                mark = "&"
            }
        }
        text += " HTTP/1.1\r\nHost: api.moby.localhost\r\nUser-Agent: Docker-Client/28.2.2 (linux) berth\r\n"
        if let type = request.contentType { text += "Content-Type: \(type)\r\n" }
        for (name, value) in headers + request.headers { text += "\(name): \(value)\r\n" }
        if let length {
            if length > 0 || request.method == "POST" || request.method == "PUT" {
                text += "Content-Length: \(length)\r\n"
            }
        } else {
            text += "Transfer-Encoding: chunked\r\n"
        }
        return Array((text + "\r\n").utf8)
    }
}

private let hexDigits = Array("0123456789ABCDEF".utf8)

/// `text` as a part of a query, as Go's `url.QueryEscape` writes it.
func escapeQuery(_ text: String) -> String { escape(text, space: "+", also: []) }

/// `text` as one segment of a path.
public func escapePath(_ text: String) -> String {
    escape(text, space: "%20", also: Array("/:@&=+$,".utf8))
}

private func escape(_ text: String, space: String, also: [UInt8]) -> String {
    var result: [UInt8] = []
    for byte in text.utf8 {
        switch byte {
        case 48...57, 65...90, 97...122, 45, 46, 95, 126: result.append(byte)
        case 32: result += Array(space.utf8)
        default:
            if also.contains(byte) {
                result.append(byte)
            } else {
                result += [37, hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
            }
        }
    }
    return String(decoding: result, as: UTF8.self)
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: String {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(self[first...last])
    }
}
