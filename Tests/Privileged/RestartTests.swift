internal import Linux
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// Restart policies, while the daemon runs, across its restarts, and across reboots.
    @Suite("Restart policies", .engine, .timeLimit(.minutes(3)))
    struct RestartTests {
        private let docker: Client
        private let daemon: Daemon?

        init() throws {
            let engine = try Engine.shared()
            docker = engine.client()
            daemon = engine.daemon
        }

        private func field(_ format: String, _ container: String) async throws -> String {
            try await docker.must("inspect", "-f", format, container)
        }

        private func eventTimes(_ container: String, _ action: String) async throws -> [Int64] {
            let now = try await shellMust("date +%s.%N")
            return try await docker.must(
                "events", "--since", "0", "--until", now, "--filter", "container=\(container)", "--filter",
                "event=\(action)", "--format", "{{.TimeNano}}"
            ).split(separator: "\n").compactMap { Int64($0) }
        }

        @Test("on-failure:N starts it N times more, each wait twice the one before, and then leaves it")
        func onFailure() async throws {
            try await docker.must(
                "run", "-d", "--name", "failing", "--restart", "on-failure:3", "busybox", "sh", "-c", "exit 5"
            )
            let format = "{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}}"
            #expect(try await eventually { try await field(format, "failing") == "exited 3 5" })
            let ends = try await eventTimes("failing", "die")
            let starts = try await eventTimes("failing", "start")
            try #require(ends.count == 4 && starts.count == 4, "\(ends) \(starts)")
            let waits = zip(starts.dropFirst(), ends).map { Double($0 - $1) / 1e9 }
            for (wait, least) in zip(waits, [0.1, 0.2, 0.4]) {
                #expect(wait >= least && wait < least + 2, "\(waits)")
            }
            // A success is none to start again for.
            try await docker.must("run", "-d", "--name", "fine", "--restart", "on-failure", "busybox", "true")
            #expect(try await docker.must("wait", "fine") == "0")
            #expect(try await field("{{.RestartCount}} {{.State.Restarting}}", "fine") == "0 false")
            try await docker.must("rm", "failing", "fine")
        }

        @Test("always goes on after success, until it is stopped by hand")
        func always() async throws {
            try await docker.must(
                "run", "-d", "--name", "again", "--restart", "always", "busybox", "sleep", "0.2")
            #expect(try await eventually { try await Int(field("{{.RestartCount}}", "again")) ?? 0 >= 2 })
            try await docker.must("stop", "-t", "1", "again")
            let count = try await field("{{.RestartCount}}", "again")
            try await Task.sleep(for: .seconds(1))
            #expect(try await field("{{.State.Status}} {{.RestartCount}}", "again") == "exited \(count)")
            // A start by hand counts from the beginning.
            try await docker.must("start", "again")
            #expect(try await Int(field("{{.RestartCount}}", "again")) ?? 99 < 2)
            try await docker.must("rm", "-f", "again")
        }

        @Test("a restart that fails says so, and one of a --rm container keeps it")
        func restarts() async throws {
            try await docker.must("create", "--name", "broken", "busybox", "nosuch")
            let answer = try await docker("restart", "broken")
            #expect(
                answer.stderr.contains(
                    "Cannot restart container broken: failed to create task for container: failed to create shim task: "
                        + "OCI runtime create failed: runc create failed: unable to start container process: "
                        + "error during container init: exec: \"nosuch\": executable file not found in $PATH"),
                "\(answer)")
            try await docker.must("rm", "broken")
            try await docker.must("run", "-d", "--rm", "--name", "kept", "busybox", "sleep", "1000")
            try await docker.must("restart", "-t", "0", "kept")
            #expect(try await docker.must("inspect", "-f", "{{.HostConfig.AutoRemove}}", "kept") == "true")
            try await docker.must("stop", "-t", "0", "kept")
            #expect(try await eventually { try await docker("inspect", "kept").code != 0 })
        }

        @Test("a container that waits for its restart can be stopped, started and removed")
        func waiting() async throws {
            for (name, action) in [("w1", ["stop"]), ("w2", ["rm", "-f"]), ("w3", ["start"])] {
                try await docker.must("run", "-d", "--name", name, "--restart", "always", "busybox", "false")
                // By the fifth time it waits for longer than a command takes.
                #expect(
                    try await eventually {
                        try await field("{{.State.Restarting}} {{.RestartCount}}", name) == "true 5"
                    })
                try await docker.must(action + [name])
                switch name {
                case "w1":
                    #expect(try await field("{{.State.Status}}", name) == "exited")
                    try await docker.must("rm", name)
                case "w3": try await docker.must("rm", "-f", name)
                default: #expect(try await docker("inspect", name).code == 1)
                }
            }
        }

        /// Containers of every policy: some run, some were stopped by hand.
        private func makeAll() async throws {
            for policy in ["no", "on-failure", "always", "unless-stopped"] {
                for kind in ["running", "stopped"] {
                    try await docker.must(
                        "run", "-d", "--name", "\(policy)-\(kind)", "--restart", policy, "busybox", "sleep",
                        "1000")
                }
                try await docker.must("stop", "-t", "0", "\(policy)-stopped")
            }
        }

        private func states() async throws -> [String: String] {
            let lines = try await docker.must("ps", "-a", "--format", "{{.Names}} {{.State}}").split(
                separator: "\n")
            return Dictionary(
                uniqueKeysWithValues: lines.map { line in
                    let parts = line.split(separator: " ").map(String.init)
                    return (parts[0], parts[1])
                })
        }

        @Test(
            "a new daemon leaves what runs, and starts what was stopped where Docker does",
            .requires(.ownDaemon), arguments: [false, true])
        func newDaemon(crashes: Bool) async throws {
            let daemon = try #require(daemon)
            try await makeAll()
            let pids = try await docker.must(
                "inspect", "-f", "{{.State.Pid}}", "no-running", "always-running")
            if crashes { try await daemon.crash() } else { try await daemon.stop() }
            try await daemon.start()
            let expected = [
                "no-running": "running", "no-stopped": "exited", "on-failure-running": "running",
                "on-failure-stopped": "running", "always-running": "running", "always-stopped": "running",
                "unless-stopped-running": "running", "unless-stopped-stopped": "exited",
            ]
            _ = try await eventually { try await states() == expected }
            #expect(try await states() == expected)
            #expect(
                try await docker.must("inspect", "-f", "{{.State.Pid}}", "no-running", "always-running")
                    == pids)
            try await docker.removeContainers()
        }

        @Test("after a reboot everything with a policy is back, as it was", .requires(.ownDaemon))
        func reboot() async throws {
            let daemon = try #require(daemon)
            try await makeAll()
            try await docker.must(
                "run", "-d", "--name", "friend", "--restart", "always", "--network",
                "container:always-running", "busybox", "sleep", "1000")
            try await docker.must("run", "-d", "--rm", "--name", "brief", "busybox", "sleep", "1000")
            let running = try await docker.must("ps", "-q").split(separator: "\n").map(String.init)
            let pids = try await docker.must(["inspect", "-f", "{{.State.Pid}}"] + running)
                .split(separator: "\n").joined(separator: " ")
            try await daemon.crash()
            // What a reboot leaves: no process, no mount, no exec root.
            try await shell(
                "for pid in \(pids); do kill -9 $(awk '/^PPid:/ { print $2 }' /proc/$pid/status); done; "
                    + "while kill -0 \(pids) 2>/dev/null; do sleep 0.02; done; rm -rf \(daemon.execRoot)")
            try await daemon.start()
            let expected = [
                "no-running": "exited", "no-stopped": "exited", "on-failure-running": "running",
                "on-failure-stopped": "running", "always-running": "running", "always-stopped": "running",
                "unless-stopped-running": "running", "unless-stopped-stopped": "exited", "friend": "running",
            ]
            _ = try await eventually { try await states() == expected }
            #expect(try await states() == expected, "\(daemon.log.suffix(3000))")
            #expect(try await field("{{.State.ExitCode}}", "no-running") == "255")
            #expect(
                try await docker.must("exec", "friend", "hostname", "-i")
                    == field("{{.NetworkSettings.IPAddress}}", "always-running"))
            try await docker.removeContainers()
        }
    }
}
