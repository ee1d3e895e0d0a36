internal import AsyncPrimitives
internal import Cgroups
internal import DockerAPI
internal import EngineModel
internal import Linux
internal import Logging
internal import Networking
internal import RuntimeClient
internal import Snapshots
internal import StateStore
internal import SupervisorProtocol
internal import Volumes

extension ContainerEngine {
    /// Takes back the containers that an earlier daemon left: running ones are adopted, ended ones get their exits,
    /// and what belongs to none of them is removed.
    func restore() async throws {
        let records = try services.containers.all().map(\.value)
        var adopted: [(ContainerActor, SupervisedContainer)] = []
        var pids: [String: Int32] = [:]
        for record in records {
            _ = try? registry.reserveName(record.name, for: record.id)
            let actor = ContainerActor(record, services: services)
            registry.add(actor)
            registry.setLinks(record.links ?? [], of: record.id)
            if let process = try await actor.adopt() {
                adopted.append((actor, process))
                pids[record.id] = await actor.lifecycle.pid
            }
        }
        let known = Set(records.map(\.id))
        await clearStrangers(known: known)
        try await services.adoptNetwork(pids)
        for (actor, process) in adopted { await actor.finishAdoption(process) }
        let rest = registry.all.filter { pids[$0.id] == nil }
        let linkers = records.filter { $0.links != nil }.sorted { $0.created < $1.created }.map(\.id)
        var dependents = Set(linkers)
        for record in records { if case .container = record.networkMode { dependents.insert(record.id) } }
        // Those that live in another container's network come after it; those with links, which are younger than
        // what they are linked to, one by one.
        await settle(rest.filter { !dependents.contains($0.id) })
        for id in linkers { for actor in rest where actor.id == id { await actor.settleAfterRestart() } }
        await settle(rest.filter { dependents.contains($0.id) && !linkers.contains($0.id) })
        let (volumes, pool) = (services.volumes, services.archives)
        Task { await pool.run { volumes.clearMounts() } }
        services.logger.info(
            "containers restored", metadata: ["known": "\(records.count)", "running": "\(adopted.count)"])
    }

    /// Brings containers without a supervisor to their states, some at once.
    private func settle(_ actors: [ContainerActor]) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, actor) in actors.enumerated() {
                if index >= 16 { await group.next() }
                group.addTask { await actor.settleAfterRestart() }
            }
        }
    }

    /// Removes directories of containers that have no record: a create or a remove that a crash cut short.
    private func clearStrangers(known: Set<String>) async {
        let services = services
        await BlockingPool.shared.run {
            for name in (try? listDirectory(services.paths.dataRoot + "/containers")) ?? []
            where !known.contains(name) {
                services.logger.info("remains of a container removed", metadata: ["container": "\(name)"])
                try? services.store.transaction(durable: false) { transaction in
                    try services.snapshots.forgetPins(of: name, in: transaction)
                }
                try? services.snapshots.removeWritable(
                    container: name, directory: services.paths.container(name))
            }
            for name in (try? listDirectory(services.paths.execRoot + "/containers")) ?? []
            where !known.contains(name) {
                try? removeTree(services.paths.state(name))
            }
        }
    }
}

extension ContainerActor {
    /// Connects to the container's supervisor, if one lives; the lifecycle follows what it says.
    func adopt() async throws -> SupervisedContainer? {
        guard let process = try services.runtime.adopt(id: id, stateDirectory: services.paths.state(id))
        else {
            return nil
        }
        let status: SupervisorStatus
        do { status = try await process.status().status } catch { return nil }
        switch status.phase {
        case .starting:
            // Its daemon died before the start was answered: nobody was told that it runs.
            await process.abort()
            _ = try? await process.exit.value()
            return nil
        case .running, .ending:
            if !record.lifecycle.isRunning || record.lifecycle.pid != status.pid {
                let time = status.startedAt.map {
                    EngineModel.Timestamp(nanoseconds: $0.seconds * 1_000_000_000 + Int64($0.nanoseconds))
                }
                record.lifecycle.recordStart(pid: status.pid, time: time ?? .now, byPolicy: false)
                record.processStartTime = status.startTime
            }
            // The kernel knows whether it is paused; the record may be older.
            if (try? group().isFrozen()) == true, record.isHeldForCommit == true {
                await services.thaw(id, parent: record.hostConfig.cgroupParent)
            }
            record.isHeldForCommit = nil
            if (try? group().isFrozen()) == true {
                record.lifecycle.recordPause()
            } else {
                record.lifecycle.recordUnpause()
            }
            self.process = process
            for mount in record.mounts where mount.kind == .volume {
                services.volumes.adopt(mount.volume, for: volumeHolder)
            }
            return process
        }
    }

    /// Goes on with an adopted container once the network is in place.
    func finishAdoption(_ process: SupervisedContainer) async {
        endpoint = await services.network.endpoint(of: id)
        saveState()
        watch(process)
        if record.lifecycle.phase == .running { startHealthChecks() }
    }

    /// Brings a container without a supervisor to the state that its last exit left it in, and starts it again
    /// if its policy says so.
    func settleAfterRestart() async {
        let life = record.lifecycle
        switch life.phase {
        case .running, .paused:
            // After a reboot nobody knows how it ended: Docker calls that 255.
            await processExited(nil, lostCode: 255)
            guard record.lifecycle.phase == .restarting else { return }
            // No need to wait as after a crash of its own: this is its first chance since then.
            restartTask?.cancel()
            restartTask = nil
            record.lifecycle.cancelRestart()
            await startWithDaemon()
            return
        case .removing, .dead:
            record.lifecycle.recordAbandonedRemoval()
            try? await remove(ContainerRemoveOptions(forced: true, volumes: record.hostConfig.autoRemove))
            return
        case .restarting: record.lifecycle.cancelRestart()
        case .created:
            // The start of a container that removes itself is put on record a moment later. Where its root was mounted
            // once, which leaves a directory, this one has run.
            if record.hostConfig.autoRemove, fileExists(services.paths.container(id) + "/work/work") {
                await services.clearRemains(
                    of: id, parent: record.hostConfig.cgroupParent, pid: record.lifecycle.pid)
                try? await remove(ContainerRemoveOptions(forced: true, volumes: true))
                return
            }
        case .exited: break
        }
        if record.hostConfig.autoRemove && record.lifecycle.phase == .exited {
            try? await remove(ContainerRemoveOptions(forced: true, volumes: true))
            return
        }
        let settings = record.hostConfig.restartPolicy
        guard record.lifecycle.phase == .exited,
            let policy = try? RestartPolicy(name: settings.name, maximumRetries: settings.maximumRetryCount),
            policy.startsWithDaemon(
                exitCode: record.lifecycle.exitCode, restarts: record.lifecycle.restartCount,
                stoppedByUser: record.lifecycle.stoppedByUser)
        else { return }
        await startWithDaemon()
    }

    private func startWithDaemon() async {
        do { _ = try await start(byPolicy: true) } catch {
            services.logger.warning(
                "container not started with the daemon",
                metadata: ["container": "\(id)", "error": "\(error)"])
        }
    }
}
