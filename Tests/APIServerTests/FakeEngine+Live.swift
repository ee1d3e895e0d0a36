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
