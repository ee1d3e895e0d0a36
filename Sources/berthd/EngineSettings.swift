internal import DaemonConfiguration
internal import Engine
internal import EngineModel
internal import Linux

/// What the engine is told of the daemon's settings.
extension Daemon {
    func engineOptions(_ settings: DaemonSettings) throws -> EngineOptions {
        var options = EngineOptions(
            paths: EnginePaths(dataRoot: settings.dataRoot, execRoot: settings.execRoot),
            runtimeProgram: try runtimeProgram(settings.runtimeProgram))
        options.bridge = settings.bridge
        options.bridgeAddress = settings.bridgeAddress
        options.mtu = settings.mtu
        options.addressPools = settings.addressPools.map { ($0.base, $0.size) }
        options.publishAddress = settings.publishAddress
        options.hostGateway = settings.hostGateway
        options.dns = settings.containers.dns
        options.dnsSearch = settings.containers.dnsSearch
        options.dnsOptions = settings.containers.dnsOptions
        options.usesInit = settings.containers.usesInit
        if let directories = settings.containers.deviceDirectories { options.deviceDirectories = directories }
        options.httpProxy = proxy(settings.registries.httpProxy, "HTTP_PROXY")
        options.httpsProxy = proxy(settings.registries.httpsProxy, "HTTPS_PROXY")
        options.noProxy = proxy(settings.registries.noProxy, "NO_PROXY")
        options.downloadAttempts = settings.registries.downloadAttempts
        options.defaults = try defaults(settings.containers)
        options.live = liveSettings(settings)
        return options
    }

    /// As it was told, else as the environment has it.
    private func proxy(_ told: String, _ variable: String) -> String {
        if !told.isEmpty { return told }
        return environmentVariable(variable) ?? environmentVariable(variable.lowercased()) ?? ""
    }

    func liveSettings(_ settings: DaemonSettings) -> LiveSettings {
        var live = LiveSettings()
        live.labels = settings.labels
        live.isDebugging = settings.isDebugging
        live.runtimes = settings.runtimes.mapValues { .init(path: $0.path, arguments: $0.arguments) }
        live.defaultRuntime = settings.defaultRuntime
        live.insecureRegistries = settings.registries.insecure
        live.registryMirrors = settings.registries.mirrors
        live.downloadsAtOnce = settings.registries.maximumDownloads
        live.uploadsAtOnce = settings.registries.maximumUploads
        return live
    }

    private func defaults(_ settings: DaemonSettings.ContainerDefaults) throws -> ContainerDefaults {
        var defaults = ContainerDefaults()
        defaults.cgroupParent = settings.cgroupParent
        if !settings.cgroupNamespace.isEmpty { defaults.cgroupNamespace = settings.cgroupNamespace }
        if !settings.ipcMode.isEmpty { defaults.ipcMode = settings.ipcMode }
        if let bytes = settings.sharedMemoryBytes, bytes > 0 { defaults.sharedMemoryBytes = bytes }
        defaults.ulimits = settings.ulimits.map { ($0.name, $0.soft, $0.hard) }
        defaults.noNewPrivileges = settings.noNewPrivileges
        if !settings.logDriver.isEmpty { defaults.logDriver = settings.logDriver }
        defaults.logOptions = settings.logOptions
        switch settings.seccompProfile {
        case "", "builtin": break
        case "unconfined":
            defaults.seccompProfile = "unconfined"
            defaults.seccompName = "unconfined"
        case let path:
            do { defaults.seccompProfile = try readText(path, limitBytes: 1 << 20) } catch {
                throw EngineError(
                    .invalidParameter,
                    "opening seccomp profile (\(path)) failed: open \(path): \(error.code.reason)")
            }
            defaults.seccompName = path
        }
        return defaults
    }

    /// berth-runtime: as told, beside this program, or in PATH.
    private func runtimeProgram(_ told: String?) throws -> String {
        if let told { return told }
        if let own = currentProgramPath(), let slash = own.lastIndex(of: "/") {
            let beside = own[..<slash] + "/berth-runtime"
            if isExecutable(String(beside)) { return String(beside) }
        }
        for directory in (environmentVariable("PATH") ?? "").split(separator: ":") {
            let candidate = "\(directory)/berth-runtime"
            if isExecutable(candidate) { return candidate }
        }
        throw EngineError(
            .notFound,
            "berth-runtime was not found beside berthd or in PATH: give its path with --runtime-program")
    }
}
