import EngineModel
import Testing

@Suite("A container's health")
struct HealthStateTests {
    private static let settings = HealthState.Settings(startPeriod: .seconds(10), retries: 3)

    private func probe(_ exitCode: Int, at second: Int64 = 0) -> HealthState.Probe {
        .init(
            start: Timestamp(nanoseconds: second), end: Timestamp(nanoseconds: second + 1),
            exitCode: exitCode,
            output: "")
    }

    /// A row of exit codes from a number of seconds on, and what they come to.
    struct Row: Sendable {
        var codes: [Int]
        var from: Int64
        var status: HealthState.Status
        var streak: Int
        var changes: [Int]
    }

    @Test(
        "Exit codes make a status",
        arguments: [
            Row(codes: [], from: 0, status: .starting, streak: 0, changes: []),
            Row(codes: [0], from: 0, status: .healthy, streak: 0, changes: [0]),
            Row(codes: [0, 0], from: 0, status: .healthy, streak: 0, changes: [0]),
            Row(codes: [1, 1, 1, 1], from: 0, status: .starting, streak: 0, changes: []),
            Row(codes: [1, 1], from: 10, status: .starting, streak: 2, changes: []),
            Row(codes: [1, 1, 1], from: 10, status: .unhealthy, streak: 3, changes: [2]),
            Row(codes: [1, 1, 1, 1], from: 10, status: .unhealthy, streak: 4, changes: [2]),
            Row(codes: [1, 1, 1, 1], from: 8, status: .starting, streak: 2, changes: []),
            Row(codes: [0, 1, 1], from: 0, status: .healthy, streak: 2, changes: [0]),
            Row(codes: [0, 1, 1, 1], from: 0, status: .unhealthy, streak: 3, changes: [0, 3]),
            Row(codes: [0, 1, 1, 0, 1, 1], from: 0, status: .healthy, streak: 2, changes: [0]),
            Row(codes: [-1, 137, 2, 0], from: 20, status: .healthy, streak: 0, changes: [2, 3]),
        ])
    func statuses(row: Row) {
        var health = HealthState()
        var changes: [Int] = []
        for (index, code) in row.codes.enumerated() {
            let age = row.from + Int64(index)
            if health.record(probe(code, at: age), Self.settings, age: .seconds(age)) {
                changes.append(index)
            }
        }
        #expect(health.status == row.status)
        #expect(health.failingStreak == row.streak)
        #expect(changes == row.changes)
        #expect(health.log.count == min(row.codes.count, 5))
    }

    @Test("The last five probes are kept, over restarts too")
    func log() {
        var health = HealthState()
        for second in 0..<4 {
            _ = health.record(probe(1, at: Int64(second)), Self.settings, age: .seconds(60))
        }
        #expect(health.status == .unhealthy)
        health.end()
        health.begin()
        #expect(health.status == .starting && health.failingStreak == 0)
        for second in 4..<7 { _ = health.record(probe(0, at: Int64(second)), Self.settings, age: .zero) }
        #expect(health.log.map(\.start.nanoseconds) == [2, 3, 4, 5, 6])
        health.end()
        #expect(
            health.status == .unhealthy && health.failingStreak == 0, "as Docker shows an ended container")
    }

    @Test("The start interval holds until the first success, within the start period")
    func waits() {
        var health = HealthState()
        let settings = HealthState.Settings(startPeriod: .seconds(10))
        #expect(health.wait(settings, age: .zero) == .seconds(5))
        #expect(health.wait(settings, age: .seconds(10)) == .seconds(30))
        #expect(health.wait(HealthState.Settings(), age: .zero) == .seconds(30))
        _ = health.record(probe(0), settings, age: .zero)
        #expect(health.wait(settings, age: .zero) == .seconds(30))
    }

    @Test("What is left open has Docker's defaults")
    func defaults() {
        let settings = HealthState.Settings()
        #expect(settings.interval == .seconds(30) && settings.timeout == .seconds(30))
        #expect(
            settings.startPeriod == .zero && settings.startInterval == .seconds(5) && settings.retries == 3)
    }

    @Test("The first 4096 bytes of output are kept")
    func output() {
        #expect(HealthState.kept(Array("hi\n".utf8)) == "hi\n")
        #expect(HealthState.kept([UInt8](repeating: 120, count: 4096)).utf8.count == 4096)
        let cut = HealthState.kept([UInt8](repeating: 120, count: 6000))
        #expect(cut.utf8.count == 4099 && cut.hasSuffix("x..."))
    }

    @Test("A probe that took too long, in dockerd 28's words")
    func timeout() {
        #expect(
            HealthState.timeoutText(.milliseconds(1500), output: "hi\n")
                == "Health check exceeded timeout (1.5s): hi\n")
        #expect(HealthState.timeoutText(.seconds(1), output: "") == "Health check exceeded timeout (1s)")
    }

    @Test(
        "Durations as Go prints them",
        arguments: [
            (Duration.zero, "0s"), (.nanoseconds(1), "1ns"), (.nanoseconds(1500), "1.5µs"),
            (.milliseconds(1), "1ms"),
            (.microseconds(1234), "1.234ms"), (.milliseconds(999), "999ms"), (.seconds(1), "1s"),
            (.milliseconds(1050), "1.05s"), (.seconds(60), "1m0s"), (.seconds(90), "1m30s"),
            (.seconds(3600), "1h0m0s"), (.milliseconds(5_025_500), "1h23m45.5s"), (.seconds(-1), "-1s"),
        ])
    func durations(duration: Duration, text: String) { #expect(DurationText.go(duration) == text) }
}
