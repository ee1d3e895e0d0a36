import DockerAPI
import EngineModel
import Testing

@testable import Engine

@Suite("Events", .timeLimit(.minutes(1)))
struct EventBusTests {
    private let bus = EventBus()

    private func publish() {
        let attributes = ["name": "web-1", "image": "busybox", "tier": "front"]
        bus.publish(
            type: "container", action: "create", id: "abcdef1234", attributes: attributes, from: "busybox")
        bus.publish(type: "container", action: "exec_create: ls -l", id: "abcdef1234", attributes: attributes)
        bus.publish(
            type: "container", action: "health_status: healthy", id: "abcdef1234", attributes: attributes)
        bus.publish(type: "volume", action: "create", id: "data", attributes: ["driver": "local"])
        bus.publish(type: "network", action: "connect", id: "ffff0000", attributes: ["name": "bridge"])
        bus.publish(type: "image", action: "tag", id: "sha256:1", attributes: ["name": "busybox:latest"])
    }

    private func seen(_ filters: [String: [String]]) async throws -> [String] {
        publish()
        var options = EventOptions()
        options.since = 0
        options.until = Timestamp.now.nanoseconds
        options.filters = Filters(filters)
        var seen: [String] = []
        for try await event in bus.stream(options) { seen.append("\(event.type) \(event.action)") }
        return seen
    }

    @Test(
        "Filters",
        arguments: [
            (["type": ["volume"]], ["volume create"]),
            (["type": ["volume", "network"]], ["volume create", "network connect"]),
            (["event": ["create"]], ["container create", "volume create"]),
            (["event": ["exec_create"]], ["container exec_create: ls -l"]),
            (["event": ["health_status"]], ["container health_status: healthy"]),
            (["event": ["health_status: healthy"]], ["container health_status: healthy"]),
            (["event": ["health_status: unhealthy"]], []),
            (["container": ["web-1"], "event": ["create"]], ["container create"]),
            (["container": ["abcdef1234"], "event": ["create"]], ["container create"]),
            (["container": ["abcd"], "event": ["create"]], ["container create"]),
            (["container": ["other"]], []),
            (["label": ["tier=front"], "event": ["create"]], ["container create"]),
            (["label": ["tier"], "event": ["create"]], ["container create"]), (["label": ["tier=back"]], []),
            (["volume": ["data"]], ["volume create"]), (["network": ["bridge"]], ["network connect"]),
            (["scope": ["swarm"]], []), (["image": ["busybox"], "type": ["image"]], ["image tag"]),
            (["image": ["busybox"], "event": ["create"]], ["container create"]),
            (["image": ["busybox:latest"]], ["image tag"]), (["image": ["busy"]], []),
            (["container": ["web"], "event": ["create"]], ["container create"]),
            (["event": ["exec_create: ls"], "type": ["container"]], []),
            (["event": ["exec_create", "tag"]], ["container exec_create: ls -l", "image tag"]),
            (["plugin": ["x"]], []), (["service": ["x"]], []), (["daemon": ["x"]], []),
            (
                ["node": ["web"]],
                ["container create", "container exec_create: ls -l", "container health_status: healthy"]
            ),
        ] as [([String: [String]], [String])])
    func filters(filters: [String: [String]], events: [String]) async throws {
        #expect(try await seen(filters) == events)
    }

    @Test("Without a beginning only what comes is told, until the end that was asked for")
    func live() async throws {
        publish()
        var options = EventOptions()
        options.until = Timestamp.now.nanoseconds + 200_000_000
        let stream = bus.stream(options)
        bus.publish(type: "container", action: "die", id: "1", attributes: [:])
        var seen: [String] = []
        for try await event in stream { seen.append(event.action) }
        #expect(seen == ["die"])
    }

    @Test("What every event has")
    func fields() async throws {
        let before = Timestamp.now
        publish()
        var options = EventOptions()
        options.since = 0
        options.until = Timestamp.now.nanoseconds
        var events: [EventMessage] = []
        for try await event in bus.stream(options) { events.append(event) }
        #expect(events[0].status == "create" && events[0].id == "abcdef1234" && events[0].from == "busybox")
        #expect(
            events[3].status.isEmpty && events[3].id.isEmpty, "only containers and images have the old fields"
        )
        #expect(events.allSatisfy { $0.scope == "local" && $0.timeNano >= before.nanoseconds })
        #expect(events.allSatisfy { $0.time == $0.timeNano / 1_000_000_000 })
    }

    @Test("A daemon that stops ends every stream")
    func finish() async throws {
        let stream = bus.stream(EventOptions())
        bus.finish()
        for try await _ in stream { Issue.record("nothing was published") }
    }
}
