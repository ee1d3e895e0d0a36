internal import DockerAPI
internal import EngineModel
internal import HTTPServer
internal import OrderedJSON

/// The `/containers` routes whose answers are whole documents.
struct ContainerRoutes: Sendable {
    let engine: any ContainerControl

    func register(in routes: inout Routes) {
        routes.get("/containers/json", list)
        routes.get("/containers/{id...}/json", inspect)
        routes.post("/containers/create", create)
        routes.post("/containers/{id...}/start", start)
        routes.post("/containers/{id...}/stop", stop)
        routes.post("/containers/{id...}/restart", restart)
        routes.post("/containers/{id...}/kill", kill)
        routes.post("/containers/{id...}/rename", rename)
        routes.post("/containers/{id...}/resize", resize)
        routes.delete("/containers/{id}", remove)
        routes.delete("/containers/{id}/{alias}", remove)
    }

    func list(_ request: APIRequest) async throws -> APIResponse {
        var options = ContainerListOptions()
        options.all = request.query.flag("all")
        options.size = request.query.flag("size")
        if let limit = request.query.text("limit") {
            // A bad limit is an internal error in dockerd, unlike other bad numbers.
            do { options.limit = try QueryValues.integer(limit, call: "Atoi") } catch let error as EngineError
            {
                throw EngineError(.system, error.message)
            }
        }
        options.filters = try request.query.filters(accepted: ContainerListOptions.filterNames)
        return try .json(try await engine.listContainers(options))
    }

    func inspect(_ request: APIRequest) async throws -> APIResponse {
        try .json(
            try await engine.inspectContainer(request.path("id"), size: request.query.flag("size")))
    }

    func create(_ request: APIRequest) async throws -> APIResponse {
        let (body, document) = try await request.body(as: ContainerCreateRequest.self)
        let others: Set<String> = ["hostconfig", "networkingconfig"]
        guard let object = document.objectValue,
            object.keys.contains(where: { !others.contains($0.lowercased()) })
        else { throw EngineError(.invalidParameter, ContractMessages.emptyConfig) }
        let platform = request.version < APIVersion(1, 41) ? nil : request.query.text("platform")
        let answer = try await engine.createContainer(
            name: request.query.text("name"), platform: platform, body)
        return try .json(answer, status: 201)
    }

    /// `POST /containers/{id}/start` (ContainerStart): 204 once started, 304 if it already ran.
    func start(_ request: APIRequest) async throws -> APIResponse {
        // Some clients send an empty document or "null" of old.
        if (request.http.body.length ?? .max) > 7 {
            throw EngineError(
                .invalidParameter,
                "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24"
            )
        }
        return try Self.answer(await engine.startContainer(request.path("id")))
    }

    /// `POST /containers/{id}/stop` (ContainerStop): 204 once stopped, 304 if it already was.
    func stop(_ request: APIRequest) async throws -> APIResponse {
        let timeout = try request.query.integer("t")
        return try Self.answer(
            await engine.stopContainer(request.path("id"), signal: signal(request), timeout: timeout))
    }

    func restart(_ request: APIRequest) async throws -> APIResponse {
        let timeout = try request.query.integer("t")
        try await engine.restartContainer(request.path("id"), signal: signal(request), timeout: timeout)
        return .noContent
    }

    /// The signal of stop and restart, which older versions did not have.
    private func signal(_ request: APIRequest) -> String? {
        request.version < APIVersion(1, 42) ? nil : request.query.text("signal")
    }

    func kill(_ request: APIRequest) async throws -> APIResponse {
        try await engine.killContainer(request.path("id"), signal: request.query.text("signal"))
        return .noContent
    }

    func rename(_ request: APIRequest) async throws -> APIResponse {
        guard let name = request.query.text("name") else {
            throw EngineError(.invalidParameter, "Neither old nor new names may be empty")
        }
        try await engine.renameContainer(request.path("id"), to: name)
        return .noContent
    }

    func resize(_ request: APIRequest) async throws -> APIResponse {
        let (height, width) = try terminalSize(request)
        try await engine.resizeContainer(request.path("id"), height: height, width: width)
        return .ok
    }

    func remove(_ request: APIRequest) async throws -> APIResponse {
        var options = ContainerRemoveOptions()
        options.force = request.query.flag("force")
        options.volumes = request.query.flag("v")
        options.link = request.query.flag("link")
        // A link's name has two parts.
        let alias = request.path("alias")
        try await engine.removeContainer(request.path("id") + (alias.isEmpty ? "" : "/" + alias), options)
        return .noContent
    }

    private static func answer(_ outcome: ChangeOutcome) -> APIResponse {
        switch outcome {
        case .changed: .noContent
        case .alreadySo: .notModified
        }
    }
}

/// The `h` and `w` of a resize.
func terminalSize(_ request: APIRequest) throws -> (height: Int, width: Int) {
    func cells(_ name: String, _ word: String) throws -> Int {
        let text = request.query[name] ?? ""
        guard let number = UInt32(text), !text.hasPrefix("+") else {
            let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
            let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (48...57).contains($0) }
            let reason = isNumber ? "value out of range" : "invalid syntax"
            throw EngineError(.invalidParameter, "invalid resize \(word) \"\(text)\": \(reason)")
        }
        return Int(number)
    }
    return (try cells("h", "height"), try cells("w", "width"))
}
