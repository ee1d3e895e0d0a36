internal import DockerAPI
internal import EngineModel

/// Fills what a container's user left open from its image.
enum ImageDefaults {
    /// `config` with the image's values where it has none; an image without a command asks for one.
    ///
    /// The image's `SHELL` and `ONBUILD` are for builds: Docker leaves them out of containers, and so does this.
    static func merge(_ config: ContainerConfig, image: ImageInspectConfig) throws -> ContainerConfig {
        var merged = config
        if merged.user.isEmpty { merged.user = image.user }
        if merged.workingDir.isEmpty { merged.workingDir = image.workingDir }
        if !merged.workingDir.isEmpty { merged.workingDir = MountPath.cleaned(merged.workingDir) }
        for (port, value) in image.exposedPorts where merged.exposedPorts[port] == nil {
            merged.exposedPorts[port] = value
        }
        var env = merged.env ?? []
        let named = Set(env.map { $0.prefix { $0 != "=" } })
        let inherited = (image.env ?? []).filter { !named.contains($0.prefix { $0 != "=" }) }
        env = inherited.isEmpty ? env : env + inherited
        merged.env = env.isEmpty ? nil : env
        var labels = image.labels ?? [:]
        for (key, value) in merged.labels ?? [:] { labels[key] = value }
        merged.labels = labels
        if (merged.entrypoint ?? []).isEmpty {
            if (merged.cmd ?? []).isEmpty { merged.cmd = image.cmd }
            if merged.entrypoint == nil { merged.entrypoint = image.entrypoint }
        }
        if merged.entrypoint == [""] { merged.entrypoint = nil }
        merged.healthcheck = merge(merged.healthcheck, image: image.healthcheck)
        if merged.stopSignal.isEmpty { merged.stopSignal = image.stopSignal }
        if let volumes = image.volumes, !volumes.isEmpty {
            merged.volumes = volumes.merging(merged.volumes ?? [:]) { _, own in own }
        }
        if merged.volumes?.isEmpty == true { merged.volumes = nil }
        if (merged.entrypoint ?? []).isEmpty && (merged.cmd ?? []).isEmpty {
            throw EngineError(.invalidParameter, "no command specified")
        }
        return merged
    }

    /// Each number that was left open is the image's, even under a test of the user's own.
    private static func merge(_ own: HealthConfig?, image: HealthConfig?) -> HealthConfig? {
        guard var merged = own, let image else { return own ?? image }
        if merged.test?.isEmpty != false { merged.test = image.test }
        if merged.interval == 0 { merged.interval = image.interval }
        if merged.timeout == 0 { merged.timeout = image.timeout }
        if merged.startPeriod == 0 { merged.startPeriod = image.startPeriod }
        if merged.startInterval == 0 { merged.startInterval = image.startInterval }
        if merged.retries == 0 { merged.retries = image.retries }
        return merged
    }
}
