import DockerAPI
import EngineModel
import Synchronization
import Testing

@testable import Engine

/// A container whose probes answer as the test says.
private final class Probed: Sendable {
    private struct State {
        var answers: [(Int, String)]
        var commands: [[String]] = []
        var statuses: [String] = []
        var running = 0
    }

    private let state: Mutex<State>

    init(_ answers: [(Int, String)]) { state = Mutex(State(answers: answers)) }

    var commands: [[String]] { state.withLock { $0.commands } }
    var statuses: [String] { state.withLock { $0.statuses } }
    var running: Int { state.withLock { $0.running } }

    /// The next answer; the last one for ever.
    func answer(_ command: [String]) -> (exitCode: Int, output: String) {
        state.withLock { state in
            state.commands.append(command)
            let answer = state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
            return (answer.0, answer.1)
        }
    }

    func changed(_ health: Health) { state.withLock { $0.statuses.append(health.status) } }

    func count(_ change: Int) { state.withLock { $0.running += change } }

    /// Waits until `condition` holds.
    func until(_ condition: @Sendable (Probed) -> Bool) async throws {
        while !condition(self) { try await Task.sleep(for: .milliseconds(2)) }
    }
}

@Suite("Health checks", .timeLimit(.minutes(1)))
struct HealthMonitorTests {
    private func config(_ test: [String], timeout: Int64 = 0, retries: Int = 2, startPeriod: Int64 = 0)
        -> HealthConfig
    {
        var config = HealthConfig()
        config.test = test
        config.interval = 2_000_000
        config.timeout = timeout
        config.retries = retries
        config.startPeriod = startPeriod
        config.startInterval = 1_000_000
        return config
    }

    private func monitor(_ config: HealthConfig, _ probed: Probed) throws -> HealthMonitor {
        let monitor = HealthMonitor(
            config: config, shell: nil, probe: { command, _ in probed.answer(command) },
            onChange: { probed.changed($0) })
        return try #require(monitor)
    }

    @Test("A container becomes healthy, unhealthy and healthy again, and each change is told once")
    func statuses() async throws {
        let probed = Probed([(0, "ok"), (0, ""), (1, "bad"), (1, ""), (1, ""), (0, "")])
        let monitor = try monitor(config(["CMD", "check", "it"]), probed)
        #expect(monitor.health.status == "starting" && monitor.health.log?.isEmpty == true)
        monitor.start()
        try await probed.until { $0.statuses.count == 3 }
        monitor.stop()
        #expect(probed.statuses == ["healthy", "unhealthy", "healthy"])
        #expect(probed.commands.first == ["check", "it"])
        #expect(monitor.health.log?.count == 5)
    }

    @Test("After a stop nothing is probed, and the container counts as unhealthy as with Docker")
    func stop() async throws {
        let probed = Probed([(0, "")])
        let monitor = try monitor(config(["CMD-SHELL", "true"]), probed)
        monitor.start()
        try await probed.until { $0.commands.count > 2 }
        monitor.stop()
        let count = probed.commands.count
        try await Task.sleep(for: .milliseconds(20))
        #expect(probed.commands.count <= count + 1)
        #expect(monitor.health.status == "unhealthy")
        #expect(probed.statuses == ["healthy"], "a stop is no event")
        monitor.start()
        #expect(monitor.health.status == "starting")
        try await probed.until { $0.statuses.count == 2 }
        monitor.stop()
        monitor.start(resuming: true)
        #expect(monitor.health.status == "unhealthy", "a pause is remembered until the next probe")
        try await probed.until { $0.statuses.count == 3 }
        monitor.stop()
    }

    @Test("A probe that takes too long is cancelled and fails, with its output so far")
    func timeout() async throws {
        let probed = Probed([(0, "")])
        let made = HealthMonitor(
            config: config(["CMD", "slow"], timeout: 20_000_000, retries: 1), shell: nil,
            probe: { command, timeout in
                probed.count(1)
                #expect(timeout == .milliseconds(20))
                try? await Task.sleep(for: .seconds(30))
                probed.count(-1)
                return (137, "so far")
            }, onChange: { probed.changed($0) })
        let monitor = try #require(made)
        monitor.start()
        try await probed.until { $0.statuses == ["unhealthy"] }
        monitor.stop()
        let first = try #require(monitor.health.log?.first)
        #expect(first.exitCode == -1)
        #expect(first.output == "Health check exceeded timeout (20ms): so far")
        try await probed.until { $0.running == 0 }
    }

    @Test("Failures in the start period do not count")
    func startPeriod() async throws {
        let probed = Probed([(1, "")])
        let monitor = try monitor(config(["CMD", "x"], startPeriod: 60_000_000_000), probed)
        monitor.start()
        try await probed.until { $0.commands.count > 4 }
        #expect(monitor.health.status == "starting" && monitor.health.failingStreak == 0)
        monitor.stop()
        #expect(probed.statuses.isEmpty)
    }

    @Test(
        "What is probed",
        arguments: [
            (["CMD", "a", "b"], nil, ["a", "b"]), (["CMD-SHELL", "a b"], nil, ["/bin/sh", "-c", "a b"]),
            (["CMD-SHELL", "a"], [], ["/bin/sh", "-c", "a"]),
            (["CMD-SHELL", "a"], ["/bin/ash", "-c"], ["/bin/ash", "-c", "a"]),
            (["NONE"], nil, nil), (["FOO", "a"], nil, nil), ([], nil, nil), (nil, nil, nil),
        ] as [([String]?, [String]?, [String]?)])
    func commands(test: [String]?, shell: [String]?, command: [String]?) {
        var config = HealthConfig()
        config.test = test
        #expect(HealthCheck.command(config, shell: shell) == command)
        let monitor = HealthMonitor(
            config: config, shell: shell, probe: { _, _ in (0, "") }, onChange: { _ in })
        #expect((monitor != nil) == (command != nil))
    }

    @Test("Numbers that cannot be, in Docker's words")
    func numbers() throws {
        try HealthCheck.validate(HealthConfig())
        func message(_ change: (inout HealthConfig) -> Void) -> String? {
            var config = HealthConfig()
            change(&config)
            return #expect(throws: EngineError.self) { try HealthCheck.validate(config) }?.message
        }
        #expect(message { $0.interval = 5 } == "Interval in Healthcheck cannot be less than 1ms")
        #expect(message { $0.timeout = -1 } == "Timeout in Healthcheck cannot be less than 1ms")
        #expect(message { $0.retries = -1 } == "Retries in Healthcheck cannot be negative")
        #expect(message { $0.startPeriod = 1000 } == "StartPeriod in Healthcheck cannot be less than 1ms")
        #expect(message { $0.startInterval = 1000 } == "StartInterval in Healthcheck cannot be less than 1ms")
    }
}
