internal import DockerAPI
internal import EngineModel
internal import Linux
internal import OCI
internal import Volumes

/// Turns `-v`, `--mount`, `--tmpfs` and the image's volumes into the container's mounts.
struct MountResolver {
    let volumes: VolumeStore
    /// The layers of the image that a mount of type `image` names.
    let imageLayers: (String) throws -> [Digest]
    /// The driver of volumes that `-v` makes.
    private var driver = ""
    /// Volumes that were made on the way: taken back if the create fails.
    private(set) var made: [String] = []

    init(
        volumes: VolumeStore,
        imageLayers: @escaping (String) throws -> [Digest] = {
            throw EngineError(.notFound, "No such image: \($0)")
        }
    ) {
        self.volumes = volumes
        self.imageLayers = imageLayers
    }

    private func invalid(_ message: String) -> EngineError { EngineError(.invalidParameter, message) }

    /// All mounts of a container with this configuration; two at one place are an error.
    ///
    /// Those that were `inherited` from other containers give way to the container's own.
    mutating func resolve(
        _ config: ContainerConfig, _ host: HostConfig, inherited: [ContainerMount] = []
    ) throws -> [ContainerMount] {
        var mounts: [ContainerMount] = []
        var taken: Set<String> = []
        driver = host.volumeDriver
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
                    options: options.split(separator: ",").map(String.init)))
        }
        for mount in inherited where taken.insert(mount.destination).inserted { mounts.append(mount) }
        for path in (config.volumes ?? [:]).keys.sorted() {
            // An image may name one without its slash.
            let destination = try MountPath.destination(path.hasPrefix("/") ? path : "/" + path)
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

    private func volumeMount(
        _ volume: VolumeRecord, _ destination: String, isAnonymous: Bool, copies: Bool
    ) -> ContainerMount {
        ContainerMount(
            kind: .volume, volume: volume.name, source: volumes.path(volume.name), destination: destination,
            mode: "z", isAnonymous: isAnonymous, copiesContent: copies)
    }

    private mutating func volume(
        _ name: String?, driver: String, options: [String: String] = [:], labels: [String: String] = [:]
    ) throws -> VolumeRecord {
        let (volume, isNew) = try volumes.create(name: name, driver: driver, options: options, labels: labels)
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
                try volume(bind.source, driver: driver), bind.destination, isAnonymous: bind.source == nil,
                copies: !bind.noCopy)
        }
        mount.isReadOnly = bind.isReadOnly
        if bind.isHostPath || !bind.mode.isEmpty { mount.mode = bind.mode }
        return mount
    }

    private mutating func mount(_ request: Mount) throws -> ContainerMount {
        try refuseForeignOptions(request)
        if let fault = MountPath.destinationFault(request.target) { throw refused(request, fault) }
        let destination = MountPath.cleaned(request.target)
        var mount =
            switch request.type {
            case "bind": try bindMount(request, destination)
            case "volume": try volumeMount(request, destination)
            case "tmpfs": try memoryMount(request, destination)
            case "image": try imageMount(request, destination)
            default: throw refused(request, "mount type unknown")
            }
        mount.isReadOnly = request.readOnly || mount.kind == .image
        return mount
    }

    private func refused(_ request: Mount, _ reason: String) -> EngineError {
        invalid("invalid mount config for type \"\(request.type)\": \(reason)")
    }

    private func bindMount(_ request: Mount, _ destination: String) throws -> ContainerMount {
        if request.source.isEmpty { throw refused(request, "field Source must not be empty") }
        guard request.source.hasPrefix("/") else {
            throw refused(request, MountPath.notAbsolute(request.source))
        }
        let options = request.bindOptions
        let propagation = options?.propagation ?? ""
        if !propagation.isEmpty && !BindSpecification.propagations.contains(propagation) {
            throw refused(request, "invalid propagation mode: \(propagation)")
        }
        var mount = ContainerMount(
            kind: .bind, source: MountPath.cleaned(request.source), destination: destination)
        mount.createSource = options?.createMountpoint ?? false
        if !mount.createSource && !fileExists(mount.source) {
            throw refused(request, "bind source path does not exist: \(mount.source)")
        }
        mount.propagation = propagation.isEmpty ? "rprivate" : propagation
        mount.nonRecursive = options?.nonRecursive ?? false
        mount.readOnlyNonRecursive = options?.readOnlyNonRecursive ?? false
        if options?.readOnlyForceRecursive == true { mount.readOnlyForceRecursive = true }
        return mount
    }

    private mutating func volumeMount(_ request: Mount, _ destination: String) throws -> ContainerMount {
        if request.source.isEmpty && request.readOnly {
            throw refused(request, "must not set ReadOnly mode when using anonymous volumes")
        }
        let options = request.volumeOptions
        let subpath = try subpath(options?.subpath, request)
        if subpath != nil && request.source.isEmpty {
            throw refused(request, "must not set Subpath when using anonymous volumes")
        }
        let driver = options?.driverConfig
        let volume = try volume(
            request.source.isEmpty ? nil : request.source, driver: driver?.name ?? "",
            options: driver?.options ?? [:], labels: options?.labels ?? [:])
        var mount = volumeMount(
            volume, destination, isAnonymous: request.source.isEmpty,
            copies: !(options?.noCopy ?? false) && subpath == nil)
        mount.subpath = subpath
        return mount
    }

    private func memoryMount(_ request: Mount, _ destination: String) throws -> ContainerMount {
        if !request.source.isEmpty { throw refused(request, "field Source must not be specified") }
        var options: [String] = []
        let wanted = request.tmpfsOptions
        if let size = wanted?.sizeBytes, size != 0 { options.append("size=\(size)") }
        if let mode = wanted?.mode, mode != 0 { options.append("mode=\(String(mode, radix: 8))") }
        for option in wanted?.options ?? [] {
            guard option == ["exec"] || option == ["noexec"] else {
                throw refused(request, "invalid option: \(option.first ?? "")")
            }
            options += option
        }
        return ContainerMount(kind: .tmpfs, destination: destination, options: options)
    }

    private func imageMount(_ request: Mount, _ destination: String) throws -> ContainerMount {
        if request.source.isEmpty { throw refused(request, "field Source must not be empty") }
        let subpath = try subpath(request.imageOptions?.subpath, request)
        var mount = ContainerMount(kind: .image, volume: request.source, destination: destination)
        mount.layers = try imageLayers(request.source)
        mount.propagation = "rprivate"
        mount.subpath = subpath
        return mount
    }

    /// A part of a volume or an image, cleaned; nil is all of it.
    private func subpath(_ text: String?, _ request: Mount) throws -> String? {
        guard let text, !text.isEmpty else { return nil }
        let path = MountPath.cleaned(text)
        if path.hasPrefix("/") || path == ".." || path.hasPrefix("../") {
            throw refused(request, "subpath must be a relative path within the volume")
        }
        return path == "." ? nil : path
    }

    /// Options of another type of mount are a mistake.
    private func refuseForeignOptions(_ request: Mount) throws {
        for (type, isSet, field) in [
            ("bind", request.bindOptions != nil, "BindOptions"),
            ("volume", request.volumeOptions != nil, "VolumeOptions"),
            ("tmpfs", request.tmpfsOptions != nil, "TmpfsOptions"),
            ("image", request.imageOptions != nil, "ImageOptions"),
        ] where isSet && type != request.type {
            throw invalid("\(field) must not be specified on mount type \"\(request.type)\"")
        }
    }
}
