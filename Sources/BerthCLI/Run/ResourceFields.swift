internal import OrderedJSON

/// The limits of a container, as fields of the host's part of the body.
enum ResourceFields {
    private static func number(_ value: Int) -> JSONValue { .number(String(value)) }

    static func add(_ flags: ParsedFlags, to host: inout JSONObject) throws {
        let cpus = flags.has("cpus") ? try GoNumbers.nanoCPUs(flags.string("cpus")) : 0
        func rates(_ name: String, _ read: (String) throws -> JSONValue) throws -> JSONValue {
            .array(try flags.list(name).map(read))
        }
        host["CpuShares"] = number(flags.int("cpu-shares"))
        host["Memory"] = number(ContainerBody.bytes(flags, "memory"))
        host["NanoCpus"] = number(cpus)
        host["CgroupParent"] = .string(flags.string("cgroup-parent"))
        host["BlkioWeight"] = number(flags.int("blkio-weight"))
        host["BlkioWeightDevice"] = try rates("blkio-weight-device", DeviceRates.weight)
        host["BlkioDeviceReadBps"] = try rates("device-read-bps", DeviceRates.bytes)
        host["BlkioDeviceWriteBps"] = try rates("device-write-bps", DeviceRates.bytes)
        host["BlkioDeviceReadIOps"] = try rates("device-read-iops", DeviceRates.operations)
        host["BlkioDeviceWriteIOps"] = try rates("device-write-iops", DeviceRates.operations)
        host["CpuPeriod"] = number(flags.int("cpu-period"))
        host["CpuQuota"] = number(flags.int("cpu-quota"))
        host["CpuRealtimePeriod"] = number(flags.int("cpu-rt-period"))
        host["CpuRealtimeRuntime"] = number(flags.int("cpu-rt-runtime"))
        host["CpusetCpus"] = .string(flags.string("cpuset-cpus"))
        host["CpusetMems"] = .string(flags.string("cpuset-mems"))
        let devices = flags.list("device")
        host["Devices"] = .array(try devices.filter { !DeviceMapping.isCDI($0) }.map(DeviceMapping.json))
        host["DeviceCgroupRules"] = ContainerBody.strings(flags.list("device-cgroup-rule"))
        host["DeviceRequests"] = try deviceRequests(flags, devices.filter(DeviceMapping.isCDI))
        // Docker's client has dropped --kernel-memory from the body since API 1.42: kernels from 5.16 lack it.
        host["MemoryReservation"] = number(ContainerBody.bytes(flags, "memory-reservation"))
        host["MemorySwap"] = number(ContainerBody.bytes(flags, "memory-swap"))
        host["MemorySwappiness"] = number(flags.int("memory-swappiness"))
        host["OomKillDisable"] = .bool(flags.bool("oom-kill-disable"))
        host["PidsLimit"] = number(flags.int("pids-limit"))
        host["Ulimits"] = try ulimits(flags.list("ulimit"))
        for name in ["CpuCount", "CpuPercent", "IOMaximumIOps", "IOMaximumBandwidth"] { host[name] = 0 }
    }

    private static func deviceRequests(_ flags: ParsedFlags, _ cdi: [String]) throws -> JSONValue {
        var requests = try flags.list("gpus").map(GPURequest.json)
        if !cdi.isEmpty {
            requests.append([
                "Driver": "cdi", "Count": 0, "DeviceIDs": ContainerBody.array(cdi), "Capabilities": nil,
                "Options": nil,
            ])
        }
        return requests.isEmpty ? .null : .array(requests)
    }

    /// Each limit once, the last one given, by name.
    private static func ulimits(_ texts: [String]) throws -> JSONValue {
        var limits: [String: JSONValue] = [:]
        for text in texts {
            let limit = try Ulimit.json(text)
            limits[limit["Name"]?.stringValue ?? ""] = limit
        }
        return .array(limits.sorted { $0.key < $1.key }.map(\.value))
    }
}
