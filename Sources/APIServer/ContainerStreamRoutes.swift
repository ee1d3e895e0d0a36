internal import DockerAPI
internal import EngineModel
internal import HTTPServer

/// The `/containers` routes whose answers go on: attach, logs, wait.
struct ContainerStreamRoutes: Sendable {
    let engine: any ContainerControl

    func register(in routes: inout Routes) {
        routes.post("/containers/{id...}/attach", attach)
        routes.get("/containers/{id...}/attach/ws", attachSocket)
        routes.get("/containers/{id...}/logs", logs)
        routes.post("/containers/{id...}/wait", wait)
    }

    func attach(_ request: APIRequest) async throws -> APIResponse {
        hijacked(request, try await session(request))
    }

    /// `GET /containers/{id}/attach/ws` (ContainerAttachWebsocket), for browsers.
    func attachSocket(_ request: APIRequest) async throws -> APIResponse {
        await webSocket(request, try await session(request))
    }

    private func session(_ request: APIRequest) async throws -> any StreamSession {
        var options = AttachOptions()
        options.logs = request.query.flag("logs")
        options.stream = request.query.flag("stream")
        options.stdin = request.query.flag("stdin")
        options.stdout = request.query.flag("stdout")
        options.stderr = request.query.flag("stderr")
        options.detachKeys = request.query.text("detachKeys")
        return try await engine.attachContainer(request.path("id"), options)
    }

    func logs(_ request: APIRequest) async throws -> APIResponse {
        var options = LogOptions()
        options.stdout = request.query.flag("stdout")
        options.stderr = request.query.flag("stderr")
        if !options.stdout && !options.stderr {
            throw EngineError(.invalidParameter, ContractMessages.noLogStream)
        }
        options.follow = request.query.flag("follow")
        options.timestamps = request.query.flag("timestamps")
        options.details = request.query.flag("details")
        options.since = try request.query.timestamp("since").flatMap { $0 == 0 ? nil : $0 }
        options.until = try request.query.timestamp("until").flatMap { $0 == 0 ? nil : $0 }
        // "all", and as in Docker anything that is no number, is every line.
        if let tail = request.query.text("tail"), let lines = Int(tail), lines >= 0 { options.tail = lines }
        let output = try await engine.containerLogs(request.path("id"), options)
        return APIResponse(
            status: 200, headers: ["Content-Type": streamType(request, isTerminal: output.isTerminal)],
            body: .stream { writer in
                do {
                    while let bytes = try await output.nextOutput() { try await writer.write(bytes) }
                    await output.close()
                } catch {
                    await output.close()
                    throw error
                }
            })
    }

    /// `POST /containers/{id}/wait`: the head goes out as soon as the wait has begun, because `docker run`
    /// starts the container only then.
    func wait(_ request: APIRequest) async throws -> APIResponse {
        let condition: WaitCondition
        switch request.query.text("condition") {
        case nil: condition = .notRunning
        case let name?:
            guard let known = WaitCondition(rawValue: name) else {
                throw EngineError(.invalidParameter, "invalid condition: \"\(name)\"")
            }
            condition = known
        }
        let pending = try await engine.waitContainer(request.path("id"), condition)
        if request.version < APIVersion(1, 30) { return try .json(try await pending.value()) }
        return APIResponse(
            status: 200, headers: ["Content-Type": "application/json"],
            body: .stream { writer in
                var answer: ContainerWaitResponse
                do {
                    answer = try await pending.value()
                } catch let error as EngineError {
                    answer = ContainerWaitResponse()
                    answer.statusCode = -1
                    var reason = ContainerWaitExitError()
                    reason.message = error.message
                    answer.error = reason
                }
                try await writer.write(try jsonLine(answer))
            })
    }
}
