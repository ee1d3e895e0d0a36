internal import Engine
internal import HTTPServer

/// What is served on the metrics address: one page.
enum MetricsPage {
    static func answer(_ request: HTTPRequest, _ engine: ContainerEngine) async -> HTTPResponse {
        guard request.path == "/metrics" else {
            return HTTPResponse(
                status: 404, headers: ["Content-Type": "text/plain; charset=utf-8"],
                body: .bytes(Array("404 page not found\n".utf8)))
        }
        return HTTPResponse(
            status: 200, headers: ["Content-Type": "text/plain; version=0.0.4; charset=utf-8"],
            body: .bytes(Array(await engine.metrics().utf8)))
    }
}
