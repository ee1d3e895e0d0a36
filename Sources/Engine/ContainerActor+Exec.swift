internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import Linux
internal import OCI
internal import RuntimeClient
internal import SupervisorProtocol

extension ContainerActor {
    /// Prepares an exec; it holds nothing until it is started.
    func createExec(_ config: ExecConfig) throws -> ExecSession {
        try checkRunsForExec()
        guard !(config.cmd ?? []).isEmpty else {
            throw EngineError(.invalidParameter, "No exec command specified")
        }
        _ = try DetachKeys(parsing: config.detachKeys)
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
        publish("exec_create: \((config.cmd ?? []).joined(separator: " "))", ["execID": exec.id])
        return exec
    }

    private func checkRunsForExec() throws {
        guard record.lifecycle.isRunning, process != nil else {
            throw EngineError(.conflict, "container \(id) is not running")
        }
        if record.lifecycle.phase == .paused {
            throw EngineError(
                .conflict, "container \(record.name) is paused, unpause the container before exec")
        }
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
            record: record, hostName: record.config.hostname, systemFiles: [], cgroupPath: "", joined: [:],
            availableCapabilities: services.host.capabilities, hasCgroupNamespaces: true)
        var environment = builder.environment()
        if config.tty && !environment.contains(where: { $0.hasPrefix("TERM=") }) { environment.append("TERM=xterm") }
        let security = try SecurityOptions(parsing: record.hostConfig.securityOpt ?? [])
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
        publish("exec_start: \((config.cmd ?? []).joined(separator: " "))", ["execID": exec.id])
        do {
            let pid = try await process.exec(request, stream: far, seccomp: seccomp)
            exec.recordStart(pid: pid)
        } catch {
            near?.close()
            return try failedExec(exec, error, isAttached: isAttached)
        }
        let end = process.execExit(exec.id)
        Task { [self] in
            guard let status = try? await end.value() else { return }
            execEnded(exec, status)
        }
        guard let near else { return nil }
        let keys = config.tty ? try DetachKeys(parsing: config.detachKeys) : nil
        return ProcessSession(near, isTerminal: config.tty, keys: keys) { [self] in
            await publish("exec_detach", ["execID": exec.id])
        }
    }

    private func execEnded(_ exec: ExecSession, _ status: ExitStatus?) {
        let code = Int(status?.code ?? 137)
        exec.recordExit(code)
        publish("exec_die", ["execID": exec.id, "exitCode": String(code)])
    }

    private func failedExec(
        _ exec: ExecSession, _ error: any Error, isAttached: Bool
    ) throws -> (any StreamSession)? {
        guard let failure = error as? StartFailure else {
            exec.recordExit(128)
            throw error is SupervisedContainer.SupervisorGone
                ? EngineError(.conflict, "container \(id) is not running") : error
        }
        exec.recordExit(failure.kind == .notFound ? 127 : 126)
        let words = failure.stage == "exec" ? StartMessages.exec + failure.message : failure.message
        let wrapped = EngineError(failure.kind == .other ? .system : .invalidParameter, words, cause: failure)
        guard isAttached else { throw wrapped }
        let text = Array((words + "\r\n").utf8)
        return FixedSession(
            exec.config.tty ? text : streamFrameHeader(.stdout, length: text.count) + text,
            isTerminal: exec.config.tty)
    }
}
