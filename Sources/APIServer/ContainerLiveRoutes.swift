internal import DockerAPI
internal import EngineModel
internal import HTTPServer
internal import OrderedJSON

/// The `/containers` routes that change or watch a container while it runs.
struct ContainerLiveRoutes: Sendable {
    let engine: any ContainerLiveControl

    func register(in routes: inout Routes) {
        routes.post("/containers/{id...}/pause", pause)
        routes.post("/containers/{id...}/unpause", unpause)
        routes.post("/containers/{id...}/update", update)
        routes.get("/containers/{id...}/top", top)
        routes.get("/containers/{id...}/stats", stats)
    }

    func pause(_ request: APIRequest) async throws -> APIResponse {
        try await engine.pauseContainer(request.path("id"))
        return .noContent
    }

    func unpause(_ request: APIRequest) async throws -> APIResponse {
        try await engine.unpauseContainer(request.path("id"))
        return .noContent
    }

    /// `POST /containers/{id}/update` (ContainerUpdate): limits and restart policy are fields of HostConfig.
    func update(_ request: APIRequest) async throws -> APIResponse {
        var change = try await request.bodyIfAny(as: HostConfig.self, called: "UpdateConfig")
        // Clients before 1.40 send 0 for nothing said.
        if request.version < APIVersion(1, 40), change.pidsLimit == 0 { change.pidsLimit = nil }
        var answer = ContainerUpdateResponse()
        let warnings = try await engine.updateContainer(request.path("id"), change)
        answer.warnings = warnings.isEmpty ? nil : warnings
        return try .json(answer)
    }

    func top(_ request: APIRequest) async throws -> APIResponse {
        try .json(
            try await engine.topContainer(
                request.path("id"), psArguments: request.query.text("ps_args") ?? ""))
    }

    /// `GET /containers/{id}/stats` (ContainerStats): one document a line, each flushed.
    func stats(_ request: APIRequest) async throws -> APIResponse {
        var options = StatsOptions()
        options.stream = request.query.flag("stream", default: true)
        if request.version >= APIVersion(1, 41) { options.oneShot = request.query.flag("one-shot") }
        if options.stream && options.oneShot {
            throw EngineError(.invalidParameter, "cannot have stream=true and one-shot=true")
        }
        let samples = try await engine.containerStats(request.path("id"), options)
        return APIResponse(
            status: 200, headers: options.stream ? [:] : ["Content-Type": "application/json"],
            body: .stream { writer in
                for await sample in samples { try await writer.write(try jsonLine(sample)) }
            })
    }
}
