internal import Cgroups
internal import ContainerLog
internal import Glibc
internal import Linux
internal import OCI
internal import SupervisorProtocol

/// Keeps one container: starts it, moves its streams, runs execs in it, and records its end.
///
/// One process with one thread and one event loop. It outlives the daemon and the launcher; the container
/// does not outlive it.
final class Supervisor {
    enum Phase { case starting, running, ending, done }

    let id: String
    let machine: Machine
    let loop: EventLoop
    let stateDirectory: String
    let exitRecordPath: String
    /// Processes that were killed for want of memory, as last seen.
    private var oomKillsSeen: UInt64 = 0
    private var hasToldOfMemory = false
    var connections: [DaemonConnection] = []
    var hub: StreamHub
    let group: ContainerGroup
    var phase = Phase.starting
    var pid: Int32 = 0
    var startTime: UInt64 = 0
    var pidfd: SharedDescriptor?
    var networkNamespace: SharedDescriptor?
    var startedAt: Timestamp?
    var execs: [String: ContainerExec] = [:]
    var isPidNamespaceOwn = true
    /// The runtime that made the container, where it is not ours.
    var external: ExternalRuntime?
    private var sync: SharedDescriptor?
    private var syncKey: UInt64 = 0
    var isHeld: Bool
    var hasGroup = false
    private var isReady = false
    private var isExecuting = false
    private var failure: StartFailure?
    private var listener: SharedDescriptor?
    private let wantsTerminal: Bool
    let openStdin: Bool
    private let logOptions: LogOptions?

    /// Becomes the supervisor of the container that `launch` asks for; for a process just cloned for it.
    static func run(_ launch: consuming UndecodedLaunch, machine: Machine) -> Never {
        begin(launch, machine: machine).serve()
    }

    /// Starts the container, or reports why not and ends.
    ///
    /// What the request held (lists, texts, descriptors) is free again when this returns: it need not lie
    /// in memory for as long as the container runs.
    private static func begin(_ launch: consuming UndecodedLaunch, machine: Machine) -> Supervisor {
        let control = launch.descriptors[0]
        do {
            let request = try launch.decode()
            setProcessTitle("berth-supervisor \(request.id.prefix(12))")
            let supervisor = try Supervisor(request, machine: machine)
            supervisor.begin(request, launch.descriptors)
            return supervisor
        } catch let failure as StartFailure {
            try? SupervisorMessage.failed(failure).send(control.rawValue)
        } catch {
            let failure = StartFailure(
                kind: .other, stage: "supervisor", message: "start a supervisor: \(error)")
            try? SupervisorMessage.failed(failure).send(control.rawValue)
        }
        exitNow(1)
    }

    private init(_ request: LaunchRequest, machine: Machine) throws {
        id = request.id
        self.machine = machine
        stateDirectory = request.stateDirectory
        exitRecordPath = request.exitRecordPath
        isHeld = request.hold
        wantsTerminal = request.spec.process?.terminal ?? false
        openStdin = request.openStdin
        logOptions = request.log
        loop = try EventLoop()
        hub = StreamHub(loop: loop, isTerminal: wantsTerminal, endsWithClient: request.stdinOnce)
        group = try ContainerGroup(request.spec, layout: machine.cgroups)
    }

    private func begin(_ request: LaunchRequest, _ descriptors: [SharedDescriptor]) {
        do {
            try step("supervisor") { () throws(SystemError) in
                try startSession()
                try changeDirectory("/")
                try becomeSubreaper()
                try leaveStandardStreams()
                // The launcher lets the kernel reap; here the exits count.
                resetSignals()
                blockSignals(true)
                try watchChildren()
                try connect(descriptors[0])
                try listen()
            }
            try start(request, descriptors)
        } catch let error as StartFailure {
            fail(error)
        } catch {
            fail(refusal("supervisor", "\(error)"))
        }
    }

    private func serve() -> Never {
        while phase != .done {
            do { try loop.turn() } catch { fail(refusal("supervisor", "\(error)")) }
        }
        linger()
    }

    /// Whoever reads the daemon's output must not wait for its containers.
    private func leaveStandardStreams() throws(SystemError) {
        let null = try openFile("/dev/null", .readWrite)
        for number: Int32 in 0...2 { try duplicate(null.rawValue, to: number) }
    }

    // MARK: - start

    private func start(_ request: LaunchRequest, _ descriptors: [SharedDescriptor]) throws {
        var rest = descriptors.dropFirst()
        guard let process = request.spec.process else { throw refusal("process", "the spec has no process") }
        var seccomp: SeccompFile?
        if request.hasSeccompProgram {
            guard let file = rest.popFirst() else { throw refusal("seccomp", "the filter was not passed") }
            seccomp = try step("seccomp") { () throws(SystemError) in try SeccompFile(reading: file.rawValue)
            }
        }
        var passed: [(RuntimeSpec.NamespaceType, SharedDescriptor)] = []
        for type in request.joinedNamespaces {
            guard let file = rest.popFirst() else {
                throw refusal("namespaces", "a descriptor was not passed")
            }
            passed.append((type, file))
        }
        let namespaces = try NamespacePlan(request.spec.linux?.namespaces ?? [], passed: passed)
        isPidNamespaceOwn = namespaces.new.contains(.pid)
        try checkSysctls(request.spec.linux?.sysctl ?? [:], new: namespaces.new.union(namespaces.joinedKinds))
        if let logOptions {
            hub.log = try step("log", "error opening the log") { () throws(SystemError) in
                try openLog(logOptions, loop: loop)
            }
        }
        hub.whenLogFails = { [unowned self] error in tell(.warning("output is lost: \(error)")) }
        for streams in request.attachments {
            guard let socket = rest.popFirst() else { throw refusal("attach", "a client was not passed") }
            try step("attach") { () throws(SystemError) in try hub.add(socket, streams) }
        }
        if let external = request.external { return try startExternally(request, external) }
        var setup = ProcessSetup(
            process: process, user: request.user, groups: request.groups, seccomp: seccomp,
            lastCapability: machine.lastCapability, makesDirectory: true, parentDeathSignal: SIGKILL)
        var initProgram: SharedDescriptor?
        if request.usesInit {
            initProgram = try step("init", "error opening the init program") { () throws(SystemError) in
                SharedDescriptor(try cloneMount(machine.program))
            }
            setup.wrapper = [initPath, "--"]
        }
        let pipes = try makeStreams()
        let first = ContainerInit(
            spec: request.spec, root: request.root, namespaces: namespaces, group: group, setup: setup,
            initProgram: initProgram, streams: pipes?.child, startBarrier: .channel)
        if group.isWholeAtBirth { try group.create() }
        try clone(first, namespaces)
        try pipes?.keepParentEnds(in: hub, stdin: openStdin)
        announce()
        // While the child builds its root.
        if !group.isWholeAtBirth { try group.create() }
        sendGo()
        hasGroup = true
        if !isHeld { sendGo() }
    }

    private func clone(_ first: ContainerInit, _ namespaces: NamespacePlan) throws {
        let pair = try step("clone") { () throws(SystemError) in try SocketPair(.sequencedPackets) }
        let (ours, theirs) = pair.release()
        let placeNumber = try group.makeBirthplace()?.release() ?? -1
        let joinedPid = namespaces.joinedPid?.rawValue
        let child = try step("clone", "error making the container's process") {
            () throws(SystemError) -> (Int32, Int32) in
            try withChildPidNamespace(joinedPid) { () throws(SystemError) -> (Int32, Int32) in
                switch try forkProcess(namespaces.cloneFlags, cgroup: placeNumber) {
                case .child:
                    OwnedDescriptor(adopting: ours).close()
                    first.run(sync: SyncChannel(descriptor: theirs))
                case .parent(let pid, let pidfd): return (pid, pidfd.release())
                }
            }
        }
        if placeNumber >= 0 { OwnedDescriptor(adopting: placeNumber).close() }
        OwnedDescriptor(adopting: theirs).close()
        pid = child.0
        pidfd = SharedDescriptor(OwnedDescriptor(adopting: child.1))
        let file = SharedDescriptor(OwnedDescriptor(adopting: ours))
        sync = file
        syncKey = try step("clone") { () throws(SystemError) in
            try loop.watch(file.rawValue, .readable) { [unowned self] _ in receiveFromChild() }
        }
    }

    /// Tells the daemon that the process is there, so that it can set up the network meanwhile.
    func announce() {
        startTime = (try? processStartTime(pid)) ?? 0
        if let file = try? openFile("/proc/\(pid)/ns/net") { networkNamespace = SharedDescriptor(file) }
        // A daemon that finds no supervisor any more knows by this what to look for.
        try? writeFile(stateDirectory + "/pid", "\(pid) \(startTime)\n", mode: 0o600)
        tell(.created(pid: pid, startTime: startTime), [pidfd, networkNamespace].compactMap { $0 })
    }

    private func sendGo() {
        guard let sync else { return }
        try? DaemonMessage.go.send(sync.rawValue, wait: false)
    }

    /// Lets a held container run.
    func go() {
        guard isHeld else { return }
        isHeld = false
        guard hasGroup else { return }
        if external != nil { startExternalProgram() } else { sendGo() }
    }

    /// Gives up a container that does not run yet.
    func abort() {
        guard phase == .starting else { return }
        fail(StartFailure(kind: .aborted, stage: "start", message: "the start was given up"))
    }

    private func receiveFromChild() {
        guard let sync else { return }
        do {
            guard let received = try SupervisorMessage.receive(sync.rawValue, wait: false) else {
                return childChannelEnded()
            }
            switch received.message {
            case .warning(let text): tell(.warning(text))
            case .failed(let error): failure = error
            case .created: isReady = true
            case .started: isExecuting = true
            case .done:
                guard let terminal = received.descriptors.first else { return }
                try hub.addOutput(terminal, .stdout)
                if openStdin { try hub.setInput(terminal) }
            default: break
            }
        } catch let error as SystemError where error.code == .again {
        } catch { fail(refusal("supervisor", "\(error)")) }
    }

    /// The child's end closes with its exec, or with its death.
    private func childChannelEnded() {
        loop.forget(syncKey)
        sync = nil
        if let failure { fail(failure) }
        guard isExecuting else {
            fail(refusal("init", "the container's process ended before its program ran (killed?)"))
        }
        noteRunning()
    }

    /// The program runs from now on.
    func noteRunning() {
        let now = wallClock()
        startedAt = Timestamp(seconds: now.seconds, nanoseconds: now.nanoseconds)
        phase = .running
        if let startedAt { tell(.started(at: startedAt)) }
        watchMemory()
        reapChildren()
    }

    /// Tells of every kill for want of memory as it happens. Where it cannot be watched for, the exit tells.
    private func watchMemory() {
        guard let notice = (try? group.handle?.watchOOM()) ?? nil else { return }
        _ = try? loop.watch(notice.descriptor, .readable) { [unowned self] _ in
            // The removal of a group is a notice, too.
            if notice.clear(), group.handle?.exists == true { tellOfMemory() } else { tellOfKills() }
        }
        tellOfKills()
    }

    private func tellOfKills() {
        guard let kills = try? group.handle?.oomKills(), kills > oomKillsSeen else { return }
        oomKillsSeen = kills
        tellOfMemory()
    }

    private func tellOfMemory() {
        hasToldOfMemory = true
        tell(.outOfMemory)
    }

    /// Undoes whatever the start did, reports, and ends this process.
    func fail(_ seen: StartFailure) -> Never {
        let failure = reasonFromChild() ?? seen
        if pid > 0 {
            killContainer()
            _ = try? reapChild(pid, wait: true)
        }
        external?.delete()
        try? group.handle?.remove()
        closeListener()
        tell(.failed(failure))
        phase = .done
        linger()
    }

    /// What the child reported before it ended, which is why a step on this side failed in turn.
    private func reasonFromChild() -> StartFailure? {
        guard let sync else { return nil }
        while let received = try? SupervisorMessage.receive(sync.rawValue, wait: false) {
            if case .failed(let failure) = received.message { return failure }
        }
        return nil
    }

    // MARK: - children

    private func watchChildren() throws(SystemError) {
        let signals = SharedDescriptor(try signalDescriptor([SIGCHLD]))
        _ = try loop.watch(signals.rawValue, .readable) { [unowned self] _ in
            while nextSignal(signals.rawValue) != nil {}
            reapChildren()
        }
    }

    private func reapChildren() {
        // While the start runs, its channel says why it failed; the process waits to be reaped.
        while phase != .starting || sync == nil, let child = try? reapChild() {
            let status = ExitStatus(
                code: child.signalled ? 128 + child.status : child.status,
                signal: child.signalled ? child.status : 0)
            if child.pid == pid {
                // An external runtime's container may be killed before its program was started.
                if phase == .starting {
                    fail(refusal("init", "the container's process ended before its program ran"))
                }
                containerEnded(status)
            } else if let exec = execs.values.first(where: { $0.pid == child.pid }) {
                execEnded(exec, status)
            }
        }
    }

    private func containerEnded(_ status: ExitStatus) {
        guard phase != .ending, phase != .done else { return }
        phase = .ending
        let now = wallClock()
        if !isPidNamespaceOwn { killContainer() }
        let oomKills = (try? group.handle?.oomKills()) ?? 0
        if oomKills > 0, !hasToldOfMemory { tellOfMemory() }
        hub.processEnded()
        for exec in Array(execs.values) where exec.exit == nil {
            // A pid namespace takes its processes along; without one they were just killed.
            if let child = try? reapChild(exec.pid, wait: true) {
                execEnded(
                    exec,
                    ExitStatus(
                        code: child.signalled ? 128 + child.status : child.status,
                        signal: child.signalled ? child.status : 0))
            }
        }
        let record = ExitRecord(
            status: status, oomKilled: oomKills > 0, startedAt: startedAt,
            finishedAt: Timestamp(seconds: now.seconds, nanoseconds: now.nanoseconds))
        do throws(SystemError) {
            // A daemon that is told writes it down itself.
            try replaceFile(
                exitRecordPath, Array(record.fileText.utf8), mode: 0o600, isDurable: connections.isEmpty)
        } catch { tell(.warning("exit record is not on disk: \(error)")) }
        external?.delete()
        try? group.handle?.remove()
        closeListener()
        tell(.exited(record))
        phase = .done
    }

    /// Kills every process of the container.
    private func killContainer() {
        if let pidfd { _ = try? signalProcess(pidfd: pidfd.rawValue, SIGKILL) }
        if !isPidNamespaceOwn { try? group.handle?.killAll() }
    }

    // MARK: - end

    /// Stays until the clients and the daemon have taken what is theirs, or have gone.
    private func linger() -> Never {
        hub.processEnded()
        let end = monotonicMicroseconds() + 600_000_000
        while hub.isDraining || execs.values.contains(where: { $0.hub.isDraining })
            || connections.contains(where: { $0.isBehind })
        {
            let left = (end - monotonicMicroseconds()) / 1000
            if left <= 0 { break }
            do { try loop.turn(timeoutMilliseconds: Int32(clamping: left)) } catch { break }
        }
        exitNow(0)
    }

    // MARK: - daemons

    /// Sends an event to every daemon that is connected.
    func tell(_ message: SupervisorMessage, _ descriptors: [SharedDescriptor] = []) {
        for connection in connections { connection.send(message, descriptors) }
    }

    private func connect(_ socket: SharedDescriptor) throws(SystemError) {
        connections.append(
            try DaemonConnection(
                socket, loop: loop,
                onMessage: { [unowned self] connection, received in handle(received, from: connection) },
                onEnd: { [unowned self] ended in connections.removeAll { $0 === ended } }))
    }

    private func listen() throws(SystemError) {
        let path = LaunchRequest.socketPath(stateDirectory: stateDirectory)
        // One of an earlier run of this container that was killed.
        do { try removeFile(path) } catch let error where error.code == .noEntry {}
        let socket = SharedDescriptor(try listenUnix(path, kind: .sequencedPackets))
        listener = socket
        _ = try loop.watch(socket.rawValue, .readable) { [unowned self] _ in
            guard let accepted = try? acceptConnection(socket.rawValue) else { return }
            guard peerUserID(accepted.rawValue) == 0 else { return }
            try? connect(SharedDescriptor(accepted))
        }
    }

    private func closeListener() {
        guard listener != nil else { return }
        listener = nil
        for name in ["supervisor.sock", "pid"] { try? removeFile("\(stateDirectory)/\(name)") }
    }

    /// Opens the log anew at its path.
    func reopenLog() throws(SystemError) {
        guard let logOptions, hub.log != nil else { return }
        try hub.log?.close()
        hub.log = try openLog(logOptions, loop: loop)
    }

    func makeStreams() throws -> StreamPipes? {
        if wantsTerminal { return nil }
        return try step("stdio") { () throws(SystemError) in try StreamPipes(stdin: openStdin) }
    }
}
