internal import DockerAPI
internal import EngineModel

/// Fills what a container's user left open from its image.
enum ImageDefaults {
    /// `config` with the image's values where it has none; an image without a command asks for one.
    static func merge(_ config: ContainerConfig, image: ImageInspectConfig) throws -> ContainerConfig {
        var merged = config
        if merged.user.isEmpty { merged.user = image.user }
        if merged.workingDir.isEmpty { merged.workingDir = image.workingDir }
        for (port, value) in image.exposedPorts { merged.exposedPorts[port] = value }
        var env = merged.env ?? []
        let named = Set(env.map { $0.prefix { $0 != "=" } })
        let inherited = (image.env ?? []).filter { !named.contains($0.prefix { $0 != "=" }) }
        env = inherited.isEmpty ? env : env + inherited
        merged.env = env
        var labels = image.labels ?? [:]
        for (key, value) in merged.labels ?? [:] { labels[key] = value }
        merged.labels = labels
        if (merged.entrypoint ?? []).isEmpty {
            if (merged.cmd ?? []).isEmpty { merged.cmd = image.cmd }
            if merged.entrypoint == nil { merged.entrypoint = image.entrypoint }
        }
        if merged.entrypoint == [""] { merged.entrypoint = nil }
        if merged.healthcheck == nil || merged.healthcheck?.test?.isEmpty != false {
            var health = image.healthcheck
            if let asked = merged.healthcheck, var inherited = health {
                if asked.interval != 0 { inherited.interval = asked.interval }
                if asked.timeout != 0 { inherited.timeout = asked.timeout }
                if asked.startPeriod != 0 { inherited.startPeriod = asked.startPeriod }
                if asked.startInterval != 0 { inherited.startInterval = asked.startInterval }
                if asked.retries != 0 { inherited.retries = asked.retries }
                health = inherited
            }
            merged.healthcheck = health ?? merged.healthcheck
        }
        if merged.stopSignal.isEmpty { merged.stopSignal = image.stopSignal }
        if merged.shell == nil { merged.shell = image.shell }
        if let volumes = image.volumes, !volumes.isEmpty {
            merged.volumes = volumes.merging(merged.volumes ?? [:]) { _, own in own }
        }
        if merged.onBuild == nil { merged.onBuild = image.onBuild }
        if (merged.entrypoint ?? []).isEmpty && (merged.cmd ?? []).isEmpty {
            throw EngineError(.invalidParameter, "no command specified")
        }
        return merged
    }
}
