internal import DockerAPI
internal import EngineModel
internal import HTTPServer

/// Ping, version, info, disk usage and events.
struct SystemRoutes: Sendable {
    let system: any SystemControl

    func register(in routes: inout Routes) {
        routes.get("/_ping", ping)
        routes.add("HEAD", "/_ping", ping)
        routes.get("/version", version)
        routes.get("/info", info)
        routes.get("/system/df", diskUsage)
        routes.get("/events", events)
    }

    /// `GET /_ping`: where clients learn the API version.
    func ping(_ request: APIRequest) async throws -> APIResponse {
        var response = APIResponse.text(request.http.method == "HEAD" ? "" : "OK")
        // 1 is the classic builder: no BuildKit here yet.
        response.headers["Builder-Version"] = "1"
        response.headers["Swarm"] = "inactive"
        response.headers["Cache-Control"] = "no-cache, no-store, must-revalidate"
        response.headers["Pragma"] = "no-cache"
        return response
    }

    func version(_ request: APIRequest) async throws -> APIResponse {
        try .json(try await system.systemVersion())
    }

    func info(_ request: APIRequest) async throws -> APIResponse {
        try .json(try await system.systemInfo().shaped(for: request.version))
    }

    func diskUsage(_ request: APIRequest) async throws -> APIResponse {
        var options = DiskUsageOptions()
        let types = request.query.all("type")
        // Older versions know no types, and answer everything.
        if !types.isEmpty, request.version >= APIVersion(1, 42) {
            options.containers = types.contains("container")
            options.images = types.contains("image")
            options.volumes = types.contains("volume")
            options.buildCache = types.contains("build-cache")
            let known: Set<String> = ["container", "image", "volume", "build-cache"]
            if let unknown = types.first(where: { !known.contains($0) }) {
                throw EngineError(.invalidParameter, "unknown object type: \(unknown)")
            }
        }
        return try .json(try await system.diskUsage(options).shaped(for: request.version))
    }

    /// `GET /events`: one document a line, each flushed.
    func events(_ request: APIRequest) async throws -> APIResponse {
        var options = EventOptions()
        options.since = try request.query.timestamp("since")
        options.until = try request.query.timestamp("until")
        options.filters = try request.query.filters()
        if let since = options.since, let until = options.until, since > until {
            throw EngineError(
                .invalidParameter,
                "`since` time (\(request.query.text("since") ?? "")) cannot be after `until` time "
                    + "(\(request.query.text("until") ?? ""))")
        }
        let stream = try await system.events(options)
        return APIResponse(
            status: 200, headers: ["Content-Type": "application/json"],
            body: .stream { writer in
                // The one stream whose angle brackets dockerd escapes.
                for try await event in stream {
                    try await writer.write(try jsonLine(event, escapesHTML: true))
                }
            })
    }
}
