import EngineModel
import Testing

@Suite("Restart policies")
struct RestartTests {
    @Test(
        "What dockerd 28 refuses, in its words",
        arguments: [
            ("foo", 0, "unknown policy 'foo'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"),
            (
                "ALWAYS", 0,
                "unknown policy 'ALWAYS'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"
            ),
            ("always", 3, "maximum retry count can only be used with 'on-failure'"),
            ("", 3, "maximum retry count can only be used with 'on-failure'"),
            ("no", 2, "maximum retry count can only be used with 'on-failure'"),
            (
                "unless-stopped", -1,
                "maximum retry count can only be used with 'on-failure' and cannot be negative"
            ),
            ("on-failure", -1, "maximum retry count cannot be negative"),
        ])
    func refused(name: String, retries: Int, reason: String) {
        let error = #expect(throws: EngineError.self) {
            try RestartPolicy(name: name, maximumRetries: retries)
        }
        #expect(error?.message == "invalid restart policy: " + reason)
    }

    /// An exit, and whether a start follows.
    struct Exit: Sendable {
        var policy: String
        var retries = 0
        var code: Int
        var restarts = 0
        var stopped = false
        var again: Bool
    }

    @Test(
        "Which exits are followed by a start",
        arguments: [
            Exit(policy: "", code: 1, again: false), Exit(policy: "no", code: 0, again: false),
            Exit(policy: "always", code: 0, again: true), Exit(policy: "always", code: 137, again: true),
            Exit(policy: "always", code: 0, stopped: true, again: false),
            Exit(policy: "unless-stopped", code: 0, restarts: 1000, again: true),
            Exit(policy: "unless-stopped", code: 0, stopped: true, again: false),
            Exit(policy: "on-failure", code: 0, again: false),
            Exit(policy: "on-failure", code: 1, again: true),
            Exit(policy: "on-failure", code: 1, restarts: 99, again: true),
            Exit(policy: "on-failure", retries: 2, code: 1, restarts: 1, again: true),
            Exit(policy: "on-failure", retries: 2, code: 1, restarts: 2, again: false),
            Exit(policy: "on-failure", code: 143, stopped: true, again: false),
        ])
    func restarts(exit: Exit) throws {
        let policy = try RestartPolicy(name: exit.policy, maximumRetries: exit.retries)
        #expect(
            policy.restarts(afterExit: exit.code, restarts: exit.restarts, stoppedByUser: exit.stopped)
                == exit.again)
    }

    @Test(
        "Which ended containers a new daemon starts",
        arguments: [
            Exit(policy: "no", code: 1, again: false),
            Exit(policy: "no", code: 137, stopped: true, again: false),
            Exit(policy: "always", code: 0, again: true),
            Exit(policy: "always", code: 0, stopped: true, again: true),
            Exit(policy: "unless-stopped", code: 1, again: true),
            Exit(policy: "unless-stopped", code: 137, stopped: true, again: false),
            Exit(policy: "on-failure", code: 0, again: false),
            Exit(policy: "on-failure", code: 1, again: true),
            Exit(policy: "on-failure", code: 137, stopped: true, again: true),
            Exit(policy: "on-failure", retries: 2, code: 1, restarts: 1, again: true),
            Exit(policy: "on-failure", retries: 2, code: 1, restarts: 2, again: false),
        ])
    func withDaemon(exit: Exit) throws {
        let policy = try RestartPolicy(name: exit.policy, maximumRetries: exit.retries)
        #expect(
            policy.startsWithDaemon(exitCode: exit.code, restarts: exit.restarts, stoppedByUser: exit.stopped)
                == exit.again)
    }

    @Test("The wait doubles up to a minute, and a run of ten seconds ends the row")
    func backoff() {
        var backoff = RestartBackoff()
        var waits: [Duration] = []
        for _ in 0..<12 { waits.append(backoff.delay(afterRunOf: .milliseconds(5))) }
        #expect(
            waits
                == [100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000].map {
                    .milliseconds($0)
                })
        #expect(backoff.delay(afterRunOf: .milliseconds(9_999)) == .seconds(60))
        #expect(backoff.delay(afterRunOf: .seconds(10)) == .milliseconds(100))
        #expect(backoff.delay(afterRunOf: .zero) == .milliseconds(200))
    }
}
