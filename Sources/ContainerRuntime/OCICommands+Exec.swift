internal import Cgroups
internal import FoundationEssentials
internal import Glibc
internal import Linux
internal import OCI
internal import Seccomp
internal import SupervisorProtocol

extension OCICommands {
    static func exec(_ context: OCIContext, _ arguments: OCIArguments) throws -> Int32 {
        let state = try context.store.load(arguments.rest[0])
        switch try context.store.status(state) {
        case .stopped: throw OCIFailure("cannot exec in a stopped container")
        case .paused:
            guard arguments.flag("ignore-paused") else {
                throw OCIFailure("cannot exec in a paused container")
            }
        case .created, .running, .creating: break
        }
        let process = try process(for: arguments, in: state)
        let isDetached = arguments.flag("detach")
        try checkConsole(process.terminal, arguments, isDetached: isDetached)
        if !isDetached { blockSignals(true) }
        let exec = OCIExec(context: context, state: state, arguments: arguments, process: process)
        let (pid, pidfd, terminal) = try exec.start()
        if let path = arguments.value("pid-file") { try writePidFile(path, pid) }
        if isDetached { return 0 }
        return try OCIForeground(pid: pid, pidfd: pidfd, terminal: terminal).wait()
    }

    /// The container's own process with what the options change, or the one in a file.
    private static func process(
        for arguments: OCIArguments, in state: OCIState
    ) throws -> RuntimeSpec.Process {
        if let path = arguments.value("process") {
            do {
                return try JSONDecoder().decode(RuntimeSpec.Process.self, from: Data(try readFile(path)))
            } catch let error as DecodingError {
                throw OCIFailure("read \"\(path)\": \(jsonWords(error))")
            }
        }
        var process = state.spec.process ?? RuntimeSpec.Process()
        process.args = Array(arguments.rest.dropFirst())
        if process.args.first == "--" { process.args.removeFirst() }
        guard !process.args.isEmpty else { throw OCIFailure("exec args cannot be empty") }
        if let directory = arguments.value("cwd") { process.cwd = directory }
        process.terminal = arguments.flag("tty")
        process.consoleSize = nil
        process.env += arguments.list("env")
        if arguments.flag("no-new-privs") { process.noNewPrivileges = true }
        if let label = arguments.value("apparmor") { process.apparmorProfile = label }
        if let label = arguments.value("process-label") { process.selinuxLabel = label }
        for name in arguments.list("cap") {
            var sets = process.capabilities ?? RuntimeSpec.Capabilities()
            sets.bounding.append(name)
            sets.effective.append(name)
            sets.permitted.append(name)
            process.capabilities = sets
        }
        if let user = arguments.value("user") {
            let parts = user.split(separator: ":", maxSplits: 1)
            guard let uid = UInt32(parts[0]), parts.count == 1 || UInt32(parts[1]) != nil else {
                throw OCIFailure("parsing user \"\(user)\": must be UID or UID:GID")
            }
            process.user.uid = uid
            if parts.count == 2, let gid = UInt32(parts[1]) { process.user.gid = gid }
        }
        for text in arguments.list("additional-gids") {
            for part in text.split(separator: ",") {
                guard let gid = UInt32(part) else {
                    throw OCIFailure("parsing group \"\(part)\": must be a number")
                }
                process.user.additionalGids.append(gid)
            }
        }
        return process
    }
}

/// Starts one further process in a container for the `exec` command.
struct OCIExec {
    let context: OCIContext
    let state: OCIState
    let arguments: OCIArguments
    let process: RuntimeSpec.Process

    func start() throws -> (pid: Int32, pidfd: SharedDescriptor, terminal: SharedDescriptor?) {
        do {
            return try startThrowing()
        } catch let failure as StartFailure {
            let status: Int32 = failure.kind == .notFound ? 127 : failure.stage == "exec" ? 126 : 255
            throw OCIFailure(
                "exec failed: unable to start container process: \(failure.message)", status: status)
        }
    }

    private func startThrowing() throws -> (Int32, SharedDescriptor, SharedDescriptor?) {
        var seccomp: SeccompFile?
        if let profile = state.spec.linux?.seccomp {
            let program = try SeccompProgram(compiling: SeccompProfile(profile))
            seccomp = SeccompFile(flags: program.flags.rawValue, instructions: program.instructions)
        }
        let preserved = try preservedDescriptors(arguments)
        var own = process
        own.env += preserved.environment
        let setup = ProcessSetup(
            process: own, user: nil, groups: [], seccomp: seccomp, lastCapability: lastCapability(),
            makesDirectory: false,
            keptDescriptors: preserved.count)
        let container = SharedDescriptor(try openProcess(state.pid))
        // The pid may have been taken over while its descriptor was opened.
        guard OCIProcess(state.pid)?.startTime == state.startTime else {
            throw OCIFailure("cannot exec in a stopped container")
        }
        let child = ExecChild(
            setup: setup, streams: nil, container: container.rawValue, kinds: joinableKinds(),
            group: try subgroup())
        let place = try child.group?.birthplace()?.release() ?? -1
        defer { if place >= 0 { OwnedDescriptor(adopting: place).close() } }
        let (ours, theirs) = try SocketPair(.sequencedPackets).release()
        let sync = SharedDescriptor(OwnedDescriptor(adopting: ours))
        let (pid, descriptor) = try withChildPidNamespace(container.rawValue) {
            () throws(SystemError) -> (Int32, Int32) in
            switch try forkProcess(cgroup: place) {
            case .child:
                OwnedDescriptor(adopting: ours).close()
                child.run(sync: SyncChannel(descriptor: theirs))
            case .parent(let pid, let pidfd): return (pid, pidfd.release())
            }
        }
        OwnedDescriptor(adopting: theirs).close()
        let pidfd = SharedDescriptor(OwnedDescriptor(adopting: descriptor))
        do {
            return (pid, pidfd, try follow(sync, pidfd))
        } catch {
            _ = try? signalProcess(pidfd: pidfd.rawValue, SIGKILL)
            _ = try? reapChild(pid, wait: true)
            throw error
        }
    }

    /// Waits until the program runs; gives its terminal, if it has one and nobody else takes it.
    private func follow(_ sync: SharedDescriptor, _ pidfd: SharedDescriptor) throws -> SharedDescriptor? {
        var terminal: SharedDescriptor?
        var isStarted = false
        while let received = try SupervisorMessage.receive(sync.rawValue) {
            switch received.message {
            case .warning(let text): context.log.warning(text)
            case .failed(let failure): throw failure
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
        guard isStarted else { throw refusal("exec", "the process ended before its program ran (killed?)") }
        if let path = arguments.value("pidfd-socket") {
            try passDescriptor(pidfd.rawValue, to: path, name: "pidfd")
        }
        return terminal
    }

    /// The container's namespaces but the pid namespace, which the clone enters.
    private func joinableKinds() -> NamespaceFlags { [.mount, .network, .ipc, .uts, .cgroup] }

    private func subgroup() throws -> Cgroup {
        var path = state.cgroupPath
        for text in arguments.list("cgroup") {
            guard !text.contains(":") else {
                throw OCIFailure("--cgroup \"\(text)\": a group of one controller alone is not built yet")
            }
            path += "/" + text
        }
        let group = try Cgroup(layout: CgroupLayout.detect(), path: path)
        guard group.exists else { throw OCIFailure("--cgroup: group \"\(path)\" does not exist") }
        return group
    }
}
