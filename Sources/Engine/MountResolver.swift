internal import DockerAPI
internal import EngineModel
internal import Linux
internal import Volumes

/// Turns `-v`, `--mount`, `--tmpfs` and the image's volumes into the container's mounts.
struct MountResolver {
    let volumes: VolumeStore
    /// Volumes that were made on the way: taken back if the create fails.
    private(set) var made: [String] = []

    init(volumes: VolumeStore) { self.volumes = volumes }

    private func invalid(_ message: String) -> EngineError { EngineError(.invalidParameter, message) }

    /// All mounts of a container with this configuration; two at one place are an error.
    mutating func resolve(_ config: ContainerConfig, _ host: HostConfig) throws -> [ContainerMount] {
        var mounts: [ContainerMount] = []
        var taken: Set<String> = []
        func claim(_ destination: String, as given: String? = nil) throws {
            if !taken.insert(destination).inserted {
                throw invalid("Duplicate mount point: \(given ?? destination)")
            }
        }
        for text in host.binds ?? [] {
            let bind = try BindSpecification(parsing: text)
            try claim(bind.destination)
            mounts.append(try mount(bind))
        }
        for request in host.mounts ?? [] {
            let mount = try mount(request)
            try claim(mount.destination, as: request.target)
            mounts.append(mount)
        }
        for (path, options) in host.tmpfs.sorted(by: { $0.key < $1.key }) {
            let destination = try MountPath.destination(path)
            try claim(destination)
            mounts.append(
                ContainerMount(
                    kind: .tmpfs, destination: destination,
                    options: try tmpfsOptions(options)))
        }
        for path in (config.volumes ?? [:]).keys.sorted() {
            let destination = try MountPath.destination(path)
            if taken.contains(destination) { continue }
            try claim(destination)
            let volume = try volumes.create(name: nil, driver: "local", options: [:], labels: [:])
            made.append(volume.volume.name)
            var mount = volumeMount(volume.volume, destination, isAnonymous: true, copies: true)
            mount.mode = ""
            mounts.append(mount)
        }
        return mounts
    }

    /// The options of a `--tmpfs`; what `mount(8)` does not take for a tmpfs is an error in Docker's words.
    private func tmpfsOptions(_ text: String) throws -> [String] {
        let flags: Set<String> = [
            "ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "sync", "async", "dirsync",
            "mand",
            "nomand", "atime", "noatime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime",
            "nostrictatime", "remount", "bind", "rbind", "unbindable", "runbindable", "defaults", "private",
            "rprivate", "slave", "rslave", "shared", "rshared",
        ]
        let settings: Set<String> = ["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"]
        return try text.split(separator: ",").map { option in
            let name = String(option.prefix { $0 != "=" })
            let isKnown = option.contains("=") ? settings.contains(name) : flags.contains(name)
            if !isKnown { throw EngineError(.system, "invalid tmpfs option \"\(option)\"") }
            return String(option)
        }
    }

    private func volumeMount(
        _ volume: VolumeRecord, _ destination: String, isAnonymous: Bool, copies: Bool
    ) -> ContainerMount {
        ContainerMount(
            kind: .volume, volume: volume.name, source: volumes.path(volume.name), destination: destination,
            mode: "z", isAnonymous: isAnonymous, copiesContent: copies)
    }

    private mutating func volume(_ name: String?, labels: [String: String]) throws -> VolumeRecord {
        let (volume, isNew) = try volumes.create(name: name, driver: "local", options: [:], labels: labels)
        if isNew { made.append(volume.name) }
        return volume
    }

    private mutating func mount(_ bind: BindSpecification) throws -> ContainerMount {
        var mount: ContainerMount
        if bind.isHostPath {
            mount = ContainerMount(kind: .bind, source: bind.source ?? "", destination: bind.destination)
            mount.createSource = true
            mount.propagation = bind.propagation ?? "rprivate"
        } else {
            mount = volumeMount(
                try volume(bind.source, labels: [:]), bind.destination, isAnonymous: bind.source == nil,
                copies: !bind.noCopy)
        }
        mount.isReadOnly = bind.isReadOnly
        if bind.isHostPath || !bind.mode.isEmpty { mount.mode = bind.mode }
        return mount
    }

    private mutating func mount(_ request: Mount) throws -> ContainerMount {
        func refused(_ reason: String) -> EngineError {
            invalid("invalid mount config for type \"\(request.type)\": \(reason)")
        }
        try refuseForeignOptions(request)
        if let fault = MountPath.destinationFault(request.target) { throw refused(fault) }
        let destination = MountPath.cleaned(request.target)
        var mount: ContainerMount
        switch request.type {
        case "bind":
            if request.source.isEmpty { throw refused("field Source must not be empty") }
            guard request.source.hasPrefix("/") else {
                throw refused(MountPath.notAbsolute(request.source))
            }
            let propagation = request.bindOptions?.propagation ?? ""
            if !propagation.isEmpty && !BindSpecification.propagations.contains(propagation) {
                throw refused("invalid propagation mode: \(propagation)")
            }
            mount = ContainerMount(
                kind: .bind, source: MountPath.cleaned(request.source), destination: destination)
            mount.createSource = request.bindOptions?.createMountpoint ?? false
            if !mount.createSource && !fileExists(mount.source) {
                throw refused("bind source path does not exist: \(mount.source)")
            }
            mount.propagation = propagation.isEmpty ? "rprivate" : propagation
            mount.nonRecursive = request.bindOptions?.nonRecursive ?? false
            mount.readOnlyNonRecursive = request.bindOptions?.readOnlyNonRecursive ?? false
        case "volume":
            if let driver = request.volumeOptions?.driverConfig, !driver.name.isEmpty, driver.name != "local"
            {
                throw EngineError(
                    .notFound,
                    "create \(request.source): error looking up volume plugin \(driver.name): "
                        + "plugin \"\(driver.name)\" not found")
            }
            if request.source.isEmpty && request.readOnly {
                throw refused("must not set ReadOnly mode when using anonymous volumes")
            }
            if request.volumeOptions?.driverConfig?.options.isEmpty == false {
                throw EngineError(
                    .notImplemented,
                    "create container: berth does not support options of the local volume driver yet")
            }
            if request.volumeOptions?.subpath.isEmpty == false {
                throw EngineError(
                    .notImplemented, "create container: berth does not support volume-subpath yet")
            }
            let volume = try volume(
                request.source.isEmpty ? nil : request.source, labels: request.volumeOptions?.labels ?? [:])
            mount = volumeMount(
                volume, destination, isAnonymous: request.source.isEmpty,
                copies: !(request.volumeOptions?.noCopy ?? false))
        case "tmpfs":
            if !request.source.isEmpty { throw refused("field Source must not be specified") }
            var options: [String] = []
            let wanted = request.tmpfsOptions
            if let size = wanted?.sizeBytes, size != 0 { options.append("size=\(size)") }
            if let mode = wanted?.mode, mode != 0 { options.append("mode=\(String(mode, radix: 8))") }
            for option in wanted?.options ?? [] {
                guard option == ["exec"] || option == ["noexec"] else {
                    throw refused("invalid option: \(option.first ?? "")")
                }
                options += option
            }
            mount = ContainerMount(kind: .tmpfs, destination: destination, options: options)
        default:
            throw refused("mount type unknown")
        }
        mount.isReadOnly = request.readOnly
        return mount
    }

    /// Options of another type of mount are a mistake.
    private func refuseForeignOptions(_ request: Mount) throws {
        for (type, isSet, field) in [
            ("bind", request.bindOptions != nil, "BindOptions"),
            ("volume", request.volumeOptions != nil, "VolumeOptions"),
            ("tmpfs", request.tmpfsOptions != nil, "TmpfsOptions"),
        ] where isSet && type != request.type {
            throw invalid("\(field) must not be specified on mount type \"\(request.type)\"")
        }
    }
}
