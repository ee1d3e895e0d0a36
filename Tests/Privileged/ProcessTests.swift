internal import TestSupport
internal import Testing

extension OnARealKernel {
    @Suite("PID 1", .engine)
    struct ProcessTests {
        private let docker: Client

        init() throws { docker = try Engine.shared().client() }

        @Test("that ignores every signal can still be killed")
        func stubborn() async throws {
            try await docker.must(
                "run", "-d", "--name", "stubborn", "busybox", "sh", "-c",
                "trap '' TERM INT HUP QUIT; while :; do sleep 1000; done")
            try await Task.sleep(for: .milliseconds(200))
            let started = ContinuousClock.now
            try await docker.must("stop", "-t", "1", "stubborn")
            let took = ContinuousClock.now - started
            #expect(took > .milliseconds(900) && took < .seconds(6), "took \(took)")
            #expect(try await docker.must("inspect", "-f", "{{.State.ExitCode}}", "stubborn") == "137")
            try await docker.must("rm", "stubborn")
        }

        @Test("of --init reaps the zombies of others and passes signals on")
        func initProcess() async throws {
            try await docker.must(
                "run", "-d", "--init", "--name", "reaper", "busybox", "sh", "-c",
                "trap 'exit 42' TERM; i=0; while [ $i -lt 20 ]; do sh -c 'sleep 0.1 & exit 0'; i=$((i+1)); done;"
                    + " echo made; while :; do sleep 0.1; done")
            #expect(try await eventually { try await docker.must("logs", "reaper") == "made" })
            try await Task.sleep(for: .milliseconds(500))
            let zombies = try await docker.must(
                "exec", "reaper", "sh", "-c", "cat /proc/[0-9]*/stat | grep -c ') Z ' || true")
            #expect(zombies == "0")
            try await docker.must("stop", "-t", "5", "reaper")
            #expect(try await docker.must("inspect", "-f", "{{.State.ExitCode}}", "reaper") == "42")
            try await docker.must("rm", "reaper")
        }

        @Test("ends, and everything that it started ends with it")
        func orphans() async throws {
            try await docker.must(
                "run", "-d", "--name", "parent", "busybox", "sh", "-c",
                "sleep 98765 & sleep 98765 & sleep 0.3")
            #expect(try await docker.must("wait", "parent") == "0")
            #expect(
                try await eventually {
                    try await shell("grep -al '9876[5]' /proc/[0-9]*/cmdline").lines.isEmpty
                })
            try await docker.must("rm", "parent")
        }

        @Test(
            "gives its exit code or its signal to whoever waits",
            arguments: [
                ("exit 0", 0), ("exit 3", 3), ("exit 125", 125), ("exit 255", 255),
                ("sh -c 'kill -9 $$'; exit $?", 137), ("sh -c 'kill -15 $$'; exit $?", 143),
            ])
        func codes(_ script: String, _ code: Int32) async throws {
            #expect(try await docker("run", "--rm", "busybox", "sh", "-c", script).code == code)
        }

        @Test(
            "that cannot be started answers as Docker does",
            arguments: [
                (["nosuchprogram"], 127, "exec: \"nosuchprogram\": executable file not found in $PATH"),
                (["/nosuch"], 127, "exec: \"/nosuch\": stat /nosuch: no such file or directory"),
                (["/etc/passwd"], 126, "exec: \"/etc/passwd\": permission denied"),
                (["/etc"], 126, "exec: \"/etc\": is a directory"),
            ])
        func cannotStart(_ command: [String], _ code: Int32, _ words: String) async throws {
            let result = try await docker.run(["run", "--name", "broken", "busybox"] + command)
            #expect(result.code == code)
            #expect(result.stderr.contains(words), "\(result.stderr)")
            #expect(
                try await docker.must("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "broken")
                    == "created \(code)")
            try await docker.must("rm", "broken")
        }

        @Test(
            "runs as the user that the image's own passwd names",
            arguments: [
                ("app", "1000 1000 1000 2000"), ("1000", "1000 1000 1000 2000"),
                ("app:extra", "1000 2000 2000"),
                ("4242", "4242 0 0"), ("4242:99", "4242 99 99"), ("0", "0 0 0"),
            ])
        func users(_ user: String, _ ids: String) async throws {
            #expect(
                try await docker.must(
                    "run", "--rm", "-u", user, "busybox", "sh", "-c", "echo $(id -u) $(id -g) $(id -G)")
                    == ids)
        }
    }
}
