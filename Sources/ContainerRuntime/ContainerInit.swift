internal import Linux
internal import OCI
internal import SupervisorProtocol

/// What the first process of a container does between its clone and its program.
struct ContainerInit {
    var spec: RuntimeSpec
    var root: RootSource
    var namespaces: NamespacePlan
    var group: ContainerGroup
    var setup: ProcessSetup
    /// A detached mount of the program that `/sbin/docker-init` is to be.
    var initProgram: SharedDescriptor?
    var streams: (Int32, Int32, Int32)?
    var startBarrier: StartBarrier
    /// What is done in the new namespaces before the root is changed: the `createContainer` hooks.
    var beforePivot: (() throws(StartFailure) -> Void)?

    /// Where the start waits once everything is ready.
    enum StartBarrier {
        /// The next `go` of the channel.
        case channel
        /// Somebody opening this fifo for reading, as `runc start` does; the channel is closed before.
        case fifo(Int32)
    }

    /// Never returns: becomes the program, or reports why not and ends.
    func run(sync: SyncChannel) -> Never {
        do throws(StartFailure) {
            try prepare(sync)
        } catch {
            sync.fail(error)
        }
        exitNow(1)
    }

    private func prepare(_ sync: SyncChannel) throws(StartFailure) {
        try step("prctl") { () throws(SystemError) in
            try setDumpable(false)
            if let signal = setup.parentDeathSignal { try setParentDeathSignal(signal) }
            try startSession()
        }
        setFileModeMask(0)
        if let score = spec.process?.oomScoreAdj {
            do throws(SystemError) { try writeFile("/proc/self/oom_score_adj", String(score)) } catch {
                let reason =
                    error.code == .access
                    ? "lowering it needs CAP_SYS_RESOURCE, which the daemon has not got" : error.code.reason
                throw StartFailure(
                    kind: .other, stage: "oom", code: error.code.rawValue,
                    message: "error setting oom_score_adj to \(score): \(reason)")
            }
        }
        for (descriptor, kind) in namespaces.joined {
            try step("namespaces", "error joining a namespace") { () throws(SystemError) in
                try joinNamespaces(descriptor.rawValue, kind)
            }
        }
        if namespaces.new.contains(.uts) { try setNames() }
        let terminal = try buildRoot(sync)
        let top = try step("root") { () throws(SystemError) in try openFile("/", [.path, .directory]) }
        let inside = ConfinedRoot(descriptor: top.rawValue)
        let linux = spec.linux ?? RuntimeSpec.Linux()
        if linux.sysctl.isEmpty { try hidePaths(linux, inside) }
        sync.send(.created(pid: 0, startTime: 0))
        try waitForStart(sync)
        if !linux.sysctl.isEmpty {
            // Some of them are of network interfaces, which are there only now.
            try writeSysctls(linux.sysctl, root: inside)
            try hidePaths(linux, inside)
        }
        try setup.run(streams: ProcessStreams(descriptors: streams, terminal: terminal), sync: sync)
    }

    private func hidePaths(_ linux: RuntimeSpec.Linux, _ inside: ConfinedRoot) throws(StartFailure) {
        try protectPaths(linux.readonlyPaths, root: inside)
        try maskPaths(linux.maskedPaths, root: inside)
    }

    private func waitForStart(_ sync: SyncChannel) throws(StartFailure) {
        switch startBarrier {
        case .channel: sync.waitForGo()
        case .fifo(let descriptor):
            // Opening blocks until somebody reads.
            try step("start", "error waiting for the start") { () throws(SystemError) in
                let fifo = try openFile("/proc/self/fd/\(descriptor)", .writeOnly)
                try writeAll(fifo.rawValue, [0])
            }
        }
    }

    private func setNames() throws(StartFailure) {
        try step("hostname", "error setting the host name") { () throws(SystemError) in
            if let name = spec.hostname, !name.isEmpty { try setHostName(name) }
            if let name = spec.domainname, !name.isEmpty { try setDomainName(name) }
        }
    }

    /// Mounts the root with all that belongs in it, and changes into it.
    private func buildRoot(_ sync: SyncChannel) throws(StartFailure) -> Int32? {
        let linux = spec.linux ?? RuntimeSpec.Linux()
        let top = try mountRoot(root)
        let binds = try prepareMounts(spec.mounts)
        let propagation = try rootPropagation(linux.rootfsPropagation)
        try step("root", "error cutting off the host's mounts") { () throws(SystemError) in
            let own: MountPropagation = propagation?.0 == .private ? .private : .slave
            try setMountAttributes("/", propagation: own, recursive: true)
            try setMountAttributes(at: top.rawValue, "", propagation: .private, recursive: true)
            try attachMount(top.rawValue, at: -100, "/", subject: "/")
        }
        let inside = ConfinedRoot(descriptor: top.rawValue)
        // Before the mounts: what lies below a volume is none of ours.
        if case .overlay = root { makeDockerFiles(inside) }
        let showsGroups = spec.mounts.contains { $0.type == "cgroup" || $0.type == "cgroup2" }
        if showsGroups { try joinGroup(sync) }
        try attachMounts(spec.mounts, binds: binds, root: inside, cgroup: showsGroups ? group.view : .none)
        if let initProgram { try bindInit(initProgram.rawValue, inside) }
        let devices = spec.mounts.last { $0.destination == "/dev" }
        if let devices, devices.type != "bind",
            !devices.options.contains(where: { $0 == "bind" || $0 == "rbind" })
        {
            try makeDevices(linux.devices, root: inside)
        }
        if !showsGroups { try joinGroup(sync) }
        try beforePivot?()
        try enterRoot(top.rawValue)
        var terminal: Int32?
        if spec.process?.terminal == true { terminal = try makeTerminal(sync: sync, consoleAt: inside) }
        try step("root", "error finishing the root") { () throws(SystemError) in
            if spec.root?.readonly == true { try setMountAttributes(at: top.rawValue, "", set: .readOnly) }
            if let propagation, propagation.0 != .private {
                try setMountAttributes("/", propagation: propagation.0, recursive: propagation.recursive)
            }
        }
        return terminal
    }

    /// Waits until the group is there, and moves into it; its namespace begins where the process is by then.
    ///
    /// The host's groups are in reach only until the root is changed.
    private func joinGroup(_ sync: SyncChannel) throws(StartFailure) {
        sync.waitForGo()
        try group.join()
        guard namespaces.new.contains(.cgroup) else { return }
        try step("namespaces", "error making the cgroup namespace") { () throws(SystemError) in
            try leaveNamespaces(.cgroup)
        }
    }

    private func bindInit(_ program: Int32, _ inside: ConfinedRoot) throws(StartFailure) {
        try step("init", "error binding the init program") { () throws(SystemError) in
            try setMountAttributes(at: program, "", set: .readOnly, propagation: .private)
            let place = try inside.file(initPath)
            try attachMount(program, at: place.rawValue, subject: initPath)
        }
    }
}

/// Makes what programs look for in Docker's containers, where it is missing.
///
/// An image whose `/etc` is a file, say, goes without: Docker's own files are no reason not to start.
private func makeDockerFiles(_ root: ConfinedRoot) {
    try? makeNode(at: root.descriptor, ".dockerenv", mode: 0o100755)
    if let folder = try? root.directory("/etc") {
        try? makeLink(at: folder.rawValue, "mtab", to: "/proc/mounts")
    }
}

/// Where Docker puts its init, and so do we.
let initPath = "/sbin/docker-init"
