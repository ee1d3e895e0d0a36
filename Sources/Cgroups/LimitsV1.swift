internal import OCI

/// What a spec's resources mean in the files of cgroup v1.
enum LimitsV1 {
    /// All writes but those of ``memory(_:currentSwapLimit:)``, ``cpuBandwidth(_:)`` and the devices.
    static func simple(_ resources: RuntimeSpec.Resources) throws(CgroupError) -> [ControlWrite] {
        if let name = resources.unified.keys.min() {
            throw CgroupError(#"set "\#(name)": unified limits need cgroup v2, and this machine has v1"#)
        }
        var writes: [ControlWrite] = []
        if let cpu = resources.cpu {
            if let shares = cpu.shares, shares != 0 {
                // The kernel would take another value without a word.
                if shares < 2 { throw CgroupError("the minimum allowed cpu-shares is 2") }
                if shares > 262_144 { throw CgroupError("the maximum allowed cpu-shares is 262144") }
                writes.append(ControlWrite("cpu", "cpu.shares", shares))
            }
            if let idle = cpu.idle { writes.append(ControlWrite("cpu", "cpu.idle", idle)) }
            if let cpus = cpu.cpus, !cpus.isEmpty {
                writes.append(ControlWrite("cpuset", "cpuset.cpus", cpus))
            }
            if let mems = cpu.mems, !mems.isEmpty {
                writes.append(ControlWrite("cpuset", "cpuset.mems", mems))
            }
            if let period = cpu.realtimePeriod, period != 0 {
                writes.append(ControlWrite("cpu", "cpu.rt_period_us", period))
            }
            if let runtime = cpu.realtimeRuntime, runtime != 0 {
                writes.append(ControlWrite("cpu", "cpu.rt_runtime_us", runtime))
            }
        }
        if let pids = resources.pids, pids.limit != 0 {
            writes.append(ControlWrite("pids", "pids.max", pids.limit > 0 ? String(pids.limit) : "max"))
        }
        writes += blockIO(resources.blockIO)
        for limit in resources.hugepageLimits {
            writes.append(ControlWrite("hugetlb", "hugetlb.\(limit.pageSize).limit_in_bytes", limit.limit))
        }
        if let classID = resources.network?.classID {
            writes.append(ControlWrite("net_cls", "net_cls.classid", classID))
        }
        for entry in resources.network?.priorities ?? [] {
            writes.append(ControlWrite("net_prio", "net_prio.ifpriomap", "\(entry.name) \(entry.priority)"))
        }
        writes += rdma(resources.rdma)
        return writes
    }

    /// Memory's writes; the kernel refuses any moment in which memory alone has a higher limit than memory
    /// and swap.
    static func memory(
        _ memory: RuntimeSpec.Memory, currentSwapLimit: UInt64?
    ) throws(CgroupError) -> [ControlWrite] {
        if let kernel = memory.kernel, kernel > 0 {
            throw CgroupError("memory.kernel \(kernel): kernels since 5.16 have no limit of their own memory")
        }
        if let limit = memory.limit, let swap = memory.swap, limit > 0, swap > 0, swap < limit {
            throw CgroupError(
                "memory.swap \(swap): memory and swap together cannot be less than memory, \(limit)")
        }
        var writes: [ControlWrite] = []
        let limit = memory.limit.flatMap {
            $0 == 0 ? nil : ControlWrite("memory", "memory.limit_in_bytes", $0)
        }
        var swapBytes = memory.swap ?? 0
        if memory.limit == -1 && swapBytes == 0 { swapBytes = -1 }
        let swap = swapBytes == 0 ? nil : ControlWrite("memory", "memory.memsw.limit_in_bytes", swapBytes)
        var swapFirst = swapBytes == -1
        if let current = currentSwapLimit, let wanted = memory.limit, wanted > 0, UInt64(wanted) > current {
            swapFirst = true
        }
        writes += (swapFirst ? [swap, limit] : [limit, swap]).compactMap { $0 }
        if let reservation = memory.reservation, reservation != 0 {
            writes.append(ControlWrite("memory", "memory.soft_limit_in_bytes", reservation))
        }
        if let tcp = memory.kernelTCP, tcp != 0 {
            writes.append(ControlWrite("memory", "memory.kmem.tcp.limit_in_bytes", tcp))
        }
        if memory.disableOOMKiller == true {
            writes.append(ControlWrite("memory", "memory.oom_control", "1"))
        }
        if let swappiness = memory.swappiness, swappiness != UInt64.max, Int64(bitPattern: swappiness) != -1 {
            guard swappiness <= 100 else {
                throw CgroupError("memory.swappiness \(swappiness): must be 0 to 100")
            }
            writes.append(ControlWrite("memory", "memory.swappiness", swappiness))
        }
        return writes
    }

    /// Period and quota; each may be refused while the other has its old value, so try both orders.
    static func cpuBandwidth(_ cpu: RuntimeSpec.CPU) -> [ControlWrite] {
        var writes: [ControlWrite] = []
        if let period = cpu.period, period != 0 {
            writes.append(ControlWrite("cpu", "cpu.cfs_period_us", period))
        }
        if let quota = cpu.quota, quota != 0 {
            writes.append(ControlWrite("cpu", "cpu.cfs_quota_us", max(quota, -1)))
        }
        if let burst = cpu.burst { writes.append(ControlWrite("cpu", "cpu.cfs_burst_us", burst)) }
        return writes
    }

    private static func blockIO(_ block: RuntimeSpec.BlockIO?) -> [ControlWrite] {
        guard let block else { return [] }
        var writes: [ControlWrite] = []
        if let weight = block.weight, weight != 0 {
            writes.append(ControlWrite("blkio", "blkio.weight", weight))
        }
        if let weight = block.leafWeight, weight != 0 {
            writes.append(ControlWrite("blkio", "blkio.leaf_weight", weight))
        }
        for entry in block.weightDevice {
            let device = "\(entry.major):\(entry.minor)"
            if let weight = entry.weight, weight != 0 {
                writes.append(ControlWrite("blkio", "blkio.weight_device", "\(device) \(weight)"))
            }
            if let weight = entry.leafWeight, weight != 0 {
                writes.append(ControlWrite("blkio", "blkio.leaf_weight_device", "\(device) \(weight)"))
            }
        }
        for (name, entries) in [
            ("read_bps", block.throttleReadBpsDevice), ("write_bps", block.throttleWriteBpsDevice),
            ("read_iops", block.throttleReadIOPSDevice), ("write_iops", block.throttleWriteIOPSDevice),
        ] {
            for entry in entries {
                let value = "\(entry.major):\(entry.minor) \(entry.rate)"
                writes.append(ControlWrite("blkio", "blkio.throttle.\(name)_device", value))
            }
        }
        return writes
    }

    static func rdma(_ limits: [String: RuntimeSpec.RDMA]?) -> [ControlWrite] {
        (limits ?? [:]).sorted { $0.key < $1.key }.map { device, limit in
            let handles = limit.hcaHandles.map { " hca_handle=\($0)" } ?? ""
            let objects = limit.hcaObjects.map { " hca_object=\($0)" } ?? ""
            return ControlWrite("rdma", "rdma.max", device + handles + objects)
        }
    }
}
