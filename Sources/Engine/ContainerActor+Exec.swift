internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import Linux
internal import OCI
internal import RuntimeClient
internal import SupervisorProtocol

extension ContainerActor {
    /// Prepares an exec; it holds nothing until it is started.
    ///
    /// `reference` is what the client called the container.
    func createExec(_ config: ExecConfig, reference: String? = nil) async throws -> ExecSession {
        try checkRunsForExec(reference)
        // As with docker, one whose links lead nowhere takes no exec.
        _ = try await linkedContainers()
        try checkRunsForExec(reference)
        guard !(config.cmd ?? []).isEmpty else {
            throw EngineError(.invalidParameter, "No exec command specified")
        }
        _ = try DetachKeys.ofExec(config.detachKeys)
        try checkUser(config.user)
        // Ended execs are kept for their exit codes, but not without end.
        if execs.count > 256 {
            for (key, exec) in execs {
                if case .ended = exec.phase {
                    execs[key] = nil
                    process?.forgetExec(key)
                }
            }
        }
        let exec = ExecSession(id: ContainerIdentity.newID(), config: config, containerID: id)
        execs[exec.id] = exec
        publish("exec_create: \(exec.eventCommand)", ["execID": exec.id])
        return exec
    }

    private func checkRunsForExec(_ reference: String? = nil) throws {
        try record.lifecycle.checkExec(id: id, reference: reference ?? id)
        if process == nil { throw EngineError(.conflict, "container \(id) is not running") }
    }

    /// Starts the exec; its streams come back unless it is detached.
    ///
    /// A program that cannot be started is reported in the stream, as docker does, with its exit code kept.
    func startExec(_ exec: ExecSession, _ options: ExecStartConfig) async throws -> (any StreamSession)? {
        try checkRunsForExec()
        guard let process else { throw EngineError(.conflict, "container \(id) is not running") }
        try exec.beginStart()
        let config = exec.config
        let builder = SpecBuilder(
            record: recordForStart, hostName: record.config.hostname, systemFiles: [], cgroupPath: "",
            joined: [:],
            availableCapabilities: services.host.capabilities, hasCgroupNamespaces: true)
        var environment = builder.environment()
        if config.tty && !environment.contains(where: { $0.hasPrefix("TERM=") }) {
            environment.append("TERM=xterm")
        }
        let security = try SecurityOptions(parsing: builder.record.hostConfig.securityOpt ?? [])
        let size = (options.consoleSize ?? config.consoleSize).flatMap { size in
            size.count == 2 && size[0] > 0
                ? RuntimeSpec.ConsoleSize(height: UInt(size[0]), width: UInt(max(0, size[1]))) : nil
        }
        let privileged = config.privileged || record.hostConfig.privileged
        let spec = RuntimeSpec.Process(
            terminal: config.tty, consoleSize: config.tty ? size : nil, args: config.cmd ?? [],
            env: SpecBuilder.merged(environment, with: config.env ?? []),
            cwd: config.workingDir.isEmpty
                ? record.config.workingDir.isEmpty ? "/" : record.config.workingDir : config.workingDir,
            capabilities: try builder.capabilities(privileged: privileged), rlimits: builder.rlimits(),
            noNewPrivileges: security.noNewPrivileges,
            oomScoreAdj: record.hostConfig.oomScoreAdj == 0 ? nil : record.hostConfig.oomScoreAdj)
        let seccomp = try await services.seccomp.program(
            security.seccomp, capabilities: spec.capabilities?.bounding ?? [], privileged: privileged)
        let isAttached = !options.detach
        var streams = AttachStreams()
        if isAttached {
            streams = AttachStreams(
                stdin: config.attachStdin, stdout: config.attachStdout, stderr: config.attachStderr)
        }
        var near: AsyncDescriptor?
        var far: SharedDescriptor?
        if isAttached {
            let (own, other) = try SocketPair(.stream).release()
            far = SharedDescriptor(OwnedDescriptor(adopting: other))
            near = try AsyncDescriptor(OwnedDescriptor(adopting: own))
        }
        let request = ExecRequest(
            id: exec.id, process: spec, user: config.user.isEmpty ? record.config.user : config.user,
            groups: config.user.isEmpty ? record.hostConfig.groupAdd ?? [] : [], streams: streams,
            hasStream: far != nil, hasSeccompProgram: seccomp != nil)
        guard let near, let far else {
            _ = try await runExec(exec, request, process, stream: nil, seccomp)
            return nil
        }
        // The program begins once the client's head is on its way: a client that reads its output together with
        // the head loses it (docker-py does).
        let recording = OneShot<Void>()
        let keys = config.tty ? try DetachKeys.ofExec(config.detachKeys) : nil
        return ProcessSession(near, isTerminal: config.tty, keys: keys) { [self] in
            await publish("exec_detach", ["execID": exec.id])
        } onBegin: { [self] in
            // Of its own, so that a client that goes meanwhile leaves no half-made exec.
            let start = Task { try await runExec(exec, request, process, stream: far, seccomp) }
            do {
                let recorded = try await start.value
                Task {
                    await recorded.value
                    recording.set(())
                }
                return nil
            } catch {
                recording.set(())
                return Self.words(of: error, isTerminal: config.tty)
            }
        } onEnd: {
            // A client asks for the exit code as soon as the output has ended.
            _ = try? await recording.value()
        }
    }

    /// Starts the program and returns what ends once its exit is recorded; a failure's exit code is kept.
    private func runExec(
        _ exec: ExecSession, _ request: ExecRequest, _ process: SupervisedContainer,
        stream: SharedDescriptor?,
        _ seccomp: SharedDescriptor?
    ) async throws -> Task<Void, Never> {
        publish("exec_start: \(exec.eventCommand)", ["execID": exec.id])
        do {
            let pid = try await process.exec(request, stream: stream, seccomp: seccomp)
            exec.recordStart(pid: pid)
        } catch {
            throw failedExec(exec, error)
        }
        let end = process.execExit(exec.id)
        return Task { [self] in
            guard let status = try? await end.value() else { return }
            execEnded(exec, status)
        }
    }

    /// Refuses a user or group that the container does not know, before any stream begins, as docker does.
    private func checkUser(_ text: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        for (name, file, what) in [
            (parts.first ?? "", "passwd", "user"), (parts.count > 1 ? parts[1] : "", "group", "group"),
        ] where !name.isEmpty && UInt32(name) == nil {
            let root = try openFile("/proc/\(record.lifecycle.pid)/root", [.path, .directory])
            if !accountLines(file, below: root.rawValue).contains(where: { $0.first == name }) {
                throw EngineError(
                    .invalidParameter, "unable to find \(what) \(name): no matching entries in \(file) file")
            }
        }
    }

    private func execEnded(_ exec: ExecSession, _ status: ExitStatus?) {
        let code = Int(status?.code ?? 137)
        exec.recordExit(code)
        publish("exec_die", ["execID": exec.id, "exitCode": String(code)])
    }

    /// Keeps the exit code of an exec whose program could not be started; returns the error for the client.
    private func failedExec(_ exec: ExecSession, _ error: any Error) -> any Error {
        guard let failure = error as? StartFailure else {
            exec.recordExit(128)
            return error is SupervisedContainer.SupervisorGone
                ? EngineError(.conflict, "container \(id) is not running") : error
        }
        exec.recordExit(failure.kind == .notFound ? 127 : 126)
        let words = failure.stage == "exec" ? StartMessages.exec + failure.message : failure.message
        return EngineError(failure.kind == .other ? .system : .invalidParameter, words, cause: failure)
    }

    /// A failure as the output of an exec: its client has a stream already.
    private static func words(of error: any Error, isTerminal: Bool) -> [UInt8] {
        let message = (error as? EngineError)?.message ?? "\(error)"
        let text = Array((message + "\r\n").utf8)
        return isTerminal ? text : streamFrameHeader(.stdout, length: text.count) + text
    }
}
