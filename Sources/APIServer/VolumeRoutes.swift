internal import DockerAPI
internal import EngineModel
internal import HTTPServer

/// The `/volumes` routes.
struct VolumeRoutes: Sendable {
    let engine: any VolumeControl

    func register(in routes: inout Routes) {
        routes.get("/volumes", list)
        routes.post("/volumes/create", create)
        routes.get("/volumes/{name...}", inspect)
        routes.delete("/volumes/{name...}", remove)
    }

    func list(_ request: APIRequest) async throws -> APIResponse {
        let filters = try request.query.filters(accepted: ["dangling", "driver", "label", "name"])
        return try .json(try await engine.listVolumes(filters))
    }

    func create(_ request: APIRequest) async throws -> APIResponse {
        let body = try await request.bodyIfAny(as: VolumeCreateRequest.self)
        if body.clusterVolumeSpec != nil {
            throw EngineError(
                .notImplemented, "berth does not support cluster volumes yet: use the driver \"local\"")
        }
        return try .json(try await engine.createVolume(body), status: 201)
    }

    func inspect(_ request: APIRequest) async throws -> APIResponse {
        try .json(try await engine.inspectVolume(request.path("name")))
    }

    func remove(_ request: APIRequest) async throws -> APIResponse {
        try await engine.removeVolume(request.path("name"), force: request.query.flag("force"))
        return .noContent
    }
}
