internal import DockerAPI
internal import EngineModel

/// Reads the `Healthcheck` of a container's configuration, once the image's has been merged into it.
enum HealthCheck {
    /// Checks the numbers; each error has Docker's words.
    static func validate(_ config: HealthConfig) throws {
        func checkTime(_ value: Int64, _ name: String) throws {
            if value != 0 && value < 1_000_000 {
                throw EngineError(.invalidParameter, "\(name) in Healthcheck cannot be less than 1ms")
            }
        }
        try checkTime(config.interval, "Interval")
        try checkTime(config.timeout, "Timeout")
        if config.retries < 0 {
            throw EngineError(.invalidParameter, "Retries in Healthcheck cannot be negative")
        }
        try checkTime(config.startPeriod, "StartPeriod")
        try checkTime(config.startInterval, "StartInterval")
    }

    /// The command of a probe; nil where there is nothing to probe, as with `NONE`.
    ///
    /// `CMD-SHELL` goes through the image's shell. A kind that Docker does not know is none for it either.
    static func command(_ config: HealthConfig, shell: [String]?) -> [String]? {
        guard let test = config.test, let kind = test.first else { return nil }
        let arguments = Array(test.dropFirst())
        switch kind {
        case "CMD": return arguments
        case "CMD-SHELL": return (shell?.isEmpty == false ? shell ?? [] : ["/bin/sh", "-c"]) + arguments
        default: return nil
        }
    }

    static func settings(_ config: HealthConfig) -> HealthState.Settings {
        HealthState.Settings(
            interval: .nanoseconds(config.interval), timeout: .nanoseconds(config.timeout),
            startPeriod: .nanoseconds(config.startPeriod), startInterval: .nanoseconds(config.startInterval),
            retries: config.retries)
    }
}

extension HealthState {
    /// As inspect shows it.
    var view: Health {
        var health = Health()
        health.status = status.rawValue
        health.failingStreak = failingStreak
        health.log = log.map { probe in
            var result = HealthcheckResult()
            result.start = probe.start.rfc3339
            result.end = probe.end.rfc3339
            result.exitCode = probe.exitCode
            result.output = probe.output
            return result
        }
        return health
    }
}
