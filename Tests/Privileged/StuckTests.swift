internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// A container, a client or a disk that does not move holds up nobody else.
    @Suite(
        "What is stuck holds up nobody else", .requires(.ownDaemon, .cgroupMemory), .timeLimit(.minutes(3)))
    struct StuckTests {
        /// Others are served while something is stuck.
        private func othersGoOn(_ docker: Client) async throws {
            #expect(
                try await docker.must("run", "--rm", "busybox", "echo", "served", timeout: .seconds(20))
                    == "served")
            try await docker.must("ps", "-a", timeout: .seconds(10))
        }

        private func withDaemon(_ body: (Daemon, Client) async throws -> Void) async throws {
            let daemon = try await Daemon()
            do {
                let docker = daemon.client()
                try await TestImage.busybox.install(in: docker)
                try await body(daemon, docker)
            } catch {
                try? await daemon.remove()
                throw error
            }
            try await daemon.remove()
        }

        @Test("a frozen container, one out of memory, and one whose output nobody reads")
        func containers() async throws {
            try await withDaemon { _, docker in
                try await docker.must("run", "-d", "--name", "frozen", "busybox", "sleep", "1000")
                try await docker.must("pause", "frozen")
                try await othersGoOn(docker)
                #expect(
                    try await docker.must(
                        "inspect", "-f", "{{.State.Status}}", "frozen", timeout: .seconds(10)) == "paused")

                let hungry = try await docker(
                    "run", "--name", "hungry", "--memory", "16m", "--memory-swap", "16m", "busybox", "dd",
                    "if=/dev/zero", "of=/dev/null", "bs=100M", "count=1")
                #expect(hungry.code == 137)
                #expect(try await docker.must("inspect", "-f", "{{.State.OOMKilled}}", "hungry") == "true")
                try await othersGoOn(docker)

                // A client that stands still reads nothing: the container waits for it, and nobody else.
                let unread = try docker.live("run", "--name", "unread", "busybox", "yes")
                #expect(try await unread.prints("y"))
                unread.signal(19)
                try await othersGoOn(docker)
                try await docker.must("rm", "-f", "unread", timeout: .seconds(30))
                unread.kill()
                try await docker.must("rm", "-f", "frozen", "hungry", timeout: .seconds(30))
            }
        }

        @Test("a full disk fails what needs room, with the reason, and the rest goes on")
        func fullDisk() async throws {
            try await withDaemon { daemon, docker in
                try await docker.must(
                    "run", "-d", "--name", "talker", "busybox", "sh", "-c",
                    "while :; do echo tick; sleep 0.05; done")
                try await docker.must("run", "-d", "--name", "server", "busybox", "sleep", "1000")
                let before = try await shellMust("ls \(daemon.dataRoot)/containers | wc -l")
                // No page is left: the file system is made as large as what it holds.
                try await shellMust(
                    "dd if=/dev/zero of=\(daemon.directory)/fill bs=1M count=8 2>/dev/null; "
                        + "mount -o remount,size=$(du -s -k \(daemon.directory) | cut -f1)k \(daemon.directory); "
                        + "dd if=/dev/zero of=\(daemon.directory)/rest bs=4k 2>/dev/null; true")
                let refused = try await docker("run", "--name", "late", "busybox", "true")
                #expect(refused.code == 125)
                #expect(
                    refused.stderr.lowercased().contains("no space left") || refused.stderr.contains("full"),
                    "\(refused)")
                #expect(try await docker.must("exec", "server", "echo", "still here") == "still here")
                #expect(try await docker.must("logs", "talker").hasPrefix("tick"))
                #expect(try await docker.must("ps", "-q").split(separator: "\n").count == 2)

                try await shellMust(
                    "rm \(daemon.directory)/fill \(daemon.directory)/rest; mount -o remount,size=1g \(daemon.directory)"
                )
                #expect(try await docker("inspect", "late").code == 1, "nothing half-made is left")
                #expect(try await shellMust("ls \(daemon.dataRoot)/containers | wc -l") == before)
                let lines = try await docker.must("logs", "talker").split(separator: "\n").count
                #expect(
                    try await eventually {
                        try await docker.must("logs", "talker").split(separator: "\n").count > lines
                    }, "it logs again")
                try await othersGoOn(docker)
            }
        }
    }
}
