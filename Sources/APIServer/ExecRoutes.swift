internal import DockerAPI
internal import EngineModel
internal import HTTPServer

/// The exec routes.
struct ExecRoutes: Sendable {
    let engine: any ExecControl

    func register(in routes: inout Routes) {
        routes.post("/containers/{id...}/exec", create)
        routes.post("/exec/{id}/start", start)
        routes.post("/exec/{id}/resize", resize)
        routes.get("/exec/{id}/json", inspect)
    }

    func create(_ request: APIRequest) async throws -> APIResponse {
        let config = try await request.bodyIfAny(as: ExecConfig.self)
        guard let command = config.cmd, !command.isEmpty else {
            throw EngineError(.invalidParameter, ContractMessages.noExecCommand)
        }
        try Self.check(config.consoleSize)
        return try .json(try await engine.createExec(container: request.path("id"), config), status: 201)
    }

    /// `POST /exec/{id}/start` (ExecStart): 200 when detached, else the connection becomes the stream.
    ///
    /// A client that is attached expects the stream also when the start fails, and reads the reason there.
    func start(_ request: APIRequest) async throws -> APIResponse {
        let config = try await request.bodyIfAny(as: ExecStartConfig.self)
        try Self.check(config.consoleSize)
        if config.detach {
            try await engine.startExecDetached(request.path("id"), config)
            return .ok
        }
        do {
            return hijacked(request, try await engine.startExec(request.path("id"), config))
        } catch let error as EngineError where error.kind != .notFound && error.kind != .notImplemented {
            return hijacked(request, MessageSession(error.message, isTerminal: config.tty))
        }
    }

    private static func check(_ size: [Int]?) throws {
        guard let size else { return }
        if size.count > 2 || size.contains(where: { !(0...65535).contains($0) }) {
            throw EngineError(.invalidParameter, "invalid console size \(size): want height and width")
        }
    }

    func resize(_ request: APIRequest) async throws -> APIResponse {
        let (height, width) = try terminalSize(request)
        try await engine.resizeExec(request.path("id"), height: height, width: width)
        return .ok
    }

    func inspect(_ request: APIRequest) async throws -> APIResponse {
        try .json(try await engine.inspectExec(request.path("id")))
    }
}
