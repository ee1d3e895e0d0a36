internal import Cgroups
internal import ContainerLog
internal import Glibc
internal import Linux
internal import OCI
internal import Seccomp
internal import SupervisorProtocol

/// Makes one container for an OCI command, step by step; each step is undone if a later one fails.
///
/// ```
/// command                                     container's first process
///   state directory, exec.fifo, cgroup
///   clone ─────────────────────────────────────► root, mounts
///   prestart and createRuntime hooks
///   go ────────────────────────────────────────► createContainer hooks, pivot_root
///   ◄──────────────────────────────────────────  created
///   go ────────────────────────────────────────► sysctls, masks, user, rights, filter
///   ◄──────────────────────────────────────────  started: only the exec is left
///   state.json, pid file                         (create) waits at exec.fifo until `start` reads it
/// ```
final class OCIStart {
    let context: OCIContext
    var state: OCIState
    let waitsForStart: Bool
    let arguments: OCIArguments
    private(set) var pidfd: SharedDescriptor?
    /// The terminal's master, until it is passed on or used.
    private(set) var terminal: SharedDescriptor?
    private var cgroup: Cgroup?
    private var sync: SharedDescriptor?

    init(_ context: OCIContext, _ arguments: OCIArguments, waitsForStart: Bool) throws {
        self.context = context
        self.arguments = arguments
        self.waitsForStart = waitsForStart
        let id = arguments.rest[0]
        try OCIStore.check(id: id)
        if arguments.flag("no-pivot") {
            throw OCIFailure(
                "--no-pivot is not built: a root on a ramdisk needs a mount of its own, see pivot_root(2)")
        }
        var bundle = arguments.value("bundle") ?? "."
        if !bundle.hasPrefix("/") { bundle = workingDirectory() + "/" + bundle }
        while bundle.hasSuffix("/.") || (bundle.hasSuffix("/") && bundle != "/") { bundle.removeLast() }
        let spec = try loadBundle(bundle)
        let clock = wallClock()
        let time = formatTime(nanoseconds: clock.seconds * 1_000_000_000 + Int64(clock.nanoseconds))
        let path = spec.linux?.cgroupsPath.flatMap { $0.isEmpty ? nil : $0 } ?? "/berth-runtime/\(id)"
        state = OCIState(id: id, bundle: bundle, spec: spec, created: time, cgroupPath: path)
        state.spec.linux?.cgroupsPath = path
        var resources = spec.linux?.resources ?? RuntimeSpec.Resources()
        resources.devices = Self.deviceRules(resources.devices)
        state.spec.linux?.resources = resources
        guard spec.process != nil else { throw OCIFailure("process property must not be empty") }
    }

    /// The spec's rules and, behind them, what the runtime's own device nodes need: every runtime adds these.
    private static func deviceRules(_ rules: [RuntimeSpec.DeviceRule]) -> [RuntimeSpec.DeviceRule] {
        let own = [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 2), (136, nil)] as [(Int64, Int64?)]
        return (rules.isEmpty ? [RuntimeSpec.DeviceRule(allow: false, access: "rwm")] : rules)
            + ["c", "b"].map { RuntimeSpec.DeviceRule(allow: true, type: $0, access: "m") }
            + own.map {
                RuntimeSpec.DeviceRule(allow: true, type: "c", major: $0.0, minor: $0.1, access: "rwm")
            }
    }

    /// Makes the container; when this returns it is created, or running if it does not wait for `start`.
    func run() throws {
        let store = context.store
        try makeDirectories(store.root, mode: 0o711)
        do throws(SystemError) {
            try makeDirectory(store.directory(state.id), mode: 0o711)
        } catch {
            throw error.code == .exists
                ? OCIFailure("container with given ID already exists") : error as any Error
        }
        do {
            try make()
        } catch {
            undo()
            if let failure = error as? StartFailure {
                throw OCIFailure("unable to start container process: \(failure.message)")
            }
            throw error
        }
    }

    private func make() throws {
        let process = state.spec.process ?? RuntimeSpec.Process()
        let plan = try NamespacePlan(state.spec.linux?.namespaces ?? [], passed: [])
        try checkSysctls(state.spec.linux?.sysctl ?? [:], new: plan.new.union(plan.joinedKinds))
        let layout = try CgroupLayout.detect()
        let group = try ContainerGroup(state.spec, layout: layout)
        try refuseUsedGroup(layout)
        let first = try firstProcess(process, plan, group)
        try group.create()
        cgroup = group.handle
        try clone(first, plan, group)
        state.startTime = try processStartTime(state.pid)
        let document = state.document(.creating).text()
        // They may look for the process in its group, which it joins by itself only after them.
        if state.spec.hooks?.prestart.isEmpty == false || state.spec.hooks?.createRuntime.isEmpty == false {
            try group.add(state.pid)
        }
        try runHooks(state.spec.hooks?.prestart ?? [], "prestart", state: document)
        try runHooks(state.spec.hooks?.createRuntime ?? [], "createRuntime", state: document)
        try send()
        try converse()
        if let path = arguments.value("pidfd-socket"), let pidfd {
            try passDescriptor(pidfd.rawValue, to: path, name: "pidfd")
        }
        try context.store.save(state)
        if let path = arguments.value("pid-file") { try writePidFile(path, state.pid) }
    }

    private func refuseUsedGroup(_ layout: CgroupLayout) throws {
        let existing = try Cgroup(layout: layout, path: state.cgroupPath)
        guard existing.exists else { return }
        let processes = try existing.processes()
        guard processes.isEmpty else {
            throw OCIFailure("container's cgroup is not empty: \(processes.count) process(es) found")
        }
    }

    private func firstProcess(
        _ process: RuntimeSpec.Process, _ plan: NamespacePlan, _ group: ContainerGroup
    ) throws -> ContainerInit {
        var seccomp: SeccompFile?
        if let profile = state.spec.linux?.seccomp {
            let program = try SeccompProgram(compiling: SeccompProfile(profile))
            seccomp = SeccompFile(flags: program.flags.rawValue, instructions: program.instructions)
        }
        let preserved = try preservedDescriptors(arguments)
        var own = process
        own.env += preserved.environment
        var setup = ProcessSetup(
            process: own, user: nil, groups: [], seccomp: seccomp, lastCapability: lastCapability(),
            makesDirectory: false,
            keptDescriptors: preserved.count)
        let fifo = waitsForStart ? try makeFifo() : nil
        setup.beforeExec = beforeExec(fifo)
        var first = ContainerInit(
            spec: state.spec, root: .directory(state.rootPath), namespaces: plan, group: group,
            setup: setup,
            startBarrier: .channel)
        first.beforePivot = beforePivot()
        return first
    }

    private func beforeExec(_ fifo: Int32?) -> (SyncChannel) throws(StartFailure) -> Void {
        let state = state
        return { (sync: SyncChannel) throws(StartFailure) -> Void in
            if let fifo { try OCIStart.waitForStart(fifo, sync) }
            try OCIStart.run(state.spec.hooks?.startContainer, "startContainer", state)
        }
    }

    private func beforePivot() -> () throws(StartFailure) -> Void {
        let state = state
        return { () throws(StartFailure) -> Void in
            try OCIStart.run(state.spec.hooks?.createContainer, "createContainer", state)
        }
    }

    /// Runs hooks in the container's first process.
    private static func run(
        _ hooks: [RuntimeSpec.Hook]?, _ point: String, _ state: OCIState
    ) throws(StartFailure) {
        guard let hooks, !hooks.isEmpty else { return }
        var own = state
        own.pid = currentProcessID()
        let status: OCIState.Status = point == "startContainer" ? .created : .creating
        do { try runHooks(hooks, point, state: own.document(status).text()) } catch {
            throw refusal("hooks", error.description)
        }
    }

    /// Blocks until somebody opens the fifo for reading; the command that made the container has gone by
    /// then.
    private static func waitForStart(_ fifo: Int32, _ sync: SyncChannel) throws(StartFailure) {
        OwnedDescriptor(adopting: sync.descriptor).close()
        try step("start", "error waiting for the start") { () throws(SystemError) in
            let end = try openFile("/proc/self/fd/\(fifo)", .writeOnly)
            try writeAll(end.rawValue, [0])
        }
    }

    private func makeFifo() throws -> Int32 {
        let path = context.store.fifo(state.id)
        try makeNode(at: -100, path, mode: 0o010622)
        // The program's user opens it, whoever that is.
        try changeMode(at: -100, path, 0o622)
        return try openFile(path, .path).release()
    }

    private func clone(_ first: ContainerInit, _ plan: NamespacePlan, _ group: ContainerGroup) throws {
        let (ours, theirs) = try SocketPair(.sequencedPackets).release()
        sync = SharedDescriptor(OwnedDescriptor(adopting: ours))
        let place = try group.birthplace()?.release() ?? -1
        let (pid, descriptor) = try withChildPidNamespace(plan.joinedPid?.rawValue) {
            () throws(SystemError) -> (Int32, Int32) in
            switch try forkProcess(plan.cloneFlags, cgroup: place) {
            case .child:
                OwnedDescriptor(adopting: ours).close()
                first.run(sync: SyncChannel(descriptor: theirs))
            case .parent(let pid, let pidfd): return (pid, pidfd.release())
            }
        }
        OwnedDescriptor(adopting: theirs).close()
        if place >= 0 { OwnedDescriptor(adopting: place).close() }
        state.pid = pid
        pidfd = SharedDescriptor(OwnedDescriptor(adopting: descriptor))
    }

    private func send() throws {
        guard let sync else { return }
        try DaemonMessage.go.send(sync.rawValue)
    }

    /// Follows the first process until only its exec is left.
    private func converse() throws {
        guard let sync else { return }
        var isStarted = false
        while !isStarted || !waitsForStart {
            guard let received = try SupervisorMessage.receive(sync.rawValue) else { break }
            switch received.message {
            case .warning(let text): context.log.warning(text)
            case .failed(let failure): throw failure
            case .created: try send()
            case .started: isStarted = true
            case .done:
                terminal = received.descriptors.first
                if let path = arguments.value("console-socket"), let master = terminal {
                    try passDescriptor(master.rawValue, to: path, name: "/dev/ptmx")
                    terminal = nil
                }
            default: break
            }
        }
        guard isStarted else {
            throw refusal("init", "the container's process ended before its program ran (killed?)")
        }
        self.sync = nil
    }

    /// Ends what was begun. The hooks of `poststop` run, as the container existed.
    func undo() {
        if let pidfd {
            _ = try? signalProcess(pidfd: pidfd.rawValue, SIGKILL)
            _ = try? reapChild(state.pid, wait: true)
        }
        if let cgroup {
            try? cgroup.killAll()
            try? cgroup.remove()
        }
        try? removeTree(context.store.directory(state.id))
        if pidfd != nil { runPoststop(state, context) }
    }
}

/// Runs the hooks of a container that is gone; their failures are only logged, as the specification says.
func runPoststop(_ state: OCIState, _ context: OCIContext) {
    do {
        try runHooks(state.spec.hooks?.poststop ?? [], "poststop", state: state.document(.stopped).text())
    } catch { context.log.warning(error.description) }
}

/// Sends one descriptor to whoever listens at `path`, as runc's console socket does.
func passDescriptor(_ descriptor: Int32, to path: String, name: String) throws {
    let socket = try connectUnix(path, kind: .stream)
    try sendMessage(socket.rawValue, Array(name.utf8), descriptors: [descriptor])
}

/// Writes a pid for another program to read; it appears whole or not at all.
func writePidFile(_ path: String, _ pid: Int32) throws {
    try writeFile(path + ".tmp", String(pid))
    try renameFile(path + ".tmp", to: path)
}

/// The descriptors from 3 on that the program gets: systemd's `LISTEN_FDS`, then those of `--preserve-fds`.
func preservedDescriptors(_ arguments: OCIArguments) throws -> (count: Int32, environment: [String]) {
    let extra = try arguments.integer("preserve-fds") ?? 0
    guard (0...1000).contains(extra) else { throw OCIFailure("--preserve-fds \(extra): must be 0 to 1000") }
    let listening = environmentVariable("LISTEN_FDS").flatMap { Int32($0) } ?? 0
    for number in 3..<(3 + listening + Int32(extra)) where !fileExists("/proc/self/fd/\(number)") {
        throw OCIFailure("--preserve-fds: descriptor \(number) is not open")
    }
    let environment = listening > 0 ? ["LISTEN_FDS=\(listening)", "LISTEN_PID=1"] : []
    return (listening + Int32(extra), environment)
}
