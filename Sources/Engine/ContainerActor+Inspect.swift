internal import DockerAPI
internal import EngineModel
internal import Linux
internal import Networking
internal import Snapshots

extension ContainerActor {
    /// Everything that `docker inspect` shows.
    func inspect(size: Bool) async throws -> ContainerInspect {
        var answer = ContainerInspect()
        answer.id = id
        answer.created = record.created.rfc3339
        answer.path = record.path
        answer.args = record.arguments
        answer.state = stateView
        answer.image = record.imageID
        let directory = services.paths.container(id)
        answer.resolvConfPath = directory + "/resolv.conf"
        answer.hostnamePath = directory + "/hostname"
        answer.hostsPath = directory + "/hosts"
        answer.logPath =
            ["", "json-file"].contains(record.hostConfig.logConfig.type) ? services.paths.log(id) : ""
        answer.name = "/" + record.name
        answer.restartCount = record.lifecycle.restartCount
        answer.driver = "overlay2"
        answer.platform = "linux"
        answer.appArmorProfile =
            (try? SecurityOptions(parsing: record.hostConfig.securityOpt ?? []))?.appArmor ?? ""
        let running = execs.values.filter(\.isRunning).map(\.id)
        answer.execIDs = running.isEmpty ? nil : running
        answer.hostConfig = record.hostConfig
        if let links = shownLinks { answer.hostConfig.links = links }
        answer.graphDriver.name = "overlay2"
        answer.graphDriver.data = [
            "ID": id, "UpperDir": directory + "/upper", "WorkDir": directory + "/work",
            "LowerDir": ((try? services.snapshots.lowerDirectories(for: record.layers)) ?? []).joined(
                separator: ":"),
        ]
        if size {
            let written = try await services.writtenBytes(id)
            answer.sizeRw = written
            answer.sizeRootFs = written + services.imageBytes(record.imageID)
        }
        answer.mounts = mountPoints
        answer.config = record.config
        answer.networkSettings = networkSettings
        return answer
    }

    private var stateView: ContainerState {
        let life = record.lifecycle
        var state = ContainerState()
        state.status = life.phase.rawValue
        state.running = life.isRunning || life.phase == .restarting
        state.paused = life.phase == .paused
        state.restarting = life.phase == .restarting
        state.oomKilled = life.outOfMemory
        state.dead = life.phase == .dead
        state.pid = Int(life.pid)
        state.exitCode = life.exitCode
        state.error = life.error
        if let started = life.started { state.startedAt = started.rfc3339 }
        if let finished = life.finished { state.finishedAt = finished.rfc3339 }
        state.health = health?.health ?? record.health?.view
        return state
    }

    /// The mounts, as inspect and lists show them; tmpfs mounts of `--tmpfs` are not among them.
    var mountPoints: [MountPoint] {
        record.mounts.filter { $0.kind != .tmpfs || isFromMountOption($0) }.map { mount in
            var point = MountPoint()
            point.type = mount.kind.rawValue
            point.name = mount.volume
            point.source = mount.source
            point.destination = mount.destination
            point.driver = mount.kind == .volume ? "local" : ""
            let isNamed = mount.kind == .volume && !mount.isAnonymous && mount.isInherited != true
            point.mode = isNamed && mount.mode.isEmpty ? "z" : mount.mode
            point.isWritable = !mount.isReadOnly
            point.propagation = mount.kind == .bind || mount.kind == .image ? mount.propagation : ""
            return point
        }
    }

    func isFromMountOption(_ mount: ContainerMount) -> Bool {
        mount.isInherited == true
            || (record.hostConfig.mounts ?? []).contains { $0.target == mount.destination }
    }

    /// Tells that the container came into its network, or left it.
    func publishNetwork(_ action: String) {
        guard !networkName.isEmpty else { return }
        services.events.publish(
            type: "network", action: action, id: services.networkID(of: networkName),
            attributes: [
                "container": id, "name": networkName, "type": networkName == "none" ? "null" : networkName,
            ])
    }

    /// Tells that the container has its volumes now, or has left them.
    func publishVolumes(_ action: String) {
        for mount in record.mounts where mount.kind == .volume {
            var attributes = ["container": id, "driver": "local"]
            if action == "mount" {
                attributes["destination"] = mount.destination
                attributes["propagation"] = ""
                attributes["read/write"] = mount.isReadOnly ? "false" : "true"
            }
            services.events.publish(type: "volume", action: action, id: mount.volume, attributes: attributes)
        }
    }

    private var networkName: String {
        switch record.networkMode {
        case .bridge: "bridge"
        case .host: "host"
        case .none: "none"
        case .container: ""
        case .named(let name): name
        }
    }

    private var endpointSettings: EndpointSettings {
        var settings = EndpointSettings()
        // Docker names the network only once the container has been in it.
        if record.lifecycle.started != nil { settings.networkID = services.networkID(of: networkName) }
        guard let endpoint else { return settings }
        settings.endpointID = endpoint.endpointID
        settings.gateway = "\(endpoint.gateway)"
        settings.ipAddress = "\(endpoint.address)"
        settings.ipPrefixLen = Int(endpoint.prefix)
        settings.macAddress = endpoint.hardwareAddress
        return settings
    }

    private var portMap: [String: [DockerAPI.PortBinding]?] {
        var ports: [String: [DockerAPI.PortBinding]?] = [:]
        guard let endpoint else { return ports }
        for key in record.config.exposedPorts.keys { ports.updateValue(nil, forKey: Self.portKey(key)) }
        for binding in endpoint.bindings {
            var entry = DockerAPI.PortBinding()
            entry.hostIP = "\(binding.hostAddress)"
            entry.hostPort = String(binding.hostPort)
            ports[binding.containerKey] = ((ports[binding.containerKey] ?? nil) ?? []) + [entry]
        }
        return ports
    }

    /// `80` is `80/tcp`.
    static func portKey(_ key: String) -> String { key.contains("/") ? key : key + "/tcp" }

    private var networkSettings: NetworkSettings {
        var settings = NetworkSettings()
        settings.ports = portMap
        guard !networkName.isEmpty else { return settings }
        settings.networks = [networkName: endpointSettings]
        if record.lifecycle.isRunning {
            settings.sandboxID = id
            settings.sandboxKey = "/proc/\(record.lifecycle.pid)/ns/net"
        }
        if let endpoint {
            settings.endpointID = endpoint.endpointID
            settings.gateway = "\(endpoint.gateway)"
            settings.ipAddress = "\(endpoint.address)"
            settings.ipPrefixLen = Int(endpoint.prefix)
            settings.macAddress = endpoint.hardwareAddress
        }
        return settings
    }

    /// One line of `docker ps`.
    func summary(now: Timestamp, imageName: String) -> ContainerSummary {
        var line = ContainerSummary()
        line.id = id
        line.names = (["/" + record.name] + services.registry.linkNames(of: id)).sorted()
        line.image = imageName
        line.imageID = record.imageID
        line.command = record.commandLine.map { $0.contains(" ") ? "'\($0)'" : $0 }.joined(separator: " ")
        line.created = record.created.seconds
        line.ports = portSummaries
        line.labels = record.config.labels ?? [:]
        line.state = record.lifecycle.phase.rawValue
        line.status = StatusText.of(record.lifecycle, now: now)
        if record.lifecycle.phase == .running, let status = health?.health.status, !status.isEmpty {
            line.status += status == "starting" ? " (health: starting)" : " (\(status))"
        }
        line.hostConfig.networkMode = record.hostConfig.networkMode
        if !networkName.isEmpty { line.networkSettings.networks = [networkName: endpointSettings] }
        line.mounts = mountPoints
        return line
    }

    private var portSummaries: [PortSummary] {
        var found: [PortSummary] = []
        for (key, bindings) in portMap.sorted(by: { $0.key < $1.key }) {
            let parts = key.split(separator: "/")
            guard let port = parts.first.flatMap({ UInt16($0) }) else { continue }
            for binding in bindings ?? [DockerAPI.PortBinding()] {
                var line = PortSummary()
                line.ip = binding.hostIP
                line.privatePort = port
                line.publicPort = UInt16(binding.hostPort) ?? 0
                line.type = parts.count > 1 ? String(parts[1]) : "tcp"
                found.append(line)
            }
        }
        return found
    }
}

/// `Up 4 minutes`, `Exited (0) 2 hours ago`: the status column of `docker ps`.
enum StatusText {
    static func of(_ life: Lifecycle, now: Timestamp) -> String {
        func since(_ time: Timestamp?) -> String {
            human(seconds: max(0, (now.nanoseconds - (time ?? now).nanoseconds) / 1_000_000_000))
        }
        switch life.phase {
        case .running: return "Up \(since(life.started))"
        case .paused: return "Up \(since(life.started)) (Paused)"
        case .restarting: return "Restarting (\(life.exitCode)) \(since(life.finished)) ago"
        case .removing: return "Removal In Progress"
        case .dead: return "Dead"
        case .created: return "Created"
        case .exited: return "Exited (\(life.exitCode)) \(since(life.finished)) ago"
        }
    }

    /// A length of time in the words of Docker's tables.
    static func human(seconds: Int64) -> String {
        if seconds < 1 { return "Less than a second" }
        if seconds == 1 { return "1 second" }
        if seconds < 60 { return "\(seconds) seconds" }
        let minutes = seconds / 60
        if minutes == 1 { return "About a minute" }
        if minutes < 60 { return "\(minutes) minutes" }
        let hours = (seconds + 1800) / 3600
        if hours == 1 { return "About an hour" }
        if hours < 48 { return "\(hours) hours" }
        if hours < 24 * 7 * 2 { return "\(hours / 24) days" }
        if hours < 24 * 30 * 2 { return "\(hours / 24 / 7) weeks" }
        if hours < 24 * 365 * 2 { return "\(hours / 24 / 30) months" }
        return "\(hours / 24 / 365) years"
    }
}
