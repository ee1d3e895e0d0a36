internal import HTTPServer
internal import OrderedJSON

typealias APIResponse = HTTPResponse

extension HTTPResponse {
    static let noContent = HTTPResponse(status: 204)
    static let notModified = HTTPResponse(status: 304)
    static let ok = HTTPResponse(status: 200)
    static let created = HTTPResponse(status: 201)

    /// A document with a newline at its end, angle brackets left alone, as dockerd's encoder writes it.
    static func json(_ value: some Encodable, status: Int = 200) throws -> HTTPResponse {
        HTTPResponse(
            status: status, headers: ["Content-Type": "application/json"], body: .bytes(try jsonLine(value)))
    }

    static func error(_ status: Int, _ message: String) -> HTTPResponse {
        // The status alone says "not modified"; a body would not be sent.
        if status == 304 { return .notModified }
        let body = JSONValue.object(["message": .string(message)]).bytes(escapesHTML: false)
        return HTTPResponse(
            status: status, headers: ["Content-Type": "application/json"], body: .bytes(body + [0x0A]))
    }

    static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: ["Content-Type": "text/plain; charset=utf-8"],
            body: .bytes(Array(text.utf8)))
    }
}

/// One document and what ends it.
func jsonLine(_ value: some Encodable, end: String = "\n", escapesHTML: Bool = false) throws -> [UInt8] {
    try OrderedJSONEncoder(escapesHTML: escapesHTML).encode(value) + Array(end.utf8)
}
