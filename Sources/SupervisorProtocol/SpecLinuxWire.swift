internal import OCI

extension RuntimeSpec.NamespaceType: WireValue {}

extension RuntimeSpec.Linux: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(sysctl)
        writer.put(resources)
        writer.put(cgroupsPath)
        writer.put(namespaces)
        writer.put(devices)
        writer.put(rootfsPropagation)
        writer.put(maskedPaths)
        writer.put(readonlyPaths)
        writer.put(mountLabel)
        writer.put(personality)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            sysctl: try reader.get(), resources: try reader.get(), cgroupsPath: try reader.get(),
            namespaces: try reader.get(), devices: try reader.get(), rootfsPropagation: try reader.get(),
            maskedPaths: try reader.get(), readonlyPaths: try reader.get(), mountLabel: try reader.get(),
            personality: try reader.get())
    }
}

extension RuntimeSpec.Namespace: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(type)
        writer.put(path)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(type: try reader.get(), path: try reader.get())
    }
}

extension RuntimeSpec.Device: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(path)
        writer.put(type)
        writer.put(major)
        writer.put(minor)
        writer.put(fileMode)
        writer.put(uid)
        writer.put(gid)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            path: try reader.get(), type: try reader.get(), major: try reader.get(), minor: try reader.get(),
            fileMode: try reader.get(), uid: try reader.get(), gid: try reader.get())
    }
}

extension RuntimeSpec.Personality: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(domain)
        writer.put(flags)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(domain: try reader.get(), flags: try reader.get())
    }
}

extension RuntimeSpec.Resources: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(devices)
        writer.put(memory)
        writer.put(cpu)
        writer.put(pids)
        writer.put(blockIO)
        writer.put(hugepageLimits)
        writer.put(unified)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            devices: try reader.get(), memory: try reader.get(), cpu: try reader.get(),
            pids: try reader.get(),
            blockIO: try reader.get(), hugepageLimits: try reader.get(), unified: try reader.get())
    }
}

extension RuntimeSpec.DeviceRule: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(allow)
        writer.put(type)
        writer.put(major)
        writer.put(minor)
        writer.put(access)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            allow: try reader.get(), type: try reader.get(), major: try reader.get(), minor: try reader.get(),
            access: try reader.get())
    }
}

extension RuntimeSpec.Memory: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(limit)
        writer.put(reservation)
        writer.put(swap)
        writer.put(kernel)
        writer.put(kernelTCP)
        writer.put(swappiness)
        writer.put(disableOOMKiller)
        writer.put(useHierarchy)
        writer.put(checkBeforeUpdate)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            limit: try reader.get(), reservation: try reader.get(), swap: try reader.get(),
            kernel: try reader.get(), kernelTCP: try reader.get(), swappiness: try reader.get(),
            disableOOMKiller: try reader.get(), useHierarchy: try reader.get(),
            checkBeforeUpdate: try reader.get())
    }
}

extension RuntimeSpec.CPU: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(shares)
        writer.put(quota)
        writer.put(burst)
        writer.put(period)
        writer.put(realtimeRuntime)
        writer.put(realtimePeriod)
        writer.put(cpus)
        writer.put(mems)
        writer.put(idle)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            shares: try reader.get(), quota: try reader.get(), burst: try reader.get(),
            period: try reader.get(), realtimeRuntime: try reader.get(), realtimePeriod: try reader.get(),
            cpus: try reader.get(), mems: try reader.get(), idle: try reader.get())
    }
}

extension RuntimeSpec.Pids: WireValue {
    func write(to writer: inout WireWriter) { writer.put(limit) }
    init(from reader: inout WireReader) throws(WireError) { self.init(limit: try reader.get()) }
}

extension RuntimeSpec.BlockIO: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(weight)
        writer.put(leafWeight)
        writer.put(weightDevice)
        writer.put(throttleReadBpsDevice)
        writer.put(throttleWriteBpsDevice)
        writer.put(throttleReadIOPSDevice)
        writer.put(throttleWriteIOPSDevice)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            weight: try reader.get(), leafWeight: try reader.get(), weightDevice: try reader.get(),
            throttleReadBpsDevice: try reader.get(), throttleWriteBpsDevice: try reader.get(),
            throttleReadIOPSDevice: try reader.get(), throttleWriteIOPSDevice: try reader.get())
    }
}

extension RuntimeSpec.WeightDevice: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(major)
        writer.put(minor)
        writer.put(weight)
        writer.put(leafWeight)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            major: try reader.get(), minor: try reader.get(), weight: try reader.get(),
            leafWeight: try reader.get())
    }
}

extension RuntimeSpec.ThrottleDevice: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(major)
        writer.put(minor)
        writer.put(rate)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(major: try reader.get(), minor: try reader.get(), rate: try reader.get())
    }
}

extension RuntimeSpec.HugepageLimit: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(pageSize)
        writer.put(limit)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(pageSize: try reader.get(), limit: try reader.get())
    }
}
