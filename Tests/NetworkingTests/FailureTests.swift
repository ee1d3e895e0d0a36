import EngineModel
import Linux
import Netlink
import Synchronization
import Testing

@testable import Networking

/// Lets one request of many fail.
final class FaultPlan: Sendable {
    private let state = Mutex((count: 0, failAt: 0))

    /// Fails the `number`th request from now on; 0 fails none.
    func fail(at number: Int) { state.withLock { $0 = (0, number) } }

    /// Whether the planned failure has happened.
    var happened: Bool { state.withLock { $0.failAt > 0 && $0.count >= $0.failAt } }

    func next(_ operation: String) throws(NetlinkError) {
        let fails = state.withLock { state in
            state.count += 1
            return state.count == state.failAt
        }
        if fails { throw NetlinkError(operation: operation, subject: "planned", code: .inputOutput) }
    }
}

struct FaultySocket: NetlinkSocket {
    let inner: any NetlinkSocket
    let plan: FaultPlan

    func perform(_ requests: [NetlinkRequest]) throws(NetlinkError) {
        try plan.next(requests.first?.operation ?? "nothing")
        try inner.perform(requests)
    }

    func query(_ request: NetlinkRequest) throws(NetlinkError) -> [NetlinkReply] {
        try plan.next(request.operation)
        return try inner.query(request)
    }
}

@Suite("A network step that fails", .timeLimit(.minutes(1)))
struct FailureTests {
    private func faulty(_ lab: Lab, _ plan: FaultPlan) throws -> DefaultNetwork {
        try lab.network { access in
            let open = access.openSocket
            access.openSocket = { FaultySocket(inner: try open($0, $1), plan: plan) }
            let write = access.writeSetting
            access.writeSetting = { path, value in
                try plan.next("write")
                try write(path, value)
            }
        }
    }

    @Test("A start of the network that fails at any step leaves nothing")
    func start() async throws {
        let lab = try Lab()
        let plan = FaultPlan()
        let network = try faulty(lab, plan)
        var failures = 0
        for step in 1...100 {
            plan.fail(at: step)
            do {
                try await network.start()
                let over = !plan.happened
                plan.fail(at: 0)
                if over { break }
                await network.shutdown()
            } catch {
                failures += 1
                #expect(try lab.leftovers() == [], "step \(step)")
            }
        }
        #expect(failures > 8)
        await network.shutdown()
        #expect(try lab.leftovers() == [])
    }

    @Test("A container's connection that fails at any step leaves nothing, and the next one works")
    func connect() async throws {
        let lab = try Lab()
        let plan = FaultPlan()
        let network = try faulty(lab, plan)
        try await network.start()
        var failures = 0
        for step in 1...100 {
            let box = try TestContainer()
            plan.fail(at: step)
            do {
                _ = try await box.start(
                    network,
                    [
                        PortRequest(.tcp, containerPort: 80, hostPorts: 8080...8080),
                        PortRequest(
                            .udp, containerPort: 80, hostAddress: .loopbackIPv4, hostPorts: 8080...8080),
                    ])
                let over = !plan.happened
                plan.fail(at: 0)
                await network.release(containerID: box.id)
                if over { break }
            } catch {
                failures += 1
                #expect(try lab.containerObjects() == [], "step \(step): \(error)")
                plan.fail(at: 0)
                await network.release(containerID: box.id)
                let inside = try KernelNetlinkSocket(.route, inNamespace: box.namespace.rawValue)
                #expect(try inside.links().map(\.name) == ["lo"])
            }
            await network.removeDeparted()
            #expect(try lab.containerObjects() == [], "step \(step)")
            #expect(await network.describe().first?.endpoints == [])
        }
        #expect(failures >= 6)
        let box = try TestContainer()
        _ = try await box.start(network, [PortRequest(.tcp, containerPort: 80, hostPorts: 8080...8080)])
        let service = try Service(in: box.namespace, port: 80, .stream)
        #expect(await service.answers(from: lab.outside, to: SocketAddress(Lab.hostAddress, 8080)))
        await network.release(containerID: box.id)
        await network.shutdown()
        #expect(try lab.leftovers() == [])
    }

    @Test("A release at any moment of a connection leaves nothing")
    func race() async throws {
        let lab = try Lab()
        let network = try lab.network()
        try await network.start()
        for microseconds in stride(from: 0, to: 3000, by: 300) {
            let box = try TestContainer()
            let endpoint = try await box.allocate(network, [PortRequest(.tcp, containerPort: 80)])
            async let connection: Void = network.connect(endpoint, netnsDescriptor: box.namespace.rawValue)
            try await Task.sleep(for: .microseconds(microseconds))
            await network.release(containerID: box.id)
            try? await connection
            await network.removeDeparted()
            #expect(try lab.containerObjects() == [])
        }
        await network.shutdown()
    }
}
