public import DockerAPI

/// What the system routes need of an engine.
public protocol SystemControl: Sendable {
    func systemVersion() async throws -> SystemVersion
    func systemInfo() async throws -> SystemInfo
    func diskUsage(_ options: DiskUsageOptions) async throws -> DiskUsage
    /// Past events that were asked for, then those that come; ends when its reader's task is cancelled.
    func events(_ options: EventOptions) async throws -> AsyncThrowingStream<EventMessage, any Error>
}

/// What the `/volumes` routes need of an engine.
public protocol VolumeControl: Sendable {
    func listVolumes(_ filters: Filters) async throws -> VolumeListResponse
    func createVolume(_ request: VolumeCreateRequest) async throws -> Volume
    func inspectVolume(_ name: String) async throws -> Volume
    func removeVolume(_ name: String, force: Bool) async throws
}

/// What the `/networks` routes need of an engine.
public protocol NetworkControl: Sendable {
    func listNetworks(_ filters: Filters) async throws -> [Network]
    func inspectNetwork(_ network: String) async throws -> Network
}

/// Everything that ``APIServer`` can be asked for; one object or several.
public struct EngineControls: Sendable {
    public var containers: any ContainerControl
    public var execs: any ExecControl
    public var images: any ImageControl
    public var system: any SystemControl
    public var volumes: any VolumeControl
    public var networks: any NetworkControl
    public var prunes: any PruneControl

    public init(
        containers: any ContainerControl, execs: any ExecControl, images: any ImageControl,
        system: any SystemControl, volumes: any VolumeControl, networks: any NetworkControl,
        prunes: any PruneControl
    ) {
        self.containers = containers
        self.execs = execs
        self.images = images
        self.system = system
        self.volumes = volumes
        self.networks = networks
        self.prunes = prunes
    }

    /// One object that does everything.
    public init(
        _ engine: any ContainerControl & ExecControl & ImageControl & SystemControl & VolumeControl
            & NetworkControl & PruneControl
    ) {
        self.init(
            containers: engine, execs: engine, images: engine, system: engine, volumes: engine,
            networks: engine, prunes: engine)
    }
}
