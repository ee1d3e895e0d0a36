internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import Linux
internal import Logging
internal import RuntimeClient
internal import SupervisorProtocol

extension ContainerActor {
    /// Acts on the end of the container's program; nil is a supervisor that went without telling, and `lostCode`
    /// what the container's exit code is then.
    func processExited(_ exit: ExitRecord?, lostCode: Int = 137) async {
        guard record.lifecycle.isRunning || record.lifecycle.phase == .removing else { return }
        let pid = record.lifecycle.pid
        let ended = process
        process = nil
        health?.stop()
        if let health { record.health = health.kept }
        var exit = exit
        if exit == nil {
            exit = try? ExitRecord.read(services.paths.container(id) + "/exit")
            if exit == nil {
                services.logger.error("container lost its supervisor", metadata: ["container": "\(id)"])
                await services.clearRemains(of: id, parent: record.hostConfig.cgroupParent, pid: pid)
            }
        }
        await releaseRun()
        for exec in execs.values { exec.containerEnded() }
        let code = exit.map { Int($0.status.code) } ?? lostCode
        let outOfMemory = exit?.oomKilled ?? false
        let finished =
            exit.map {
                EngineModel.Timestamp(
                    nanoseconds: $0.finishedAt.seconds * 1_000_000_000 + Int64($0.finishedAt.nanoseconds))
            } ?? .now
        let started = record.lifecycle.started ?? finished
        record.lifecycle.recordExit(code: code, outOfMemory: outOfMemory, time: finished)
        if let ended { publishOutOfMemory(ended) }
        if outOfMemory, outOfMemoryTold == 0 { publish("oom") }
        publishNetwork("disconnect")
        publishVolumes("unmount")
        if isStopping { publish("stop") }
        publish(
            "die",
            [
                "exitCode": String(code),
                "execDuration": String(max(0, (finished.nanoseconds - started.nanoseconds) / 1_000_000_000)),
            ])
        scheduleRestart(afterRunOf: .nanoseconds(finished.nanoseconds - started.nanoseconds))
        // One that goes now need not be on record as ended: a daemon that is killed in between finds the exit's own record.
        let goes = removesItself && record.lifecycle.phase == .exited
        if !goes { saveState() }
        finishWaiters()
        if goes {
            var options = ContainerRemoveOptions()
            options.volumes = true
            do { try await remove(options) } catch {
                services.logger.error(
                    "container not removed after its exit",
                    metadata: ["container": "\(id)", "error": "\(error)"])
            }
        }
    }

    /// The supervisor of this run told of a kill for want of memory.
    func noteOutOfMemory(_ process: SupervisedContainer) {
        if self.process === process { publishOutOfMemory(process) }
    }

    /// Tells of kills for want of memory that nobody was told of.
    private func publishOutOfMemory(_ process: SupervisedContainer) {
        while outOfMemoryTold < process.outOfMemoryCount {
            outOfMemoryTold += 1
            publish("oom")
        }
    }

    /// Starts the container again, soon, if its policy says so.
    private func scheduleRestart(afterRunOf lasted: Duration) {
        let settings = record.hostConfig.restartPolicy
        guard record.lifecycle.phase == .exited, !services.isStopping,
            let policy = try? RestartPolicy(name: settings.name, maximumRetries: settings.maximumRetryCount),
            policy.restarts(
                afterExit: record.lifecycle.exitCode, restarts: record.lifecycle.restartCount,
                stoppedByUser: record.lifecycle.stoppedByUser)
        else { return }
        record.lifecycle.recordRestarting()
        let delay = backoff.delay(afterRunOf: lasted)
        restartTask = Task { [weak self] in
            try? await Task.sleep(for: delay)
            if Task.isCancelled { return }
            await self?.restartByPolicy()
        }
    }

    private func restartByPolicy() async {
        guard record.lifecycle.phase == .restarting else { return }
        do {
            _ = try await start(byPolicy: true)
        } catch {
            services.logger.warning(
                "restart by policy failed", metadata: ["container": "\(id)", "error": "\(error)"])
            finishWaiters()
        }
    }

    /// Removes the container and all that is its own.
    func remove(_ options: ContainerRemoveOptions) async throws {
        let began = ContinuousClock.now
        switch record.lifecycle.phase {
        case .removing: throw removalInProgress
        case .running, .paused, .restarting:
            guard options.force else {
                let advice =
                    record.lifecycle.phase == .paused
                    ? "container is paused and must be unpaused first"
                    : "container is \(record.lifecycle.phase.rawValue): "
                        + "stop the container before removing or force remove"
                throw EngineError(.conflict, "cannot remove container \"\(record.name)\": \(advice)")
            }
        case .created, .exited, .dead: break
        }
        cancelRestart()
        let wasRunning = record.lifecycle.isRunning
        let exit = nextExit
        // From here on nothing else begins; a start that is under way ends first.
        await gate.enter()
        defer { gate.leave() }
        if record.lifecycle.phase == .removing { throw removalInProgress }
        let running = process
        let wasPaused = record.lifecycle.phase == .paused
        record.lifecycle.recordRemoval()
        if let running {
            do { try await deliver(.kill, to: running) } catch {}
            if wasPaused { await services.thaw(id, parent: record.hostConfig.cgroupParent) }
            if wasRunning { _ = try? await exit.value() } else { _ = try? await running.exit.value() }
        }
        do {
            try await services.deleteContainer(record, volumes: options.volumes)
        } catch {
            record.lifecycle.recordFailedRemoval(error: "\(error)")
            saveState()
            throw EngineError(.system, "remove container \(id): \(error)", cause: error)
        }
        pendingAttachments = []
        services.metrics.record(.delete, since: began)
        services.registry.remove(id)
        publish("destroy")
        let ended = ContainerExit(code: record.lifecycle.exitCode)
        nextExit.set(ended)
        removal.set(ended)
    }
}

extension ContainerRemoveOptions {
    init(forced: Bool, volumes: Bool) {
        self.init()
        self.force = forced
        self.volumes = volumes
    }
}
