import EngineModel
import Linux
import Netlink
import Testing

@testable import Networking

@Suite("A network after a restart of the daemon, and beside others' firewalls", .timeLimit(.minutes(1)))
struct AdoptionTests {
    @Test("A new daemon takes back addresses and ports, and removes what nobody uses")
    func adopt() async throws {
        let lab = try Lab()
        let (kept, gone) = (try TestContainer(), try TestContainer())
        var first: DefaultNetwork? = try lab.network()
        try await first?.start()
        let ids = await first?.describe().map(\.id)
        let ports = [PortRequest(.tcp, containerPort: 80, hostPorts: 8080...8080)]
        let before = try await kept.start(try required(first), ports)
        let lost = try await gone.start(
            try required(first), [PortRequest(.udp, containerPort: 53, hostPorts: 8053...8053)])
        await first?.proxy.stopAll()  // What the end of a process does to its sockets.
        first = nil
        try await Task.sleep(for: .milliseconds(50))

        let network = try lab.network()
        try await network.start()
        try await network.adopt(running: [kept.id: 1])
        #expect(await network.describe().map(\.id) == ids)
        #expect(await network.endpoint(of: kept.id) == before)
        #expect(await network.endpoint(of: gone.id) == nil)
        #expect(try lab.containerObjects() == [before.hostInterface, "element 060000001f900000"])
        #expect(throws: SystemError.self) { try Service(in: lab.host, port: 8080, .stream) }
        let service = try Service(in: kept.namespace, port: 80, .stream)
        for address in [Lab.hostAddress, try required(IPAddress("::1"))] {
            #expect(await service.answers(from: lab.host, to: SocketAddress(address, 8080)))
        }
        let next = try await TestContainer().allocate(network)
        #expect(next.address != before.address && next.address != lost.address)
        await network.release(containerID: next.containerID)
        await network.release(containerID: kept.id)
        await network.shutdown()
        #expect(try lab.leftovers() == [])
    }

    @Test("Two daemons on one host take different bridges and subnets, and find their own again")
    func sideBySide() async throws {
        let (lab, other) = (try Lab(), try Lab())
        let first = try lab.network(instance: "one")
        try await first.start()
        let second = try other.network(instance: "two") { $0 = HostAccess(namespace: lab.host) }
        try await second.start()
        let bridges = [await first.bridge, await second.bridge].map {
            "\($0?.name ?? "") \($0.map { "\($0.subnet)" } ?? "")"
        }
        #expect(bridges == ["berth0 172.18.0.0/16", "berth1 172.19.0.0/16"])
        let (one, two) = (try TestContainer(), try TestContainer())
        _ = try await one.start(first)
        let endpoint = try await two.start(
            second, [PortRequest(.tcp, containerPort: 80, hostPorts: 8080...8080)])
        let service = try Service(in: two.namespace, port: 80, .stream)
        #expect(await service.answers(from: one.namespace, to: SocketAddress(Lab.hostAddress, 8080)))
        #expect(
            await !service.answers(from: one.namespace, to: SocketAddress(endpoint.address, 80), seconds: 0.1)
        )
        await first.release(containerID: one.id)
        await first.shutdown()
        #expect(await service.answers(from: lab.outside, to: SocketAddress(Lab.hostAddress, 8080)))
        let again = try lab.network(instance: "one")
        try await again.start()
        #expect(await again.bridge?.name == "berth0")
        await again.shutdown()
        await second.release(containerID: two.id)
        await second.shutdown()
        #expect(try lab.leftovers() == [])
    }

    @Test("A flushed ruleset is made anew with the ports of all containers")
    func flush() async throws {
        let lab = try Lab()
        let network = try lab.network()
        try await network.start()
        let (box, other) = (try TestContainer(), try TestContainer())
        _ = try await box.start(network, [PortRequest(.tcp, containerPort: 80, hostPorts: 8080...8080)])
        let filter = try KernelNetlinkSocket(.netfilter, inNamespace: lab.host.rawValue)
        try filter.perform(NftBatch.transaction([NftRequest.deleteTable(.ip, "berth0")]))
        let service = try Service(in: box.namespace, port: 80, .stream)
        _ = try await other.start(network)
        #expect(await service.answers(from: lab.outside, to: SocketAddress(Lab.hostAddress, 8080)))
        await network.release(containerID: box.id)
        await network.release(containerID: other.id)
        await network.shutdown()
        #expect(try lab.leftovers() == [])
    }

    @Test(
        "Beside a dockerd whose policy drops, containers reach the outside and dockerd's chains stay as they are"
    )
    func dockerd() async throws {
        let lab = try Lab()
        let filter = try KernelNetlinkSocket(.netfilter, inNamespace: lab.host.rawValue)
        let drop = NftHook(.filter, .forward, priority: 0, dropsByDefault: true)
        try filter.perform(
            NftBatch.transaction([
                NftRequest.addTable(.ip, "filter"),
                NftRequest.addChain(.ip, table: "filter", "FORWARD", hook: drop),
                NftRequest.addChain(.ip, table: "filter", "DOCKER-USER"),
                NftRequest.addRule(.ip, table: "filter", chain: "FORWARD", [.counter, .jump("DOCKER-USER")]),
            ]))
        let network = try lab.network()
        try await network.start()
        #expect(await network.warnings == [])
        let box = try TestContainer()
        _ = try await box.start(network, [PortRequest(.tcp, containerPort: 80, hostPorts: 8080...8080)])
        let service = try Service(in: box.namespace, port: 80, .stream)
        let outside = try Service(in: lab.outside, port: 9000, .stream)
        #expect(await outside.answers(from: box.namespace, to: SocketAddress(Lab.outsideAddress, 9000)))
        #expect(await service.answers(from: lab.outside, to: SocketAddress(Lab.hostAddress, 8080)))
        #expect(try filter.nftRules(.ip, table: "filter", chain: "DOCKER-USER") == [])

        // dockerd starts again and puts its jump last: ours move behind it at the next container's start.
        try filter.perform(
            NftBatch.transaction([
                NftRequest.addRule(.ip, table: "filter", chain: "FORWARD", [.counter, .jump("DOCKER-USER")])
            ]))
        let other = try TestContainer()
        _ = try await other.start(network)
        let comments = try filter.nftRules(.ip, table: "filter", chain: "FORWARD").map(\.comment)
        #expect(comments == [nil, nil, "berth:berth0", "berth:berth0"])

        await network.release(containerID: box.id)
        await network.release(containerID: other.id)
        await network.shutdown()
        #expect(try filter.nftRules(.ip, table: "filter", chain: "FORWARD").count == 2)
        #expect(try lab.leftovers() == ["table filter"])
    }

    @Test("Another firewall that drops is left alone and named")
    func warning() async throws {
        let lab = try Lab()
        let filter = try KernelNetlinkSocket(.netfilter, inNamespace: lab.host.rawValue)
        let drop = NftHook(.filter, .forward, priority: 0, dropsByDefault: true)
        try filter.perform(
            NftBatch.transaction([
                NftRequest.addTable(.inet, "wall"),
                NftRequest.addChain(.inet, table: "wall", "fwd", hook: drop),
            ]))
        let network = try lab.network()
        try await network.start()
        let warnings = await network.warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("\"inet wall fwd\" drops forwarded packets") == true)
        await network.shutdown()
    }

    @Test(
        "The bridge of a daemon that was killed goes with the next start of any, unless containers run on it")
    func abandoned() async throws {
        let lab = try Lab()
        let route = try KernelNetlinkSocket(.route, inNamespace: lab.host.rawValue)
        let dead = BridgeOwner(ownInstance: "dead").description.split(
            separator: ":", omittingEmptySubsequences: false)
        for (name, pid) in [("berth0", "999999999"), ("berth1", "999999999"), ("berth2", String(dead[2]))] {
            var parts = dead.map(String.init)
            parts[2] = pid
            try route.perform([LinkRequest.createBridge(name: name, mtu: 1500)])
            try route.perform([LinkRequest.change(name: name, alias: parts.joined(separator: ":"))])
        }
        let box = try TestContainer()
        let used = try required(try route.link(named: "berth1"))
        let peer = VethPeer(
            name: "eth0", namespace: box.namespace.rawValue, hardwareAddress: [2, 0, 0, 0, 0, 9])
        try route.perform([LinkRequest.createVeth(name: "v", mtu: 1500, master: used.index, peer: peer)])
        let network = try lab.network()
        try await network.start()
        #expect(await network.bridge?.name == "berth0")
        #expect(try lab.leftovers().sorted() == ["berth0", "berth1", "berth2", "table berth0", "v"])
        await network.shutdown()
        #expect(try lab.leftovers().sorted() == ["berth1", "berth2", "v"])
    }
}
