internal import Linux
internal import OrderedJSON
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// Health checks, from flags and images.
    @Suite("Health checks", .engine, .timeLimit(.minutes(2)))
    struct HealthTests {
        private let docker: Client
        private let daemon: Daemon?

        init() throws {
            let engine = try Engine.shared()
            docker = engine.client()
            daemon = engine.daemon
        }

        private func health(_ container: String) async throws -> JSONValue {
            try JSONValue(
                parsing: Array(
                    try await docker.must("inspect", "-f", "{{json .State.Health}}", container).utf8))
        }

        private func becomes(_ status: String, _ container: String) async throws -> Bool {
            try await eventually { try await health(container)["Status"]?.stringValue == status }
        }

        @Test("health follows the check's exit codes, is listed, filtered and told")
        func transitions() async throws {
            try await docker.must(
                "run", "-d", "--name", "sick", "--health-cmd", "echo checked; test ! -e /ill",
                "--health-interval", "100ms",
                "--health-retries", "2", "busybox", "sleep", "1000")
            #expect(try await becomes("healthy", "sick"))
            #expect(
                try await docker.must(
                    "ps", "--filter", "health=healthy", "--format", "{{.Names}} {{.Status}}"
                ).contains("sick Up"))
            #expect(try await docker.must("ps", "--format", "{{.Status}}").hasSuffix("(healthy)"))
            #expect(try await docker.must("ps", "-q", "--filter", "health=unhealthy") == "")
            try await docker.must("exec", "sick", "touch", "/ill")
            #expect(try await becomes("unhealthy", "sick"))
            #expect(
                try await docker.must("ps", "--filter", "health=unhealthy", "--format", "{{.Names}}")
                    == "sick")
            #expect(try await eventually { try await health("sick")["Log"]?.arrayValue?.count == 5 })
            let state = try await health("sick")
            let last = try #require(state["Log"]?.arrayValue?.last)
            #expect((last["ExitCode"]?.intValue, last["Output"]?.stringValue) == (1, "checked\n"))
            #expect((state["FailingStreak"]?.intValue ?? 0) >= 2)
            try await docker.must("exec", "sick", "rm", "/ill")
            #expect(try await becomes("healthy", "sick"))
            #expect(try await health("sick")["FailingStreak"]?.intValue == 0)
            let now = try await shellMust("date +%s.%N")
            let events = try await docker.must(
                "events", "--since", "0", "--until", now, "--filter", "container=sick", "--filter",
                "event=health_status",
                "--format", "{{.Action}}")
            #expect(events == "health_status: healthy\nhealth_status: unhealthy\nhealth_status: healthy")
            try await docker.must("rm", "-f", "sick")
        }

        @Test("failures within the start period do not count, and it is probed at the start interval")
        func startPeriod() async throws {
            try await docker.must(
                "run", "-d", "--name", "slow", "--health-cmd", "test -e /up", "--health-interval", "1h",
                "--health-start-period", "1h", "--health-start-interval", "100ms", "--health-retries", "1",
                "busybox",
                "sleep", "1000")
            #expect(try await eventually { try await health("slow")["Log"]?.arrayValue?.count ?? 0 >= 3 })
            #expect(try await health("slow")["Status"]?.stringValue == "starting")
            #expect(
                try await docker.must("ps", "--filter", "health=starting", "--format", "{{.Status}}")
                    .hasSuffix("(health: starting)"))
            try await docker.must("exec", "slow", "touch", "/up")
            #expect(try await becomes("healthy", "slow"))
            try await docker.must("rm", "-f", "slow")
        }

        @Test("a check that takes too long is killed and counts as a failure")
        func timeout() async throws {
            try await docker.must(
                "run", "-d", "--name", "stuck", "--health-cmd", "echo begun; sleep 987", "--health-interval",
                "100ms",
                "--health-timeout", "300ms", "--health-retries", "1", "busybox", "sleep", "1000")
            #expect(try await becomes("unhealthy", "stuck"))
            let last = try #require(try await health("stuck")["Log"]?.arrayValue?.last)
            #expect(last["ExitCode"]?.intValue == -1)
            #expect(
                last["Output"]?.stringValue?.hasPrefix("Health check exceeded timeout (300ms)") == true,
                "\(last)")
            try await docker.must("rm", "-f", "stuck")
        }

        @Test("a container without checks has no health, and none is asked for with --no-healthcheck")
        func without() async throws {
            try await docker.must("run", "-d", "--name", "plain", "busybox", "sleep", "1000")
            #expect(try await docker.must("inspect", "-f", "{{json .State.Health}}", "plain") == "null")
            #expect(
                try await docker.must("ps", "--filter", "health=none", "--format", "{{.Names}}") == "plain")
            try await docker.must(
                "import", "--change", "HEALTHCHECK --interval=100ms CMD [\"true\"]", TestImage.busybox.tar(),
                "checked:1")
            try await docker.must("run", "-d", "--name", "fromimage", "checked:1", "sleep", "1000")
            #expect(try await becomes("healthy", "fromimage"))
            try await docker.must(
                "run", "-d", "--name", "silenced", "--no-healthcheck", "checked:1", "sleep", "1000")
            #expect(
                try await docker.must(
                    "inspect", "-f", "{{json .State.Health}} {{.Config.Healthcheck.Test}}", "silenced")
                    == "null [NONE]")
            try await docker.must("rm", "-f", "plain", "fromimage", "silenced")
            try await docker.must("rmi", "checked:1")
        }

        @Test("a new daemon goes on checking", .requires(.ownDaemon))
        func newDaemon() async throws {
            let daemon = try #require(daemon)
            try await docker.must(
                "run", "-d", "--name", "kept", "--health-cmd", "test -e /up", "--health-interval", "100ms",
                "--health-retries", "1", "busybox", "sleep", "1000")
            #expect(try await becomes("unhealthy", "kept"))
            try await daemon.crash()
            try await daemon.start()
            try await docker.must("exec", "kept", "touch", "/up")
            #expect(try await becomes("healthy", "kept"))
            try await docker.must("stop", "-t", "0", "kept")
            #expect(try await health("kept")["Status"]?.stringValue == "unhealthy")
            // What was found out stays with the container.
            try await daemon.stop()
            try await daemon.start()
            let state = try await health("kept")
            #expect(state["Status"]?.stringValue == "unhealthy")
            #expect(state["Log"]?.arrayValue?.isEmpty == false)
            #expect(
                try await docker("ps", "-a", "--filter", "health=nosuch").stderr.contains(
                    "must be one of none, starting, healthy, unhealthy"))
            try await docker.must("rm", "kept")
        }
    }
}
