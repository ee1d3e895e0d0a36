import EngineModel
import Linux
import Netlink
import Testing

@testable import Networking

@Suite("The default network", .timeLimit(.minutes(1)))
struct DefaultNetworkTests {
    @Test("A container has eth0 with an address, a default route and no IPv6")
    func connect() async throws {
        let lab = try Lab()
        let network = try lab.network()
        try await network.start()
        let box = try TestContainer()
        let endpoint = try await box.start(network)
        #expect(endpoint.address.description == "172.18.0.2")
        #expect(endpoint.endpointID.count == 64)

        let inside = try KernelNetlinkSocket(.route, inNamespace: box.namespace.rawValue)
        let eth0 = try #require(try inside.link(named: "eth0"))
        #expect(eth0.isUp && eth0.mtu == 1400)
        #expect(HardwareAddress.text(eth0.hardwareAddress) == endpoint.hardwareAddress)
        #expect(try inside.link(named: "lo")?.isUp == true)
        let addresses = try inside.addresses().filter { $0.index == eth0.index }
        #expect(addresses == [InterfaceAddress(address: endpoint.address, prefix: 16, index: eth0.index)])
        #expect(try inside.routes().contains { $0.prefix == 0 && $0.gateway == endpoint.gateway })

        let service = try Service(in: lab.outside, port: 9000, .stream)
        #expect(await service.answers(from: box.namespace, to: SocketAddress(Lab.outsideAddress, 9000)))

        await network.release(containerID: box.id)
        await network.shutdown()
        #expect(try lab.leftovers() == [])
    }

    @Test("A published port is reached from everywhere", arguments: [InternetSocketKind.stream, .datagram])
    func publish(kind: InternetSocketKind) async throws {
        let lab = try Lab()
        let network = try lab.network()
        try await network.start()
        let transport: PortTransport = kind == .stream ? .tcp : .udp
        let (box, other) = (try TestContainer(), try TestContainer())
        let endpoint = try await box.start(
            network, [PortRequest(transport, containerPort: 80, hostPorts: 8080...8080)])
        _ = try await other.start(network)
        #expect(endpoint.bindings.map { "\($0.hostEnd)" } == ["0.0.0.0:8080", "[::]:8080"])

        let service = try Service(in: box.namespace, port: 80, kind)
        let ipv6 = try #require(IPAddress("::1"))
        let gateway = endpoint.gateway
        for (name, from, address, port) in [
            ("outside", lab.outside, Lab.hostAddress, 8080),
            ("the host's address", lab.host, Lab.hostAddress, 8080),
            ("loopback", lab.host, .loopbackIPv4, 8080), ("IPv6 loopback", lab.host, ipv6, 8080),
            ("another container", other.namespace, Lab.hostAddress, 8080),
            ("another container by the gateway", other.namespace, gateway, 8080),
            ("itself", box.namespace, Lab.hostAddress, 8080),
            ("the host, unpublished", lab.host, endpoint.address, 80),
            ("another container, unpublished", other.namespace, endpoint.address, 80),
        ] as [(String, SharedDescriptor, IPAddress, UInt16)] {
            let reached = await service.answers(from: from, to: SocketAddress(address, port))
            #expect(reached, "from \(name)")
        }
        await network.release(containerID: box.id)
        await network.release(containerID: other.id)
        await network.shutdown()
        #expect(try lab.leftovers() == [])
    }

    @Test(
        "A port published on loopback is for the host alone, and unpublished ports are for the bridge alone")
    func isolation() async throws {
        let lab = try Lab()
        let network = try lab.network()
        try await network.start()
        let box = try TestContainer()
        let endpoint = try await box.start(
            network,
            [PortRequest(.tcp, containerPort: 80, hostAddress: .loopbackIPv4, hostPorts: 8080...8080)])
        let service = try Service(in: box.namespace, port: 80, .stream)
        #expect(await service.answers(from: lab.host, to: SocketAddress(.loopbackIPv4, 8080)))
        #expect(
            await !service.answers(from: lab.outside, to: SocketAddress(Lab.hostAddress, 8080), seconds: 0.1))

        // A neighbour that routes the subnet, or 127.0.0.1, to this host.
        let far = try KernelNetlinkSocket(.route, inNamespace: lab.outside.rawValue)
        let wire = try #require(try far.link(named: "wire"))
        try far.perform([RouteRequest.addDefault(gateway: Lab.hostAddress, through: wire.index)])
        #expect(
            await !service.answers(from: lab.outside, to: SocketAddress(endpoint.address, 80), seconds: 0.1))

        // The host's own services on loopback stay out of the containers' reach.
        let secret = try Service(in: lab.host, .loopbackIPv4, port: 7000, .datagram)
        let inside = try KernelNetlinkSocket(.route, inNamespace: box.namespace.rawValue)
        try inside.perform([LinkRequest.change(name: "lo", up: false)])
        #expect(
            await !secret.answers(from: box.namespace, to: SocketAddress(.loopbackIPv4, 7000), seconds: 0.1))
        await network.release(containerID: box.id)
        await network.shutdown()
    }

    @Test("Ports conflict in Docker's words")
    func conflicts() async throws {
        let lab = try Lab()
        let network = try lab.network()
        try await network.start()
        let (first, second) = (try TestContainer(), try TestContainer())
        _ = try await first.allocate(network, [PortRequest(.tcp, containerPort: 80, hostPorts: 8080...8080)])
        func failure(_ request: PortRequest) async -> String {
            do {
                _ = try await second.allocate(network, [request])
                return "no failure"
            } catch { return "\(error)" }
        }
        let words = await failure(PortRequest(.tcp, containerPort: 81, hostPorts: 8080...8080))
        #expect(
            words.hasPrefix(
                "failed to set up container networking: driver failed programming external "
                    + "connectivity on endpoint \(second.name) ("))
        #expect(words.hasSuffix("): Bind for 0.0.0.0:8080 failed: port is already allocated"))
        let narrow = PortRequest(.tcp, containerPort: 81, hostAddress: .loopbackIPv4, hostPorts: 8080...8080)
        #expect(await failure(narrow).hasSuffix("Bind for 0.0.0.0:8080 failed: port is already allocated"))

        let foreign = try Service(in: lab.host, port: 8200, .stream)
        let taken = PortRequest(.tcp, containerPort: 81, hostPorts: 8200...8200)
        let bindWords = await failure(taken)
        #expect(bindWords.contains("): failed to bind host port for 0.0.0.0:8200:172.18.0."))
        #expect(bindWords.hasSuffix(":81/tcp: address already in use"))
        let elsewhere = PortRequest(
            .tcp, containerPort: 81, hostAddress: IPAddress("192.0.2.77"), hostPorts: 8300...8300)
        #expect(await failure(elsewhere).hasSuffix("cannot assign requested address"))
        #expect(await failure(PortRequest(.sctp, containerPort: 81)).contains("SCTP"))

        let ranged = try await second.allocate(
            network,
            [
                PortRequest(.tcp, containerPort: 81, hostPorts: 8200...8201),
                PortRequest(.tcp, containerPort: 82),
                PortRequest(.udp, containerPort: 82),
                PortRequest(.udp, containerPort: 80, hostPorts: 8080...8080),
            ])
        #expect(ranged.bindings.map(\.hostPort) == [8201, 8201, 32768, 32768, 32768, 32768, 8080, 8080])
        #expect(throws: SystemError.self) { try Service(in: lab.host, port: 8201, .stream) }
        _ = foreign
        await network.release(containerID: second.id)
        // A program that another test is starting holds a copy of every socket until it has become itself.
        var freed = false
        for _ in 0..<200 where !freed {
            freed = (try? Service(in: lab.host, port: 8201, .stream)) != nil
            if !freed { try await Task.sleep(for: .milliseconds(10)) }
        }
        #expect(freed, "port 8201 is free again")
        await network.release(containerID: first.id)
        await network.shutdown()
        #expect(try lab.leftovers() == [])
    }
}
