internal import DockerAPI
internal import EngineModel
internal import Linux
internal import OCI

/// Turns a container's record into the OCI runtime specification of one start.
struct SpecBuilder {
    let record: ContainerRecord
    /// Host name inside the container; nil where it shares the host's.
    let hostName: String?
    /// Files that are bound over `/etc/resolv.conf`, `/etc/hostname` and `/etc/hosts`: destination to source.
    let systemFiles: [(destination: String, source: String)]
    let cgroupPath: String
    /// Where `container:` modes lead: the pid of the other container's init process, by namespace.
    let joined: [RuntimeSpec.NamespaceType: Int32]
    /// Capabilities that this daemon has itself.
    let availableCapabilities: Set<String>
    let hasCgroupNamespaces: Bool
    /// The unpacked layers of each mount of type `image`, by its destination; the topmost first.
    var imageLayers: [String: [String]] = [:]

    private var host: HostConfig { record.hostConfig }

    /// Builds the specification; what cannot be built is an error that names the option.
    func build() throws -> RuntimeSpec {
        let security = try SecurityOptions(parsing: host.securityOpt ?? [])
        return RuntimeSpec(
            process: try process(security), root: .init(path: "rootfs", readonly: host.readonlyRootfs),
            hostname: hostName, domainname: record.config.domainname.isEmpty ? nil : record.config.domainname,
            mounts: try mounts(writableCgroups: security.writableCgroups), annotations: host.annotations,
            linux: try linux(security))
    }

    private func process(_ security: SecurityOptions) throws -> RuntimeSpec.Process {
        RuntimeSpec.Process(
            terminal: record.config.tty,
            consoleSize: record.config.tty && host.consoleSize.count == 2 && host.consoleSize[0] > 0
                ? .init(height: UInt(host.consoleSize[0]), width: UInt(max(host.consoleSize[1], 0))) : nil,
            args: record.commandLine, env: environment(),
            cwd: record.config.workingDir.isEmpty ? "/" : record.config.workingDir,
            capabilities: try capabilities(privileged: host.privileged), rlimits: rlimits(),
            noNewPrivileges: security.noNewPrivileges,
            oomScoreAdj: host.oomScoreAdj == 0 ? nil : host.oomScoreAdj)
    }

    /// The capability sets of the container's processes.
    func capabilities(privileged: Bool) throws -> RuntimeSpec.Capabilities {
        let names = try CapabilitySet.effective(
            add: host.capAdd ?? [], drop: host.capDrop ?? [], privileged: privileged,
            available: availableCapabilities)
        return .init(bounding: names, effective: names, permitted: names)
    }

    /// The environment: the defaults, and over them the container's own; an entry without `=` removes one.
    func environment() -> [String] {
        var variables = [SpecDefaults.path]
        if let hostName { variables.append("HOSTNAME=\(hostName)") }
        if record.config.tty { variables.append("TERM=xterm") }
        variables = Self.merged(variables, with: record.linkEnvironment ?? [])
        return Self.merged(variables, with: record.config.env ?? [])
    }

    /// `base` with `changes` over it.
    static func merged(_ base: [String], with changes: [String]) -> [String] {
        var result = base
        for change in changes {
            let name = change.prefix { $0 != "=" }
            let index = result.firstIndex { $0.prefix { $0 != "=" } == name }
            if !change.contains("=") {
                if let index { result.remove(at: index) }
            } else if let index {
                result[index] = change
            } else {
                result.append(change)
            }
        }
        return result
    }

    /// The names that `--ulimit` takes; see `getrlimit(2)`.
    static let ulimitNames: Set<String> = [
        "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
        "rtprio",
        "rttime", "sigpending", "stack",
    ]

    func rlimits() -> [RuntimeSpec.ResourceLimit] {
        (host.ulimits ?? []).map {
            .init(
                type: "RLIMIT_\($0.name.uppercased())", hard: UInt64(bitPattern: $0.hard),
                soft: UInt64(bitPattern: $0.soft))
        }
    }

    private func linux(_ security: SecurityOptions) throws -> RuntimeSpec.Linux {
        let open = host.privileged || security.unconfinedSystemPaths
        var devices: [RuntimeSpec.Device] = []
        var rules =
            host.privileged ? [RuntimeSpec.DeviceRule(allow: true, access: "rwm")] : SpecDefaults.deviceRules
        if host.privileged {
            devices = HostDevices.all()
        } else {
            for mapping in host.devices ?? [] {
                let found = try HostDevices.mapped(mapping)
                devices += found
                let access = mapping.cgroupPermissions.isEmpty ? "rwm" : mapping.cgroupPermissions
                rules += found.map {
                    .init(allow: true, type: $0.type, major: $0.major, minor: $0.minor, access: access)
                }
            }
        }
        rules += try (host.deviceCgroupRules ?? []).map(HostDevices.rule)
        return RuntimeSpec.Linux(
            sysctl: sysctls(), resources: try resources(rules), cgroupsPath: cgroupPath,
            namespaces: namespaces(),
            devices: devices, rootfsPropagation: rootPropagation(),
            maskedPaths: open ? [] : host.maskedPaths ?? SpecDefaults.maskedPaths,
            readonlyPaths: open ? [] : host.readonlyPaths ?? SpecDefaults.readonlyPaths)
    }

    private func rootPropagation() -> String? {
        let asked = record.mounts.map(\.propagation)
        if asked.contains(where: { $0.hasSuffix("shared") }) { return "shared" }
        return asked.contains(where: { $0.hasSuffix("slave") }) ? "slave" : nil
    }

    private func sysctls() -> [String: String] {
        var values = host.sysctls
        if record.networkMode.isPrivate {
            for (name, value) in [
                "net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647",
            ] where values[name] == nil { values[name] = value }
        }
        return values
    }

    private func namespaces() -> [RuntimeSpec.Namespace] {
        var found: [RuntimeSpec.Namespace] = [.init(type: .mount)]
        func add(_ type: RuntimeSpec.NamespaceType, _ mode: String) {
            if mode == "host" { return }
            let path = joined[type].map { "/proc/\($0)/ns/\(Self.namespaceFile(type))" }
            found.append(.init(type: type, path: path))
        }
        add(.pid, host.pidMode)
        add(.ipc, host.ipcMode)
        add(.uts, host.utsMode)
        add(.network, record.networkMode == .host ? "host" : "")
        if hasCgroupNamespaces { add(.cgroup, host.cgroupnsMode) }
        return found
    }

    /// The name of a namespace's file below `/proc/PID/ns`.
    static func namespaceFile(_ type: RuntimeSpec.NamespaceType) -> String {
        switch type {
        case .network: "net"
        case .mount: "mnt"
        default: type.rawValue
        }
    }

    /// The limits of the container's cgroup.
    func resources(_ rules: [RuntimeSpec.DeviceRule]) throws -> RuntimeSpec.Resources {
        var resources = limits
        resources.devices = rules
        resources.blockIO = try blockLimits()
        return resources
    }

    /// The limits that need no look at a device.
    var limits: RuntimeSpec.Resources {
        RuntimeSpec.Resources(
            memory: memoryLimits, cpu: cpuLimits, pids: host.pidsLimit.map { .init(limit: $0) },
            blockIO: host.blkioWeight == 0 ? nil : .init(weight: UInt16(clamping: host.blkioWeight)))
    }

    private var memoryLimits: RuntimeSpec.Memory? {
        let memory = RuntimeSpec.Memory(
            limit: host.memory == 0 ? nil : host.memory,
            reservation: host.memoryReservation == 0 ? nil : host.memoryReservation,
            swap: host.memorySwap == 0 ? nil : host.memorySwap,
            kernelTCP: host.kernelMemoryTCP == 0 ? nil : host.kernelMemoryTCP,
            swappiness: host.memorySwappiness.flatMap { $0 == -1 ? nil : UInt64($0) },
            disableOOMKiller: host.oomKillDisable == true ? true : nil)
        return memory == RuntimeSpec.Memory() ? nil : memory
    }

    private var cpuLimits: RuntimeSpec.CPU? {
        let period: UInt64? =
            host.nanoCpus != 0 ? 100_000 : host.cpuPeriod == 0 ? nil : UInt64(host.cpuPeriod)
        let quota: Int64? =
            host.nanoCpus != 0 ? host.nanoCpus / 10_000 : host.cpuQuota == 0 ? nil : host.cpuQuota
        let cpu = RuntimeSpec.CPU(
            shares: host.cpuShares == 0 ? nil : UInt64(host.cpuShares), quota: quota, period: period,
            realtimeRuntime: host.cpuRealtimeRuntime == 0 ? nil : host.cpuRealtimeRuntime,
            realtimePeriod: host.cpuRealtimePeriod == 0 ? nil : UInt64(clamping: host.cpuRealtimePeriod),
            cpus: host.cpusetCpus.isEmpty ? nil : host.cpusetCpus,
            mems: host.cpusetMems.isEmpty ? nil : host.cpusetMems)
        return cpu == RuntimeSpec.CPU() ? nil : cpu
    }

    private func blockLimits() throws -> RuntimeSpec.BlockIO? {
        func throttle(_ list: [ThrottleDevice]?) throws -> [RuntimeSpec.ThrottleDevice] {
            try (list ?? []).map { device in
                let number = try HostDevices.number(device.path)
                return .init(major: number.major, minor: number.minor, rate: device.rate)
            }
        }
        let block = RuntimeSpec.BlockIO(
            weight: host.blkioWeight == 0 ? nil : UInt16(clamping: host.blkioWeight),
            weightDevice: try (host.blkioWeightDevice ?? []).map { device in
                let number = try HostDevices.number(device.path)
                return .init(
                    major: number.major, minor: number.minor, weight: UInt16(clamping: device.weight))
            },
            throttleReadBpsDevice: try throttle(host.blkioDeviceReadBps),
            throttleWriteBpsDevice: try throttle(host.blkioDeviceWriteBps),
            throttleReadIOPSDevice: try throttle(host.blkioDeviceReadIOps),
            throttleWriteIOPSDevice: try throttle(host.blkioDeviceWriteIOps))
        return block == RuntimeSpec.BlockIO() ? nil : block
    }
}
