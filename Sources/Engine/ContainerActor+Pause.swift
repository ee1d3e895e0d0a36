internal import AsyncPrimitives
internal import Cgroups
internal import DockerAPI
internal import EngineModel
internal import RuntimeClient
internal import SupervisorProtocol

extension ContainerActor {
    /// The container's cgroup, which exists while it runs.
    func group() throws -> Cgroup { try services.group(of: id, parent: record.hostConfig.cgroupParent) }

    /// Stops every process of the container where it is.
    ///
    /// Returns when all have stopped; a process that the kernel cannot stop within two seconds (in an
    /// uninterruptible wait, say) undoes the pause and fails it.
    func pause() async throws {
        try record.lifecycle.checkPause(id: id)
        await freezer.enter()
        defer { freezer.leave() }
        try record.lifecycle.checkPause(id: id)
        let group = try group()
        do {
            try await BlockingPool.shared.run { try group.freeze() }
        } catch {
            // It may have ended meanwhile, and its group with it.
            try record.lifecycle.checkPause(id: id)
            throw EngineError(.system, "cannot pause container \(id): \(error)", cause: error)
        }
        guard record.lifecycle.phase == .running else {
            // A removal began: its signal must not wait for ever.
            await BlockingPool.shared.run { try? group.thaw() }
            throw EngineError(.conflict, "container \(id) is not running")
        }
        record.lifecycle.recordPause()
        health?.stop()
        publish("pause")
        saveState()
    }

    /// Lets a paused container go on.
    func unpause() async throws {
        await freezer.enter()
        defer { freezer.leave() }
        try record.lifecycle.checkUnpause(id: id)
        do { try await thaw() } catch {
            try record.lifecycle.checkUnpause(id: id)
            throw EngineError(.system, "cannot unpause container \(id): \(error)", cause: error)
        }
    }

    /// Lets the processes go on, and says so; with the freezer's gate held.
    private func thaw() async throws {
        let group = try group()
        try await BlockingPool.shared.run { try group.thaw() }
        guard record.lifecycle.phase == .paused else { return }
        record.lifecycle.recordUnpause()
        record.isHeldForCommit = nil
        startHealthChecks()
        publish("unpause")
        saveState()
    }

    /// Sends a signal to PID 1, and lets a paused container go on to receive it.
    ///
    /// A pause that is under way ends first: a signal between its beginning and its end would be kept until an
    /// unpause that nobody asks for.
    func deliver(_ signal: SignalName, to process: SupervisedContainer, resumes: Bool = true) async throws {
        await freezer.enter()
        defer { freezer.leave() }
        do {
            try await process.signal(signal.number)
        } catch is SupervisedContainer.RequestRefused {
            // It has ended, and the word of that is on its way.
            throw EngineError(.conflict, "container \(id) is not running")
        }
        publish("kill", ["signal": String(signal.number)])
        if resumes, record.lifecycle.phase == .paused { try await thaw() }
    }
}
