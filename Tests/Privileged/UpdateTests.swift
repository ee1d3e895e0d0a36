internal import TestSupport
internal import Testing

extension OnARealKernel {
    @Suite("Changing a container's limits", .engine, .timeLimit(.minutes(2)))
    struct UpdateTests {
        private let docker: Client
        private let api: EngineAPI

        init() throws {
            docker = try Engine.shared().client()
            api = try EngineAPI()
        }

        /// What the container's group says in a file of v1, or else of v2.
        private func limit(_ container: String, _ old: String, _ new: String) async throws -> String {
            // The group that the container sees as its own.
            try await docker.must(
                "exec", container, "sh", "-c", "cd /sys/fs/cgroup; cat \(old) 2>/dev/null || cat \(new)")
        }

        @Test("takes effect at once on one that runs, by both CLIs", arguments: ClientKind.available)
        func live(_ kind: ClientKind) async throws {
            let docker = try Engine.shared().client(kind)
            let name = "live-\(kind.rawValue)"
            try await docker.must(
                "run", "-d", "--cgroupns", "private", "--name", name, "busybox", "sleep", "1000")
            #expect(
                try await docker.must(
                    "update", "-m", "64m", "--memory-swap", "128m", "--memory-reservation", "32m",
                    "--cpu-shares", "512",
                    "--cpu-quota", "30000", "--cpu-period", "60000", "--cpuset-cpus", "0", "--pids-limit",
                    "44",
                    "--restart", "on-failure:4", name) == name)
            for (old, new, wanted) in [
                ("memory/memory.limit_in_bytes", "memory.max", "67108864"),
                ("cpu/cpu.cfs_quota_us", "cpu.max", "30000"), ("pids/pids.max", "pids.max", "44"),
                ("cpuset/cpuset.cpus", "cpuset.cpus", "0"),
            ] { #expect(try await limit(name, old, new).hasPrefix(wanted), "\(old)") }
            let format =
                "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.CpuShares}} {{.HostConfig.PidsLimit}} {{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}"
            #expect(
                try await docker.must("inspect", "-f", format, name)
                    == "67108864 134217728 512 44 on-failure:4")
            try await docker.must("update", "--pids-limit", "-1", name)
            #expect(try await limit(name, "pids/pids.max", "pids.max") == "max")
            #expect(try await api.actions(of: name).filter { $0 == "update" }.count == 2)
            try await docker.must("rm", "-f", name)
        }

        @Test("keeps for the next start what is changed on one that does not run or is paused")
        func stopped() async throws {
            try await docker.must(
                "create", "--cgroupns", "private", "--name", "later", "busybox", "sleep", "1000")
            try await docker.must("update", "--cpus", "0.5", "--pids-limit", "55", "later")
            try await docker.must("start", "later")
            #expect(try await limit("later", "pids/pids.max", "pids.max") == "55")
            #expect(try await limit("later", "cpu/cpu.cfs_quota_us", "cpu.max").hasPrefix("50000"))
            try await docker.must("pause", "later")
            try await docker.must("update", "--pids-limit", "56", "later")
            try await docker.must("unpause", "later")
            #expect(try await limit("later", "pids/pids.max", "pids.max") == "56")
            try await docker.must("rm", "-f", "later")
        }

        @Test("puts every limit back when the kernel refuses one", .requires(.cgroupMemory))
        func undone() async throws {
            try await docker.must(
                "run", "-d", "--cgroupns", "private", "--name", "full", "-m", "64m", "--memory-swap", "64m",
                "--tmpfs", "/t",
                "--pids-limit", "20", "busybox", "sh", "-c",
                "head -c 30m /dev/zero > /t/x; echo done; sleep 1000")
            #expect(
                try await eventually(within: .seconds(20)) { try await docker.must("logs", "full") == "done" }
            )
            // Less than the files in its tmpfs need, and there is no swap to push them to.
            let answer = try await api(
                "POST", "/containers/full/update",
                body: "{\"Memory\": 8000000, \"MemorySwap\": 8000000, \"PidsLimit\": 30}")
            let seen = try await docker.must(
                "inspect", "-f", "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}", "full")
            if answer.status == 200 {
                // cgroup v2 sets the limit and kills.
                #expect(seen == "8000000 30")
            } else {
                #expect(answer.status == 500)
                #expect(answer.message.hasPrefix("Cannot update container "), "\(answer)")
                #expect(seen == "67108864 20")
                #expect(try await limit("full", "memory/memory.limit_in_bytes", "memory.max") == "67108864")
                #expect(try await limit("full", "pids/pids.max", "pids.max") == "20")
            }
            try await docker.must("rm", "-f", "full")
        }

        @Test("decides about the next restart")
        func policy() async throws {
            try await docker.must(
                "run", "-d", "--restart", "always", "--name", "loop", "busybox", "sh", "-c",
                "sleep 0.05; exit 1")
            #expect(
                try await eventually(within: .seconds(20)) {
                    try await docker.must("inspect", "-f", "{{.RestartCount}}", "loop") != "0"
                })
            try await docker.must("update", "--restart", "no", "loop")
            #expect(
                try await eventually(within: .seconds(20)) {
                    try await docker.must("inspect", "-f", "{{.State.Status}}", "loop") == "exited"
                })
            try await docker.must("rm", "loop")
        }

        @Test("is refused in Docker's words, by the CLI with code 1 and after those that it can do")
        func refused() async throws {
            try await docker.must("create", "--rm", "--name", "gone", "busybox", "true")
            let id = try await docker.must("inspect", "-f", "{{.Id}}", "gone")
            for (body, status, words) in [
                ("{\"Memory\": 1}", 400, "Minimum memory limit allowed is 6MB"),
                ("{\"Memory\": \"x\"}", 400, "cannot unmarshal string into Go struct field"),
                (
                    "{\"Memory\": 50000000}", 409,
                    "Cannot update container \(id): Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time"
                ),
                (
                    "{\"RestartPolicy\": {\"Name\": \"always\"}}", 409,
                    "Cannot update container \(id): Restart policy cannot be updated because AutoRemove is enabled for the container"
                ),
                (
                    "{\"CpusetCpus\": \"0-9999\"}", 400,
                    "Requested CPUs are not available - requested 0-9999, available: "
                ),
            ] {
                let answer = try await api("POST", "/containers/gone/update", body: body)
                #expect(answer.status == status, "\(answer)")
                #expect(answer.message.contains(words), "\(answer)")
            }
            let result = try await docker("update", "--pids-limit", "9", "nosuch", "gone")
            #expect(result.code == 1)
            #expect(result.stdout == "gone\n")
            #expect(result.stderr == "Error response from daemon: No such container: nosuch\n")
            #expect(
                try await docker("update", "gone").stderr
                    == "you must provide one or more flags when using this command\n")
            try await docker.must("rm", "gone")
        }
    }
}
