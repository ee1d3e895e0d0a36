internal import Linux
internal import OCI

/// What a spec's resources, which have v1's units, mean in the files of cgroup v2; conversions as in runc
/// and crun.
enum LimitsV2 {
    static func writes(_ resources: RuntimeSpec.Resources) throws(CgroupError) -> [ControlWrite] {
        var writes: [ControlWrite] = []
        if let memory = resources.memory { writes += try self.memory(memory) }
        if let cpu = resources.cpu { writes += try self.cpu(cpu) }
        if let pids = resources.pids, pids.limit != 0 {
            writes.append(ControlWrite("pids", "pids.max", text(pids.limit)))
        }
        if let block = resources.blockIO { writes += try blockIO(block) }
        for limit in resources.hugepageLimits {
            writes.append(ControlWrite("hugetlb", "hugetlb.\(limit.pageSize).max", limit.limit))
        }
        if resources.network?.classID ?? 0 != 0 || resources.network?.priorities.isEmpty == false {
            throw CgroupError("network class and priorities: cgroup v2 has no such limits")
        }
        writes += LimitsV1.rdma(resources.rdma)
        for (name, value) in resources.unified.sorted(by: { $0.key < $1.key }) {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count >= 2, !name.utf8.contains(UInt8(ascii: "/")), !parts.contains("") else {
                throw CgroupError(
                    #"unified limit "\#(name)": not the name of a cgroup v2 file such as "memory.high""#)
            }
            writes.append(ControlWrite(String(parts[0]), name, value))
        }
        return writes
    }

    /// v1's 2 … 262144 with 1024 in the middle to v2's 1 … 10000 with 100 there: the quadratic in logarithms
    /// through the three points (runc 1.3.2, crun 1.23; older ones drew a line, which made 39 of 1024).
    static func weight(shares: UInt64) -> UInt64 {
        if shares <= 2 { return 1 }
        if shares >= 262_144 { return 10_000 }
        let logarithm = binaryLogarithm(Double(shares))
        let exponent = (logarithm * logarithm + 125 * logarithm) / 612 - 7.0 / 34
        return UInt64(power(10, exponent).rounded(.up))
    }

    /// blkio's 10 … 1000 to io's 1 … 10000.
    static func weight(blockIO weight: UInt16) -> UInt64 { 1 + (UInt64(max(weight, 10)) - 10) * 9999 / 990 }

    private static func text(_ value: Int64) -> String { value < 0 ? "max" : String(value) }

    private static func memory(_ memory: RuntimeSpec.Memory) throws(CgroupError) -> [ControlWrite] {
        if let kernel = memory.kernel, kernel > 0 {
            throw CgroupError("memory.kernel: cgroup v2 has no such limit")
        }
        if let tcp = memory.kernelTCP, tcp > 0 {
            throw CgroupError("memory.kernelTCP: cgroup v2 has no such limit")
        }
        if let swappiness = memory.swappiness, Int64(bitPattern: swappiness) != -1 {
            throw CgroupError("memory.swappiness \(swappiness): cgroup v2 has no such limit")
        }
        if memory.disableOOMKiller == true {
            throw CgroupError("memory.disableOOMKiller: the killer cannot be disabled on cgroup v2")
        }
        var writes: [ControlWrite] = []
        let limit = memory.limit ?? 0
        let swap = memory.swap ?? 0
        switch (limit, swap) {
        case (-1, 0), (_, -1): writes.append(ControlWrite("memory", "memory.swap.max", "max"))
        case (_, 0): break
        case (-1, _): writes.append(ControlWrite("memory", "memory.swap.max", swap))
        case (0, _): throw CgroupError("memory.swap \(swap): a limit of memory and swap needs one of memory")
        case (_, ..<limit):
            throw CgroupError(
                "memory.swap \(swap): memory and swap together cannot be less than memory, \(limit)")
        // v1 counts memory and swap together, v2 swap alone.
        default: writes.append(ControlWrite("memory", "memory.swap.max", swap - limit))
        }
        if limit != 0 { writes.append(ControlWrite("memory", "memory.max", text(limit))) }
        if let reservation = memory.reservation, reservation != 0 {
            writes.append(ControlWrite("memory", "memory.low", text(reservation)))
        }
        return writes
    }

    private static func cpu(_ cpu: RuntimeSpec.CPU) throws(CgroupError) -> [ControlWrite] {
        if cpu.realtimeRuntime ?? 0 != 0 || cpu.realtimePeriod ?? 0 != 0 {
            throw CgroupError("cpu real-time period and runtime: cgroup v2 has no such limits")
        }
        var writes: [ControlWrite] = []
        if let idle = cpu.idle { writes.append(ControlWrite("cpu", "cpu.idle", idle)) }
        if let shares = cpu.shares, shares != 0, cpu.idle ?? 0 == 0 {
            writes.append(ControlWrite("cpu", "cpu.weight", weight(shares: shares)))
        }
        let (quota, period) = (cpu.quota ?? 0, cpu.period ?? 0)
        if quota != 0 || period != 0 {
            // A period alone keeps the quota's word, which is "max" in a group of ours that has none.
            let value = (quota > 0 ? String(quota) : "max") + (period != 0 ? " \(period)" : "")
            writes.append(ControlWrite("cpu", "cpu.max", value))
        }
        if let burst = cpu.burst { writes.append(ControlWrite("cpu", "cpu.max.burst", burst)) }
        if let cpus = cpu.cpus, !cpus.isEmpty { writes.append(ControlWrite("cpuset", "cpuset.cpus", cpus)) }
        if let mems = cpu.mems, !mems.isEmpty { writes.append(ControlWrite("cpuset", "cpuset.mems", mems)) }
        return writes
    }

    private static func blockIO(_ block: RuntimeSpec.BlockIO) throws(CgroupError) -> [ControlWrite] {
        if block.leafWeight ?? 0 != 0 || block.weightDevice.contains(where: { $0.leafWeight ?? 0 != 0 }) {
            throw CgroupError("block I/O leaf weight: cgroup v2 has no such limit")
        }
        var writes: [ControlWrite] = []
        if let weight = block.weight, weight != 0 {
            writes.append(ControlWrite("io", "io.weight", Self.weight(blockIO: weight)))
        }
        for entry in block.weightDevice {
            guard let weight = entry.weight, weight != 0 else { continue }
            let value = "\(entry.major):\(entry.minor) \(Self.weight(blockIO: weight))"
            writes.append(ControlWrite("io", "io.weight", value))
        }
        for (name, entries) in [
            ("rbps", block.throttleReadBpsDevice), ("wbps", block.throttleWriteBpsDevice),
            ("riops", block.throttleReadIOPSDevice), ("wiops", block.throttleWriteIOPSDevice),
        ] {
            for entry in entries {
                let rate = entry.rate == 0 ? "max" : String(entry.rate)
                writes.append(ControlWrite("io", "io.max", "\(entry.major):\(entry.minor) \(name)=\(rate)"))
            }
        }
        return writes
    }
}
