internal import AsyncPrimitives
internal import EngineModel
internal import Images
internal import Linux
public import Logging
internal import Networking
internal import RuntimeClient
internal import Snapshots
internal import StateStore
internal import Volumes

extension ContainerEngine {
    /// What is kept of the daemon itself.
    private struct Identity: Codable, Sendable {
        var id: String
    }

    /// Opens the data root, makes the network, and takes back what an earlier daemon left running.
    ///
    /// A failure says which part could not be had; nothing that runs is disturbed by it.
    public static func open(_ options: EngineOptions, logger: Logger) async throws -> ContainerEngine {
        let paths = options.paths
        for (path, mode) in [
            (paths.dataRoot, UInt32(0o711)), (paths.dataRoot + "/containers", 0o710),
            (paths.temporary, 0o700),
            (paths.execRoot, 0o711), (paths.execRoot + "/containers", 0o711),
        ] { try makeDirectories(path, mode: mode) }
        try options.defaults.validate()
        let lock = try lockExecRoot(paths.execRoot)
        try makeBaseLayer(paths.baseLayer)
        let host = HostFacts.read()
        let store = try StateStore(path: paths.dataRoot + "/berth.db", logger: logger)
        let identities = store.collection("daemon", version: 1, of: Identity.self)
        let identity = try identities.get("self") ?? Identity(id: ContainerIdentity.randomHex(bytes: 16))
        try identities.put("self", identity)

        // Whatever was half-made when the last daemon ended is of no use to anybody.
        for name in try listDirectory(paths.temporary) { try? removeTree("\(paths.temporary)/\(name)") }

        // Deletions that nobody waits for, one after another.
        let trash = BlockingPool(maximumThreads: 1)
        let snapshots = try SnapshotStore.open(dataRoot: paths.dataRoot, store: store, logger: logger) {
            trash.submit($0)
        }
        let images = try ImageStore.open(
            dataRoot: paths.dataRoot, store: store, snapshots: snapshots, logger: logger)
        let volumes = try VolumeStore(dataRoot: paths.dataRoot, store: store, logger: logger)
        var networkOptions = DefaultNetwork.Options()
        networkOptions.bridgeName = options.bridge
        networkOptions.bridgeAddress = options.bridgeAddress
        networkOptions.mtu = options.mtu.map { UInt32($0) }
        if !options.addressPools.isEmpty { networkOptions.pools = try options.addressPools.map(subnetPool) }
        networkOptions.publishAddress = options.publishAddress.flatMap { IPAddress($0) }
        networkOptions.hostGateway = options.hostGateway.flatMap { IPAddress($0) }
        let network = try DefaultNetwork(
            store: store, instance: identity.id, options: networkOptions, logger: logger)
        let runtime = RuntimeClient(program: options.runtimeProgram, logger: logger)
        try await runtime.warmUp()
        let services = EngineServices(
            options: options, host: host, store: store, images: images, snapshots: snapshots,
            volumes: volumes,
            network: network, runtime: runtime, instance: identity.id, logger: logger)
        let engine = ContainerEngine(services: services, lock: lock)
        try await engine.restore()
        return engine
    }

    /// Keeps other daemons off the exec root: each would take the other's containers for strangers.
    private static func lockExecRoot(_ path: String) throws -> FileLock {
        do { return try FileLock(path: path + "/berthd.lock", pid: currentProcessID()) } catch let held
            as FileLock.Held
        {
            let holder = held.pid.map { " (pid \($0))" } ?? ""
            throw EngineError(
                .conflict,
                "exec root \"\(path)\" is in use by another berthd\(holder): give each daemon its own --exec-root"
            )
        }
    }

    private static func subnetPool(_ pool: (base: String, size: Int)) throws -> SubnetPool {
        guard let base = IPv4Subnet(pool.base) else {
            throw EngineError(
                .notImplemented, "default address pool \"\(pool.base)\": berth has no IPv6 networks yet")
        }
        guard let size = UInt8(exactly: pool.size), size >= base.prefix, size <= 32 else {
            throw EngineError(
                .invalidParameter,
                "invalid default address pool \"\(pool.base)\": the size of its subnets is \(pool.size): "
                    + "give \(base.prefix) to 32")
        }
        return SubnetPool(base: base, size: size)
    }

    /// Makes what every container finds unless its image has it: places for the files that are bound into it, the
    /// list of mounts under its old name, and the mark by which programs know that they are in a container.
    ///
    /// As a layer of its own it costs a container nothing, and counts as no change of the container's.
    private static func makeBaseLayer(_ path: String) throws {
        try makeDirectories(path + "/etc")
        for name in ["dev/pts", "dev/shm", "proc", "sys"] { try makeDirectories("\(path)/\(name)") }
        for name in ["dev/console", "etc/hostname", "etc/hosts", "etc/resolv.conf", ".dockerenv"] {
            try writeFile("\(path)/\(name)", "")
        }
        if !fileExists(path + "/etc/mtab") { try makeLink(path + "/etc/mtab", to: "/proc/mounts") }
    }

    /// Ends the daemon's own part: running containers go on, for the next daemon to take back.
    public func shutdown() async {
        services.beginStopping()
        services.events.finish()
        await services.network.shutdown()
        await services.runtime.shutdown()
        await services.images.close()
    }
}
