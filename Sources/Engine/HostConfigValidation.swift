internal import DockerAPI
internal import EngineModel
internal import Linux

/// What the host has, as far as limits depend on it.
struct HostResources: Sendable {
    /// CPUs that are online.
    var cpus: Int
    /// Bytes of memory.
    var memoryBytes: Int64
    /// CPUs and memory nodes a container may be pinned to, as lists like `0-1`.
    var availableCPUs: String
    var availableMemoryNodes: String
    var hasSwapLimit: Bool
}

/// Checks limits and options before a container is made; each error has Docker's words.
struct HostConfigValidation {
    let host: HostResources
    /// Whether the values are changes of a container that exists: what is not said stays as it is.
    let isUpdate: Bool
    private(set) var warnings: [String] = []

    init(host: HostResources, isUpdate: Bool = false) {
        self.host = host
        self.isUpdate = isUpdate
    }

    private func invalid(_ message: String) -> EngineError { EngineError(.invalidParameter, message) }

    /// Checks `config` and changes what Docker changes, such as a swap limit that cannot be held.
    mutating func validate(_ config: inout HostConfig) throws {
        try checkMemory(&config)
        try checkCPU(&config)
        try checkProcesses(&config)
        _ = try RestartPolicy(
            name: config.restartPolicy.name, maximumRetries: config.restartPolicy.maximumRetryCount)
        if config.autoRemove, !config.restartPolicy.name.isEmpty, config.restartPolicy.name != "no" {
            throw invalid("can't create 'AutoRemove' container with restart policy")
        }
        if config.shmSize < 0 { throw invalid("SHM size can not be less than 0") }
        if config.oomScoreAdj < -1000 || config.oomScoreAdj > 1000 {
            throw invalid("Invalid value \(config.oomScoreAdj), range for oom score adj is [-1000, 1000]")
        }
        try checkModes(config)
        try checkBlockDevices(config)
        try checkSysctls(config)
        try checkExtraHosts(config)
        if config.annotations[""] != nil {
            throw invalid("invalid Annotations: the empty string is not permitted as an annotation key")
        }
        if NetworkMode(config.networkMode) == .host {
            if config.publishAllPorts || !(config.portBindings ?? [:]).isEmpty {
                warnings.append("Published ports are discarded when using host network mode")
            }
        }
        if case .container(let name) = NetworkMode(config.networkMode) {
            if name.isEmpty {
                throw invalid("invalid network mode: invalid container format container:<name|id>")
            }
            if config.publishAllPorts || !(config.portBindings ?? [:]).isEmpty {
                throw invalid("conflicting options: port publishing and the container type network mode")
            }
        }
        try refuseUnbuilt(config)
    }

    private mutating func checkMemory(_ config: inout HostConfig) throws {
        if config.memory != 0 && config.memory < 6 << 20 {
            throw invalid("Minimum memory limit allowed is 6MB")
        }
        if config.memory > 0 && config.memorySwap > 0 && config.memorySwap < config.memory {
            throw invalid("Minimum memoryswap limit should be larger than memory limit, see usage")
        }
        if !isUpdate && config.memory == 0 && config.memorySwap > 0 {
            throw invalid("You should always set the Memory limit when using Memoryswap limit, see usage")
        }
        if config.memory > 0 && config.memorySwap != -1 && !host.hasSwapLimit {
            warnings.append(
                "Your kernel does not support swap limit capabilities or the cgroup is not mounted. "
                    + "Memory limited without swap.")
            config.memorySwap = -1
        }
        if config.memorySwap < -1 { config.memorySwap = -1 }
        if !isUpdate && config.memory > 0 && config.memorySwap == 0 { config.memorySwap = config.memory * 2 }
        if config.memorySwappiness == -1 { config.memorySwappiness = nil }
        if let swappiness = config.memorySwappiness {
            guard (0...100).contains(swappiness) else {
                throw invalid("Invalid value: \(swappiness), valid memory swappiness range is 0-100")
            }
        }
        if config.oomKillDisable == true && config.memory == 0 {
            warnings.append(
                "OOM killer is disabled for the container, but no memory limit is set, "
                    + "this can result in the system running out of resources.")
        }
        if config.memoryReservation != 0 && config.memoryReservation < 6 << 20 {
            throw invalid("Minimum memory reservation allowed is 6MB")
        }
        if config.memory > 0 && config.memoryReservation > 0 && config.memory < config.memoryReservation {
            throw invalid("Minimum memory limit can not be less than memory reservation limit, see usage")
        }
    }

    private mutating func checkCPU(_ config: inout HostConfig) throws {
        if config.cpuPercent > 0 {
            warnings.append("linux does not support CPU percent. Percent discarded.")
            config.cpuPercent = 0
        }
        if config.blkioWeight != 0 && !(10...1000).contains(config.blkioWeight) {
            throw invalid("Range of blkio weight is from 10 to 1000")
        }
        if config.nanoCpus > 0 && config.cpuPeriod > 0 {
            throw invalid("Conflicting options: Nano CPUs and CPU Period cannot both be set")
        }
        if config.nanoCpus > 0 && config.cpuQuota > 0 {
            throw invalid("Conflicting options: Nano CPUs and CPU Quota cannot both be set")
        }
        if config.nanoCpus < 0 || config.nanoCpus > Int64(host.cpus) * 1_000_000_000
            || (config.nanoCpus > 0 && config.nanoCpus < 10_000_000)
        {
            throw invalid(
                "range of CPUs is from 0.01 to \(host.cpus).00, as there are only \(host.cpus) CPUs available"
            )
        }
        if config.cpuShares < 0 {
            throw invalid("invalid CPU shares (\(config.cpuShares)): value must be a positive integer")
        }
        if config.cpuPeriod != 0 && !(1000...1_000_000).contains(config.cpuPeriod) {
            throw invalid(
                "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
        }
        if config.cpuQuota > 0 && config.cpuQuota < 1000 {
            throw invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)")
        }
        try checkList(config.cpusetCpus, available: host.availableCPUs, what: "cpus", noun: "CPUs")
        try checkList(
            config.cpusetMems, available: host.availableMemoryNodes, what: "mems", noun: "memory nodes")
    }

    private func checkList(_ list: String, available: String, what: String, noun: String) throws {
        if list.isEmpty { return }
        guard let asked = Self.ranges(list) else {
            throw invalid("Invalid value \(list) for cpuset \(what): invalid format: \(list)")
        }
        let present = Self.ranges(available) ?? []
        // Runs of the present ones can touch (`0-1,2`), so each number counts by itself.
        let covered = { (number: Int) in present.contains { $0.contains(number) } }
        let last = present.map(\.upperBound).max() ?? -1
        if asked.contains(where: { $0.upperBound > last || !$0.allSatisfy(covered) }) {
            throw invalid("Requested \(noun) are not available - requested \(list), available: \(available)")
        }
    }

    private mutating func checkProcesses(_ config: inout HostConfig) throws {
        for limit in config.ulimits ?? [] where !SpecBuilder.ulimitNames.contains(limit.name.lowercased()) {
            throw invalid("invalid ulimit type: \(limit.name)")
        }
        for limit in config.ulimits ?? []
        where limit.hard != -1 && (limit.soft > limit.hard || limit.soft == -1) {
            throw invalid(
                "ulimit soft limit must be less than or equal to hard limit: \(limit.soft) > \(limit.hard)")
        }
        if let pids = config.pidsLimit, pids <= 0 { config.pidsLimit = nil }
    }

    private func checkModes(_ config: HostConfig) throws {
        func isContainer(_ mode: String) -> Bool { mode.hasPrefix("container:") && mode != "container:" }
        if !["", "none", "private", "shareable", "host"].contains(config.ipcMode)
            && !isContainer(config.ipcMode)
        {
            throw invalid("invalid IPC mode: \(config.ipcMode)")
        }
        if !["", "host"].contains(config.pidMode) && !isContainer(config.pidMode) {
            throw invalid("invalid PID mode: \(config.pidMode)")
        }
        if !["", "host"].contains(config.utsMode) { throw invalid("invalid UTS mode: \(config.utsMode)") }
        if !["", "private", "host"].contains(config.cgroupnsMode) {
            throw invalid("invalid cgroup namespace mode: \(config.cgroupnsMode)")
        }
        if !config.isolation.isEmpty && config.isolation != "default" {
            throw invalid("invalid isolation (\(config.isolation)): linux only supports 'default'")
        }
    }

    private func checkBlockDevices(_ config: HostConfig) throws {
        let throttled = [
            config.blkioDeviceReadBps, config.blkioDeviceWriteBps, config.blkioDeviceReadIOps,
            config.blkioDeviceWriteIOps,
        ]
        let paths = throttled.flatMap { $0 ?? [] }.map(\.path) + (config.blkioWeightDevice ?? []).map(\.path)
        for path in paths where HostDevices.number(path) == nil {
            throw EngineError(
                .system, "stat \(path): " + (fileExists(path) ? "not a block device" : "no such file or directory"))
        }
    }

    /// What runc would refuse at the start, in its words.
    private func checkSysctls(_ config: HostConfig) throws {
        for name in config.sysctls.keys.sorted() {
            if name == "kernel.hostname" {
                throw invalid(
                    "sysctl \"\(name)\" is not allowed as it conflicts with the OCI \"hostname\" field")
            }
            if name == "kernel.domainname" ? config.utsMode == "host" : !Self.isNamespacedSysctl(name) {
                throw invalid("sysctl \"\(name)\" is not in a separate kernel namespace")
            }
            if name.hasPrefix("net.") {
                if NetworkMode(config.networkMode) == .host {
                    throw invalid("sysctl \"\(name)\" not allowed in host network namespace")
                }
            } else if config.ipcMode == "host" && name != "kernel.domainname" {
                throw invalid("sysctl \"\(name)\" is not allowed in the hosts ipc namespace")
            }
        }
    }

    private func checkExtraHosts(_ config: HostConfig) throws {
        for entry in config.extraHosts ?? [] {
            let parts = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw invalid("bad format for add-host: \"\(entry)\"")
            }
            var address = String(parts[1])
            if address == "host-gateway" { continue }
            if address.hasPrefix("["), address.hasSuffix("]") {
                address = String(address.dropFirst().dropLast())
            }
            if IPAddress(address) == nil { throw invalid("invalid IP address in add-host: \"\(parts[1])\"") }
        }
    }

    /// Checks what `config` asks for, also beside a network or a host name that is not the container's own.
    func checkConflicts(_ config: ContainerConfig, _ host: HostConfig) throws {
        if let health = config.healthcheck { try HealthCheck.validate(health) }
        func refuse(_ isSet: Bool, _ what: String) throws {
            if isSet { throw invalid("conflicting options: " + what) }
        }
        try refuse(host.utsMode == "host" && !config.hostname.isEmpty, "hostname and the UTS mode")
        guard case .container = NetworkMode(host.networkMode) else { return }
        try refuse(!config.hostname.isEmpty, "hostname and the network mode")
        try refuse(
            !(host.links ?? []).isEmpty,
            "container type network can't be used with links. This would result in undefined behavior")
        try refuse(!(host.dns ?? []).isEmpty, "dns and the network mode")
        try refuse(!(host.extraHosts ?? []).isEmpty, "custom host-to-IP mapping and the network mode")
        try refuse(!config.macAddress.isEmpty, "mac-address and the network mode")
        try refuse(!config.exposedPorts.isEmpty, "port exposing and the container type network mode")
    }

    /// The runs of a list like `0-2,5`; nil if it is none.
    static func ranges(_ list: String) -> [ClosedRange<Int>]? {
        var found: [ClosedRange<Int>] = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, 0 <= first,
                first <= last
            else { return nil }
            found.append(first...last)
        }
        return found
    }

    /// Whether a sysctl belongs to one of a container's own namespaces; see `namespaces(7)`.
    static func isNamespacedSysctl(_ name: String) -> Bool {
        let exact: Set<String> = [
            "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
            "kernel.shmmni", "kernel.shm_rmid_forced", "kernel.domainname",
        ]
        return exact.contains(name) || name.hasPrefix("fs.mqueue.") || name.hasPrefix("net.")
    }

    /// Options that berth does not carry out yet are refused, never ignored.
    private func refuseUnbuilt(_ config: HostConfig) throws {
        func refuse(_ isSet: Bool, _ option: String) throws {
            if isSet {
                throw EngineError(.notImplemented, "create container: berth does not support \(option) yet")
            }
        }
        try refuse(!(config.deviceRequests ?? []).isEmpty, "device requests (--gpus)")
        try refuse(!(config.links ?? []).isEmpty, "links (--link): let the containers share a network")
        try refuse(!(config.volumesFrom ?? []).isEmpty, "--volumes-from")
        try refuse(!config.storageOpt.isEmpty, "storage options (--storage-opt)")
        try refuse(!config.usernsMode.isEmpty && config.usernsMode != "host", "user namespaces (--userns)")
        try refuse(config.cpuRealtimePeriod != 0 || config.cpuRealtimeRuntime != 0, "real-time CPU limits")
        try refuse(config.kernelMemory != 0 || config.kernelMemoryTCP != 0, "kernel memory limits")
        try refuse(!config.volumeDriver.isEmpty && config.volumeDriver != "local", "volume drivers")
        if !["", "berth", "berth-runtime", "runc", "io.containerd.runc.v2"].contains(config.runtime) {
            throw invalid("unknown or invalid runtime name: \(config.runtime)")
        }
        for mount in config.mounts ?? [] where !["bind", "volume", "tmpfs"].contains(mount.type) {
            try refuse(mount.type == "image", "mounts of type \"image\"")
            throw invalid("invalid mount config for type \"\(mount.type)\": mount type unknown")
        }
    }
}
