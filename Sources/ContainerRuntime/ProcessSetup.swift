internal import Glibc
internal import Linux
internal import OCI
internal import SupervisorProtocol

/// The standard streams of a new process.
struct ProcessStreams {
    /// stdin, stdout and stderr without a terminal.
    var descriptors: (Int32, Int32, Int32)?
    /// The slave of the process's terminal.
    var terminal: Int32?
}

/// The last part of every start, init or exec: limits, user, rights, filter, directory, program.
struct ProcessSetup {
    var process: RuntimeSpec.Process
    var user: String?
    var groups: [String]
    var seccomp: SeccompFile?
    var lastCapability: Int
    /// Make the working directory if it is missing, as Docker does for a container's own.
    var makesDirectory: Bool
    /// Take this program and these arguments in place of the process's own: the small init.
    var wrapper: [String]?
    /// A signal for when the supervisor ends.
    var parentDeathSignal: Int32?
    /// How many descriptors from 3 on the program is given.
    var keptDescriptors: Int32 = 0
    /// What remains to be done once nothing but the exec can fail: the OCI commands wait for `start` here.
    var beforeExec: ((SyncChannel) throws(StartFailure) -> Void)?

    /// Becomes the program; the root and the namespaces are in place. Returns only to throw.
    func run(streams: ProcessStreams, sync: SyncChannel) throws(StartFailure) -> Never {
        try applyLimits(process.rlimits)
        try applyScheduling()
        try connect(streams)
        var identity: ResolvedUser
        let files = ResolvedUser.Files.read()
        if let user {
            identity = try ResolvedUser(user, groups: groups, files: files)
        } else {
            identity = ResolvedUser(process.user, files: files)
        }
        var environment = process.env
        if !environment.contains(where: { $0.hasPrefix("HOME=") }) {
            environment.append("HOME=\(identity.home)")
        }
        let folder = try openDirectory(identity)
        try dropRights(identity, sync)
        try step("cwd", "chdir to cwd (\"\(process.cwd)\") set in config.json failed") {
            () throws(SystemError) in
            try changeDirectory(to: folder)
        }
        setFileModeMask(identity.umask ?? 0o022)
        if let parentDeathSignal {
            try step("prctl") { () throws(SystemError) in try setParentDeathSignal(parentDeathSignal) }
        }
        let arguments = wrapper.map { $0 + process.args } ?? process.args
        guard let name = arguments.first else { throw refusal("exec", "no command specified") }
        let program = try findProgram(name, environment: environment)
        try step("close") { () throws(SystemError) in try closeOnExec(from: 3 + keptDescriptors) }
        sync.send(.started(at: Timestamp(seconds: 0, nanoseconds: 0)))
        try beforeExec?(sync)
        resetSignals()
        if process.noNewPrivileges { try installFilter() }
        execute(program, arguments, environment)
    }

    /// A failure from here on is the program's own, as with Docker: words on its stderr, and status 255.
    private func execute(_ program: String, _ arguments: [String], _ environment: [String]) -> Never {
        do throws(SystemError) {
            try executeProgram(program, arguments, environment)
        } catch {
            try? writeAll(2, Array("exec \(program): \(error.code.reason)\n".utf8))
        }
        exitNow(255)
    }

    private func connect(_ streams: ProcessStreams) throws(StartFailure) {
        try step("stdio") { () throws(SystemError) in
            if let terminal = streams.terminal {
                if let size = process.consoleSize {
                    try setTerminalSize(
                        terminal, rows: UInt16(clamping: size.height), columns: UInt16(clamping: size.width))
                }
                try setControllingTerminal(terminal)
                for target: Int32 in 0...2 { try duplicate(terminal, to: target) }
            } else if let (input, output, error) = streams.descriptors {
                try duplicate(input, to: 0)
                try duplicate(output, to: 1)
                try duplicate(error, to: 2)
            }
        }
    }

    /// The working directory, looked up so that it cannot be a descriptor's link out of the root (CVE-2024-21626).
    private func openDirectory(_ identity: ResolvedUser) throws(StartFailure) -> Int32 {
        let path = process.cwd
        guard path.first == "/" else {
            throw refusal(
                "cwd", "the working directory '\(path)' is invalid, it needs to be an absolute path")
        }
        do {
            let top = try openFile("/", [.path, .directory])
            let root = ConfinedRoot(descriptor: top.rawValue)
            if !makesDirectory { return try root.open(path, [.path, .directory]).release() }
            let folder = try root.directory(path)
            return folder.release()
        } catch {
            if makesDirectory && error.code == .notDirectory {
                throw StartFailure(
                    kind: .other, stage: "workdir", code: error.code.rawValue,
                    message: "Cannot mkdir: \(path) is not a directory")
            }
            // Of an exec it is the program that was not found, by its exit code.
            throw StartFailure(
                kind: makesDirectory ? .other : .notFound, stage: makesDirectory ? "cwd" : "exec",
                code: error.code.rawValue,
                message: "chdir to cwd (\"\(path)\") set in config.json failed: \(error.code.reason)")
        }
    }

    /// Rights go in the order that still allows the next step: filter (while it is allowed without
    /// `no_new_privs`), bounding set, user, the other sets, `no_new_privs`.
    private func dropRights(_ identity: ResolvedUser, _ sync: SyncChannel) throws(StartFailure) {
        let sets = try CapabilitySets(process.capabilities, last: lastCapability)
        for name in sets.unknown.sorted() {
            sync.send(.warning("capability \(name) is not known to this kernel and was left out"))
        }
        if !process.noNewPrivileges { try installFilter() }
        try step("capabilities") { () throws(SystemError) in
            if process.capabilities != nil {
                try limitBoundingCapabilities(to: sets.bounding, last: lastCapability)
            }
            if identity.user != 0 { try keepCapabilities(true) }
        }
        if let terminal = process.terminal ? Int32(0) : nil {
            // The user may open its own terminal again.
            try? changeOwner(at: terminal, "", user: identity.user, group: 5)
        }
        try step("user", "error changing to uid \(identity.user), gid \(identity.group)") {
            () throws(SystemError) in
            try becomeUser(identity.user, group: identity.group, groups: identity.groups)
            if identity.user != 0 { try keepCapabilities(false) }
        }
        try step("capabilities") { () throws(SystemError) in
            if process.capabilities != nil {
                try setCapabilities(
                    effective: sets.effective, permitted: sets.permitted, inheritable: sets.inheritable)
                if !setAmbientCapabilities(sets.ambient) {
                    sync.send(.warning("ambient capabilities need to be permitted and inheritable, too"))
                }
            }
            if process.noNewPrivileges { try forbidNewPrivileges() }
        }
    }

    private func installFilter() throws(StartFailure) {
        guard let seccomp else { return }
        try step("seccomp", "error loading the seccomp filter") { () throws(SystemError) in
            let result: Result<Void, SystemError> = seccomp.instructions.withUnsafeBytes { bytes in
                do throws(SystemError) {
                    return .success(try installSeccompFilter(bytes, flags: seccomp.flags))
                } catch { return .failure(error) }
            }
            try result.get()
        }
    }

    private func applyScheduling() throws(StartFailure) {
        if let scheduler = process.scheduler {
            guard let policy = schedulingPolicies[scheduler.policy] else {
                throw refusal("scheduler", "unknown scheduling policy \"\(scheduler.policy)\"")
            }
            var flags: UInt64 = 0
            for name in scheduler.flags {
                guard let flag = schedulingFlags[name] else {
                    throw refusal("scheduler", "unknown scheduling flag \"\(name)\"")
                }
                flags |= flag
            }
            try step("scheduler") { () throws(SystemError) in
                try setScheduling(
                    policy: policy, flags: flags, nice: scheduler.nice ?? 0,
                    priority: UInt32(clamping: scheduler.priority ?? 0), runtime: scheduler.runtime ?? 0,
                    deadline: scheduler.deadline ?? 0, period: scheduler.period ?? 0)
            }
        }
        if let priority = process.ioPriority {
            guard let kind = ioClasses[priority.class] else {
                throw refusal("ioPriority", "unknown I/O class \"\(priority.class)\"")
            }
            try step("ioPriority") { () throws(SystemError) in
                try setInputOutputPriority(class: kind, priority: priority.priority)
            }
        }
        for (name, value) in [
            ("apparmorProfile", process.apparmorProfile), ("selinuxLabel", process.selinuxLabel),
        ] {
            if let value, !value.isEmpty, value != "unconfined" {
                throw refusal("process", "\(name) \"\(value)\": this kind of confinement is not built yet")
            }
        }
    }
}

private let schedulingPolicies: [String: UInt32] = [
    "SCHED_OTHER": 0, "SCHED_FIFO": 1, "SCHED_RR": 2, "SCHED_BATCH": 3, "SCHED_ISO": 4, "SCHED_IDLE": 5,
    "SCHED_DEADLINE": 6,
]

private let schedulingFlags: [String: UInt64] = [
    "SCHED_FLAG_RESET_ON_FORK": 1, "SCHED_FLAG_RECLAIM": 2, "SCHED_FLAG_DL_OVERRUN": 4,
    "SCHED_FLAG_KEEP_POLICY": 8, "SCHED_FLAG_KEEP_PARAMS": 16, "SCHED_FLAG_UTIL_CLAMP_MIN": 32,
    "SCHED_FLAG_UTIL_CLAMP_MAX": 64,
]

private let ioClasses: [String: Int32] = ["IOPRIO_CLASS_RT": 1, "IOPRIO_CLASS_BE": 2, "IOPRIO_CLASS_IDLE": 3]
