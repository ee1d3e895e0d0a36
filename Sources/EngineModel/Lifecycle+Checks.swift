/// What an operation needs of the state that a container is in; each refusal is in Docker's words.
extension Lifecycle {
    /// Refuses what needs the processes of the container `id`, running or paused.
    public func checkHasProcesses(id: String) throws {
        if phase == .restarting {
            throw EngineError(
                .conflict, "Container \(id) is restarting, wait until the container is running")
        }
        if !isRunning { throw EngineError(.conflict, "container \(id) is not running") }
    }

    /// Refuses an exec unless the container runs; `reference` is what the client called it.
    public func checkExec(id: String, reference: String) throws {
        if phase == .paused {
            throw EngineError(
                .conflict, "Container \(reference) is paused, unpause the container before exec")
        }
        try checkHasProcesses(id: id)
    }

    /// Refuses a pause unless the container runs and is not paused.
    public func checkPause(id: String) throws {
        if phase == .paused { throw EngineError(.conflict, "Container \(id) is already paused") }
        if phase == .restarting { try checkHasProcesses(id: id) }
        if phase != .running { throw EngineError(.conflict, "container \(id) is not running") }
    }

    /// Refuses an unpause unless the container is paused; Docker calls this an internal error.
    public func checkUnpause(id: String) throws {
        if phase != .paused { throw EngineError(.system, "Container \(id) is not paused") }
    }

    /// Refuses a change of the limits of a container that is being removed.
    public func checkUpdate() throws {
        if phase == .removing || phase == .dead {
            throw EngineError(.conflict, "container is marked for removal and cannot be \"update\"")
        }
    }
}
