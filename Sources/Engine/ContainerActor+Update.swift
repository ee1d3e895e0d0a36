internal import AsyncPrimitives
internal import Cgroups
internal import DockerAPI
internal import EngineModel
internal import Logging

extension ContainerActor {
    /// Changes limits and restart policy, at once if the container runs; returns warnings.
    ///
    /// If the kernel refuses one of the limits, all are put back.
    func update(_ change: HostConfig) async throws -> [String] {
        await gate.enter()
        defer { gate.leave() }
        let update: HostConfigUpdate
        do {
            try record.lifecycle.checkUpdate()
            update = try HostConfigUpdate(change, to: record.hostConfig, host: services.host.resources)
        } catch let error as EngineError {
            // What is wrong by itself is said as at a create.
            throw error.kind == .conflict ? cannotUpdate(error, .conflict) : error
        }
        let before = record.hostConfig
        if record.lifecycle.isRunning, process != nil, let limits = update.resources(of: record) {
            let group = try group()
            let undo = HostConfigUpdate.former(of: record)
            do {
                try await BlockingPool.shared.run { try group.apply(limits) }
            } catch {
                await BlockingPool.shared.run { try? group.apply(undo) }
                // A container that has ended meanwhile gets its limits with the next start.
                if record.lifecycle.isRunning { throw cannotUpdate(error, .system) }
            }
        }
        record.hostConfig = update.merged
        do { try save(durable: true) } catch {
            record.hostConfig = before
            throw cannotUpdate(error, .system)
        }
        publish("update")
        return update.warnings
    }

    private func cannotUpdate(_ error: any Error, _ kind: EngineError.Kind) -> EngineError {
        EngineError(kind, "Cannot update container \(id): \(error)", cause: error)
    }
}
