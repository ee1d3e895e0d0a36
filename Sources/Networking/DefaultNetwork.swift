internal import AsyncPrimitives
internal import EngineModel
public import Linux
public import Logging
internal import Netlink
public import StateStore

/// The default network: a bridge with its own subnet, NAT to the outside and published ports.
///
/// The actor decides and keeps the books; ``NetworkKernel`` acts, on a thread of its own. A decision changes
/// the books before the first `await`, so that two containers that start at once never get one address or
/// port. What the kernel holds can be made again from the records and the other way round: see
/// ``adopt(running:)``.
public actor DefaultNetwork {
    /// What the operator may choose.
    public struct Options: Sendable {
        /// The bridge's name; by default the first free of berth0, berth1, ….
        public var bridgeName: String?
        /// The bridge's address and prefix (`bip`), such as `10.5.0.1/24`.
        public var bridgeAddress: String?
        /// The MTU of the bridge and its containers; by default that of the way out, at most 1500.
        public var mtu: UInt32?
        /// Where the subnet is chosen from on the first start.
        public var pools: [SubnetPool] = SubnetPool.standard
        /// The host's address that ports are published on when a request names none (`--ip`); by default all.
        public var publishAddress: IPAddress?
        /// What `host-gateway` stands for; by default the bridge's address.
        public var hostGateway: IPAddress?

        public init() {}
    }

    /// A container that has an address.
    struct Live {
        var endpoint: Endpoint
        var held: [PortTable.Held]
        var relays: [PortProxy.Token] = []
        /// Whether its interface has been made, and its ports stand in the kernel's table.
        var isConnected = false
    }

    let store: StateStore
    let options: Options
    let logger: Logger
    let kernel: NetworkKernel
    let proxy: PortProxy
    /// One thread for calls that block: netlink takes one conversation at a time, and the kernel has one lock
    /// for it.
    let worker = BlockingPool(maximumThreads: 1)
    let setup: NetworkSetup
    let records: Collection<NetworkRecord>
    let endpointRecords: Collection<Endpoint>

    var record: NetworkRecord?
    var bridge: BridgeState?
    var addresses: AddressPool?
    var ports: PortTable
    var live: [String: Live] = [:]
    /// Host ends of containers that have gone; the kernel removes them with the namespace, or the sweep does.
    var departed: Set<String> = []
    var sweep: Task<Void, Never>?
    private var starting: Task<Void, any Error>?

    /// Prepares the network of the daemon called `instance` (its data root, say); nothing is touched before
    /// ``start()``.
    ///
    /// `access` leads to the kernel; tests lead it elsewhere.
    public init(
        store: StateStore, instance: String, options: Options = Options(), logger: Logger,
        access: HostAccess = HostAccess()
    ) throws {
        self.store = store
        self.options = options
        self.logger = logger
        kernel = NetworkKernel(access: access, logger: logger)
        proxy = try PortProxy(access: access, logger: logger)
        setup = NetworkSetup(kernel: kernel, options: options, owner: BridgeOwner(ownInstance: instance))
        records = store.collection("networks", version: 1, of: NetworkRecord.self)
        endpointRecords = store.collection("endpoints", version: 1, of: Endpoint.self)
        ports = PortTable(
            ephemeral: Self.ephemeralPorts(access), wildcards: Self.wildcards(options, access))
    }

    /// The host's range for ports that nobody chose.
    private static func ephemeralPorts(_ access: HostAccess) -> ClosedRange<UInt16> {
        let ends = access.setting("ipv4/ip_local_port_range")?.split(whereSeparator: \.isWhitespace)
            .compactMap { UInt16($0) }
        guard let ends, ends.count == 2, ends[0] <= ends[1] else { return 32768...60999 }
        return ends[0]...ends[1]
    }

    /// What "all addresses" means here: IPv6 too, where the host has it.
    private static func wildcards(_ options: Options, _ access: HostAccess) -> [IPAddress] {
        if let address = options.publishAddress { return [address] }
        let probe = try? access.within { () throws(SystemError) in
            SharedDescriptor(try listenInternet(SocketAddress(.anyIPv6, 0), kind: .datagram))
        }
        return probe == nil ? [.anyIPv4] : [.anyIPv4, .anyIPv6]
    }

    /// Makes or takes over the bridge and the rules; afterwards containers may be connected.
    ///
    /// Endpoints that an earlier daemon recorded keep their addresses and ports until ``adopt(running:)``
    /// says which of them live. Calling it again does nothing.
    public func start() async throws {
        if bridge != nil { return }
        if let starting { return try await starting.value }
        let task = Task { try await self.startOnce() }
        starting = task
        defer { starting = nil }
        try await task.value
    }

    private func startOnce() async throws {
        let (records, endpointRecords, setup, kernel) = (records, endpointRecords, setup, kernel)
        let logger = logger
        do {
            let (record, bridge, endpoints) = try await worker.run {
                let endpoints = try endpointRecords.all().map(\.value)
                let old = try records.get("default")
                do { try kernel.removeAbandoned(besides: setup.owner) } catch {
                    logger.warning(
                        "bridges of ended daemons were not removed", metadata: ["error": "\(error)"])
                }
                let (record, bridge) = try setup.run(record: old, inUse: !endpoints.isEmpty)
                do {
                    try kernel.installRules(bridge, endpoints: endpoints)
                    try records.put("default", record)
                } catch {
                    if endpoints.isEmpty { try? kernel.removeAll(bridge: bridge.name) }
                    throw error
                }
                return (record, bridge, endpoints)
            }
            self.record = record
            self.bridge = bridge
            var pool = AddressPool(subnet: bridge.subnet, gateway: bridge.gateway)
            for endpoint in endpoints {
                if let v4 = endpoint.address.v4, pool.take(v4) { pool.resume(after: v4) }
                for binding in endpoint.bindings { ports.insert(binding) }
                live[endpoint.containerID] = Live(endpoint: endpoint, held: [], isConnected: true)
            }
            addresses = pool
            logger.info(
                "network ready",
                metadata: [
                    "bridge": "\(bridge.name)", "subnet": "\(bridge.subnet)", "mtu": "\(bridge.mtu)",
                    "endpoints": "\(endpoints.count)",
                ])
        } catch let error as EngineError {
            throw error
        } catch {
            throw EngineError(.system, "set up network \"bridge\": \(error)", cause: error)
        }
    }

    func requireBridge() throws -> BridgeState {
        guard let bridge else { throw EngineError(.unavailable, "network \"bridge\" is not set up") }
        return bridge
    }

    /// What the operator should know about other firewalls, one sentence each.
    public var warnings: [String] { kernel.warnings }

    /// The bridge's own address, the containers' gateway; nil before ``start()``.
    public var gateway: IPAddress? { bridge.map { IPAddress(v4: $0.gateway) } }

    /// What `host-gateway` stands for in `--add-host`.
    public var hostGateway: IPAddress? { options.hostGateway ?? gateway }

    /// Ends the relays and, if no container is left, takes everything of ours out of the kernel.
    ///
    /// With containers left running all stays as it is, for the next daemon to take over.
    public func shutdown() async {
        proxy.stopAll()
        sweep?.cancel()
        await removeDeparted()
        guard live.isEmpty, let bridge else { return }
        self.bridge = nil
        addresses = nil
        let (kernel, logger) = (kernel, logger)
        await worker.run {
            do { try kernel.removeAll(bridge: bridge.name) } catch {
                logger.error(
                    "network was not taken down", metadata: ["bridge": "\(bridge.name)", "error": "\(error)"])
            }
        }
    }
}
