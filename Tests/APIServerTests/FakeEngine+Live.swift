import APIServer
import DockerAPI
import EngineModel

extension FakeEngine {
    func pauseContainer(_ container: String) async throws { note("pause \(container)") }

    func unpauseContainer(_ container: String) async throws { note("unpause \(container)") }

    func updateContainer(_ container: String, _ change: HostConfig) async throws -> [String] {
        note("update memory=\(change.memory) pids=\(change.pidsLimit ?? -1)")
        return change.cpuShares == 0 ? [] : ["a warning"]
    }

    func topContainer(_ container: String, psArguments: String) async throws -> ContainerTopResponse {
        note("top \(psArguments)")
        return ContainerTopResponse()
    }

    func containerStats(
        _ container: String, _ options: StatsOptions
    ) async throws -> AsyncStream<ContainerStats> {
        note("stats stream=\(options.stream) oneShot=\(options.oneShot)")
        return AsyncStream { continuation in
            for _ in 0..<(options.stream ? 2 : 1) { continuation.yield(ContainerStats()) }
            continuation.finish()
        }
    }
}

extension FakeEngine: PruneControl {
    private func noted(_ kind: String, _ filters: Filters) {
        let values = filters.values.sorted { $0.key < $1.key }.map {
            "\($0.key)=\($0.value.joined(separator: ","))"
        }
        note("prune \(kind) \(values.joined(separator: " "))")
    }

    func pruneContainers(_ filters: Filters) async throws -> ContainersPruneReport {
        noted("containers", filters)
        return ContainersPruneReport()
    }

    func pruneImages(_ filters: Filters) async throws -> ImagesPruneReport {
        noted("images", filters)
        return ImagesPruneReport()
    }

    func pruneVolumes(_ filters: Filters) async throws -> VolumesPruneReport {
        noted("volumes", filters)
        return VolumesPruneReport()
    }

    func pruneNetworks(_ filters: Filters) async throws -> NetworksPruneReport {
        noted("networks", filters)
        return NetworksPruneReport()
    }

    func pruneBuildCache(_ filters: Filters) async throws -> BuildPruneReport {
        noted("build", filters)
        return BuildPruneReport()
    }
}
