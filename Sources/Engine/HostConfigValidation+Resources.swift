internal import DockerAPI
internal import EngineModel

extension HostConfigValidation {
    /// Checks memory, CPUs, disks and processes; what this kernel cannot limit is discarded with a warning.
    mutating func checkResources(_ config: inout HostConfig) throws {
        try checkMemory(&config)
        if let pids = config.pidsLimit, pids <= 0 { config.pidsLimit = nil }
        discard(config.pidsLimit != nil, .pids, "PIDs limit capabilities", "PIDs limit discarded.") {
            config.pidsLimit = nil
        }
        try checkCPU(&config)
        try checkBlockIO(&config)
    }

    /// Takes an option back that the kernel does not know, with the warning that Docker gives.
    private mutating func discard(
        _ isAsked: Bool, _ limit: KernelLimits, _ what: String, _ outcome: String, _ reset: () -> Void
    ) {
        guard isAsked, !host.limits.contains(limit) else { return }
        warnings.append("Your kernel does not support \(what) or the cgroup is not mounted. \(outcome)")
        reset()
    }

    private mutating func checkMemory(_ config: inout HostConfig) throws {
        if config.memory != 0 && config.memory < 6 << 20 {
            throw invalid("Minimum memory limit allowed is 6MB")
        }
        discard(config.memory > 0, .memory, "memory limit capabilities", "Limitation discarded.") {
            config.memory = 0
            config.memorySwap = -1
        }
        discard(
            config.memory > 0 && config.memorySwap != -1, .swap, "swap limit capabilities",
            "Memory limited without swap."
        ) { config.memorySwap = -1 }
        if config.memory > 0 && config.memorySwap > 0 && config.memorySwap < config.memory {
            throw invalid("Minimum memoryswap limit should be larger than memory limit, see usage")
        }
        if !isUpdate && config.memory == 0 && config.memorySwap > 0 {
            throw invalid("You should always set the Memory limit when using Memoryswap limit, see usage")
        }
        if config.memorySwap < -1 { config.memorySwap = -1 }
        if !isUpdate && config.memory > 0 && config.memorySwap == 0 {
            let (double, isTooLarge) = config.memory.multipliedReportingOverflow(by: 2)
            config.memorySwap = isTooLarge ? .max : double
        }
        if config.memorySwappiness == -1 { config.memorySwappiness = nil }
        discard(
            config.memorySwappiness != nil, .swappiness, "memory swappiness capabilities",
            "Memory swappiness discarded."
        ) { config.memorySwappiness = nil }
        if let swappiness = config.memorySwappiness, !(0...100).contains(swappiness) {
            throw invalid("Invalid value: \(swappiness), valid memory swappiness range is 0-100")
        }
        discard(
            config.memoryReservation > 0, .memoryReservation, "memory soft limit capabilities",
            "Limitation discarded."
        ) { config.memoryReservation = 0 }
        if config.memoryReservation != 0 && config.memoryReservation < 6 << 20 {
            throw invalid("Minimum memory reservation allowed is 6MB")
        }
        if config.memory > 0 && config.memoryReservation > 0 && config.memory < config.memoryReservation {
            throw invalid("Minimum memory limit can not be less than memory reservation limit, see usage")
        }
        // The limit of the kernel's own memory has gone from kernels and from the API.
        config.kernelMemory = 0
        discard(
            config.kernelMemoryTCP > 0, .kernelMemoryTCP, "kernel memory TCP limit capabilities",
            "Kernel memory TCP limitation discarded."
        ) { config.kernelMemoryTCP = 0 }
        checkOutOfMemory(&config)
    }

    private mutating func checkOutOfMemory(_ config: inout HostConfig) {
        guard let isDisabled = config.oomKillDisable else { return }
        if !host.limits.contains(.oomKillDisable) {
            if isDisabled {
                warnings.append("Your kernel does not support OomKillDisable. OomKillDisable discarded.")
            }
            config.oomKillDisable = nil
        } else if isDisabled && config.memory == 0 {
            warnings.append(
                "OOM killer is disabled for the container, but no memory limit is set, "
                    + "this can result in the system running out of resources.")
        }
    }

    private mutating func checkCPU(_ config: inout HostConfig) throws {
        if config.cpuPercent > 0 {
            warnings.append("linux does not support CPU percent. Percent discarded.")
            config.cpuPercent = 0
        }
        if config.nanoCpus > 0 && config.cpuPeriod > 0 {
            throw invalid("Conflicting options: Nano CPUs and CPU Period cannot both be set")
        }
        if config.nanoCpus > 0 && config.cpuQuota > 0 {
            throw invalid("Conflicting options: Nano CPUs and CPU Quota cannot both be set")
        }
        if config.nanoCpus > 0 && !host.limits.contains(.cpuBandwidth) {
            throw invalid(
                "NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is "
                    + "not mounted")
        }
        // The words name 0.01 and what is less passes: the kernel refuses it at the start.
        if config.nanoCpus < 0 || config.nanoCpus > Int64(host.cpus) * 1_000_000_000 {
            throw invalid(
                "range of CPUs is from 0.01 to \(host.cpus).00, as there are only \(host.cpus) CPUs available"
            )
        }
        if config.cpuShares < 0 {
            throw invalid("invalid CPU shares (\(config.cpuShares)): value must be a positive integer")
        }
        discard(config.cpuShares > 0, .cpuShares, "CPU shares", "Shares discarded.") { config.cpuShares = 0 }
        discard(config.cpuPeriod > 0, .cpuBandwidth, "CPU CFS scheduler", "Period discarded.") {
            config.cpuPeriod = 0
        }
        if config.cpuPeriod != 0 && !(1000...1_000_000).contains(config.cpuPeriod) {
            throw invalid(
                "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
        }
        discard(config.cpuQuota > 0, .cpuBandwidth, "CPU CFS scheduler", "Quota discarded.") {
            config.cpuQuota = 0
        }
        if config.cpuQuota > 0 && config.cpuQuota < 1000 {
            throw invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)")
        }
        try checkRealtime(config)
        discard(
            !config.cpusetCpus.isEmpty || !config.cpusetMems.isEmpty, .cpuset, "cpuset", "Cpuset discarded."
        ) { (config.cpusetCpus, config.cpusetMems) = ("", "") }
        try checkList(config.cpusetCpus, available: host.availableCPUs, what: "cpus", noun: "CPUs")
        try checkList(
            config.cpusetMems, available: host.availableMemoryNodes, what: "mems", noun: "memory nodes")
    }

    private func checkRealtime(_ config: HostConfig) throws {
        guard config.cpuRealtimePeriod != 0 || config.cpuRealtimeRuntime != 0 else { return }
        if !host.limits.contains(.cpuRealtime) {
            throw invalid("kernel does not support CPU real-time scheduler")
        }
        if config.cpuRealtimePeriod != 0 && config.cpuRealtimeRuntime > config.cpuRealtimePeriod {
            throw invalid("cpu real-time runtime cannot be higher than cpu real-time period")
        }
    }

    private mutating func checkBlockIO(_ config: inout HostConfig) throws {
        discard(config.blkioWeight > 0, .blockWeight, "Block I/O weight", "Weight discarded.") {
            config.blkioWeight = 0
        }
        if config.blkioWeight != 0 && !(10...1000).contains(config.blkioWeight) {
            throw invalid("Range of blkio weight is from 10 to 1000")
        }
        if config.ioMaximumBandwidth != 0 {
            throw invalid("invalid option: QoS maximum bandwidth configuration is not supported on linux")
        }
        if config.ioMaximumIOps != 0 {
            throw invalid("invalid option: QoS maximum IOPs configuration is not supported on linux")
        }
        discard(
            config.blkioWeightDevice?.isEmpty == false, .blockWeightDevice, "Block I/O weight_device",
            "Weight-device discarded."
        ) { config.blkioWeightDevice = [] }
        for (path, what) in [
            (\HostConfig.blkioDeviceReadBps, "BPS Block I/O read"),
            (\HostConfig.blkioDeviceWriteBps, "BPS Block I/O write"),
            (\HostConfig.blkioDeviceReadIOps, "IOPS Block read"),
            (\HostConfig.blkioDeviceWriteIOps, "IOPS Block write"),
        ] as [(WritableKeyPath<HostConfig, [ThrottleDevice]?>, String)] {
            let words = what.split(separator: " ")
            discard(
                config[keyPath: path]?.isEmpty == false, .blockThrottle, what + " limit",
                "Block I/O \(words[0]) \(words[words.count - 1]) limit discarded."
            ) { config[keyPath: path] = [] }
        }
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
}
