internal import AsyncPrimitives
internal import ContainerLog
public import DockerAPI
internal import EngineModel
internal import Linux
internal import RuntimeClient
internal import SupervisorProtocol

extension ContainerEngine {
    public func startContainer(_ container: String) async throws -> ChangeOutcome {
        try await self.container(container).start()
    }

    public func stopContainer(_ container: String, signal: String?, timeout: Int?) async throws
        -> ChangeOutcome
    {
        let actor = try self.container(container)
        do { return try await actor.stop(signal: signal, timeout: timeout) } catch let error as EngineError {
            throw EngineError(
                .system, "cannot stop container: \(container): \(error.message)", cause: error.cause)
        }
    }

    public func restartContainer(_ container: String, signal: String?, timeout: Int?) async throws {
        let actor = try self.container(container)
        do { try await actor.restart(signal: signal, timeout: timeout) } catch let error as EngineError {
            throw EngineError(
                error.kind, "Cannot restart container \(container): \(error.message)", cause: error.cause)
        }
    }

    public func killContainer(_ container: String, signal: String?) async throws {
        do {
            let name = (signal ?? "").isEmpty ? SignalName.kill : try SignalName(parsing: signal ?? "")
            try await self.container(container).kill(name)
        } catch let error as EngineError {
            throw EngineError(
                error.kind, "cannot kill container: \(container): \(error.message)", cause: error.cause)
        }
    }

    public func waitContainer(_ container: String, _ condition: WaitCondition) async throws -> PendingExit {
        await (try self.container(container)).wait(condition)
    }

    public func removeContainer(_ container: String, _ options: ContainerRemoveOptions) async throws {
        if options.link { return try await removeLink(container) }
        try await self.container(container).remove(options)
    }

    public func renameContainer(_ container: String, to name: String) async throws {
        if name.isEmpty {
            throw EngineError(.invalidParameter, "Neither old nor new names may be empty")
        }
        try await self.container(container).rename(to: name)
    }

    public func resizeContainer(_ container: String, height: Int, width: Int) async throws {
        try await self.container(container).resize(height: height, width: width)
    }

    public func containerLogs(
        _ container: String, _ options: DockerAPI.LogOptions
    ) async throws -> any ByteOutput {
        let actor = try self.container(container)
        return try await actor.logs(options)
    }

    public func attachContainer(
        _ container: String, _ options: AttachOptions
    ) async throws -> any StreamSession {
        let actor = try self.container(container)
        let keys = try DetachKeys(parsing: options.detachKeys)
        var prefix: [UInt8] = []
        if options.logs {
            var logOptions = DockerAPI.LogOptions()
            logOptions.stdout = options.stdout
            logOptions.stderr = options.stderr
            let log = try await actor.logs(logOptions)
            while let bytes = try await log.nextOutput() { prefix += bytes }
        }
        guard let (stream, isTerminal) = try await actor.attach(options, reference: container) else {
            return FixedSession(prefix, isTerminal: await actor.record.config.tty)
        }
        return ProcessSession(
            stream, isTerminal: isTerminal, prefix: prefix, keys: isTerminal ? keys : nil
        ) { await actor.noteDetach() }
    }

    // MARK: Exec

    public func createExec(container: String, _ config: ExecConfig) async throws -> IDResponse {
        let exec = try await self.container(container).createExec(config, reference: container)
        var answer = IDResponse()
        answer.id = exec.id
        return answer
    }

    public func startExec(_ exec: String, _ config: ExecStartConfig) async throws -> any StreamSession {
        let (session, actor) = try await findExec(exec)
        guard let stream = try await actor.startExec(session, config) else {
            return FixedSession([], isTerminal: session.config.tty)
        }
        return stream
    }

    public func startExecDetached(_ exec: String, _ config: ExecStartConfig) async throws {
        let (session, actor) = try await findExec(exec)
        var config = config
        config.detach = true
        _ = try await actor.startExec(session, config)
    }

    public func inspectExec(_ exec: String) async throws -> ExecInspect { try await findExec(exec).0.inspect }

    public func resizeExec(_ exec: String, height: Int, width: Int) async throws {
        let (session, actor) = try await findExec(exec)
        guard session.isRunning, let process = await actor.process else {
            throw EngineError(.conflict, "exec \(exec) is not running")
        }
        guard session.config.tty else { return }
        try await process.resize(
            rows: UInt16(clamping: height), columns: UInt16(clamping: width), execID: session.id)
    }

    private func findExec(_ id: String) async throws -> (ExecSession, ContainerActor) {
        for actor in registry.all {
            if let exec = await actor.execs[id] { return (exec, actor) }
        }
        throw EngineError(.notFound, "No such exec instance: \(id)")
    }
}

extension ContainerActor {
    /// The log's records as output; follows until the container ends if that was asked for.
    func logs(_ options: DockerAPI.LogOptions) throws -> LogOutput {
        guard options.stdout || options.stderr else {
            throw EngineError(.invalidParameter, "Bad parameters: you must choose at least one stream")
        }
        // Values that a start would refuse have left no log.
        guard let settings = try? logOptions() else {
            throw EngineError(
                .notImplemented, "configured logging driver does not support reading")
        }
        var end: (@Sendable () async -> Void)?
        if record.lifecycle.isRunning || record.lifecycle.phase == .restarting {
            let exit = nextExit
            end = { _ = try? await exit.value() }
        }
        let output = try LogOutput(
            settings.configuration,
            directory: String(
                settings.path[..<(settings.path.lastIndex(of: "/") ?? settings.path.startIndex)]),
            options: options, isTerminal: record.config.tty, waitForEnd: end)
        output.begin()
        return output
    }
}
