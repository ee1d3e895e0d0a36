internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import Linux
internal import Logging
internal import Networking
internal import OCI
internal import OrderedJSON
internal import RuntimeClient
internal import Snapshots
internal import SupervisorProtocol

extension ContainerActor {
    /// Starts the container's program; one that runs already is left as it is.
    func start(byPolicy: Bool = false) async throws -> ChangeOutcome {
        // One whose end is being put on record is not running.
        if record.lifecycle.isRunning, process == nil { _ = await nextExit.value(within: .seconds(10)) }
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
                "container not started",
                metadata: ["container": "\(id)", "error": "\(failure.error.message)"])
            if removesItself {
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
        volumeHolder = "\(id) \(ContainerIdentity.randomHex(bytes: 4))"
        try await holdVolumes(for: volumeHolder)
        if case .bridge = record.networkMode, !record.config.networkDisabled {
            endpoint = try await services.allocateEndpoint(for: record)
        } else if case .named(let name) = record.networkMode {
            throw EngineError(
                .notFound, "failed to set up container networking: network \(name) not found")
        }
        let linked = try await linkedContainers()
        record.linkEnvironment = linked.isEmpty ? nil : linked.flatMap(\.environment)
        let (spec, request) = try await prepareRequest(joined: joined, links: linked.map(\.hostsEntry))
        let external = try await externalRuntime(spec)
        let seccomp =
            external == nil
            ? try await services.seccomp.program(
                SecurityOptions(parsing: record.hostConfig.securityOpt ?? []).seccomp,
                capabilities: spec.process?.capabilities?.bounding ?? [],
                privileged: record.hostConfig.privileged)
            : nil
        var launchRequest = request
        launchRequest.hasSeccompProgram = seccomp != nil
        launchRequest.external = external
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
        if record.hostConfig.autoRemove { saveSoon() } else { saveState() }
        await tellLinkers()
        publishVolumes("mount")
        publishNetwork("connect")
        publish("start")
        watch(process)
        startHealthChecks()
    }

    /// Puts on record a moment later that it runs, if it still does: a daemon that is killed meanwhile hears it from
    /// the supervisor, and one that ends at once is taken off the record anyway.
    private func saveSoon() {
        Task { [self] in
            try? await Task.sleep(for: .milliseconds(50))
            if record.lifecycle.isRunning { saveState() }
        }
    }

    /// Waits for the end of `process` and acts on it.
    func watch(_ process: SupervisedContainer) {
        outOfMemoryTold = 0
        process.whenOutOfMemory { [weak self, weak process] in
            guard let self, let process else { return }
            Task { await self.noteOutOfMemory(process) }
        }
        Task { [self] in
            guard let exit = try? await process.exit.value() else { return }
            await processExited(exit)
        }
    }

    private func prepareRequest(
        joined: [RuntimeSpec.NamespaceType: Int32], links: [HostsFile.Entry]
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
        let files = try await services.writeSystemFiles(
            for: record, endpoint: endpoint, hostName: hostName, links: links)
        var builder = SpecBuilder(
            record: recordForStart, hostName: sharesHostName ? nil : hostName, systemFiles: files,
            cgroupPath: services.cgroupPath(id, parent: record.hostConfig.cgroupParent), joined: joined,
            availableCapabilities: services.host.capabilities, hasCgroupNamespaces: true)
        try MountChecks.prepare(record.mounts, table: .ofHost())
        builder.imageLayers = try imageLayers()
        let (spec, deviceGroups) = try await services.injectDevices(
            record.hostConfig.deviceRequests ?? [], into: try builder.build())
        let directory = paths.container(id)
        let log = try logOptions()
        if log?.isLocal == true { try makeDirectories(directory + "/local-logs", mode: 0o700) }
        let lower = try services.snapshots.lowerDirectories(for: record.layers) + [paths.baseLayer]
        let request = LaunchRequest(
            id: id, spec: spec, user: record.config.user,
            groups: (record.hostConfig.groupAdd ?? []) + deviceGroups.map(String.init),
            root: .overlay(
                lower: lower, upper: directory + "/upper", work: directory + "/work",
                isVolatile: record.hostConfig.autoRemove),
            openStdin: record.config.openStdin, stdinOnce: record.config.stdinOnce, log: log,
            stateDirectory: paths.state(id), exitRecordPath: directory + "/exit",
            usesInit: record.hostConfig.initProcess ?? services.options.usesInit,
            hold: endpoint != nil)
        try? removeFile(directory + "/exit")
        return (spec, request)
    }

    /// The runtime that makes the container over a bundle: another one that it asks for, or ours where hooks have to see
    /// a bundle.
    private func externalRuntime(_ spec: RuntimeSpec) async throws -> ExternalRuntimeRequest? {
        let name = record.hostConfig.runtime
        let runtime: LiveSettings.Runtime
        if let other = services.liveSettings.runtimes[name] {
            runtime = other
        } else if !OCIRuntimes.builtIn.contains(name) {
            throw EngineError(.invalidParameter, "unknown or invalid runtime name: \(name)")
        } else if spec.hooks != nil {
            runtime = .init(path: services.options.runtimeProgram, arguments: [])
        } else {
            return nil
        }
        let hooks = try spec.hooks.map {
            String(decoding: try OrderedJSONEncoder().encode($0), as: UTF8.self)
        }
        return ExternalRuntimeRequest(
            path: runtime.path, arguments: runtime.arguments, hooks: hooks ?? "",
            seccomp: try await services.seccomp.specification(
                SecurityOptions(parsing: record.hostConfig.securityOpt ?? []).seccomp,
                capabilities: spec.process?.capabilities?.bounding ?? [],
                privileged: record.hostConfig.privileged))
    }

    /// The directories of each image that is mounted, the topmost layer first.
    func imageLayers() throws -> [String: [String]] {
        var found: [String: [String]] = [:]
        for mount in record.mounts where mount.kind == .image {
            // An overlay without a writable layer needs two lower ones: the last may be empty.
            let empty = services.paths.temporary + "/.empty"
            try makeDirectories(empty, mode: 0o755)
            found[mount.destination] =
                try services.snapshots.lowerDirectories(for: mount.layers ?? []) + [empty]
        }
        return found
    }

    /// How the supervisor keeps the output; nil where nobody can read it later.
    func logOptions() throws -> SupervisorProtocol.LogOptions? {
        try LogSettings.resolve(
            record.hostConfig.logConfig, container: LogTag(record),
            paths: (services.paths.log(id), services.paths.localLog(id)))
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

    /// Frees what a run holds outside the container: addresses, ports, mounted volumes, the state directory.
    func releaseRun() async {
        await releaseVolumes(by: volumeHolder)
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
                case .other, .aborted: failure.stage == "user" ? 126 : 128
                }
            let error = EngineError(
                failure.kind == .other ? .system : .invalidParameter, StartMessages.text(failure),
                cause: failure)
            return (error, code)
        case let error as EngineError: return (error, 128)
        default: return (EngineError(.system, "start container: \(error)", cause: error), 128)
        }
    }
}
