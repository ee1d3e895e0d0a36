internal import DockerAPI
internal import EngineModel
internal import HTTPServer
internal import OrderedJSON

/// A request that has found its route.
struct APIRequest: Sendable {
    let version: APIVersion
    let http: HTTPRequest
    let query: QueryValues
    private let wildcards: [String: String]

    init(version: APIVersion, http: HTTPRequest, query: QueryValues, wildcards: [String: String]) {
        self.version = version
        self.http = http
        self.query = query
        self.wildcards = wildcards
    }

    /// What stands for `{name}` in the path.
    func path(_ name: String) -> String { wildcards[name] ?? "" }

    private static let bodyLimit = 16 << 20

    /// The body, which must be there.
    func body<Body: Decodable>(as type: Body.Type) async throws -> (value: Body, document: JSONValue) {
        try checkContentType()
        let bytes = try await http.body.collect(limit: Self.bodyLimit)
        guard bytes.contains(where: { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }) else {
            throw EngineError(.invalidParameter, "invalid JSON: got EOF while reading request body")
        }
        return try Self.read(type, bytes)
    }

    /// The body, or the zero value where there is none.
    ///
    /// `name` is what errors call the document, where Docker's struct has another name than ours.
    func bodyIfAny<Body: Decodable>(as type: Body.Type, called name: String = "") async throws -> Body {
        try checkContentType()
        let bytes = try await http.body.collect(limit: Self.bodyLimit)
        if bytes.isEmpty { return try OrderedJSONDecoder(rootName: name).decode(type, from: .null) }
        return try Self.read(type, bytes, called: name).value
    }

    /// The body; nil where there is none, or `null`.
    func optionalBody<Body: Decodable>(as type: Body.Type) async throws -> Body? {
        try checkContentType()
        let bytes = try await http.body.collect(limit: Self.bodyLimit)
        if bytes.isEmpty { return nil }
        let (value, document) = try Self.read(type, bytes)
        return document == .null ? nil : value
    }

    private static func read<Body: Decodable>(
        _ type: Body.Type, _ bytes: [UInt8], called name: String = ""
    ) throws -> (value: Body, document: JSONValue) {
        do {
            let document = try JSONValue(parsing: bytes)
            return (try OrderedJSONDecoder(rootName: name).decode(type, from: document), document)
        } catch JSONError.unexpectedEnd {
            throw EngineError(.invalidParameter, "invalid JSON: unexpected EOF")
        } catch JSONError.syntax(let words, _) where words.hasSuffix("after top-level value") {
            throw EngineError(.invalidParameter, "unexpected content after JSON")
        }
    }

    /// A body must be called JSON; no body needs no name.
    private func checkContentType() throws {
        let header = http.headers["Content-Type"] ?? ""
        if header.isEmpty && http.body.isEmpty { return }
        let type = header.split(separator: ";").first.map { $0.filter { $0 != " " }.lowercased() } ?? ""
        if type.isEmpty {
            throw EngineError(
                .invalidParameter, "malformed Content-Type header (\(header)): mime: no media type")
        }
        if type != "application/json" {
            throw EngineError(
                .invalidParameter,
                "unsupported Content-Type header (\(type)): must be 'application/json'")
        }
    }
}
