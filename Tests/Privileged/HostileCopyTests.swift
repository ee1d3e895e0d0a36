internal import Linux
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// Containers that lay traps for whoever copies, and clients that go away.
    @Suite("Copying with a hostile container", .engine)
    struct HostileCopyTests {
        private let docker: Client

        init() throws { docker = try Engine.shared().client() }

        /// A folder of the host whose path a container can have as well: nothing is mounted there.
        private func makeVictim() throws -> String {
            let path = "/run/berth-victim-\(uniqueName())"
            try makeDirectories(path)
            return path
        }

        @Test("follows links that lead out only inside the container")
        func links() async throws {
            let victim = try makeVictim()
            defer { try? removeTree(victim) }
            try writeFile("\(victim)/secret", "of the host\n")
            try await docker.must(
                "run", "-d", "--name", "trap", "--net", "none", "busybox", "sh", "-c",
                "mkdir -p \(victim) /w; echo inside > \(victim)/secret; ln -s \(victim) /w/abs; ln -s ../../../../../../\(victim) /w/up;"
                    + " ln -s /proc/1/root /w/magic; ln -s /proc/self/cwd /w/cwd; ln -s loop /w/loop; echo ready; sleep 1000"
            )
            #expect(try await eventually { try await docker.must("logs", "trap") == "ready" })
            try writeFile("\(victim)/mine", "x\n")
            for link in ["abs", "up"] {
                try await docker.must("cp", "trap:/w/\(link)/secret", "\(victim)/got")
                #expect(try readText("\(victim)/got") == "inside\n")
                try await docker.must("cp", "\(victim)/mine", "trap:/w/\(link)/planted-\(link)")
                #expect(!fileExists("\(victim)/planted-\(link)"))
                #expect(try await docker.must("exec", "trap", "cat", "\(victim)/planted-\(link)") == "x")
            }
            for link in ["magic", "cwd", "loop"] {
                #expect(try await docker("cp", "\(victim)/mine", "trap:/w/\(link)/x").code == 1)
                #expect(try await docker("cp", "trap:/w/\(link)/etc/shadow", "-").code == 1)
            }
            // An archive that brings the link along.
            try await shellMust(
                "cd \(victim) && mkdir -p a b/link && ln -s \(victim) a/link && echo x > b/link/f && tar -C a -cf t.tar link && tar -C b -rf t.tar link/f"
            )
            _ = try await docker.run(["cp", "-", "trap:/w"], input: try readFile("\(victim)/t.tar"))
            #expect(!fileExists("\(victim)/f"))
            try await docker.must("rm", "-f", "trap")
        }

        @Test("that swaps directories and links meanwhile gets nothing past its root")
        func swaps() async throws {
            let victim = try makeVictim()
            defer { try? removeTree(victim) }
            try await shellMust(
                "mkdir \(victim)/aim && echo host > \(victim)/aim/secret && mkdir \(victim)/src && for i in $(seq 20); do echo x > \(victim)/src/f$i; done"
            )
            // Inside, the same path holds other words: what comes out must be those, or nothing.
            try await docker.must(
                "run", "-d", "--name", "swap", "--net", "none", "busybox", "sh", "-c",
                "mkdir -p \(victim)/aim /w/real; echo inside > \(victim)/aim/secret; echo inside > /w/real/secret; cd /w; echo ready;"
                    + " while :; do ln -s \(victim)/aim d; rm d; mkdir d; echo inside > d/secret; rm -r d; ln -s ../../../../..\(victim)/aim d; rm d;"
                    + " mkfifo d; rm d; done 2>/dev/null")
            #expect(try await eventually { try await docker.must("logs", "swap") == "ready" })
            for round in 0..<25 {
                _ = try await docker("cp", "\(victim)/src", "swap:/w/d/in\(round)", timeout: .seconds(20))
                _ = try await docker("cp", "\(victim)/src/f1", "swap:/w/d/secret", timeout: .seconds(20))
                let out = try await docker("cp", "swap:/w/d/secret", "-", timeout: .seconds(20))
                #expect(!out.stdout.contains("host"))
                let tree = try await docker("cp", "swap:/w", "-", timeout: .seconds(20))
                #expect(!tree.stdout.contains("host") && !tree.timedOut)
            }
            #expect(
                try await shell("ls \(victim)/aim; cat \(victim)/aim/secret").lines == ["secret", "host"])
            try await docker.must("rm", "-f", "swap")
        }

        @Test("does not wait for its pipes and devices")
        func pipes() async throws {
            try await docker.must(
                "run", "-d", "--name", "pipes", "--net", "none", "busybox", "sh", "-c",
                "mkdir /p; mkfifo /p/fifo; mknod /p/tty c 5 0; rm /etc/passwd; mkfifo /etc/passwd; echo ready; sleep 1000"
            )
            #expect(try await eventually { try await docker.must("logs", "pipes") == "ready" })
            let out = try await docker("cp", "pipes:/p", "-", timeout: .seconds(20))
            #expect(out.code == 0 && out.stdout.contains("p/fifo"))
            let named = try await docker.run(["cp", "-", "pipes:/p/fifo"], timeout: .seconds(20))
            #expect(named.code == 1 && !named.timedOut)
            try await docker.must("rm", "-f", "pipes")
        }

        @Test("whose client is killed leaves no process, no mount and a container that goes on")
        func killedClients() async throws {
            let daemon = try #require(Engine.shared().daemon)
            try await docker.must(
                "run", "-d", "--name", "left", "--net", "none", "-v", "/vol", "busybox", "sh", "-c",
                "head -c 60000000 /dev/zero > /vol/big; echo ready; sleep 1000")
            #expect(try await eventually { try await docker.must("logs", "left") == "ready" })
            let before = try await descriptors(of: daemon)
            for state in ["running", "stopped"] {
                // A reader that takes nothing, and a writer that sends nothing.
                let reader = try await shell(
                    "DOCKER_HOST=\(docker.host) timeout -s KILL 1 \(docker.kind.path ?? "") cp left:/vol/big - | sleep 2"
                )
                #expect(!reader.timedOut)
                let writer = try docker.live("cp", "-", "left:/vol", terminal: false)
                #expect(
                    try await eventually {
                        let open = try await shell("ls -l /proc/\(daemon.pid ?? 0)/fd | grep -c 'mnt:'")
                        return open.output != "0" || state.isEmpty
                    })
                writer.kill()
                #expect(try await eventually { try await descriptors(of: daemon) <= before + 2 }, "\(state)")
                #expect(try await shell("pgrep -f 'berth-runtime vie[w]'").output.isEmpty)
                if state == "running" { try await docker.must("stop", "-t", "0", "left") }
            }
            try await docker.must("start", "left")
            #expect(try await docker.must("exec", "left", "echo", "alive") == "alive")
            try await docker.must("rm", "-f", "-v", "left")
        }

        private func descriptors(of daemon: Daemon) async throws -> Int {
            try listDirectory("/proc/\(daemon.pid ?? 0)/fd").count
        }

        @Test("of 200 MB does not make the daemon larger")
        func memory() async throws {
            let daemon = try #require(Engine.shared().daemon)
            let scratch = try Scratch("big")
            defer { scratch.remove() }
            try await shellMust("head -c 200000000 /dev/zero > \(scratch.path)/big")
            try await docker.must("create", "--name", "large", "busybox", "true")
            try await docker.must("cp", "\(scratch.path)/big", "large:/tmp/first")
            let before = try await resident(daemon)
            for _ in 0..<3 {
                try await docker.must("cp", "\(scratch.path)/big", "large:/tmp/big")
                try await docker.must("cp", "large:/tmp/big", "\(scratch.path)/back")
            }
            let after = try await resident(daemon)
            #expect(after < before + 32 << 10, "from \(before) to \(after) kB")
            #expect(try await shell("cmp \(scratch.path)/big \(scratch.path)/back").code == 0)
            try await docker.must("rm", "large")
        }

        private func resident(_ daemon: Daemon) async throws -> Int {
            let line = try await shellMust("grep VmRSS /proc/\(daemon.pid ?? 0)/status")
            return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
        }
    }
}
