internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import Linux
internal import Logging
internal import Networking
internal import OCI
internal import RuntimeClient
internal import StateStore
internal import SupervisorProtocol

/// Owns one container, from create to remove.
///
/// ``Lifecycle`` decides and this actor acts: state changes before the first `await`, and is read again after each.
/// `gate` orders the operations that must not overlap (start, remove); signals and stops go past it.
actor ContainerActor {
    nonisolated let id: String
    let services: EngineServices
    var record: ContainerRecord
    /// The supervisor while the container runs.
    var process: SupervisedContainer?
    /// How many of the supervisor's notices of missing memory were published.
    var outOfMemoryTold = 0
    /// The network while the container has one.
    var endpoint: NetworkEndpoint?
    /// By which name this run holds its volumes; each run's is another, so that a late release ends no later hold.
    var volumeHolder: String
    /// Set by the next exit.
    var nextExit = OneShot<ContainerExit>()
    let removal = OneShot<ContainerExit>()
    /// Clients that attached before the start: what they want, and the supervisor's end of their socket.
    var pendingAttachments: [(streams: AttachStreams, stream: SharedDescriptor)] = []
    var execs: [String: ExecSession] = [:]
    /// Probes the container while it runs, if its configuration says how.
    var health: HealthMonitor?
    /// Whether a stop waits for the exit: then the exit is told as a stop, too.
    var isStopping = false
    /// How many of the user's restarts are under way.
    private var restarts = 0
    var restartTask: Task<Void, Never>?
    var backoff = RestartBackoff()
    let gate = AsyncGate()
    /// Orders pauses and signals: taken for moments, within `gate` or without it.
    let freezer = AsyncGate()

    init(_ record: ContainerRecord, services: EngineServices) {
        id = record.id
        volumeHolder = record.id
        self.record = record
        self.services = services
    }

    /// How a run ended.
    struct ContainerExit: Sendable {
        var code: Int
        var error = ""
    }

    var name: String { record.name }
    /// Whether the container goes once it has ended: one that is being restarted stays.
    var removesItself: Bool { record.hostConfig.autoRemove && restarts == 0 }
    var lifecycle: Lifecycle { record.lifecycle }

    /// Writes the record; `durable` when a client was told of the change.
    func save(durable: Bool) throws {
        try services.containers.put(id, record, durable: durable)
    }

    /// Writes what a restarted daemon could find out by itself; a failure is logged.
    func saveState(durable: Bool = false) {
        do { try save(durable: durable) } catch {
            services.logger.error(
                "container state not written", metadata: ["container": "\(id)", "error": "\(error)"])
        }
    }

    /// Publishes an event of this container.
    func publish(_ action: String, _ more: [String: String] = [:]) {
        var attributes = record.config.labels ?? [:]
        attributes["image"] = record.config.image
        attributes["name"] = record.name
        for (key, value) in more { attributes[key] = value }
        services.events.publish(
            type: "container", action: action, id: id, attributes: attributes, from: record.config.image)
    }

    // MARK: Waiting

    /// Begins to wait; the answer's closure waits for the exit itself.
    func wait(_ condition: WaitCondition) -> PendingExit {
        let ended = ContainerExit(code: record.lifecycle.exitCode, error: record.lifecycle.error)
        switch condition {
        case .notRunning where !record.lifecycle.isRunning && record.lifecycle.phase != .restarting:
            return PendingExit { Self.response(ended) }
        case .notRunning, .nextExit:
            let exit = nextExit
            return PendingExit { Self.response(try await exit.value()) }
        case .removed:
            let removal = removal
            return PendingExit { Self.response(try await removal.value()) }
        }
    }

    private static func response(_ exit: ContainerExit) -> ContainerWaitResponse {
        var response = ContainerWaitResponse()
        response.statusCode = Int64(exit.code)
        if !exit.error.isEmpty {
            var error = ContainerWaitExitError()
            error.message = exit.error
            response.error = error
        }
        return response
    }

    // MARK: Signals, stop, kill, restart

    /// Sends a signal to PID 1, as `docker kill` does.
    ///
    /// A signal that is meant to end the container keeps its policy from starting it again, and lets a paused one
    /// go on; without a stop signal of the container's own, Docker takes every signal for one of these.
    func kill(_ signal: SignalName) async throws {
        if record.lifecycle.phase == .restarting {
            cancelRestart()
            return publish("kill", ["signal": String(signal.number)])
        }
        guard let process, record.lifecycle.isRunning else {
            throw EngineError(.conflict, "container \(id) is not running")
        }
        let own = record.config.stopSignal
        let isMeantToEnd = try signal == .kill || own.isEmpty || signal == stopSignal(nil)
        if isMeantToEnd {
            record.lifecycle.recordStopRequest()
            saveState()
        }
        let exit = nextExit
        do {
            try await deliver(signal, to: process, resumes: isMeantToEnd)
        } catch is SupervisedContainer.SupervisorGone {
            _ = try await exit.value()
        }
        // As with docker, whoever killed it finds it ended; a process that hangs in the kernel holds nobody up for long.
        if signal == .kill { _ = await exit.value(within: .seconds(10)) }
    }

    func stopSignal(_ asked: String?) throws -> SignalName {
        if let asked, !asked.isEmpty { return try SignalName(parsing: asked) }
        return record.config.stopSignal.isEmpty
            ? .terminate : try SignalName(parsing: record.config.stopSignal)
    }

    /// Asks the container to end and kills it once `timeout` seconds have passed (-1: never).
    ///
    /// Cancelling the caller ends its wait and not the stop.
    func stop(signal: String?, timeout: Int?) async throws -> ChangeOutcome {
        let first = try stopSignal(signal)
        cancelRestart()
        guard record.lifecycle.isRunning else { return .alreadySo }
        record.lifecycle.recordStopRequest()
        saveState()
        let grace = timeout ?? record.config.stopTimeout ?? 10
        let exit = nextExit
        // Without a process its end is being put on record at this moment: that is waited for all the same.
        let process = process
        let escalation = Task { [self] in
            guard let process else { return }
            try? await deliver(first, to: process)
            if grace >= 0 {
                // Thirty years, which the clock can count, are as good as for ever.
                try await Task.sleep(for: .seconds(min(grace, 1_000_000_000)))
                if exit.current == nil { try? await deliver(.kill, to: process) }
            }
        }
        isStopping = true
        defer { isStopping = false }
        if process == nil { _ = await exit.value(within: .seconds(10)) } else { _ = try await exit.value() }
        escalation.cancel()
        return .changed
    }

    /// Stops if it runs, and starts.
    func restart(signal: String?, timeout: Int?) async throws {
        // A restart must not trip over the removal that an exit of a --rm container begins.
        restarts += 1
        defer { restarts -= 1 }
        _ = try await stop(signal: signal, timeout: timeout)
        _ = try await start()
        publish("restart")
    }

    func cancelRestart() {
        restartTask?.cancel()
        restartTask = nil
        if record.lifecycle.phase == .restarting {
            record.lifecycle.cancelRestart()
            record.lifecycle.recordStopRequest()
            saveState()
            finishWaiters()
        }
    }

    /// Ends the waits for this run's exit.
    func finishWaiters() {
        let exit = nextExit
        nextExit = OneShot()
        exit.set(ContainerExit(code: record.lifecycle.exitCode, error: record.lifecycle.error))
    }

    // MARK: Rename, resize

    func rename(to text: String) async throws {
        func refused(_ error: EngineError) -> EngineError {
            EngineError(error.kind, "Error when allocating new name: \(error.message)")
        }
        let name: String
        do { name = try ContainerIdentity.validName(text.hasPrefix("/") ? text : "/" + text) } catch let error
            as EngineError
        { throw refused(error) }
        if name == record.name {
            throw EngineError(
                .invalidParameter, "Renaming a container with the same name as its current name")
        }
        if record.lifecycle.phase == .removing { throw removalInProgress }
        let old = record.name
        do {
            try services.registry.rename(id, to: name)
        } catch let error as EngineError { throw refused(error) }
        record.name = name
        do { try save(durable: true) } catch {
            record.name = old
            try? services.registry.rename(id, to: old)
            throw error
        }
        await services.network.rename(containerID: id, to: name)
        publish("rename", ["oldName": "/" + old])
    }

    func resize(height: Int, width: Int) async throws {
        guard let process, record.lifecycle.isRunning else {
            throw EngineError(.conflict, "container \(id) is not running")
        }
        // Without a terminal there is nothing to do, which is no failure with Docker.
        if record.config.tty {
            try await process.resize(rows: UInt16(clamping: height), columns: UInt16(clamping: width))
        }
        publish("resize", ["height": String(height), "width": String(width)])
    }

    var removalInProgress: EngineError {
        EngineError(.conflict, "removal of container \(id) is already in progress")
    }
}
