internal import AsyncPrimitives
internal import CDI
internal import Cgroups
internal import DockerAPI
internal import EngineModel
internal import Images
internal import Linux
internal import Logging
internal import Networking
internal import RegistryClient
internal import RuntimeClient
internal import Snapshots
internal import StateStore
internal import Synchronization
internal import Volumes

/// What the containers share: stores, network, runtime, events.
final class EngineServices: Sendable {
    let options: EngineOptions
    let paths: EnginePaths
    let host: HostFacts
    let store: StateStore
    let containers: Collection<ContainerRecord>
    let registry = ContainerRegistry()
    let events = EventBus()
    let metrics = DaemonMetrics()
    let runtimeFeatures = RuntimeFeatures()
    let images: ImageStore
    let registries: RegistryClient
    let snapshots: SnapshotStore
    let volumes: VolumeStore
    let network: DefaultNetwork
    let runtime: RuntimeClient
    let seccomp: SeccompCache
    /// The machine's cgroup hierarchies; nil where none is mounted.
    let cgroups: CgroupLayout?
    let logger: Logger
    /// Threads for work in containers' file systems: whoever mounts one of those may let it hang, and those threads
    /// with it, but none that others wait for.
    let archives = BlockingPool(maximumThreads: 128)
    /// Tells this daemon from others on the same host, in the names of kernel objects.
    let instance: String
    /// Ids of the built-in networks, by name; set once the network is up.
    let networkIDs = Mutex<[String: String]>([:])
    /// What a hang-up signal may change.
    let live: Mutex<LiveSettings>
    private let stopping = Mutex(false)

    init(
        options: EngineOptions, host: HostFacts, store: StateStore, images: ImageStore,
        snapshots: SnapshotStore,
        volumes: VolumeStore, network: DefaultNetwork, runtime: RuntimeClient, instance: String,
        logger: Logger
    ) {
        self.options = options
        paths = options.paths
        self.host = host
        self.store = store
        containers = store.collection("containers", version: 1, of: ContainerRecord.self)
        self.images = images
        registries = RegistryClient(options.registrySettings(options.live))
        self.snapshots = snapshots
        self.volumes = volumes
        self.network = network
        self.runtime = runtime
        self.instance = instance
        cgroups = try? CgroupLayout.detect()
        seccomp = SeccompCache(kernelVersion: host.kernelVersion, standard: options.defaults.seccomp)
        live = Mutex(options.live)
        self.logger = logger
    }

    /// Whether the daemon is about to end: nothing is started any more.
    var isStopping: Bool { stopping.withLock { $0 } }

    func beginStopping() { stopping.withLock { $0 = true } }

    /// Where the container's cgroup is, below the root of each hierarchy.
    func cgroupPath(_ id: String, parent: String) -> String {
        let base = parent.isEmpty ? "/berth" : MountPath.cleaned("/" + parent)
        return "\(base)/\(id)"
    }
}

/// What an engine is told at its start.
public struct EngineOptions: Sendable {
    public var paths: EnginePaths
    /// Path of berth-runtime.
    public var runtimeProgram: String
    public var bridge: String?
    public var bridgeAddress: String?
    public var mtu: Int?
    /// Ranges that subnets come from, as address and prefix with the size of each; empty are Docker's.
    public var addressPools: [(base: String, size: Int)] = []
    public var publishAddress: String?
    public var hostGateway: String?
    public var dns: [String] = []
    public var dnsSearch: [String] = []
    public var dnsOptions: [String] = []
    public var usesInit = false
    /// Where specifications of the Container Device Interface are; a later directory comes before an earlier one.
    public var deviceDirectories = DeviceCatalog.standardDirectories
    public var defaults = ContainerDefaults()
    public var live = LiveSettings()
    public var httpProxy = ""
    public var httpsProxy = ""
    public var noProxy = ""
    /// How often a request to a registry is tried.
    public var downloadAttempts = 5

    public init(paths: EnginePaths, runtimeProgram: String) {
        self.paths = paths
        self.runtimeProgram = runtimeProgram
    }
}

typealias NetworkEndpoint = Networking.Endpoint
