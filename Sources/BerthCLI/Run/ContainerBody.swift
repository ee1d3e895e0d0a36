internal import OrderedJSON

/// The body of a ContainerCreate request, made of the options of `run` and `create`.
///
/// Its members stand in the order in which docker's client writes them.
struct ContainerBody {
    var config: JSONObject
    var host: JSONObject
    var networking: JSONObject

    var json: JSONValue {
        var all = config
        all["HostConfig"] = .object(host)
        all["NetworkingConfig"] = .object(networking)
        return .object(all)
    }

    var image: String { config["Image"]?.stringValue ?? "" }
    func flag(_ name: String) -> Bool { config[name]?.boolValue ?? false }

    init(_ flags: ParsedFlags) throws {
        if flags.has("mac-address") {
            do { try Validate.macAddress(flags.string("mac-address")) } catch {
                throw CommandFailure("\(error)")
            }
        }
        let ports = try Self.ports(flags)
        let volumes = try Self.volumes(flags)
        let networks = try NetworkSpec.all(flags)
        config = try Self.config(flags, ports, anonymous: volumes.anonymous)
        host = try Self.host(flags, ports, binds: volumes.binds, networks)
        var endpoints: JSONObject = [:]
        for network in networks.sorted(by: { $0.target < $1.target }) {
            if endpoints[network.target] != nil {
                throw CommandFailure("network \(goQuoted(network.target)) is specified multiple times")
            }
            // One network that was only named: the engine makes the endpoint by itself.
            let isNamed = flags.has("network") || flags.has("net")
            if isNamed, networks.count == 1, !network.hasOptions { continue }
            endpoints[network.target] = network.endpoint
        }
        networking = ["EndpointsConfig": .object(endpoints)]
    }

    private static func ports(_ flags: ParsedFlags) throws -> PortSpecs {
        var ports = PortSpecs()
        for text in flags.list("publish") { try ports.publish(text) }
        for text in flags.list("expose") { try ports.expose(text) }
        return ports
    }

    /// Mounts of `-v` that name a source, and those that are anonymous volumes.
    private static func volumes(_ flags: ParsedFlags) throws -> (binds: [String], anonymous: [String]) {
        var binds: [String] = [], anonymous: [String] = []
        for text in flags.list("volume") {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            if text.isEmpty { throw CommandFailure("invalid empty volume spec") }
            if parts.contains("") {
                throw CommandFailure("invalid spec: \(text): empty section between colons")
            }
            guard parts.count > 1 else {
                if !anonymous.contains(text) { anonymous.append(text) }
                continue
            }
            let source = parts[0]
            let isRelative =
                source == "." || source == ".." || source.hasPrefix("./") || source.hasPrefix("../")
            let bind =
                isRelative || source.hasPrefix(".")
                ? Paths.absolute(String(source)) + text.dropFirst(source.count) : text
            if !binds.contains(bind) { binds.append(bind) }
        }
        return (binds, anonymous)
    }

    // MARK: The container's own part

    private static func config(_ flags: ParsedFlags, _ ports: PortSpecs, anonymous: [String]) throws
        -> JSONObject
    {
        let attach = flags.list("attach")
        let detach = flags.has("detach") && flags.bool("detach")
        let standard = attach.isEmpty && !detach
        let stdin = attach.contains("stdin") || flags.bool("interactive")
        let arguments = Array(flags.arguments.dropFirst())
        let environment = try KeyValueFiles.environment(flags.list("env-file"), flags.list("env"))
        let labels = try KeyValueFiles.labels(flags.list("label-file"), flags.list("label"))
        let entrypoint: JSONValue = flags.has("entrypoint") ? [.string(flags.string("entrypoint"))] : .null
        var config: JSONObject = [
            "Hostname": .string(flags.string("hostname")), "Domainname": .string(flags.string("domainname")),
            "User": .string(flags.string("user")), "AttachStdin": .bool(stdin),
            "AttachStdout": .bool(standard || attach.contains("stdout")),
            "AttachStderr": .bool(standard || attach.contains("stderr")),
        ]
        if !ports.exposed.isEmpty { config["ExposedPorts"] = ports.exposedJSON }
        config["Tty"] = .bool(flags.bool("tty"))
        config["OpenStdin"] = .bool(flags.bool("interactive"))
        config["StdinOnce"] = .bool(flags.bool("interactive") && stdin)
        config["Env"] = strings(environment)
        config["Cmd"] = strings(arguments)
        if let health = try health(flags) { config["Healthcheck"] = health }
        config["Image"] = .string(flags.arguments[0])
        config["Volumes"] = .object(JSONObject(anonymous.sorted().map { .init($0, .object([:])) }))
        config["WorkingDir"] = .string(flags.string("workdir"))
        config["Entrypoint"] = entrypoint
        config["OnBuild"] = .null
        config["Labels"] = pairs(labels)
        if flags.has("stop-signal"), !flags.string("stop-signal").isEmpty {
            config["StopSignal"] = .string(flags.string("stop-signal"))
        }
        if flags.has("stop-timeout") { config["StopTimeout"] = .number(String(flags.int("stop-timeout"))) }
        return config
    }

    private static func health(_ flags: ParsedFlags) throws -> JSONValue? {
        func nanoseconds(_ name: String) -> Int { (try? GoNumbers.duration(flags.string(name))) ?? 0 }
        let command = flags.string("health-cmd"), retries = flags.int("health-retries")
        let times = ["health-interval", "health-timeout", "health-start-period", "health-start-interval"]
        let has = !command.isEmpty || retries != 0 || times.contains { nanoseconds($0) != 0 }
        if flags.bool("no-healthcheck") {
            if has { throw CommandFailure("--no-healthcheck conflicts with --health-* options") }
            return ["Test": ["NONE"]]
        }
        guard has else { return nil }
        for name in times where nanoseconds(name) < 0 { throw CommandFailure("--\(name) cannot be negative") }
        if retries < 0 { throw CommandFailure("--health-retries cannot be negative") }
        var health: JSONObject = [:]
        if !command.isEmpty { health["Test"] = ["CMD-SHELL", .string(command)] }
        for (name, key) in [
            ("health-interval", "Interval"), ("health-timeout", "Timeout"),
            ("health-start-period", "StartPeriod"),
            ("health-start-interval", "StartInterval"),
        ] where nanoseconds(name) != 0 { health[key] = .number(String(nanoseconds(name))) }
        if retries != 0 { health["Retries"] = .number(String(retries)) }
        return .object(health)
    }

    // MARK: The host's part

    private static func host(
        _ flags: ParsedFlags, _ ports: PortSpecs, binds: [String], _ networks: [NetworkSpec]
    ) throws -> JSONObject {
        let restart = try restartPolicy(flags.string("restart"))
        if flags.bool("rm"), restart["Name"] != "no", restart["Name"] != "" {
            throw CommandFailure("conflicting options: cannot specify both --restart and --rm")
        }
        let security = try SecurityOptions(flags.list("security-opt"))
        try checkModes(flags)
        var host: JSONObject = [
            "Binds": strings(binds), "ContainerIDFile": .string(flags.string("cidfile")),
            "LogConfig": try logging(flags), "NetworkMode": .string(networks[0].target),
            "PortBindings": ports.bindingsJSON, "RestartPolicy": .object(restart),
            "AutoRemove": .bool(flags.bool("rm")), "VolumeDriver": .string(flags.string("volume-driver")),
            "VolumesFrom": strings(flags.list("volumes-from")), "ConsoleSize": [0, 0],
        ]
        if flags.has("annotation") { host["Annotations"] = pairs(flags.list("annotation")) }
        host["CapAdd"] = strings(capabilities(flags.list("cap-add")))
        host["CapDrop"] = strings(capabilities(flags.list("cap-drop")))
        host["CgroupnsMode"] = .string(flags.string("cgroupns"))
        host["Dns"] = array(flags.list("dns"))
        host["DnsOptions"] = array(flags.list("dns-option") + flags.list("dns-opt"))
        host["DnsSearch"] = array(flags.list("dns-search"))
        host["ExtraHosts"] = strings(flags.list("add-host"))
        host["GroupAdd"] = strings(flags.list("group-add"))
        host["IpcMode"] = .string(flags.string("ipc"))
        host["Cgroup"] = ""
        host["Links"] = strings(flags.list("link"))
        host["OomScoreAdj"] = .number(String(flags.int("oom-score-adj")))
        host["PidMode"] = .string(flags.string("pid"))
        host["Privileged"] = .bool(flags.bool("privileged"))
        host["PublishAllPorts"] = .bool(flags.bool("publish-all"))
        host["ReadonlyRootfs"] = .bool(flags.bool("read-only"))
        host["SecurityOpt"] = security.unmasked ? array(security.options) : strings(security.options)
        if flags.has("storage-opt") {
            for option in flags.list("storage-opt") where !option.contains("=") {
                throw CommandFailure("invalid storage option")
            }
            host["StorageOpt"] = pairs(flags.list("storage-opt"))
        }
        if flags.has("tmpfs") { host["Tmpfs"] = pairs(flags.list("tmpfs"), separator: ":") }
        host["UTSMode"] = .string(flags.string("uts"))
        host["UsernsMode"] = .string(flags.string("userns"))
        host["ShmSize"] = .number(String(bytes(flags, "shm-size")))
        if flags.has("sysctl") { host["Sysctls"] = pairs(flags.list("sysctl")) }
        if !flags.string("runtime").isEmpty { host["Runtime"] = .string(flags.string("runtime")) }
        host["Isolation"] = .string(flags.string("isolation"))
        try ResourceFields.add(flags, to: &host)
        let mounts = flags.list("mount")
        if !mounts.isEmpty { host["Mounts"] = .array(try mounts.map(MountSpec.json)) }
        host["MaskedPaths"] = security.unmasked ? .array([]) : .null
        host["ReadonlyPaths"] = security.unmasked ? .array([]) : .null
        if flags.has("init") { host["Init"] = .bool(flags.bool("init")) }
        return host
    }

    /// Names with their prefix, each once, sorted.
    private static func capabilities(_ names: [String]) -> [String] {
        Set(
            names.map { name in
                let upper = name.trimmedSpace.uppercased()
                return upper == "ALL" || upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
            }
        ).sorted()
    }

    private static func checkModes(_ flags: ParsedFlags) throws {
        let pid = flags.string("pid"), uts = flags.string("uts"), user = flags.string("userns")
        func isContainer(_ text: String) -> Bool { text.hasPrefix("container:") && text.count > 10 }
        if !["", "host"].contains(pid), !isContainer(pid) { throw CommandFailure("--pid: invalid PID mode") }
        if !["", "host"].contains(uts) { throw CommandFailure("--uts: invalid UTS mode") }
        if !["", "host"].contains(user) { throw CommandFailure("--userns: invalid USER mode") }
        if !["", "host", "private"].contains(flags.string("cgroupns")) {
            throw CommandFailure("--cgroupns: invalid CGROUP mode")
        }
        let swappiness = flags.int("memory-swappiness")
        if swappiness != -1, !(0...100).contains(swappiness) {
            throw CommandFailure("invalid value: \(swappiness). Valid memory swappiness range is 0-100")
        }
    }

    static func restartPolicy(_ text: String) throws -> JSONObject {
        var policy: JSONObject = ["Name": "", "MaximumRetryCount": 0]
        if text.isEmpty { return policy }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map {
            String($0)
        }
        if parts[0].isEmpty {
            throw CommandFailure("invalid restart policy format: no policy provided before colon")
        }
        if parts.count > 1 {
            guard let count = parts[1].isEmpty ? 0 : Int(parts[1]) else {
                throw CommandFailure("invalid restart policy format: maximum retry count must be an integer")
            }
            policy["MaximumRetryCount"] = .number(String(count))
        }
        policy["Name"] = .string(parts[0])
        return policy
    }

    private static func logging(_ flags: ParsedFlags) throws -> JSONValue {
        let driver = flags.string("log-driver"), options = flags.list("log-opt")
        if driver == "none", !options.isEmpty {
            throw CommandFailure("invalid logging opts for driver none")
        }
        return ["Type": .string(driver), "Config": pairs(options)]
    }

    // MARK: Values

    static func bytes(_ flags: ParsedFlags, _ name: String) -> Int {
        let text = flags.string(name)
        return text == "-1" ? -1 : (try? GoNumbers.bytes(text)) ?? 0
    }

    /// Go's nil for an empty list.
    static func strings(_ values: [String]) -> JSONValue { values.isEmpty ? .null : array(values) }

    static func array(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }

    /// `key=value` texts as a map, sorted by key as Go writes maps.
    static func pairs(_ values: [String], separator: Character = "=") -> JSONValue {
        var map: [String: String] = [:]
        for value in values {
            let parts = value.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false)
            map[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        return .object(JSONObject(map.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) }))
    }
}
