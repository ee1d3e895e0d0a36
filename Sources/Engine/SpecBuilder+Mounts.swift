internal import DockerAPI
internal import EngineModel
internal import OCI
internal import SupervisorProtocol

extension SpecBuilder {
    /// The kernel's file systems, the files that berth writes, and the user's mounts, shallow ones first.
    func mounts(writableCgroups: Bool? = nil) throws -> [RuntimeSpec.Mount] {
        let taken = Set(record.mounts.map(\.destination))
        var list = SpecDefaults.mounts(
            privileged: record.hostConfig.privileged, writableCgroups: writableCgroups,
            sharedMemoryBytes: record.hostConfig.shmSize == 0
                ? SpecDefaults.sharedMemoryBytes : record.hostConfig.shmSize
        ).filter { !taken.contains($0.destination) }
        shareMemory(&list)
        return list + Self.userMounts(record, systemFiles: systemFiles, imageLayers: imageLayers)
    }

    /// The user's mounts and the files that berth writes, shallow ones first.
    static func userMounts(
        _ record: ContainerRecord, systemFiles: [(destination: String, source: String)],
        imageLayers: [String: [String]]
    ) -> [RuntimeSpec.Mount] {
        let taken = Set(record.mounts.map(\.destination))
        var others = record.mounts.map { mount($0, imageLayers) }
        // After the user's: these files are there even in an /etc that is a volume.
        for file in systemFiles where !taken.contains(file.destination) {
            let options = ["rbind", "rprivate"] + (record.hostConfig.readonlyRootfs ? ["ro"] : [])
            others.append(
                .init(destination: file.destination, type: "bind", source: file.source, options: options))
        }
        return RuntimeSpec.Mount.shallowFirst(others)
    }

    /// `--ipc host` and `--ipc container:` share `/dev/shm` and the message queues, too.
    private func shareMemory(_ list: inout [RuntimeSpec.Mount]) {
        let root: String
        if record.hostConfig.ipcMode == "host" {
            root = ""
        } else if let pid = joined[.ipc] {
            root = "/proc/\(pid)/root"
        } else {
            if record.hostConfig.ipcMode == "none" { list.removeAll { $0.destination == "/dev/shm" } }
            return
        }
        for (index, entry) in list.enumerated() where entry.destination == "/dev/shm" {
            list[index] = .init(
                destination: entry.destination, type: "bind", source: root + entry.destination,
                options: ["rbind", "rprivate"])
        }
    }

    private static func mount(
        _ mount: ContainerMount, _ imageLayers: [String: [String]]
    ) -> RuntimeSpec.Mount {
        switch mount.kind {
        case .tmpfs:
            var options = ["nosuid", "nodev", "noexec"]
            for option in mount.options {
                // Each of these three has an opposite that takes its place.
                switch option {
                case "exec": options.removeAll { $0 == "noexec" }
                case "suid": options.removeAll { $0 == "nosuid" }
                case "dev": options.removeAll { $0 == "nodev" }
                default: break
                }
                if !options.contains(option) { options.append(option) }
            }
            if mount.isReadOnly { options.append("ro") }
            return .init(destination: mount.destination, type: "tmpfs", source: "tmpfs", options: options)
        case .bind, .volume:
            var options = [mount.nonRecursive ? "bind" : "rbind"]
            if mount.isReadOnly { options.append("ro") }
            // The mounts below are read-only, too, unless that was not wanted.
            if mount.isReadOnly && !mount.nonRecursive && !mount.readOnlyNonRecursive {
                options.append("rro")
            }
            options.append(mount.propagation.isEmpty ? "rprivate" : mount.propagation)
            if let subpath = mount.subpath { options.append(MountOption.subpath(subpath)) }
            return .init(destination: mount.destination, type: "bind", source: mount.source, options: options)
        case .image:
            var options = (imageLayers[mount.destination] ?? []).map { "lowerdir+=\($0)" } + ["ro"]
            if let subpath = mount.subpath { options.append(MountOption.subpath(subpath)) }
            return .init(destination: mount.destination, type: "overlay", source: "overlay", options: options)
        }
    }
}
