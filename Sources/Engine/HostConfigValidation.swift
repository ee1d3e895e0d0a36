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
    var limits = KernelLimits.all
}

/// Checks limits and options before a container is made; each error has Docker's words.
struct HostConfigValidation {
    let host: HostResources
    /// Whether the values are changes of a container that exists: what is not said stays as it is.
    let isUpdate: Bool
    var warnings: [String] = []
    /// Names of the runtimes that a container may ask for.
    var runtimes = OCIRuntimes.builtIn

    init(host: HostResources, isUpdate: Bool = false) {
        self.host = host
        self.isUpdate = isUpdate
    }

    func invalid(_ message: String) -> EngineError { EngineError(.invalidParameter, message) }

    /// Checks `config` and changes what Docker changes, such as a swap limit that cannot be held.
    mutating func validate(_ config: inout HostConfig) throws {
        try checkResources(&config)
        try checkProcesses(config)
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
        try checkSysctls(config)
        try checkStorage(config)
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

    private func checkProcesses(_ config: HostConfig) throws {
        for limit in config.ulimits ?? [] where !SpecBuilder.ulimitNames.contains(limit.name.lowercased()) {
            throw invalid("invalid ulimit type: \(limit.name)")
        }
        for limit in config.ulimits ?? []
        where limit.hard != -1 && (limit.soft > limit.hard || limit.soft == -1) {
            throw invalid(
                "ulimit soft limit must be less than or equal to hard limit: \(limit.soft) > \(limit.hard)")
        }
    }

    private func checkModes(_ config: HostConfig) throws {
        func isContainer(_ mode: String) -> Bool { mode.hasPrefix("container:") && mode != "container:" }
        if !["", "none", "private", "shareable", "host"].contains(config.ipcMode)
            && !config.ipcMode.hasPrefix("container:")
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

    /// No size of a container's own layer can be held: the words are those of Docker on such a file system.
    private func checkStorage(_ config: HostConfig) throws {
        guard let name = config.storageOpt.keys.min() else { return }
        throw EngineError(
            .system,
            name.lowercased() == "size"
                ? "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"
                : "Unknown option \(name)")
    }

    /// What runc would refuse at any start, in its words.
    private func checkSysctls(_ config: HostConfig) throws {
        for name in config.sysctls.keys.sorted() {
            if name == "kernel.hostname" {
                throw invalid(
                    "sysctl \"\(name)\" is not allowed as it conflicts with the OCI \"hostname\" field")
            }
            if name == "kernel.domainname" ? config.utsMode == "host" : !Self.isNamespacedSysctl(name) {
                throw invalid("sysctl \"\(name)\" is not in a separate kernel namespace")
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

    static let linksBesideHostNetwork = EngineError(
        .invalidParameter,
        "conflicting options: host type networking can't be used with links. This would result in undefined behavior"
    )

    /// Checks what `config` asks for, also beside a network or a host name that is not the container's own.
    func checkConflicts(_ config: ContainerConfig, _ host: HostConfig) throws {
        if let health = config.healthcheck { try HealthCheck.validate(health) }
        func refuse(_ isSet: Bool, _ what: String) throws {
            if isSet { throw invalid("conflicting options: " + what) }
        }
        try refuse(host.utsMode == "host" && !config.hostname.isEmpty, "hostname and the UTS mode")
        if NetworkMode(host.networkMode) == .host, !(host.links ?? []).isEmpty {
            throw Self.linksBesideHostNetwork
        }
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
        try refuse(!config.usernsMode.isEmpty && config.usernsMode != "host", "user namespaces (--userns)")
        if !runtimes.contains(config.runtime) {
            throw invalid("unknown or invalid runtime name: \(config.runtime)")
        }
    }
}
