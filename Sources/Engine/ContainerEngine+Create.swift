internal import AsyncPrimitives
public import DockerAPI
internal import EngineModel
internal import Images
internal import Linux
internal import Networking
internal import OCI
internal import Snapshots
internal import Volumes

extension ContainerEngine {
    /// Makes a container: a row and two empty directories; nothing of it runs yet.
    public func createContainer(
        name: String?, platform: String?, _ request: ContainerCreateRequest
    ) async throws -> ContainerCreateResponse {
        let began = ContinuousClock.now
        let chosenName = try (name?.isEmpty == false ? name : nil).map(ContainerIdentity.validName)
        var host = request.hostConfig
        var validation = HostConfigValidation(host: services.host.resources)
        validation.runtimes.formUnion(liveSettings.runtimes.keys)
        try validation.validate(&host)
        try validation.checkConflicts(request.config, host)
        services.options.defaults.complete(&host.logConfig)
        try LogSettings.validate(host.logConfig)
        _ = try SecurityOptions(
            parsing: host.securityOpt ?? [], appArmor: services.host.hasAppArmor,
            seLinux: services.host.hasSELinux)
        for (list, field) in [(host.capAdd, "CapAdd"), (host.capDrop, "CapDrop")] {
            _ = try CapabilitySet.normalized(list ?? [], field: field, available: services.host.capabilities)
        }
        try await checkConfig(request)
        try await nameContainers(&host)
        let links = try await resolveLinks(host.links ?? [])
        // Inspect tells them with the names of the day.
        if !links.isEmpty { host.links = nil }
        if request.config.image.isEmpty {
            throw EngineError(.invalidParameter, "No image specified")
        }
        let image = try services.image(request.config.image, containerPlatform: platform)
        var config = try ImageDefaults.merge(request.config, image: image.defaults)
        fillDefaults(&config, &host)

        let id = ContainerIdentity.newID()
        if config.hostname.isEmpty {
            config.hostname =
                NetworkMode(host.networkMode) == .host ? services.host.hostName : ContainerIdentity.short(id)
        }
        let inherited = try await mounts(from: host.volumesFrom ?? [])
        let reserved = try registry.reserveName(chosenName, for: id)
        let services = services
        var resolver = MountResolver(volumes: services.volumes) { try services.image($0).diffIDs }
        do {
            let mounts = try resolver.resolve(config, host, inherited: inherited)
            var record = ContainerRecord(
                id: id, name: reserved, created: .now, imageID: image.id.description, layers: image.diffIDs,
                config: config, hostConfig: host,
                networking: request.networkingConfig, mounts: mounts)
            record.links = links.isEmpty ? nil : links
            try await services.prepareContainer(record, newVolumes: Set(resolver.made))
            let actor = ContainerActor(record, services: services)
            // After a power loss a --rm container is to be gone, anyway.
            try services.recordContainer(record, durable: !host.autoRemove)
            registry.add(actor)
            registry.setLinks(links, of: id)
            await actor.publish("create")
        } catch {
            registry.releaseName(reserved, of: id)
            for volume in resolver.made { try? services.volumes.remove(volume) }
            try? services.snapshots.removeWritable(
                container: id, directory: services.paths.container(id))
            throw error
        }
        for volume in resolver.made {
            services.events.publish(
                type: "volume", action: "create", id: volume, attributes: ["driver": "local"])
        }
        services.metrics.record(.create, since: began)
        var response = ContainerCreateResponse()
        response.id = id
        response.warnings = validation.warnings
        if (host.mounts ?? []).contains(where: { $0.type == "image" }) {
            response.warnings.append("Image mount is an experimental feature")
        }
        return response
    }

    /// What Docker fills in, so that inspect shows it.
    private func fillDefaults(_ config: inout ContainerConfig, _ host: inout HostConfig) {
        let defaults = services.options.defaults
        if host.logConfig.config == nil { host.logConfig.config = [:] }
        if host.networkMode.isEmpty || host.networkMode == "default" { host.networkMode = "bridge" }
        if host.ipcMode.isEmpty { host.ipcMode = defaults.ipcMode }
        if host.cgroupnsMode.isEmpty {
            host.cgroupnsMode = host.privileged ? "private" : defaults.cgroupNamespace
        }
        // Kept with the container, so that a later daemon with another default still finds its group.
        if host.cgroupParent.isEmpty { host.cgroupParent = defaults.cgroupParent }
        if host.shmSize == 0 { host.shmSize = defaults.sharedMemoryBytes }
        let hasLabel = (try? SecurityOptions(parsing: host.securityOpt ?? []))?.hasLabel ?? false
        if !hasLabel, host.privileged || host.ipcMode == "host" || host.pidMode == "host" {
            host.securityOpt = (host.securityOpt ?? []) + ["label=disable"]
        }
        if host.runtime.isEmpty { host.runtime = liveSettings.defaultRuntime }
        if host.restartPolicy.name.isEmpty { host.restartPolicy.name = "no" }
        if host.portBindings == nil { host.portBindings = [:] }
        let open = host.privileged || (host.securityOpt ?? []).contains("systempaths=unconfined")
        if host.maskedPaths == nil && !open { host.maskedPaths = SpecDefaults.maskedPaths }
        if host.readonlyPaths == nil && !open { host.readonlyPaths = SpecDefaults.readonlyPaths }
        for key in (host.portBindings ?? [:]).keys where config.exposedPorts[key] == nil {
            config.exposedPorts[key] = EmptyObject()
        }
    }

    /// What only user-defined networks take is refused, in Docker's words.
    private static func checkEndpoint(_ settings: EndpointSettings?, network: String) throws {
        func refuse(_ reason: String) -> EngineError {
            EngineError(.invalidParameter, "invalid config for network \(network): \(reason)")
        }
        if let address = settings?.ipamConfig?.ipv4Address, !address.isEmpty {
            throw refuse(
                "invalid endpoint settings:\n"
                    + "* user specified IP address is supported on user defined networks only\n"
                    + (network == "bridge"
                        ? "* no configured subnet or ip-range contain the IP address \(address)"
                        : "* user specified IP address is supported only when connecting to networks with user "
                            + "configured subnets"))
        }
        if let address = settings?.macAddress, !address.isEmpty, HardwareAddress.parse(address) == nil {
            throw refuse("invalid MAC address \(address)")
        }
    }

    private func checkConfig(_ request: ContainerCreateRequest) async throws {
        let config = request.config
        if !config.stopSignal.isEmpty { _ = try SignalName(parsing: config.stopSignal) }
        if !config.workingDir.isEmpty && !config.workingDir.hasPrefix("/") {
            throw EngineError(
                .invalidParameter,
                "the working directory '\(config.workingDir)' is invalid, it needs to be an absolute path")
        }
        for variable in config.env ?? [] where variable.hasPrefix("=") || variable.isEmpty {
            throw EngineError(.invalidParameter, "invalid environment variable: \(variable)")
        }
        let endpoints = (request.networkingConfig.endpointsConfig ?? [:]).filter {
            $0.key != request.hostConfig.networkMode
                && !["default", "bridge", "host", "none"].contains($0.key)
        }
        if let name = endpoints.keys.sorted().first {
            throw EngineError(
                .notImplemented, "create container: berth does not support further networks yet (\"\(name)\")"
            )
        }
        let mode = NetworkMode(request.hostConfig.networkMode)
        if mode != .host, request.networkingConfig.endpointsConfig?["host"] != nil {
            throw EngineError(
                .invalidParameter,
                "failed to set up container networking: cannot connect container to host network - container must be "
                    + "created in host network mode")
        }
        for (network, settings) in request.networkingConfig.endpointsConfig ?? [:] {
            try Self.checkEndpoint(settings, network: network == "default" ? "bridge" : network)
        }
        for (key, bindings) in request.hostConfig.portBindings ?? [:] {
            _ = try services.portRequests(key, bindings ?? [])
        }
    }
}
