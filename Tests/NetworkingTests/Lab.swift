import EngineModel
import Linux
import Logging
import Netlink
import StateStore

@testable import Networking

/// A host, an outside world and containers, each a network namespace of its own: nothing of the machine is
/// touched.
///
///     outside 198.51.100.1 ── eth0 198.51.100.2 host berth0 ── eth0 container
final class Lab {
    let host: SharedDescriptor
    let outside: SharedDescriptor
    let folder: String
    var store: StateStore?

    static let hostAddress = IPAddress(v4: 0xc633_6402)
    static let outsideAddress = IPAddress(v4: 0xc633_6401)

    init(mtu: UInt32 = 1400) throws {
        host = SharedDescriptor(try makeNetworkNamespace())
        outside = SharedDescriptor(try makeNetworkNamespace())
        folder = "/dev/shm/berth-test-\(Hexadecimal.random(bytes: 4))"
        try makeDirectories(folder)
        let route = try KernelNetlinkSocket(.route, inNamespace: host.rawValue)
        try route.perform([
            LinkRequest.bringUp(index: 1),
            LinkRequest.createVeth(
                name: "eth0", mtu: mtu, master: nil,
                peer: VethPeer(
                    name: "wire", namespace: outside.rawValue, hardwareAddress: [2, 0, 0, 0, 0, 1])),
        ])
        let eth0 = try required(try route.link(named: "eth0"))
        try route.perform([
            AddressRequest.add(Lab.hostAddress, prefix: 24, to: eth0.index),
            RouteRequest.addDefault(gateway: Lab.outsideAddress, through: eth0.index),
        ])
        let far = try KernelNetlinkSocket(.route, inNamespace: outside.rawValue)
        let wire = try required(try far.link(named: "wire"))
        try far.perform([
            LinkRequest.bringUp(index: 1), LinkRequest.bringUp(index: wire.index),
            AddressRequest.add(Lab.outsideAddress, prefix: 24, to: wire.index),
        ])
    }

    deinit {
        store = nil
        for name in ["berth.db", "berth.db-wal", "berth.db-shm", "berth.lock"] {
            try? removeFile(folder + "/" + name)
        }
        try? removeDirectory(folder)
    }

    /// A network as the daemon makes it, on the lab's host.
    func network(
        _ options: DefaultNetwork.Options = .init(), instance: String = "lab",
        access change: (inout HostAccess) -> Void = { _ in }
    ) throws -> DefaultNetwork {
        var access = HostAccess(namespace: host)
        change(&access)
        let store = try store ?? StateStore(path: folder + "/berth.db", logger: Lab.logger)
        self.store = store
        return try DefaultNetwork(
            store: store, instance: instance, options: options, logger: Lab.logger, access: access)
    }

    static let logger: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .error
        return logger
    }()

    /// What is left on the host beside what was there at first: interfaces, tables, elements.
    func leftovers() throws -> [String] {
        let route = try KernelNetlinkSocket(.route, inNamespace: host.rawValue)
        let filter = try KernelNetlinkSocket(.netfilter, inNamespace: host.rawValue)
        let links = try route.links().map(\.name).filter { !["lo", "eth0"].contains($0) }
        return links + (try filter.nftTables().map { "table \($0.name)" })
    }

    /// The host ends in the bridge, and the elements of the maps.
    func containerObjects(bridge: String = "berth0") throws -> [String] {
        let route = try KernelNetlinkSocket(.route, inNamespace: host.rawValue)
        let filter = try KernelNetlinkSocket(.netfilter, inNamespace: host.rawValue)
        let links = try route.links().map(\.name).filter { $0.hasPrefix("veth") }
        let elements = try [Ruleset.published, Ruleset.publishedAt].flatMap {
            try filter.nftElements(of: $0, .ip, table: bridge)
        }
        return links + elements.map { "element \(Hexadecimal.text($0.key))" }
    }
}

/// A container's network namespace.
final class TestContainer {
    let id = Hexadecimal.random(bytes: 32)
    let namespace: SharedDescriptor

    init() throws { namespace = SharedDescriptor(try makeNetworkNamespace()) }

    var name: String { "box-\(id.prefix(6))" }

    func allocate(_ network: DefaultNetwork, _ ports: [PortRequest] = []) async throws -> Endpoint {
        try await network.allocate(containerID: id, name: name, ports: ports)
    }

    /// Starts its network as the engine does.
    func start(_ network: DefaultNetwork, _ ports: [PortRequest] = []) async throws -> Endpoint {
        let endpoint = try await allocate(network, ports)
        try await network.connect(endpoint, netnsDescriptor: namespace.rawValue)
        return endpoint
    }
}

struct Missing: Error {}

func required<T>(_ value: T?) throws -> T {
    guard let value else { throw Missing() }
    return value
}

/// A TCP or UDP service in some namespace.
final class Service {
    let listener: SharedDescriptor
    let kind: InternetSocketKind
    let port: UInt16

    init(
        in namespace: SharedDescriptor, _ address: IPAddress = .anyIPv4, port: UInt16,
        _ kind: InternetSocketKind
    ) throws {
        listener = try withNetworkNamespace(namespace.rawValue) { () throws(SystemError) in
            SharedDescriptor(try listenInternet(SocketAddress(address, port), kind: kind))
        }
        self.kind = kind
        self.port = port
    }

    /// Whether a client in `namespace` that turns to `target` ends up here, with bytes passing both ways.
    func answers(from namespace: SharedDescriptor, to target: SocketAddress, seconds: Double = 1) async
        -> Bool
    {
        do {
            let client = try withNetworkNamespace(namespace.rawValue) { () throws(SystemError) in
                SharedDescriptor(try connectInternet(target, kind: kind))
            }
            return kind == .stream ? try await stream(client, seconds) : try await datagram(client, seconds)
        } catch { return false }
    }

    private func stream(_ client: SharedDescriptor, _ seconds: Double) async throws -> Bool {
        guard
            try await retry(
                seconds, { try sendStream(client.rawValue, UnsafeRawBufferPointer(rebasing: ping[...])) == 4 }
            )
        else { return false }
        var server: SharedDescriptor?
        guard
            try await retry(
                seconds,
                {
                    server = SharedDescriptor(try acceptNonBlocking(self.listener.rawValue))
                    return true
                }), let server
        else { return false }
        var buffer = [UInt8](repeating: 0, count: 64)
        guard try await retry(seconds, { try receiveStream(server.rawValue, into: &buffer) == 4 }) else {
            return false
        }
        guard try sendStream(server.rawValue, UnsafeRawBufferPointer(rebasing: ping[...])) == 4 else {
            return false
        }
        return try await retry(seconds, { try receiveStream(client.rawValue, into: &buffer) == 4 })
    }

    private func datagram(_ client: SharedDescriptor, _ seconds: Double) async throws -> Bool {
        try writeAll(client.rawValue, UnsafeRawBufferPointer(rebasing: ping[...]))
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 1)
        defer { room.deallocate() }
        var from: SocketAddress?
        guard
            try await retry(
                seconds,
                {
                    let got = try receiveDatagram(self.listener.rawValue, into: room)
                    from = got.from
                    return got.count == 4
                }), let from
        else { return false }
        try sendDatagram(listener.rawValue, UnsafeRawBufferPointer(rebasing: ping[...]), to: from)
        return try await retry(seconds, { try readBytes(client.rawValue, into: room) == 4 })
    }
}

/// Four bytes that live as long as the tests.
nonisolated(unsafe) private let ping: UnsafeRawBufferPointer = {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 1)
    bytes.copyBytes(from: Array("ping".utf8))
    return UnsafeRawBufferPointer(bytes)
}()

/// Tries `body` until it does not ask for patience any more, for at most `seconds`.
func retry(_ seconds: Double, _ body: () throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while true {
        do { return try body() } catch let error as SystemError where error.code == .again {
            if ContinuousClock.now > end { return false }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}
