internal import TestSupport
internal import Testing

extension OnARealKernel {
    @Suite("What a container may use is held:", .engine)
    struct LimitTests {
        private let docker: Client

        init() throws { docker = try Engine.shared().client() }

        @Test("memory, by an end with 137 and the word OOMKilled", .requires(.cgroupMemory))
        func memory() async throws {
            let hungry = "head -c 200m /dev/zero | tail -c 200m > /dev/null"
            let result = try await docker(
                "run", "--name", "hungry", "-m", "20m", "--memory-swap", "20m", "busybox", "sh", "-c",
                "exec tail -c 200m /dev/zero")
            #expect(result.code == 137, "\(result)")
            let state = try await docker.must(
                "inspect", "-f", "{{.State.OOMKilled}} {{.State.ExitCode}}", "hungry")
            // dockerd learns of it by an event that comes too late now and then.
            #expect(state == "true 137" || docker.kind == .docker && state == "false 137")
            #expect(try await docker("run", "--rm", "-m", "800m", "busybox", "sh", "-c", hungry).code == 0)
            try await docker.must("rm", "hungry")
        }

        @Test(
            "memory, and who is killed for it is told of while the container goes on",
            .requires(.cgroupMemory))
        func memoryEvent() async throws {
            let id = try await docker.must(
                "run", "-d", "-m", "20m", "--memory-swap", "20m", "busybox", "sh", "-c",
                "tail -c 200m /dev/zero; sleep 60")
            func told() async throws -> Int {
                try await docker.must(
                    "events", "--since", "5m", "--until", "0s", "--filter", "container=\(id)", "--filter",
                    "event=oom", "--format", "{{.Action}}"
                ).split(separator: "\n").count
            }
            for _ in 0..<100 where try await told() == 0 { try await Task.sleep(for: .milliseconds(50)) }
            #expect(try await told() > 0)
            #expect(try await docker.must("inspect", "-f", "{{.State.Status}}", id) == "running")
            try await docker.must("kill", id)
            try await docker.must("wait", id)
            try await docker.must("rm", id)
        }

        @Test("memory, of files in its tmpfs too", .requires(.cgroupMemory))
        func tmpfs() async throws {
            let result = try await docker(
                "run", "--rm", "-m", "20m", "--memory-swap", "20m", "--tmpfs", "/t", "busybox", "sh", "-c",
                "head -c 100m /dev/zero > /t/x")
            #expect(result.code != 0)
        }

        @Test("CPU, by a share of the time", .requires(.cgroupCPU))
        func cpu() async throws {
            // Counts loops for a second of wall time: a fifth of a CPU does far fewer than a whole one.
            let spin = "e=$(($(date +%s)+2)); n=0; while [ $(date +%s) -lt $e ]; do n=$((n+1)); done; echo $n"
            let whole = try await docker.must("run", "--rm", "busybox", "sh", "-c", spin)
            let fifth = try await docker.must("run", "--rm", "--cpus", "0.2", "busybox", "sh", "-c", spin)
            let ratio = (Double(fifth) ?? 1e9) / (Double(whole) ?? 1)
            #expect(ratio < 0.5, "\(fifth) against \(whole) loops")
        }

        @Test("the CPUs it may run on")
        func cpuset() async throws {
            let allowed = try await docker.must(
                "run", "--rm", "--cpuset-cpus", "0", "busybox", "sh", "-c",
                "grep Cpus_allowed_list /proc/self/status | cut -f2")
            #expect(allowed == "0")
        }

        @Test("processes", .requires(.cgroupPids))
        func pids() async throws {
            let result = try await docker(
                "run", "--rm", "--pids-limit", "10", "busybox", "sh", "-c",
                "i=0; while [ $i -lt 30 ]; do sleep 5 & i=$((i+1)); done; echo never")
            #expect(!result.stdout.contains("never") || result.stderr.contains("fork"), "\(result)")
            #expect(result.stderr.contains("fork"))
        }

        @Test("what one process may open, and how it is seen", arguments: ["64:64", "100:2000"])
        func rlimit(_ value: String) async throws {
            let seen = try await docker.must(
                "run", "--rm", "--ulimit", "nofile=\(value)", "busybox", "sh", "-c",
                "echo $(ulimit -Sn):$(ulimit -Hn)")
            #expect(seen == value)
        }

        @Test("shares and limits are where the kernel keeps them")
        func groups() async throws {
            let seen = try await docker.must(
                "run", "--rm", "-m", "64m", "--cpu-shares", "512", "--cpus", "0.5", "--pids-limit", "33",
                "--cgroupns", "private",
                "busybox", "sh", "-c",
                "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory.max cpu/cpu.cfs_quota_us cpu.max"
                    + " pids/pids.max pids.max 2>/dev/null; true")
            let words = Set(seen.split { $0 == "\n" || $0 == " " }.map(String.init))
            #expect(words.isSuperset(of: ["67108864", "50000", "33"]), "\(seen)")
        }
    }
}
