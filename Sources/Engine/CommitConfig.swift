internal import DockerAPI
internal import Images
internal import OCI

/// The run-time defaults of an image that is committed from a container.
enum CommitConfig {
    /// The caller's settings after `changes`, filled up from the container's own.
    static func resolve(_ config: ContainerConfig?, changes: [String], container: ContainerConfig) throws
        -> OCI.ContainerDefaults
    {
        let own = defaults(container)
        let changed = try ConfigChanges.apply(changes, to: config.map(defaults) ?? own)
        return merge(changed ?? OCI.ContainerDefaults(), over: own)
    }

    /// A container's settings as an image keeps them.
    static func defaults(_ config: ContainerConfig) -> OCI.ContainerDefaults {
        func text(_ value: String) -> String? { value.isEmpty ? nil : value }
        func present(_ keys: [String: EmptyObject]?) -> [String: OCI.ContainerDefaults.Present]? {
            guard let keys, !keys.isEmpty else { return nil }
            return keys.mapValues { _ in OCI.ContainerDefaults.Present() }
        }
        var defaults = OCI.ContainerDefaults()
        defaults.user = text(config.user)
        defaults.exposedPorts = present(config.exposedPorts)
        defaults.env = config.env
        defaults.entrypoint = config.entrypoint
        defaults.cmd = config.cmd
        defaults.volumes = present(config.volumes)
        defaults.workingDir = text(config.workingDir)
        defaults.labels = config.labels
        defaults.stopSignal = text(config.stopSignal)
        defaults.shell = config.shell
        defaults.onBuild = config.onBuild
        if let health = config.healthcheck {
            func time(_ value: Int64) -> Int64? { value == 0 ? nil : value }
            defaults.healthcheck = OCI.ContainerDefaults.Healthcheck(
                test: health.test, interval: time(health.interval), timeout: time(health.timeout),
                startPeriod: time(health.startPeriod), startInterval: time(health.startInterval),
                retries: health.retries == 0 ? nil : health.retries)
        }
        return defaults
    }

    /// `own` with the values of `base` where it has none: a variable, label, port or volume each for itself.
    static func merge(_ own: OCI.ContainerDefaults, over base: OCI.ContainerDefaults) -> OCI.ContainerDefaults
    {
        var merged = own
        merged.user = own.user ?? base.user
        merged.workingDir = own.workingDir ?? base.workingDir
        merged.stopSignal = own.stopSignal ?? base.stopSignal
        merged.exposedPorts = union(own.exposedPorts, base.exposedPorts)
        merged.volumes = union(own.volumes, base.volumes)
        merged.labels = union(own.labels, base.labels)
        let named = Set((own.env ?? []).map { $0.prefix { $0 != "=" } })
        let env = (own.env ?? []) + (base.env ?? []).filter { !named.contains($0.prefix { $0 != "=" }) }
        merged.env = env.isEmpty ? nil : env
        if (own.entrypoint ?? []).isEmpty {
            if (own.cmd ?? []).isEmpty { merged.cmd = base.cmd }
            if own.entrypoint == nil { merged.entrypoint = base.entrypoint }
        }
        if var health = own.healthcheck, let below = base.healthcheck {
            if health.test?.isEmpty != false { health.test = below.test }
            health.interval = health.interval ?? below.interval
            health.timeout = health.timeout ?? below.timeout
            health.startPeriod = health.startPeriod ?? below.startPeriod
            health.startInterval = health.startInterval ?? below.startInterval
            health.retries = health.retries ?? below.retries
            merged.healthcheck = health
        } else {
            merged.healthcheck = own.healthcheck ?? base.healthcheck
        }
        return merged
    }

    private static func union<Value>(_ own: [String: Value]?, _ base: [String: Value]?) -> [String: Value]? {
        guard let own else { return base }
        return own.merging(base ?? [:]) { mine, _ in mine }
    }
}
