internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import FoundationEssentials
internal import HTTPServer

/// The routes for a container's files: archives in and out, changes, export, commit.
struct ContainerFileRoutes: Sendable {
    let engine: any ContainerFileControl

    func register(in routes: inout Routes) {
        routes.add("HEAD", "/containers/{id...}/archive", stat)
        routes.get("/containers/{id...}/archive", archive)
        routes.add("PUT", "/containers/{id...}/archive", extract)
        routes.get("/containers/{id...}/changes", changes)
        routes.get("/containers/{id...}/export", export)
        routes.post("/commit", commit)
    }

    private func wantedPath(_ request: APIRequest) throws -> String {
        guard let path = request.query.text("path") else {
            // The words run together in dockerd, too.
            throw EngineError(.invalidParameter, "bad parameter: pathcannot be empty")
        }
        return path
    }

    private func headers(_ stat: PathStat) throws -> HTTPHeaders {
        let document = try jsonLine(stat, end: "", escapesHTML: true)
        return [
            "Content-Type": "application/x-tar",
            "X-Docker-Container-Path-Stat": Data(document).base64EncodedString(),
        ]
    }

    /// `HEAD …/archive` (ContainerArchiveInfo): what lies at the path, in a header.
    func stat(_ request: APIRequest) async throws -> APIResponse {
        let stat = try await engine.statPath(request.path("id"), path: wantedPath(request))
        var headers = try headers(stat)
        headers["Content-Type"] = nil
        return APIResponse(status: 200, headers: headers)
    }

    /// `GET …/archive` (ContainerArchive): what lies at the path, as a tar.
    func archive(_ request: APIRequest) async throws -> APIResponse {
        let (stat, pipe) = try await engine.archivePath(request.path("id"), path: wantedPath(request))
        return APIResponse(status: 200, headers: try headers(stat), body: Self.stream(pipe))
    }

    /// `PUT …/archive` (PutContainerArchive): the body is a tar that is extracted at the path.
    func extract(_ request: APIRequest) async throws -> APIResponse {
        var options = ArchiveExtractOptions()
        options.path = try wantedPath(request)
        options.noOverwriteDirNonDir = request.query.flag("noOverwriteDirNonDir")
        options.copyUIDGID = request.query.flag("copyUIDGID")
        let upload = Upload(request.http.body)
        defer { upload.end() }
        try await engine.extractArchive(request.path("id"), options, body: upload.pipe)
        return .ok
    }

    func changes(_ request: APIRequest) async throws -> APIResponse {
        try .json(try await engine.containerChanges(request.path("id")))
    }

    func export(_ request: APIRequest) async throws -> APIResponse {
        let pipe = try await engine.exportContainer(request.path("id"))
        return APIResponse(
            status: 200, headers: ["Content-Type": "application/octet-stream"], body: Self.stream(pipe))
    }

    /// `POST /commit` (ImageCommit): the body may hold settings that come before the container's own.
    func commit(_ request: APIRequest) async throws -> APIResponse {
        let query = request.query
        var options = CommitOptions()
        options.container = query["container"] ?? ""
        options.repository = query["repo"] ?? ""
        options.tag = query["tag"] ?? ""
        options.comment = query["comment"] ?? ""
        options.author = query["author"] ?? ""
        options.pause = query.text("pause") == nil || query.flag("pause")
        options.changes = query.all("changes")
        options.config = try await request.optionalBody(as: ContainerConfig.self)
        return try .json(try await engine.commitContainer(options), status: 201)
    }

    static func stream(_ pipe: BytePipe) -> APIResponse.Body {
        .stream { writer in
            defer { pipe.close() }
            while let bytes = try await pipe.receive() { try await writer.write(bytes) }
        }
    }
}
