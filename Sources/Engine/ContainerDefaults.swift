internal import DockerAPI
internal import EngineModel
internal import RegistryClient
internal import Synchronization

/// What containers get unless their users say otherwise, as the operator decides.
public struct ContainerDefaults: Sendable {
    public var cgroupParent = ""
    public var cgroupNamespace = "private"
    public var ipcMode = "private"
    public var sharedMemoryBytes: Int64 = SpecDefaults.sharedMemoryBytes
    public var ulimits: [(name: String, soft: Int64, hard: Int64)] = []
    public var noNewPrivileges = false
    public var logDriver = "json-file"
    public var logOptions: [String: String] = [:]
    /// The default seccomp profile in Docker's JSON form; empty for the built-in one, "unconfined" for none.
    public var seccompProfile = ""
    /// How info calls that profile: "builtin", "unconfined" or its file.
    public var seccompName = "builtin"

    public init() {}

    var seccomp: SecurityOptions.SeccompChoice {
        switch seccompProfile {
        case "": .standard
        case "unconfined": .unconfined
        default: .profile(seccompProfile)
        }
    }

    /// Refuses what no container could be started with, in Docker's words.
    func validate() throws {
        var config = LogConfig()
        config.type = logDriver
        config.config = logOptions
        try LogSettings.validate(config)
    }

    /// Completes a container's log settings with the daemon's, where the driver is the same.
    func complete(_ config: inout LogConfig) {
        if config.type.isEmpty { config.type = logDriver }
        guard config.type == logDriver else { return }
        config.config = (config.config ?? [:]).merging(logOptions) { own, _ in own }
    }

    /// The container's limits, and the daemon's for those that it leaves open.
    func ulimits(over own: [DockerAPI.Ulimit]?) -> [DockerAPI.Ulimit] {
        let own = own ?? []
        let named = Set(own.map(\.name))
        return own
            + ulimits.filter { !named.contains($0.name) }.map { limit in
                var ulimit = DockerAPI.Ulimit()
                (ulimit.name, ulimit.soft, ulimit.hard) = (limit.name, limit.soft, limit.hard)
                return ulimit
            }
    }
}

extension ContainerActor {
    /// The record with what the daemon decides at each start, where the container leaves it open.
    var recordForStart: ContainerRecord {
        var record = record
        let defaults = services.options.defaults
        record.hostConfig.ulimits = defaults.ulimits(over: record.hostConfig.ulimits)
        if defaults.noNewPrivileges {
            // In front, so that the container's own word comes after it.
            record.hostConfig.securityOpt = ["no-new-privileges=true"] + (record.hostConfig.securityOpt ?? [])
        }
        return record
    }
}

/// What a hang-up signal may change while the daemon runs.
public struct LiveSettings: Sendable {
    /// Another OCI runtime that containers may ask for by name.
    public struct Runtime: Sendable, Hashable {
        public var path: String
        public var arguments: [String]

        public init(path: String, arguments: [String]) { (self.path, self.arguments) = (path, arguments) }
    }

    public var labels: [String] = []
    public var isDebugging = false
    public var runtimes: [String: Runtime] = [:]
    public var defaultRuntime = "runc"
    public var insecureRegistries: [String] = []
    public var registryMirrors: [String] = []
    /// Layers on their way at once, of one pull and of one push.
    public var downloadsAtOnce = 8
    public var uploadsAtOnce = 5

    public init() {}
}

extension ContainerEngine {
    /// Takes new settings over, and tells of it with an event.
    public func reload(_ settings: LiveSettings, attributes: [String: String]) {
        services.live.withLock { $0 = settings }
        services.registries.settings = services.options.registrySettings(settings)
        services.events.publish(
            type: "daemon", action: "reload", id: services.instance,
            attributes: attributes.merging(["name": services.host.hostName]) { own, _ in own })
    }

    /// What the daemon is told at the moment.
    public var liveSettings: LiveSettings { services.liveSettings }
}

extension EngineServices {
    /// What the daemon is told at the moment.
    var liveSettings: LiveSettings { live.withLock { $0 } }
}
