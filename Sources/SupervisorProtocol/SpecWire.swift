internal import OCI

// The binary form of a RuntimeSpec: decoding JSON costs a cold process more than a whole start may take.
// Left out, because a launch never carries them: hooks, seccomp (it comes compiled, as a descriptor),
// user id maps, Intel RDT, time offsets and the rare resource kinds at the bottom. A spec from the command
// line has them and never travels.

extension RuntimeSpec: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(ociVersion)
        writer.put(process)
        writer.put(root)
        writer.put(hostname)
        writer.put(domainname)
        writer.put(mounts)
        writer.put(annotations)
        writer.put(linux)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            ociVersion: try reader.get(), process: try reader.get(), root: try reader.get(),
            hostname: try reader.get(), domainname: try reader.get(), mounts: try reader.get(),
            annotations: try reader.get(), linux: try reader.get())
    }
}

extension RuntimeSpec.Root: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(path)
        writer.put(readonly)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(path: try reader.get(), readonly: try reader.get())
    }
}

extension RuntimeSpec.Mount: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(destination)
        writer.put(type)
        writer.put(source)
        writer.put(options)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            destination: try reader.get(), type: try reader.get(), source: try reader.get(),
            options: try reader.get())
    }
}

extension RuntimeSpec.Process: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(terminal)
        writer.put(consoleSize)
        writer.put(user)
        writer.put(args)
        writer.put(env)
        writer.put(cwd)
        writer.put(capabilities)
        writer.put(rlimits)
        writer.put(noNewPrivileges)
        writer.put(apparmorProfile)
        writer.put(oomScoreAdj)
        writer.put(scheduler)
        writer.put(selinuxLabel)
        writer.put(ioPriority)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            terminal: try reader.get(), consoleSize: try reader.get(), user: try reader.get(),
            args: try reader.get(), env: try reader.get(), cwd: try reader.get(),
            capabilities: try reader.get(), rlimits: try reader.get(), noNewPrivileges: try reader.get(),
            apparmorProfile: try reader.get(), oomScoreAdj: try reader.get(), scheduler: try reader.get(),
            selinuxLabel: try reader.get(), ioPriority: try reader.get())
    }
}

extension RuntimeSpec.ConsoleSize: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(height)
        writer.put(width)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(height: try reader.get(), width: try reader.get())
    }
}

extension RuntimeSpec.User: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(uid)
        writer.put(gid)
        writer.put(umask)
        writer.put(additionalGids)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            uid: try reader.get(), gid: try reader.get(), umask: try reader.get(),
            additionalGids: try reader.get())
    }
}

extension RuntimeSpec.Capabilities: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(bounding)
        writer.put(effective)
        writer.put(inheritable)
        writer.put(permitted)
        writer.put(ambient)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            bounding: try reader.get(), effective: try reader.get(), inheritable: try reader.get(),
            permitted: try reader.get(), ambient: try reader.get())
    }
}

extension RuntimeSpec.ResourceLimit: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(type)
        writer.put(hard)
        writer.put(soft)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(type: try reader.get(), hard: try reader.get(), soft: try reader.get())
    }
}

extension RuntimeSpec.Scheduler: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(policy)
        writer.put(nice)
        writer.put(priority)
        writer.put(flags)
        writer.put(runtime)
        writer.put(deadline)
        writer.put(period)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            policy: try reader.get(), nice: try reader.get(), priority: try reader.get(),
            flags: try reader.get(), runtime: try reader.get(), deadline: try reader.get(),
            period: try reader.get())
    }
}

extension RuntimeSpec.IOPriority: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(self.class)
        writer.put(priority)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(class: try reader.get(), priority: try reader.get())
    }
}
