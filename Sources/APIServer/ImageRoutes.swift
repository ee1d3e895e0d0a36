internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import HTTPServer

/// The `/images` routes.
struct ImageRoutes: Sendable {
    let engine: any ImageControl

    func register(in routes: inout Routes) {
        routes.get("/images/json", list)
        routes.post("/images/load", load)
        routes.post("/images/create", create)
        routes.post("/berth/system/check", check)
        routes.get("/images/get", save)
        routes.get("/images/search", search)
        routes.get("/images/{name...}/get", save)
        routes.post("/images/{name...}/push", push)
        routes.post("/auth", login)
        routes.get("/distribution/{name...}/json", distribution)
        routes.get("/images/{name...}/json", inspect)
        routes.get("/images/{name...}/history", history)
        routes.post("/images/{name...}/tag", tag)
        routes.delete("/images/{name...}", remove)
    }

    func list(_ request: APIRequest) async throws -> APIResponse {
        var options = ImageListOptions()
        options.all = request.query.flag("all")
        options.sharedSize = request.query.flag("shared-size")
        options.digests = request.query.flag("digests")
        options.manifests = request.version >= APIVersion(1, 47) && request.query.flag("manifests")
        options.filters = try request.query.filters(accepted: ImageListOptions.filterNames)
        for value in options.filters["dangling"] where options.filters.flag("dangling") == nil {
            throw EngineError(.invalidParameter, "invalid filter 'dangling=[\(value)]'")
        }
        // How `docker images NAME` asked before 1.25.
        if request.version < APIVersion(1, 25), let name = request.query.text("filter") {
            options.filters.add("reference", name)
        }
        let images = try await engine.listImages(options)
        return try .json(images.map { $0.shaped(for: request.version) })
    }

    func inspect(_ request: APIRequest) async throws -> APIResponse {
        var options = ImageInspectOptions()
        options.manifests = request.version >= APIVersion(1, 48) && request.query.flag("manifests")
        options.platform = request.version < APIVersion(1, 49) ? "" : request.query["platform"] ?? ""
        if options.manifests && !options.platform.isEmpty {
            throw EngineError(
                .invalidParameter, "conflicting options: manifests and platform options cannot both be set")
        }
        return try .json(
            try await engine.inspectImage(request.path("name"), options).document(for: request.version))
    }

    func history(_ request: APIRequest) async throws -> APIResponse {
        let platform = request.version < APIVersion(1, 48) ? "" : request.query["platform"] ?? ""
        return try .json(try await engine.imageHistory(request.path("name"), platform: platform))
    }

    /// `GET /images/search` (ImageSearch).
    func search(_ request: APIRequest) async throws -> APIResponse {
        var options = ImageSearchOptions()
        options.term = request.query["term"] ?? ""
        if let limit = try request.query.integer("limit"), limit != 0 { options.limit = limit }
        options.filters = try request.query.filters(accepted: ImageSearchOptions.filterNames)
        options.auth = try auth(request)
        return try .json(try await engine.searchImages(options))
    }

    func tag(_ request: APIRequest) async throws -> APIResponse {
        try await engine.tagImage(
            request.path("name"), repository: request.query["repo"] ?? "", tag: request.query["tag"] ?? "")
        return .created
    }

    func remove(_ request: APIRequest) async throws -> APIResponse {
        if request.path("name").isEmpty {
            throw EngineError(.invalidParameter, "image name cannot be blank")
        }
        var options = ImageRemoveOptions()
        options.force = request.query.flag("force")
        options.noPrune = request.query.flag("noprune")
        options.platforms = request.query.all("platforms")
        return try .json(try await engine.removeImage(request.path("name"), options))
    }

    /// `POST /images/load` (ImageLoad): the archive is the body.
    func load(_ request: APIRequest) async throws -> APIResponse {
        var options = ImageLoadOptions()
        options.quiet = request.query.flag("quiet")
        options.platforms = request.query.all("platform") + request.query.all("platforms")
        let upload = Upload(request.http.body)
        do {
            let progress = try await engine.loadImages(options, body: upload.pipe)
            return progressResponse(ProgressReader(progress), upload: upload)
        } catch {
            upload.end()
            throw error
        }
    }

    private func pull(_ request: APIRequest) async throws -> APIResponse {
        var options = ImagePullOptions()
        options.image = request.query["fromImage"] ?? ""
        options.tag = request.query["tag"] ?? ""
        options.platform = request.version < APIVersion(1, 32) ? "" : request.query["platform"] ?? ""
        options.auth = try auth(request)
        let progress = ProgressReader(try await engine.pullImage(options))
        try await progress.peek()
        return progressResponse(progress)
    }

    /// `POST /berth/system/check`: Docker has nothing like it.
    func check(_ request: APIRequest) async throws -> APIResponse {
        progressResponse(ProgressReader(try await engine.checkSystem(repairs: request.query.flag("repair"))))
    }

    /// `GET /images/get` (ImageGetAll) and `GET /images/{name}/get` (ImageGet).
    func save(_ request: APIRequest) async throws -> APIResponse {
        let name = request.path("name")
        let names = name.isEmpty ? request.query.all("names") : [name]
        let platforms = request.version < APIVersion(1, 48) ? [] : request.query.all("platform")
        let pipe = try await engine.saveImages(names, platforms: platforms.filter { !$0.isEmpty })
        return APIResponse(
            status: 200, headers: ["Content-Type": "application/x-tar"],
            body: ContainerFileRoutes.stream(pipe))
    }

    /// `POST /images/{name}/push` (ImagePush).
    func push(_ request: APIRequest) async throws -> APIResponse {
        var options = ImagePushOptions()
        options.tag = request.query["tag"] ?? ""
        options.platform = request.version < APIVersion(1, 46) ? "" : request.query["platform"] ?? ""
        options.auth = try auth(request)
        let progress = ProgressReader(try await engine.pushImage(request.path("name"), options))
        try await progress.peek()
        return progressResponse(progress)
    }

    /// `POST /auth` (SystemAuth).
    func login(_ request: APIRequest) async throws -> APIResponse {
        let (auth, _) = try await request.body(as: RegistryAuth.self)
        return try .json(try await engine.login(auth))
    }

    /// `GET /distribution/{name}/json` (DistributionInspect).
    func distribution(_ request: APIRequest) async throws -> APIResponse {
        try .json(try await engine.distribution(request.path("name"), auth: auth(request)))
    }

    private func auth(_ request: APIRequest) throws -> RegistryAuth {
        do { return try RegistryAuth(header: request.http.headers["X-Registry-Auth"]) } catch {
            throw EngineError(
                .invalidParameter, "invalid X-Registry-Auth header: not base64 of a JSON object")
        }
    }

    /// `POST /images/create` (ImageCreate): an import with `fromSrc`, else a pull.
    func create(_ request: APIRequest) async throws -> APIResponse {
        let query = request.query
        if query.text("fromImage") != nil { return try await pull(request) }
        var options = ImageImportOptions()
        options.source = query["fromSrc"] ?? ""
        options.repository = query["repo"] ?? ""
        options.tag = query["tag"] ?? ""
        options.message = query["message"] ?? ""
        options.changes = query.all("changes")
        options.platform = request.version < APIVersion(1, 32) ? "" : query["platform"] ?? ""
        if options.source.isEmpty {
            throw EngineError(
                .invalidParameter, "one of fromImage and fromSrc must say where the image is from")
        }
        let upload = Upload(request.http.body)
        do {
            let progress = ProgressReader(try await engine.importImage(options, body: upload.pipe))
            // A failure before the first line is an answer of its own.
            try await progress.peek()
            return progressResponse(progress, upload: upload)
        } catch {
            upload.end()
            throw error
        }
    }
}

/// Reads a progress stream from one task, which may look at its first line beforehand.
private final class ProgressReader: @unchecked Sendable {
    // Safe: one task at a time uses it, first the route's, then the stream's.
    private var iterator: ProgressStream.AsyncIterator
    private var first: ProgressMessage?

    init(_ stream: ProgressStream) { iterator = stream.makeAsyncIterator() }

    func peek() async throws { first = try await iterator.next() }

    func next() async throws -> ProgressMessage? {
        if let first {
            self.first = nil
            return first
        }
        return try await iterator.next()
    }
}

/// Streams progress lines; a failure becomes the last of them.
private func progressResponse(_ progress: ProgressReader, upload: Upload? = nil) -> APIResponse {
    APIResponse(
        status: 200, headers: ["Content-Type": "application/json"],
        body: .stream { writer in
            defer { upload?.end() }
            do {
                while let message = try await progress.next() {
                    try await writer.write(try jsonLine(message, end: "\r\n"))
                }
            } catch let error as HTTPServerError {
                throw error
            } catch {
                if Task.isCancelled { throw error }
                var message = ProgressMessage()
                var detail = ErrorDetail()
                detail.message = StatusTable.answer(error).message
                message.errorDetail = detail
                message.error = detail.message
                try await writer.write(try jsonLine(message, end: "\r\n"))
            }
        })
}
