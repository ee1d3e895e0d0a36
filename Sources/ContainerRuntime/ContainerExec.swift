internal import Cgroups
internal import Glibc
internal import Linux
internal import OCI
internal import SupervisorProtocol

/// One further process in the container.
final class ContainerExec {
    let id: String
    let hub: StreamHub
    var pid: Int32 = 0
    var pidfd: SharedDescriptor?
    var exit: ExitStatus?
    var sync: SharedDescriptor?
    var syncKey: UInt64 = 0
    var isExecuting = false
    var failure: StartFailure?
    /// The answer to the request that made it has been given.
    var isAnswered = false

    init(id: String, hub: StreamHub) {
        self.id = id
        self.hub = hub
    }
}

/// What an exec's process does between its clone and its program.
struct ExecChild {
    let setup: ProcessSetup
    let streams: (Int32, Int32, Int32)?
    let container: Int32
    let kinds: NamespaceFlags
    /// The container's group, or one below it.
    let group: Cgroup?

    /// Never returns: becomes the program, or reports why not and ends.
    func run(sync: SyncChannel) -> Never {
        do throws(StartFailure) {
            // While the host's groups are in reach.
            do { try group?.join() } catch { throw ContainerGroup.failure(error) }
            try step("exec") { () throws(SystemError) in
                // Nobody in the container may look into this process, which still is the host's program.
                try setDumpable(false)
                if let signal = setup.parentDeathSignal { try setParentDeathSignal(signal) }
                try startSession()
                if let score = setup.process.oomScoreAdj {
                    try writeFile("/proc/self/oom_score_adj", String(score))
                }
            }
            try step("exec", "error joining the container's namespaces") { () throws(SystemError) in
                try joinNamespaces(container, kinds)
            }
            var terminal: Int32?
            if setup.process.terminal { terminal = try makeTerminal(sync: sync, consoleAt: nil) }
            try setup.run(streams: ProcessStreams(descriptors: streams, terminal: terminal), sync: sync)
        } catch { sync.fail(error) }
    }
}

extension Supervisor {
    /// Starts an exec; the answer follows when its program runs or has failed.
    func startExec(
        _ request: UInt32, _ exec: ExecRequest, _ descriptors: [SharedDescriptor],
        _ connection: DaemonConnection
    ) {
        do {
            try startExecThrowing(request, exec, descriptors, connection)
        } catch let failure as StartFailure {
            connection.send(.execFailed(request: request, execID: exec.id, failure))
        } catch {
            connection.send(.execFailed(request: request, execID: exec.id, refusal("exec", "\(error)")))
        }
    }

    private func startExecThrowing(
        _ request: UInt32, _ exec: ExecRequest, _ descriptors: [SharedDescriptor],
        _ connection: DaemonConnection
    ) throws {
        guard phase == .running, let pidfd else { throw refusal("exec", "container \(id) is not running") }
        guard execs[exec.id] == nil else { throw refusal("exec", "exec \"\(exec.id)\" exists already") }
        var rest = descriptors[...]
        let stream = exec.hasStream ? rest.popFirst() : nil
        let filter = exec.hasSeccompProgram ? rest.popFirst() : nil
        guard (stream != nil) == exec.hasStream, (filter != nil) == exec.hasSeccompProgram else {
            throw refusal("exec", "a descriptor was not passed")
        }
        let terminal = exec.process.terminal
        let state = ContainerExec(
            id: exec.id, hub: StreamHub(loop: loop, isTerminal: terminal, endsWithClient: true))
        var seccomp: SeccompFile?
        if let filter {
            seccomp = try step("seccomp") { () throws(SystemError) in
                try SeccompFile(reading: filter.rawValue)
            }
        }
        let setup = ProcessSetup(
            process: exec.process, user: exec.user, groups: exec.groups, seccomp: seccomp,
            lastCapability: machine.lastCapability, makesDirectory: false, parentDeathSignal: SIGKILL)
        let pipes =
            terminal
            ? nil
            : try step("stdio") { () throws(SystemError) in
                try StreamPipes(
                    stdin: exec.streams.stdin, stdout: exec.streams.stdout, stderr: exec.streams.stderr)
            }
        let child = ExecChild(
            setup: setup, streams: pipes?.child, container: pidfd.rawValue,
            kinds: [.mount, .network, .ipc, .uts, .cgroup], group: group.handle)
        do {
            try cloneExec(child, state, pidfd.rawValue)
        } catch {
            try? pipes?.keepParentEnds(in: state.hub, stdin: exec.streams.stdin)
            throw error
        }
        try pipes?.keepParentEnds(in: state.hub, stdin: exec.streams.stdin)
        if let stream { try state.hub.add(stream, exec.streams) }
        execs[exec.id] = state
        let wantsInput = exec.streams.stdin
        do {
            guard let sync = state.sync else { return }
            state.syncKey = try loop.watch(sync.rawValue, .readable) { [unowned self, unowned state] _ in
                receive(from: state, request, wantsInput, connection)
            }
        } catch {
            if let pidfd = state.pidfd { _ = try? signalProcess(pidfd: pidfd.rawValue, SIGKILL) }
            state.failure = refusal("exec", "\(error)")
            finishFailedExec(state, request, connection)
        }
    }

    private func cloneExec(_ child: ExecChild, _ state: ContainerExec, _ container: Int32) throws {
        let place = try group.birthplace()?.release() ?? -1
        defer { if place >= 0 { OwnedDescriptor(adopting: place).close() } }
        try step("exec", "error making the process") { () throws(SystemError) in
            let (ours, theirs) = try SocketPair(.sequencedPackets).release()
            state.sync = SharedDescriptor(OwnedDescriptor(adopting: ours))
            let sync = SharedDescriptor(OwnedDescriptor(adopting: theirs))
            // Of a pidfd, setns(2) takes the pid namespace of its process.
            let (pid, descriptor) = try withChildPidNamespace(container) {
                () throws(SystemError) -> (Int32, Int32) in
                switch try forkProcess(cgroup: place) {
                case .child:
                    OwnedDescriptor(adopting: ours).close()
                    child.run(sync: SyncChannel(descriptor: theirs))
                case .parent(let pid, let pidfd): return (pid, pidfd.release())
                }
            }
            state.pid = pid
            state.pidfd = SharedDescriptor(OwnedDescriptor(adopting: descriptor))
            withExtendedLifetime(sync) {}
        }
    }

    private func receive(
        from exec: ContainerExec, _ request: UInt32, _ wantsInput: Bool, _ connection: DaemonConnection
    ) {
        guard let sync = exec.sync else { return }
        do {
            guard let received = try SupervisorMessage.receive(sync.rawValue, wait: false) else {
                loop.forget(exec.syncKey)
                exec.sync = nil
                if exec.failure == nil && !exec.isExecuting {
                    exec.failure = refusal("exec", "the process ended before its program ran (killed?)")
                }
                if exec.failure != nil { return finishFailedExec(exec, request, connection) }
                exec.isAnswered = true
                connection.send(.execStarted(request: request, execID: exec.id, pid: exec.pid))
                if let status = exec.exit { reportExecExit(exec, status) }
                return
            }
            switch received.message {
            case .warning(let text): tell(.warning(text))
            case .failed(let error): exec.failure = error
            case .started: exec.isExecuting = true
            case .done:
                guard let terminal = received.descriptors.first else { return }
                try exec.hub.addOutput(terminal, .stdout)
                if wantsInput { try exec.hub.setInput(terminal) }
            default: break
            }
        } catch let error as SystemError where error.code == .again {
        } catch {
            exec.failure = refusal("exec", "\(error)")
            if let pidfd = exec.pidfd { _ = try? signalProcess(pidfd: pidfd.rawValue, SIGKILL) }
        }
    }

    private func finishFailedExec(_ exec: ContainerExec, _ request: UInt32, _ connection: DaemonConnection) {
        exec.isAnswered = true
        if exec.exit == nil { _ = try? reapChild(exec.pid, wait: true) }
        exec.exit = exec.exit ?? ExitStatus(code: 126)
        execs[exec.id] = nil
        exec.hub.processEnded()
        if let failure = exec.failure {
            connection.send(.execFailed(request: request, execID: exec.id, failure))
        }
    }

    /// An exec's process was reaped.
    func execEnded(_ exec: ContainerExec, _ status: ExitStatus) {
        exec.exit = status
        exec.hub.processEnded()
        // Its end may be seen before its start was answered: the answer comes first.
        if exec.isAnswered { reportExecExit(exec, status) }
    }

    private func reportExecExit(_ exec: ContainerExec, _ status: ExitStatus) {
        tell(.execExited(execID: exec.id, status))
        guard !connections.isEmpty else { return }
        if exec.hub.isDraining {
            exec.hub.whenDrained = { [unowned self] in execs[exec.id] = nil }
        } else {
            execs[exec.id] = nil
        }
    }
}
