internal import DockerAPI
internal import EngineModel
internal import OCI

extension ContainerActor {
    /// The processes whose namespaces this container joins, by `container:` modes.
    func joinedNamespaces() async throws -> [RuntimeSpec.NamespaceType: Int32] {
        var joined: [RuntimeSpec.NamespaceType: Int32] = [:]
        for (type, mode, what) in [
            (RuntimeSpec.NamespaceType.ipc, record.hostConfig.ipcMode, "IPC"),
            (.pid, record.hostConfig.pidMode, "PID"),
        ] where mode.hasPrefix("container:") {
            joined[type] = try await processToJoin(String(mode.dropFirst("container:".count)), what: what)
        }
        if case .container(let other) = record.networkMode {
            joined[.network] = try await networkToJoin(other)
        }
        return joined
    }

    /// The init process of the container whose IPC or PID namespace is joined, with Docker's words where it cannot be.
    private func processToJoin(_ reference: String, what: String) async throws -> Int32 {
        func refused(_ reason: String) -> EngineError {
            EngineError(.invalidParameter, "failed to join \(what) namespace: \(reason)")
        }
        if reference.isEmpty { throw refused("invalid name or ID supplied: \"\"") }
        let other: ContainerActor
        do { other = try services.registry.find(reference) } catch let error as EngineError {
            throw refused(error.message)
        }
        let state = await other.lifecycle
        guard state.isRunning else { throw refused("container \(other.id) is not running") }
        if what == "IPC", await other.record.hostConfig.ipcMode != "shareable" {
            throw refused(
                "container \(other.id): non-shareable IPC (hint: use IpcMode:shareable for the donor container)"
            )
        }
        return state.pid
    }

    /// The init process of the container whose network is shared.
    private func networkToJoin(_ reference: String) async throws -> Int32 {
        let other: ContainerActor
        do {
            other = try services.registry.find(reference)
        } catch let error as EngineError {
            throw EngineError(error.kind, "joining network namespace of container: \(error.message)")
        }
        let state = await other.lifecycle
        guard state.isRunning else {
            throw EngineError(
                .conflict,
                "cannot join network namespace of a non running container: container "
                    + "\(await other.name) is \(state.phase.rawValue)")
        }
        return state.pid
    }
}
