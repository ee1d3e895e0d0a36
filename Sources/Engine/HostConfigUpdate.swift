internal import DockerAPI
internal import EngineModel
internal import OCI

/// Decides what an update makes of a container's limits: pure, so that each rule can be tested as a table.
struct HostConfigUpdate {
    /// The configuration afterwards.
    private(set) var merged: HostConfig
    private(set) var warnings: [String]
    /// The fields that the update changes, with those that the kernel wants beside them.
    private let limits: HostConfig

    /// Checks `change` by itself and against `current`; each error has Docker's words.
    init(_ change: HostConfig, to current: HostConfig, host: HostResources) throws {
        var change = change
        let asked = change
        if change.ioMaximumIOps != 0 || change.ioMaximumBandwidth != 0 {
            throw EngineError(
                .invalidParameter,
                "Invalid QoS settings: linux does not support Maximum IO Bandwidth or Maximum IO IOps")
        }
        var validation = HostConfigValidation(host: host, isUpdate: true)
        try validation.validate(&change)
        // Validation takes "no limit" for nothing said, which at a create it is.
        change.pidsLimit = asked.pidsLimit.map { max(0, $0) }
        warnings = validation.warnings + Self.discarded(asked)
        try Self.checkConflicts(change, current)
        merged = current
        Self.merge(change, into: &merged)
        limits = Self.limits(change, merged)
    }

    private static func checkConflicts(_ change: HostConfig, _ current: HostConfig) throws {
        func refuse(_ isSet: Bool, _ reason: String) throws {
            if isSet { throw EngineError(.conflict, reason) }
        }
        let nano = change.nanoCpus > 0
        for (isSet, name) in [(current.cpuPeriod > 0, "CPU Period"), (current.cpuQuota > 0, "CPU Quota")] {
            try refuse(
                nano && isSet,
                "Conflicting options: Nano CPUs cannot be updated as \(name) has already been set")
        }
        for (isSet, name) in [(change.cpuPeriod > 0, "CPU Period"), (change.cpuQuota > 0, "CPU Quota")] {
            try refuse(
                isSet && current.nanoCpus > 0,
                "Conflicting options: \(name) cannot be updated as NanoCPUs has already been set")
        }
        try refuse(
            change.memory != 0 && change.memory > current.memorySwap && change.memorySwap == 0,
            "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the "
                + "same time")
        let policy = change.restartPolicy.name
        try refuse(
            current.autoRemove && !policy.isEmpty && policy != "no",
            "Restart policy cannot be updated because AutoRemove is enabled for the container")
    }

    private static func merge(_ change: HostConfig, into config: inout HostConfig) {
        func take<Value: Equatable>(_ field: WritableKeyPath<HostConfig, Value>, unless zero: Value) {
            if change[keyPath: field] != zero { config[keyPath: field] = change[keyPath: field] }
        }
        take(\.blkioWeight, unless: 0)
        take(\.cpuShares, unless: 0)
        take(\.nanoCpus, unless: 0)
        take(\.cpuPeriod, unless: 0)
        take(\.cpuQuota, unless: 0)
        take(\.cpusetCpus, unless: "")
        take(\.cpusetMems, unless: "")
        take(\.memory, unless: 0)
        take(\.memorySwap, unless: 0)
        take(\.memoryReservation, unless: 0)
        take(\.pidsLimit, unless: nil)
        if !change.restartPolicy.name.isEmpty { config.restartPolicy = change.restartPolicy }
    }

    /// Quota and period go into one file of cgroup v2, and its limit of swap is a difference.
    private static func limits(_ change: HostConfig, _ merged: HostConfig) -> HostConfig {
        var limits = HostConfig()
        if change.memory != 0 || change.memorySwap != 0 {
            (limits.memory, limits.memorySwap) = (merged.memory, merged.memorySwap)
        }
        if change.nanoCpus != 0 || change.cpuPeriod != 0 || change.cpuQuota != 0 {
            (limits.nanoCpus, limits.cpuPeriod, limits.cpuQuota) = (
                merged.nanoCpus, merged.cpuPeriod, merged.cpuQuota
            )
        }
        limits.memoryReservation = change.memoryReservation
        limits.cpuShares = change.cpuShares
        limits.cpusetCpus = change.cpusetCpus
        limits.cpusetMems = change.cpusetMems
        limits.blkioWeight = change.blkioWeight
        return limits
    }

    /// What Docker takes without a word and does not carry out on a container that exists.
    private static func discarded(_ asked: HostConfig) -> [String] {
        func some<Element>(_ list: [Element]?) -> Bool { list?.isEmpty == false }
        let fields: [(Bool, String)] = [
            (some(asked.blkioWeightDevice), "BlkioWeightDevice"),
            (some(asked.blkioDeviceReadBps), "BlkioDeviceReadBps"),
            (some(asked.blkioDeviceWriteBps), "BlkioDeviceWriteBps"),
            (some(asked.blkioDeviceReadIOps), "BlkioDeviceReadIOps"),
            (some(asked.blkioDeviceWriteIOps), "BlkioDeviceWriteIOps"),
            (!asked.cgroupParent.isEmpty, "CgroupParent"), (some(asked.devices), "Devices"),
            (some(asked.deviceCgroupRules), "DeviceCgroupRules"),
            (some(asked.deviceRequests), "DeviceRequests"),
            (asked.memorySwappiness ?? -1 != -1, "MemorySwappiness"),
            (asked.oomKillDisable == true, "OomKillDisable"), (some(asked.ulimits), "Ulimits"),
        ]
        return fields.filter(\.0).map {
            "\($0.1) of a container cannot be updated: the value was discarded."
        }
    }

    /// The limits to set in the cgroup of a container that runs; nil if none of them changes.
    func resources(of record: ContainerRecord) -> RuntimeSpec.Resources? {
        var changed = Self.resources(limits, of: record)
        if let pids = merged.pidsLimit, pids != record.hostConfig.pidsLimit {
            changed.pids = .init(limit: pids > 0 ? pids : -1)
        }
        return changed == RuntimeSpec.Resources() ? nil : changed
    }

    /// The limits that stood before an update of `record`; one that was not set is given up.
    static func former(of record: ContainerRecord) -> RuntimeSpec.Resources {
        let host = record.hostConfig
        var former = HostConfig()
        former.memory = host.memory == 0 ? -1 : host.memory
        former.memorySwap = host.memorySwap == 0 ? -1 : host.memorySwap
        former.memoryReservation = host.memoryReservation
        former.cpuShares = host.cpuShares == 0 ? 1024 : host.cpuShares
        former.nanoCpus = host.nanoCpus
        if host.nanoCpus == 0 {
            former.cpuPeriod = host.cpuPeriod == 0 ? 100_000 : host.cpuPeriod
            former.cpuQuota = host.cpuQuota == 0 ? -1 : host.cpuQuota
        }
        (former.cpusetCpus, former.cpusetMems) = (host.cpusetCpus, host.cpusetMems)
        var resources = resources(former, of: record)
        resources.pids = .init(limit: (host.pidsLimit ?? 0) > 0 ? host.pidsLimit ?? -1 : -1)
        return resources
    }

    /// The limits that `config` names, as the cgroup takes them.
    static func resources(_ config: HostConfig, of record: ContainerRecord) -> RuntimeSpec.Resources {
        var record = record
        record.hostConfig = config
        return SpecBuilder(
            record: record, hostName: nil, systemFiles: [], cgroupPath: "", joined: [:],
            availableCapabilities: [], hasCgroupNamespaces: true
        ).limits
    }
}
