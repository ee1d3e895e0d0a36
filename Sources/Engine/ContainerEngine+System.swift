internal import CDI
public import DockerAPI
internal import EngineModel
internal import Glibc
internal import Images
internal import Linux
internal import Networking
internal import OrderedJSON

extension ContainerEngine {
    /// The newest and the oldest Engine API that berthd speaks.
    public static let apiVersion = "1.51"
    public static let minimumAPIVersion = "1.24"

    public func systemVersion() async throws -> SystemVersion {
        var answer = SystemVersion()
        var platform = VersionPlatform()
        platform.name = "berth"
        answer.platform = platform
        let host = services.host
        var engine = VersionComponent()
        engine.name = "Engine"
        engine.version = Self.version
        engine.details = [
            "ApiVersion": Self.apiVersion, "Arch": host.goArchitecture, "BuildTime": "",
            "Experimental": "false",
            "GitCommit": "", "GoVersion": "", "KernelVersion": host.kernelVersion,
            "MinAPIVersion": Self.minimumAPIVersion, "Os": "linux",
        ]
        var runtime = VersionComponent()
        runtime.name = "berth-runtime"
        runtime.version = Self.version
        runtime.details = ["GitCommit": ""]
        answer.components = [engine, runtime]
        answer.version = Self.version
        answer.apiVersion = Self.apiVersion
        answer.minAPIVersion = Self.minimumAPIVersion
        answer.os = "linux"
        answer.arch = host.goArchitecture
        answer.kernelVersion = host.kernelVersion
        return answer
    }

    public func systemInfo() async throws -> SystemInfo {
        let host = services.host
        var info = SystemInfo()
        info.id = services.instance
        for actor in registry.all {
            info.containers += 1
            switch await actor.lifecycle.phase {
            case .running, .restarting: info.containersRunning += 1
            case .paused: info.containersPaused += 1
            default: info.containersStopped += 1
            }
        }
        info.images = services.images.list().count
        info.driver = "overlay2"
        info.driverStatus = [["Backing Filesystem", "overlayfs"], ["Supports d_type", "true"]]
        info.plugins.volume = ["local"]
        info.plugins.network = ["bridge", "host", "null"]
        info.plugins.log = ["json-file", "local", "none"]
        info.memoryLimit = host.limits.contains(.memory)
        info.swapLimit = host.limits.contains(.swap)
        info.cpuCfsPeriod = host.limits.contains(.cpuBandwidth)
        info.cpuCfsQuota = host.limits.contains(.cpuBandwidth)
        info.cpuShares = host.limits.contains(.cpuShares)
        info.cpuSet = host.limits.contains(.cpuset)
        info.pidsLimit = host.limits.contains(.pids)
        info.ipv4Forwarding = ((try? readText("/proc/sys/net/ipv4/ip_forward")) ?? "0").hasPrefix("1")
        let live = liveSettings
        info.debug = live.isDebugging
        info.eventListeners = services.events.listenerCount
        info.labels = live.labels
        info.fileDescriptors = (try? listDirectory("/proc/self/fd").count) ?? 0
        info.goroutines = (try? listDirectory("/proc/self/task").count) ?? 0
        info.oomKillDisable = host.limits.contains(.oomKillDisable)
        info.systemTime = Timestamp.now.rfc3339
        info.loggingDriver = services.options.defaults.logDriver
        info.cgroupDriver = "cgroupfs"
        info.cgroupVersion = fileExists("/sys/fs/cgroup/cgroup.controllers") ? "2" : "1"
        info.kernelVersion = host.kernelVersion
        info.operatingSystem = host.operatingSystem
        info.osVersion = host.osVersion
        info.osType = "linux"
        info.architecture = host.architecture
        info.indexServerAddress = "https://index.docker.io/v1/"
        info.registryConfig = Self.registryConfig(live)
        info.httpProxy = services.options.httpProxy
        info.httpsProxy = services.options.httpsProxy
        info.noProxy = services.options.noProxy
        info.cpus = host.cpus
        info.memTotal = host.memoryBytes
        info.dockerRootDir = services.paths.dataRoot
        info.name = host.hostName
        info.serverVersion = Self.version
        var runtime = RuntimeInfo()
        runtime.path = services.options.runtimeProgram
        runtime.status = await services.runtimeFeatures.status(of: runtime.path)
        info.runtimes = ["runc": runtime, "berth": runtime]
        for (name, other) in live.runtimes {
            var entry = RuntimeInfo()
            entry.path = other.path
            entry.runtimeArgs = other.arguments.isEmpty ? nil : other.arguments
            entry.status = await services.runtimeFeatures.status(of: other.path)
            info.runtimes[name] = entry
        }
        info.defaultRuntime = live.defaultRuntime
        info.liveRestoreEnabled = true
        info.initBinary = "berth-runtime"
        info.securityOptions = ["name=seccomp,profile=\(services.options.defaults.seccompName)"]
        if services.options.defaults.cgroupNamespace == "private" {
            info.securityOptions.append("name=cgroupns")
        }
        if services.options.defaults.noNewPrivileges { info.securityOptions.append("name=no-new-privileges") }
        var firewall = FirewallInfo()
        firewall.driver = "nftables"
        info.firewallBackend = firewall
        let directories = services.options.deviceDirectories
        info.cdiSpecDirs = directories
        let catalog = await services.deviceCatalog()
        if !catalog.names.isEmpty {
            info.discoveredDevices = catalog.names.map { ["Source": "cdi", "ID": .string($0)] }
        }
        let faults = catalog.faults.sorted { $0.key < $1.key }.map {
            "CDI: Error associated with spec file \($0.key): \($0.value)"
        }
        info.warnings = await services.network.warnings + faults
        return info
    }

    /// What info shows of the registries.
    private static func registryConfig(_ live: LiveSettings) -> RegistryServiceConfig {
        var config = RegistryServiceConfig()
        var hub = IndexInfo()
        hub.name = "docker.io"
        hub.official = true
        hub.secure = true
        hub.mirrors = live.registryMirrors.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
        config.indexConfigs = ["docker.io": hub]
        config.mirrors = live.registryMirrors.isEmpty ? nil : hub.mirrors
        config.insecureRegistryCIDRs = ["::1/128", "127.0.0.0/8"]
        for registry in live.insecureRegistries {
            if registry.contains("/") {
                config.insecureRegistryCIDRs.append(registry)
                continue
            }
            var index = IndexInfo()
            index.name = registry
            config.indexConfigs[registry] = index
        }
        return config
    }

    public func diskUsage(_ options: DiskUsageOptions) async throws -> DiskUsage {
        var usage = DiskUsage()
        if options.images {
            var list = ImageListOptions()
            list.sharedSize = true
            usage.images = try await listImages(list)
            usage.layersSize = services.images.layersSizeBytes
        }
        if options.containers {
            var list = ContainerListOptions()
            list.all = true
            list.size = true
            usage.containers = try await listContainers(list)
        }
        if options.volumes { usage.volumes = try await measuredVolumes() }
        if options.buildCache { usage.buildCache = [] }
        return usage
    }

    public func events(_ options: EventOptions) async throws -> AsyncThrowingStream<EventMessage, any Error> {
        services.events.stream(options)
    }
}
