internal import AsyncPrimitives
internal import Cgroups
public import DockerAPI
internal import EngineModel

/// What changes or watches a container while it runs.
extension ContainerEngine {
    public func pauseContainer(_ container: String) async throws {
        try await self.container(container).pause()
    }

    public func unpauseContainer(_ container: String) async throws {
        try await self.container(container).unpause()
    }

    public func updateContainer(_ container: String, _ change: HostConfig) async throws -> [String] {
        try await self.container(container).update(change)
    }

    public func topContainer(_ container: String, psArguments: String) async throws -> ContainerTopResponse {
        try await self.container(container).processes(psArguments)
    }
}

extension ContainerActor {
    /// The container's processes as the host's `ps` shows them.
    func processes(_ psArguments: String) async throws -> ContainerTopResponse {
        try ProcessTable.check(psArguments)
        try record.lifecycle.checkHasProcesses(id: id)
        let group = try group()
        let pids = try await BlockingPool.shared.run { try group.processes() }
        let table = try await ProcessTable.read(options: psArguments, pids: pids)
        publish("top")
        return table
    }
}
