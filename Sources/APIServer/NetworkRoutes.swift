internal import DockerAPI
internal import HTTPServer

/// The `/networks` routes that exist so far.
struct NetworkRoutes: Sendable {
    let engine: any NetworkControl

    func register(in routes: inout Routes) {
        routes.get("/networks", list)
        routes.get("/networks/{id}", inspect)
    }

    func list(_ request: APIRequest) async throws -> APIResponse {
        let names: Set<String> = ["dangling", "driver", "id", "label", "name", "scope", "type"]
        let networks = try await engine.listNetworks(try request.query.filters(accepted: names))
        return try .json(
            networks.map { network in
                // A list does not say who is in a network.
                var network = network
                network.containers = [:]
                return network
            })
    }

    func inspect(_ request: APIRequest) async throws -> APIResponse {
        try .json(try await engine.inspectNetwork(request.path("id")))
    }
}
