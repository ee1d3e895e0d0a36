internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import Linux
internal import Logging
internal import OCI
internal import RuntimeClient
internal import Snapshots
internal import SupervisorProtocol

extension ContainerActor {
    /// Starts the container's program; one that runs already is left as it is.
    func start(byPolicy: Bool = false) async throws -> ChangeOutcome {
        await gate.enter()
        defer { gate.leave() }
        if case .alreadyRunning = try record.lifecycle.requestStart() { return .alreadySo }
        if !byPolicy {
            restartTask?.cancel()
            restartTask = nil
            backoff = RestartBackoff()
        }
        let began = ContinuousClock.now
        do {
            try await launch(byPolicy: byPolicy)
            services.metrics.record(.start, since: began)
            return .changed
        } catch {
            await undoLaunch()
            let failure = Self.translated(error)
            record.lifecycle.recordFailedStart(
                exitCode: failure.exitCode, error: failure.error.message, time: .now)
            saveState()
            services.logger.info(
                "container not started", metadata: ["container": "\(id)", "error": "\(failure.error.message)"])
            if record.hostConfig.autoRemove {
                // Its user never saw it run and cannot see it now: docker removes it as well.
                let actor = self
                Task { try? await actor.remove(ContainerRemoveOptions(forced: true, volumes: true)) }
            }
            throw failure.error
        }
    }

    private func launch(byPolicy: Bool) async throws {
        let joined = try await joinedNamespaces()
        try makeDirectories(services.paths.state(id), mode: 0o711)
        if case .bridge = record.networkMode, !record.config.networkDisabled {
            endpoint = try await services.allocateEndpoint(for: record)
        } else if case .named(let name) = record.networkMode {
            throw EngineError(
                .notFound, "failed to set up container networking: network \(name) not found")
        }
        let (spec, request) = try await prepareRequest(joined: joined)
        let seccomp = try await services.seccomp.program(
            SecurityOptions(parsing: record.hostConfig.securityOpt ?? []).seccomp,
            capabilities: spec.process?.capabilities?.bounding ?? [], privileged: record.hostConfig.privileged)
        var launchRequest = request
        launchRequest.hasSeccompProgram = seccomp != nil
        let attachments = pendingAttachments
        pendingAttachments = []
        launchRequest.attachments = attachments.map(\.streams)

        let process = try await services.runtime.launch(
            launchRequest, seccomp: seccomp, streams: attachments.map(\.stream))
        self.process = process
        let created = try await process.created()
        let started: SupervisorProtocol.Timestamp
        if request.hold {
            if let endpoint, let namespace = created.networkNamespace {
                try await services.connect(endpoint, namespace: namespace)
            }
            started = try await process.go()
        } else {
            started = try await process.started()
        }
        record.processStartTime = created.startTime
        record.lifecycle.recordStart(
            pid: created.pid,
            time: EngineModel.Timestamp(
                nanoseconds: started.seconds * 1_000_000_000 + Int64(started.nanoseconds)),
            byPolicy: byPolicy)
        saveState()
        publishNetwork("connect")
        publish("start")
        watch(process)
        startHealthChecks()
    }

    /// Waits for the end of `process` and acts on it.
    func watch(_ process: SupervisedContainer) {
        Task { [self] in
            guard let exit = try? await process.exit.value() else { return }
            await processExited(exit)
        }
    }

    private func prepareRequest(
        joined: [RuntimeSpec.NamespaceType: Int32]
    ) async throws -> (RuntimeSpec, LaunchRequest) {
        let paths = services.paths
        let sharesHostName = record.hostConfig.utsMode == "host"
        let hostName: String?
        if case .container(let other) = record.networkMode {
            // The name goes with the network.
            hostName = try await services.registry.find(other).record.config.hostname
        } else {
            hostName = sharesHostName ? services.host.hostName : record.config.hostname
        }
        let files = try await services.writeSystemFiles(for: record, endpoint: endpoint, hostName: hostName)
        let builder = SpecBuilder(
            record: recordForStart, hostName: sharesHostName ? nil : hostName, systemFiles: files,
            cgroupPath: services.cgroupPath(id, parent: record.hostConfig.cgroupParent), joined: joined,
            availableCapabilities: services.host.capabilities, hasCgroupNamespaces: true)
        let spec = try builder.build()
        for mount in record.mounts where mount.kind == .bind && !mount.source.isEmpty {
            if mount.createSource && !fileExists(mount.source) {
                try makeDirectories(mount.source)
            } else if !fileExists(mount.source) {
                throw EngineError(
                    .invalidParameter,
                    "invalid mount config for type \"bind\": bind source path does not exist: \(mount.source)")
            }
        }
        let directory = paths.container(id)
        let lower = try services.snapshots.lowerDirectories(for: record.layers) + [paths.baseLayer]
        let request = LaunchRequest(
            id: id, spec: spec, user: record.config.user, groups: record.hostConfig.groupAdd ?? [],
            root: .overlay(lower: lower, upper: directory + "/upper", work: directory + "/work"),
            openStdin: record.config.openStdin, stdinOnce: record.config.stdinOnce, log: logOptions(),
            stateDirectory: paths.state(id), exitRecordPath: directory + "/exit",
            usesInit: record.hostConfig.initProcess ?? services.options.usesInit,
            hold: endpoint != nil)
        try? removeFile(directory + "/exit")
        return (spec, request)
    }

    /// The processes whose namespaces this container joins, by `container:` modes.
    private func joinedNamespaces() async throws -> [RuntimeSpec.NamespaceType: Int32] {
        var modes = [
            (RuntimeSpec.NamespaceType.ipc, record.hostConfig.ipcMode, "IPC"), (.pid, record.hostConfig.pidMode, "PID"),
        ]
        if case .container(let other) = record.networkMode { modes.append((.network, "container:" + other, "network")) }
        var joined: [RuntimeSpec.NamespaceType: Int32] = [:]
        for (type, mode, what) in modes where mode.hasPrefix("container:") {
            joined[type] = try await processToJoin(String(mode.dropFirst("container:".count)), what: what)
        }
        return joined
    }

    /// The init process of the running container that `reference` names.
    private func processToJoin(_ reference: String, what: String) async throws -> Int32 {
        let other: ContainerActor
        do {
            other = try services.registry.find(reference)
        } catch let error as EngineError where what == "network" {
            throw EngineError(error.kind, "joining \(what) namespace of container: \(error.message)")
        }
        let state = await other.lifecycle
        guard state.isRunning else {
            throw EngineError(
                .conflict,
                "cannot join \(what) namespace of a non running container: container "
                    + "\(await other.name) is \(state.phase.rawValue)")
        }
        return state.pid
    }

    /// How the supervisor keeps the output; nil where nobody can read it later.
    func logOptions() -> SupervisorProtocol.LogOptions? {
        let driver = record.hostConfig.logConfig.type
        guard driver == "json-file" || driver.isEmpty else { return nil }
        let options = record.hostConfig.logConfig.config ?? [:]
        return SupervisorProtocol.LogOptions(
            path: services.paths.log(id),
            maxSizeBytes: options["max-size"].flatMap(LogSettings.bytes),
            maxFiles: options["max-file"].flatMap { Int($0) } ?? 1,
            attributes: LogSettings.attributes(options, config: record.config))
    }

    /// Takes back what a failed start had made.
    private func undoLaunch() async {
        if let process {
            await process.abort()
            _ = try? await process.exit.value()
        }
        process = nil
        await releaseRun()
    }

    /// Frees what a run holds outside the container: addresses, ports, the state directory.
    func releaseRun() async {
        if endpoint != nil {
            endpoint = nil
            await services.releaseEndpoint(of: id)
        }
        do { try removeTree(services.paths.state(id)) } catch {
            services.logger.warning(
                "state directory not removed", metadata: ["container": "\(id)", "error": "\(error)"])
        }
    }

    /// A failed start in the words of the API, with the exit code that Docker gives the container.
    static func translated(_ error: any Error) -> (error: EngineError, exitCode: Int) {
        switch error {
        case let failure as StartFailure:
            let code =
                switch failure.kind {
                case .notFound: 127
                case .permissionDenied, .notExecutable: 126
                case .other, .aborted: 128
                }
            if failure.stage == "exec" {
                return (
                    EngineError(
                        failure.kind == .other ? .system : .invalidParameter,
                        StartMessages.start + failure.message, cause: failure), code)
            }
            return (
                EngineError(failure.kind == .other ? .system : .invalidParameter, failure.message, cause: failure),
                failure.stage == "user" ? 126 : code
            )
        case let error as EngineError: return (error, 128)
        default: return (EngineError(.system, "start container: \(error)", cause: error), 128)
        }
    }
}
