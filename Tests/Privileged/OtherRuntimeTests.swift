internal import Linux
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// berth-runtime by its command line stands for any OCI runtime here; crun and runc were tried by hand.
    @Suite(
        "Another OCI runtime, by name,",
        .engine(options: [
            "--add-runtime", "other=\(runtimeProgram)", "--add-runtime", "gone=/nosuch/runtime",
        ]))
    struct OtherRuntimeTests {
        private let docker: Client

        init() throws { docker = try Engine.shared().client() }

        @Test("runs a container as ours does: streams, user, filter, network, exit code")
        func run() async throws {
            let script =
                "cat; id -u; grep -E '^(Seccomp|CapEff):' /proc/self/status | cut -f2; ls /sys/class/net; exit 3"
            let result = try await docker(
                "run", "--rm", "-i", "--runtime", "other", "-u", "app", "busybox", "sh", "-c", script,
                input: "typed\n")
            #expect(result.code == 3, "\(result)")
            #expect(result.lines == ["typed", "1000", "0000000000000000", "2", "eth0", "lo"], "\(result)")
            let terminal = try await docker.must("run", "--rm", "-t", "--runtime", "other", "busybox", "tty")
            #expect(terminal == "/dev/pts/0")
        }

        @Test("has limits, mounts, execs and logs, and is stopped by its signal")
        func life() async throws {
            try await docker.must(
                "run", "-d", "--name", "foreign", "--runtime", "other", "--pids-limit", "33", "--tmpfs",
                "/t:size=1m",
                "--init", "busybox", "sh", "-c",
                "trap 'echo got; exit 7' TERM; echo up; while true; do sleep 0.05; done")
            let output = try docker.live("logs", "-f", "foreign")
            #expect(try await output.prints("up"))
            output.kill()
            let seen = try await docker.must(
                "exec", "foreign", "sh", "-c",
                "cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null; grep -c ' /t tmpfs' /proc/mounts"
            )
            #expect(seen == "33\n1")
            #expect(try await docker.must("inspect", "-f", "{{.HostConfig.Runtime}}", "foreign") == "other")
            try await docker.must("stop", "foreign")
            #expect(try await docker.must("inspect", "-f", "{{.State.ExitCode}}", "foreign") == "7")
            #expect(try await docker.must("logs", "foreign") == "up\ngot")
            // And again, with nothing of the first run in the way.
            try await docker.must("start", "foreign")
            try await docker.must("rm", "-f", "foreign")
        }

        @Test("is asked for by names that are known, and tells why it cannot start")
        func refusals() async throws {
            let unknown = try await docker("run", "--rm", "--runtime", "nosuch", "busybox", "true")
            #expect(unknown.code == 125 && unknown.stderr.contains("unknown or invalid runtime name: nosuch"))
            let program = try await docker("run", "--rm", "--runtime", "other", "busybox", "nosuch")
            #expect(
                program.code == 127 && program.stderr.contains("executable file not found in $PATH"),
                "\(program)")
            let user = try await docker(
                "run", "--rm", "--runtime", "other", "-u", "nosuch", "busybox", "true")
            #expect(user.stderr.contains("unable to find user nosuch: no matching entries in passwd file"))
            let gone = try await docker("run", "--rm", "--runtime", "gone", "busybox", "true")
            #expect(gone.code == 127 && gone.stderr.contains("/nosuch/runtime"), "\(gone)")
        }

        @Test("keeps its container through a crash of the daemon", .requires(.ownDaemon))
        func crash() async throws {
            guard let daemon = try Engine.shared().daemon else { return }
            try await docker.must(
                "run", "-d", "--name", "kept", "--runtime", "other", "busybox", "sleep", "1000")
            try await daemon.crash()
            try await daemon.start()
            #expect(try await docker.must("inspect", "-f", "{{.State.Status}}", "kept") == "running")
            try await docker.must("kill", "kept")
            #expect(try await docker.must("wait", "kept") == "137")
            try await docker.must("rm", "kept")
        }
    }
}
