internal import Linux
internal import OCI

extension Cgroup {
    func apply(_ resources: RuntimeSpec.Resources, isNew: Bool) throws(CgroupError) {
        if layout.mode == .v2 {
            for write in try LimitsV2.writes(resources) { try perform(write) }
        } else {
            try applyV1(resources, isNew: isNew)
        }
        if !resources.devices.isEmpty { try apply(devices: resources.devices) }
    }

    private func applyV1(_ resources: RuntimeSpec.Resources, isNew: Bool) throws(CgroupError) {
        if let memory = resources.memory {
            var current: UInt64?
            if !isNew, let directory = directory("memory") {
                current = try readControl(directory.path + "/memory.memsw.limit_in_bytes").flatMap {
                    UInt64($0)
                }
            }
            for write in try LimitsV1.memory(memory, currentSwapLimit: current) { try performMemory(write) }
        }
        if let cpu = resources.cpu { try performEither(LimitsV1.cpuBandwidth(cpu)) }
        for write in try LimitsV1.simple(resources) {
            // Kernels with only the BFQ scheduler have the weight under its name.
            if write.controller == "blkio", write.file.hasPrefix("blkio.weight"),
                let directory = directory("blkio"),
                !fileExists(directory.path + "/" + write.file)
            {
                let file = write.file.replacingPrefix("blkio.", "blkio.bfq.")
                try perform(ControlWrite("blkio", file, write.value))
            } else {
                try perform(write)
            }
        }
    }

    /// Adds to a refusal what the group uses now, as a limit below that is the usual reason.
    private func performMemory(_ write: ControlWrite) throws(CgroupError) {
        do { try perform(write) } catch {
            guard error.code == .busy, let directory = directory("memory") else { throw error }
            let usage = try readControl(directory.path + "/memory.usage_in_bytes") ?? "?"
            throw CgroupError(
                writing: write.value, to: directory.path + "/" + write.file, .busy,
                hint: ": the group uses \(usage) bytes")
        }
    }

    private func performEither(_ writes: [ControlWrite]) throws(CgroupError) {
        do {
            for write in writes { try perform(write) }
        } catch {
            guard error.code == .invalid, writes.count > 1 else { throw error }
            for write in writes.reversed() { try perform(write) }
        }
    }

    private func apply(devices rules: [RuntimeSpec.DeviceRule]) throws(CgroupError) {
        if let hierarchy = layout.hierarchy("devices") {
            try DeviceRules.apply(rules, directory: hierarchy.path + path)
            return
        }
        let devices = try DeviceRules(rules)
        guard let group = try birthplace() else {
            throw CgroupError("device rules: no cgroup hierarchy has them")
        }
        try translating { () throws(SystemError) in
            try replaceDeviceFilter(cgroup: group.rawValue, program: devices.program())
        }
    }
}

extension String {
    func replacingPrefix(_ old: String, _ new: String) -> String {
        hasPrefix(old) ? new + dropFirst(old.count) : self
    }
}
