internal import TestSupport
internal import Testing

extension OnARealKernel {
    @Suite("After kill -9 of berthd", .requires(.ownDaemon), .engine, .timeLimit(.minutes(3)))
    struct CrashTests {
        private let docker: Client
        private let daemon: Daemon

        init() throws {
            let engine = try Engine.shared()
            docker = engine.client()
            daemon = try #require(engine.daemon)
        }

        private func field(_ format: String, _ container: String) async throws -> String {
            try await docker.must("inspect", "-f", format, container)
        }

        private func crashAndRestart(after pause: Duration = .milliseconds(300)) async throws {
            try await daemon.crash()
            try await Task.sleep(for: pause)
            try await daemon.start()
        }

        @Test("containers go on, and the next berthd takes them back with id, address and process")
        func adopted() async throws {
            try await docker.must("run", "-d", "--name", "survivor", "busybox", "sleep", "1000")
            let format =
                "{{.Id}} {{.State.Pid}} {{.State.StartedAt}} {{.NetworkSettings.IPAddress}} {{.NetworkSettings.MacAddress}} {{.State.Status}}"
            let before = try await field(format, "survivor")
            try await crashAndRestart()
            #expect(try await field(format, "survivor") == before)
            #expect(
                try await docker.must("exec", "survivor", "hostname", "-i")
                    == before.split(separator: " ")[3].description)
            try await docker.must("rm", "-f", "survivor")
        }

        @Test("what was said meanwhile is in the log")
        func logged() async throws {
            try await docker.must(
                "run", "-d", "--name", "speaker", "busybox", "sh", "-c",
                "i=0; while :; do echo $i; i=$((i+1)); sleep 0.02; done")
            try await Task.sleep(for: .milliseconds(300))
            try await crashAndRestart(after: .milliseconds(700))
            try await Task.sleep(for: .milliseconds(300))
            try await docker.must("stop", "-t", "0", "speaker")
            let lines = try await docker.must("logs", "speaker").split(separator: "\n").compactMap { Int($0) }
            #expect(lines == Array(0..<lines.count), "no line is lost or doubled")
            #expect(lines.count > 40)
            try await docker.must("rm", "speaker")
        }

        @Test("a container that a commit held still goes on")
        func commitCutShort() async throws {
            try await docker.must("run", "-d", "--name", "held", "busybox", "sleep", "1000")
            try await docker.must("exec", "held", "dd", "if=/dev/urandom", "of=/big", "bs=1M", "count=200")
            var wasPaused = false
            for _ in 0..<5 where !wasPaused {
                async let commit = docker("commit", "held", "never")
                wasPaused = try await eventually(within: .seconds(5)) {
                    try await field("{{.State.Status}}", "held") == "paused"
                }
                try await daemon.crash()
                _ = try await commit
                try await daemon.start()
                #expect(try await field("{{.State.Status}}", "held") == "running")
                #expect(try await docker.must("exec", "held", "echo", "on") == "on")
            }
            #expect(wasPaused)
            // One that a user paused stays so.
            try await docker.must("pause", "held")
            try await crashAndRestart()
            #expect(try await field("{{.State.Status}}", "held") == "paused")
            try await docker.must("rm", "-f", "held")
        }

        @Test("an exit meanwhile is recorded with its code and time")
        func exits() async throws {
            try await docker.must(
                "run", "-d", "--name", "quitter", "busybox", "sh", "-c", "sleep 0.6; echo bye; exit 17")
            try await daemon.crash()
            try await Task.sleep(for: .seconds(2))
            let restarted = try await shellMust("date +%s")
            try await daemon.start()
            #expect(try await field("{{.State.Status}} {{.State.ExitCode}}", "quitter") == "exited 17")
            #expect(try await docker.must("logs", "quitter") == "bye")
            let finished = try await field("{{.State.FinishedAt}}", "quitter")
            let seconds = try await shellMust("date -d \(finished) +%s")
            #expect((Int(seconds) ?? 0) < (Int(restarted) ?? 0), "the time of the exit, not of its discovery")
            try await docker.must("rm", "quitter")
        }

        @Test("published ports and the way to the outside still work")
        func network() async throws {
            try await docker.must(
                "run", "-d", "--name", "server", "-p", "127.0.0.1:18200:80", "busybox", "sh", "-c",
                "mkdir /www; echo still here > /www/index.html; exec httpd -f -h /www")
            #expect(
                try await eventually {
                    try await shell("timeout 2 busybox wget -qO- http://127.0.0.1:18200/").output
                        == "still here"
                })
            try await crashAndRestart()
            #expect(
                try await eventually {
                    try await shell("timeout 2 busybox wget -qO- http://127.0.0.1:18200/").output
                        == "still here"
                })
            #expect(try await docker.must("port", "server") == "80/tcp -> 127.0.0.1:18200")
            // The address and the port stay taken.
            #expect(
                try await docker("run", "--rm", "-p", "127.0.0.1:18200:80", "busybox", "true").code == 125)
            let other = try await docker.must("run", "--rm", "busybox", "hostname", "-i")
            #expect(try await field("{{.NetworkSettings.IPAddress}}", "server") != other)
            try await docker.must("rm", "-f", "server")
        }

        @Test("stop, kill, exec, attach and wait work on what was taken back")
        func control() async throws {
            try await docker.must(
                "run", "-d", "-i", "--name", "taken", "busybox", "sh", "-c",
                "trap 'exit 3' TERM; while read l; do echo got $l; done; while :; do sleep 0.1; done")
            try await crashAndRestart()
            let session = try docker.live("attach", "taken")
            try await Task.sleep(for: .milliseconds(300))
            try session.type("hello\n")
            #expect(try await session.prints("got hello"))
            #expect(try await docker.must("exec", "taken", "echo", "in") == "in")
            let waiter = try docker.live("wait", "taken")
            try await Task.sleep(for: .milliseconds(200))
            try await docker.must("kill", "taken")
            #expect(try await waiter.exitCode() == 0)
            #expect(waiter.stdout == "137\n")
            try await docker.must("start", "taken")
            try await docker.must("rm", "-f", "taken")
        }

        @Test("restart policies and --rm are carried out for what ended meanwhile")
        func policies() async throws {
            try await docker.must(
                "run", "-d", "--name", "phoenix", "--restart", "always", "busybox", "sh", "-c",
                "echo up; sleep 0.8")
            try await docker.must("run", "-d", "--name", "brief", "--rm", "busybox", "sleep", "0.5")
            try await daemon.crash()
            try await Task.sleep(for: .seconds(1.5))
            try await daemon.start()
            #expect(try await eventually { try await field("{{.State.Running}}", "phoenix") == "true" })
            #expect(try await eventually { try await docker("inspect", "brief").code == 1 })
            try await docker.must("rm", "-f", "phoenix")
        }

        @Test(
            "at any moment of a start, nothing half-made stays and the name is free or the container whole",
            arguments: 0..<8)
        func anyMoment(_ step: Int) async throws {
            let run = try docker.live("run", "-d", "--name", "moment\(step)", "busybox", "sleep", "1000")
            try await Task.sleep(for: .milliseconds(3 + step * 4))
            try await daemon.crash()
            run.kill()
            try await daemon.start()
            let status = try await docker("inspect", "-f", "{{.State.Status}}", "moment\(step)")
            #expect(
                status.code == 1 || ["created", "running", "exited"].contains(status.output), "\(status)")
            if status.code == 0 {
                if status.output != "running" { try await docker.must("start", "moment\(step)") }
                try await docker.must("exec", "moment\(step)", "hostname", "-i")
                try await docker.must("rm", "-f", "moment\(step)")
            } else {
                try await docker.must("run", "--rm", "--name", "moment\(step)", "busybox", "true")
            }
        }

        @Test("a polite end of berthd leaves the containers going too")
        func polite() async throws {
            try await docker.must("run", "-d", "--name", "steady", "busybox", "sleep", "1000")
            let pid = try await field("{{.State.Pid}}", "steady")
            try await daemon.stop()
            #expect(try await shell("kill -0 \(pid)").code == 0)
            try await daemon.start()
            #expect(try await field("{{.State.Pid}}", "steady") == pid)
            try await docker.must("rm", "-f", "steady")
        }
    }
}
