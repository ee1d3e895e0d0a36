internal import DockerAPI
internal import EngineModel

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
    private(set) var warnings: [String] = []

    init(host: HostResources) { self.host = host }

    private func invalid(_ message: String) -> EngineError { EngineError(.invalidParameter, message) }

    /// Checks `config` and changes what Docker changes, such as a swap limit that cannot be held.
    mutating func validate(_ config: inout HostConfig) throws {
        try checkMemory(&config)
        try checkCPU(config)
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
        for (name, _) in config.sysctls where !Self.isNamespacedSysctl(name) {
            throw invalid("invalid sysctl '\(name)': it is not in a namespace of the container; set it on the host")
        }
        if NetworkMode(config.networkMode) == .host {
            if let name = config.sysctls.keys.first(where: { $0.hasPrefix("net.") }) {
                throw invalid(
                    "sysctl '\(name)' not allowed in host network namespace")
            }
            if config.publishAllPorts || !(config.portBindings ?? [:]).isEmpty {
                warnings.append("Published ports are discarded when using host network mode")
            }
        }
        if case .container(let name) = NetworkMode(config.networkMode) {
            if name.isEmpty { throw invalid("invalid container format container:<name|id>") }
            if config.publishAllPorts || !(config.portBindings ?? [:]).isEmpty {
                throw invalid("conflicting options: port publishing and the container type network mode")
            }
        }
        try refuseUnbuilt(config)
    }

    private mutating func checkMemory(_ config: inout HostConfig) throws {
        if config.memory != 0 && config.memory < 6 << 20 { throw invalid("Minimum memory limit allowed is 6MB") }
        if config.memory > 0 && config.memorySwap > 0 && config.memorySwap < config.memory {
            throw invalid("Minimum memoryswap limit should be larger than memory limit, see usage")
        }
        if config.memory == 0 && config.memorySwap > 0 {
            throw invalid("You should always set the Memory limit when using Memoryswap limit, see usage")
        }
        if config.memory > 0 && config.memorySwap != -1 && !host.hasSwapLimit {
            warnings.append(
                "Your kernel does not support swap limit capabilities or the cgroup is not mounted. "
                    + "Memory limited without swap.")
            config.memorySwap = -1
        }
        if config.memory > 0 && config.memorySwap == 0 { config.memorySwap = config.memory * 2 }
        if let swappiness = config.memorySwappiness, swappiness != -1 {
            guard (0...100).contains(swappiness) else {
                throw invalid("Invalid value: \(swappiness), valid memory swappiness range is 0-100")
            }
        }
        if config.memoryReservation != 0 && config.memoryReservation < 6 << 20 {
            throw invalid("Minimum memory reservation allowed is 6MB")
        }
        if config.memory > 0 && config.memoryReservation > 0 && config.memory < config.memoryReservation {
            throw invalid("Minimum memory limit can not be less than memory reservation limit, see usage")
        }
    }

    private func checkCPU(_ config: HostConfig) throws {
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
                "range of CPUs is from 0.01 to \(host.cpus).00, as there are only \(host.cpus) CPUs available")
        }
        if config.cpuShares < 0 {
            throw invalid("invalid CPU shares (\(config.cpuShares)): value must be a positive integer")
        }
        if config.cpuPeriod != 0 && !(1000...1_000_000).contains(config.cpuPeriod) {
            throw invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
        }
        if config.cpuQuota > 0 && config.cpuQuota < 1000 {
            throw invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)")
        }
        try checkList(config.cpusetCpus, available: host.availableCPUs, what: "cpus", noun: "CPUs")
        try checkList(config.cpusetMems, available: host.availableMemoryNodes, what: "mems", noun: "memory nodes")
    }

    private func checkList(_ list: String, available: String, what: String, noun: String) throws {
        if list.isEmpty { return }
        guard let asked = Self.indices(list) else { throw invalid("Invalid value \(list) for cpuset \(what)") }
        let present = Self.indices(available) ?? []
        if !asked.isSubset(of: present) {
            throw invalid("Requested \(noun) are not available - requested \(list), available: \(available)")
        }
    }

    private mutating func checkProcesses(_ config: inout HostConfig) throws {
        for limit in config.ulimits ?? [] where !SpecBuilder.ulimitNames.contains(limit.name) {
            throw invalid("invalid ulimit type: \(limit.name)")
        }
        for limit in config.ulimits ?? [] where limit.hard != -1 && (limit.soft > limit.hard || limit.soft == -1) {
            throw invalid("ulimit soft limit must be less than or equal to hard limit: \(limit.soft) > \(limit.hard)")
        }
        if let pids = config.pidsLimit, pids < -1 {
            throw invalid("invalid pids limit \(pids): use -1 for unlimited")
        }
        if config.pidsLimit == 0 || config.pidsLimit == -1 { config.pidsLimit = nil }
    }

    /// The numbers of a list like `0-2,5`; nil if it is none.
    static func indices(_ list: String) -> Set<Int>? {
        var found: Set<Int> = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first ?? nil, first >= 0, ends.count <= 2 else { return nil }
            guard let last = ends.count == 2 ? ends[1] : first, last >= first, last < 8192 else { return nil }
            found.formUnion(first...last)
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
        try refuse(!config.isolation.isEmpty && config.isolation != "default", "isolation \"\(config.isolation)\"")
        try refuse(!config.usernsMode.isEmpty && config.usernsMode != "host", "user namespaces (--userns)")
        try refuse(config.cpuRealtimePeriod != 0 || config.cpuRealtimeRuntime != 0, "real-time CPU limits")
        try refuse(config.kernelMemory != 0 || config.kernelMemoryTCP != 0, "kernel memory limits")
        try refuse(!config.volumeDriver.isEmpty && config.volumeDriver != "local", "volume drivers")
        if !config.runtime.isEmpty && !["berth", "berth-runtime", "runc", "io.containerd.runc.v2"].contains(config.runtime) {
            throw invalid("unknown or invalid runtime name: \(config.runtime)")
        }
        for mount in config.mounts ?? [] where !["bind", "volume", "tmpfs"].contains(mount.type) {
            try refuse(["image", "cluster", "npipe"].contains(mount.type), "mounts of type \"\(mount.type)\"")
            throw invalid("mount type unknown: \"\(mount.type)\"")
        }
    }
}
