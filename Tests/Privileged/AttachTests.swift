internal import TestSupport
internal import Testing

extension OnARealKernel {
    @Suite("Talking to a container", .engine, .timeLimit(.minutes(2)))
    struct AttachTests {
        private let docker: Client

        init() throws { docker = try Engine.shared().client() }

        @Test("over a terminal: echo, size, an end by Control-D", arguments: ClientKind.available)
        func terminal(_ kind: ClientKind) async throws {
            let docker = try Engine.shared().client(kind)
            let session = try docker.live("run", "-it", "--rm", "busybox", "sh", terminal: true)
            #expect(try await session.prints("/ # "))
            try session.resize(columns: 100, rows: 30)
            session.signal(28)
            try await Task.sleep(for: .milliseconds(500))
            try session.type("stty size; echo term=$TERM; tty\n")
            #expect(try await session.prints("30 100"), "\(session.stdout)")
            #expect(try await session.prints("term=xterm"))
            #expect(try await session.prints("/dev/pts/0"))
            try session.type("exit 9\n")
            #expect(try await session.exitCode() == 9, "\(session.stdout)")
        }

        @Test("over a terminal: Control-C goes to the container", arguments: ClientKind.available)
        func interrupt(_ kind: ClientKind) async throws {
            let docker = try Engine.shared().client(kind)
            let session = try docker.live(
                "run", "-it", "--rm", "busybox", "sh", "-c",
                "trap 'echo caught; exit 8' INT; echo ready; while :; do sleep 0.1; done",
                terminal: true)
            #expect(try await session.prints("ready"))
            try session.type("\u{3}")
            #expect(try await session.exitCode() == 8, "\(session.stdout)")
            #expect(session.stdout.contains("caught"))
        }

        @Test("over a terminal: detach keys leave the container going", arguments: ClientKind.available)
        func detach(_ kind: ClientKind) async throws {
            let docker = try Engine.shared().client(kind)
            let session = try docker.live("run", "-it", "--name", "left", "busybox", "sh", terminal: true)
            #expect(try await session.prints("/ # "))
            try session.type("\u{10}\u{11}")
            #expect(try await session.exitCode() == 0)
            #expect(try await docker.must("inspect", "-f", "{{.State.Running}}", "left") == "true")
            let again = try docker.live("attach", "--detach-keys", "ctrl-x,x", "left", terminal: true)
            try again.type("\necho back-$((1+1))\n")
            #expect(try await again.prints("back-2"))
            try again.type("\u{18}x")
            #expect(try await again.exitCode() != nil)
            #expect(try await docker.must("inspect", "-f", "{{.State.Running}}", "left") == "true")
            try await docker.must("rm", "-f", "left")
        }

        @Test("signals that the client gets are passed on", arguments: ClientKind.available)
        func proxied(_ kind: ClientKind) async throws {
            let docker = try Engine.shared().client(kind)
            let session = try docker.live(
                "run", "--rm", "busybox", "sh", "-c",
                "trap 'echo got it; exit 6' TERM; echo ready; while :; do sleep 0.1; done")
            #expect(try await session.prints("ready"))
            session.signal(15)
            #expect(try await session.exitCode() == 6)
            #expect(session.stdout.contains("got it"))
        }

        @Test("several clients at once all hear it, and may all speak")
        func several() async throws {
            try await docker.must(
                "run", "-d", "-i", "--name", "party", "busybox", "sh", "-c",
                "while read l; do echo heard $l; done")
            let guests = try (0..<4).map { _ in try docker.live("attach", "party") }
            try await Task.sleep(for: .milliseconds(400))
            for (index, guest) in guests.enumerated() {
                try guest.type("from \(index)\n")
                for other in guests {
                    #expect(try await other.prints("heard from \(index)\n"), "\(other.stdout)\(other.stderr)")
                }
            }
            #expect(try await docker.must("logs", "party").split(separator: "\n").count == 4)
            try await docker.must("rm", "-f", "party")
            for guest in guests { #expect(try await guest.exitCode() != nil) }
        }

        @Test("a client that hangs up in the middle holds nothing up")
        func hangUp() async throws {
            let session = try docker.live(
                "run", "--name", "talker", "busybox", "sh", "-c",
                "i=0; while [ $i -lt 100000 ]; do echo line $i; i=$((i+1)); done; echo finished > /done; sleep 1000"
            )
            #expect(try await session.prints("line 100\n"))
            session.kill()
            #expect(
                try await eventually(within: .seconds(30)) {
                    try await docker("exec", "talker", "test", "-e", "/done").code == 0
                })
            #expect(try await docker.must("logs", "--tail", "1", "talker") == "line 99999")
            try await docker.must("rm", "-f", "talker")
        }

        @Test("closing standard input ends what reads it, and output still comes")
        func halfClose() async throws {
            let session = try docker.live(
                "run", "-i", "--rm", "busybox", "sh", "-c", "cat; sleep 0.3; echo after the end")
            try session.type("before\n")
            #expect(try await session.prints("before"))
            session.closeInput()
            #expect(try await session.exitCode() == 0)
            #expect(session.stdout == "before\nafter the end\n")
        }

        @Test("a megabyte goes through both ways unchanged", arguments: ClientKind.available)
        func throughput(_ kind: ClientKind) async throws {
            let docker = try Engine.shared().client(kind)
            let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: 33 + $0 % 90) }
            let result = try await docker.run(["run", "--rm", "-i", "busybox", "cat"], input: bytes)
            #expect(Array(result.stdout.utf8) == bytes)
            try await docker.must("run", "-d", "--name", "echo", "busybox", "sleep", "1000")
            #expect(
                Array(try await docker.run(["exec", "-i", "echo", "cat"], input: bytes).stdout.utf8) == bytes)
            try await docker.must("rm", "-f", "echo")
        }

        @Test("exec over a terminal", arguments: ClientKind.available)
        func execTerminal(_ kind: ClientKind) async throws {
            let docker = try Engine.shared().client(kind)
            try await docker.must("run", "-d", "--name", "host", "busybox", "sleep", "1000")
            let session = try docker.live("exec", "-it", "host", "sh", terminal: true)
            #expect(try await session.prints("/ # "))
            try session.type("tty; exit 5\n")
            #expect(try await session.exitCode() == 5, "\(session.stdout)")
            #expect(session.stdout.contains("/dev/pts/"))
            try await docker.must("rm", "-f", "host")
        }

        @Test("following the log shows new lines as they come, and ends with the container")
        func follow() async throws {
            try await docker.must(
                "run", "-d", "-i", "--name", "diary", "busybox", "sh", "-c", "while read l; do echo $l; done")
            let reader = try docker.live("logs", "-f", "diary")
            let writer = try docker.live("attach", "diary")
            try await Task.sleep(for: .milliseconds(300))
            for index in 0..<3 {
                try writer.type("entry \(index)\n")
                #expect(try await reader.prints("entry \(index)\n"))
            }
            try await docker.must("stop", "-t", "0", "diary")
            #expect(try await reader.exitCode() == 0)
            try await docker.must("rm", "diary")
        }

        @Test("over a WebSocket: both ways, in parts, with pings, to a clean end")
        func webSocket() async throws {
            try await docker.must("run", "-di", "--name", "echoing", "busybox", "cat")
            try await docker.must(
                "run", "-d", "--name", "said", "busybox", "sh", "-c", "echo out; sleep 0.2; echo err >&2")
            try await docker.must("wait", "said")
            let socket = try EngineAPI().socket
            let result = try await Command(
                "python3", ["\(sourceTree)/Tests/Python/websocket.py", socket, "echoing", "said"]
            ).run()
            #expect(result.stdout == "all well\n", "\(result)")
            for (headers, words) in [
                ("", "not websocket protocol"),
                ("-H 'Upgrade: websocket' -H 'Connection: Upgrade'", "mismatch challenge/response"),
            ] {
                let refused = try await shell(
                    "curl -s -w ' %{http_code}' \(headers) --unix-socket \(socket) 'http://localhost/containers/echoing/attach/ws?stream=1'"
                )
                #expect(refused.output == "\(words) 400")
            }
            #expect(try await docker.must("inspect", "-f", "{{.State.Running}}", "echoing") == "true")
            try await docker.must("rm", "-f", "echoing", "said")
        }
    }
}
