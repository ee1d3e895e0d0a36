internal import DockerAPI
internal import HTTPServer

/// The routes that remove what is not used.
struct PruneRoutes: Sendable {
    let engine: any PruneControl

    func register(in routes: inout Routes) {
        routes.post("/containers/prune") { request in
            try .json(
                try await engine.pruneContainers(
                    try request.query.filters(accepted: ["label", "label!", "until"])))
        }
        routes.post("/images/prune") { request in
            try .json(
                try await engine.pruneImages(
                    try request.query.filters(accepted: ["dangling", "label", "label!", "until"])))
        }
        routes.post("/volumes/prune") { request in
            var filters = try request.query.filters(accepted: ["all", "label", "label!"])
            // Before 1.42 there was no difference between named and anonymous ones.
            if request.version < APIVersion(1, 42), !filters.contains("all") { filters.add("all", "true") }
            return try .json(try await engine.pruneVolumes(filters))
        }
        routes.post("/networks/prune") { request in
            try .json(
                try await engine.pruneNetworks(
                    try request.query.filters(accepted: ["label", "label!", "until"])))
        }
        routes.post("/build/prune") { request in
            try .json(try await engine.pruneBuildCache(try request.query.filters()))
        }
    }
}
