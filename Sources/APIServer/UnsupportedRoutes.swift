internal import DockerAPI
internal import EngineModel

/// Docker's routes that berth does not answer yet: each says so with 501, or with what is true of it in Docker.
enum UnsupportedRoutes {
    static func register(in routes: inout Routes) {
        for (what, advice, paths) in table {
            for path in paths {
                let parts = path.split(separator: " ")
                routes.add(String(parts[0]), String(parts[1])) { _ in
                    throw EngineError(.notImplemented, "berth does not support \(what) yet: \(advice)")
                }
            }
        }
        // There is no plugin, and this node manages no swarm: answers that clients know how to go on from.
        routes.get("/plugins/{name...}/json") { request in
            throw EngineError(.notFound, "plugin \"\(request.path("name"))\" not found")
        }
        for path in managerRoutes {
            routes.get(path) { _ in throw EngineError(.unavailable, ContractMessages.noSwarmManager) }
        }
    }

    private static let table: [(what: String, advice: String, paths: [String])] = [
        (
            "checkpoints", "stop and start the container",
            [
                "GET /containers/{id}/checkpoints", "POST /containers/{id}/checkpoints",
                "DELETE /containers/{id}/checkpoints/{checkpoint}",
            ]
        ),
        (
            "building images", "build elsewhere and load the archive",
            [
                "POST /build", "POST /build/cancel", "POST /session", "POST /grpc",
            ]
        ),
        ("attestations", "read them from the image's archive", ["GET /images/{name...}/attestations"]),
        (
            "user-defined networks", "use the default bridge, \"host\", \"none\" or \"container:NAME\"",
            [
                "POST /networks/create", "POST /networks/{id}/connect", "POST /networks/{id}/disconnect",
                "DELETE /networks/{id}",
            ]
        ),
        (
            "updating volumes", "volumes of the driver \"local\" have nothing to update",
            ["PUT /volumes/{name...}"]
        ),
        (
            "debugging over the API", "look at the daemon's log",
            [
                "GET /debug/vars", "GET /debug/pprof", "GET /debug/pprof/{name...}",
            ]
        ),
        (
            "plugins", "berth's drivers are built in",
            [
                "GET /plugins", "GET /plugins/privileges", "POST /plugins/pull", "POST /plugins/create",
                "DELETE /plugins/{name...}", "POST /plugins/{name...}/enable",
                "POST /plugins/{name...}/disable", "POST /plugins/{name...}/upgrade",
                "POST /plugins/{name...}/push", "POST /plugins/{name...}/set",
            ]
        ),
        (
            "swarm mode", "this daemon runs the containers of one host",
            [
                "DELETE /nodes/{id}", "POST /nodes/{id}/update", "POST /swarm/init", "POST /swarm/join",
                "POST /swarm/leave", "POST /swarm/update", "POST /swarm/unlock", "POST /services/create",
                "DELETE /services/{id}", "POST /services/{id}/update", "POST /secrets/create",
                "DELETE /secrets/{id}", "POST /secrets/{id}/update", "POST /configs/create",
                "DELETE /configs/{id}", "POST /configs/{id}/update",
            ]
        ),
    ]
    /// What asks a swarm manager: "docker inspect" walks the single objects when it looks for a name.
    private static let managerRoutes = [
        "/nodes", "/nodes/{id}", "/swarm", "/swarm/unlockkey", "/services", "/services/{id}",
        "/services/{id}/logs", "/tasks", "/tasks/{id}", "/tasks/{id}/logs", "/secrets", "/secrets/{id}",
        "/configs", "/configs/{id}",
    ]
}
