import Glibc
import Linux
import OCI
import SupervisorProtocol
import Testing

@Suite("Streams, terminals and execs", .serialized, .enabled(if: RuntimeHarness.obstacle == nil))
struct StreamTests {
    let harness: RuntimeHarness

    init() throws { harness = try RuntimeHarness() }

    @Test("Stdin reaches the program, and its end ends it")
    func stdin() throws {
        let streams = AttachStreams(stdin: true, stdout: true, stderr: true)
        let container = try harness.launch(harness.spec(["cat"]), attach: streams) {
            $0.openStdin = true
            $0.stdinOnce = true
        }
        #expect(try container.started())
        try writeAll(container.stream ?? -1, Array("hello\n".utf8))
        endWriting(container.stream ?? -1)
        let result = try container.finish()
        #expect(result.stdout == "hello\n")
        #expect(result.code == 0)
    }

    @Test("A large input and output pass unharmed")
    func large() throws {
        let streams = AttachStreams(stdin: true, stdout: true, stderr: true)
        let container = try harness.launch(
            harness.spec([
                "sh", "-c", "cat | wc -c; yes $(head -c 99 /dev/zero | tr '\\0' a) | head -c 3000000",
            ]), attach: streams
        ) {
            $0.openStdin = true
            $0.stdinOnce = true
            $0.log = LogOptions(path: $0.exitRecordPath + ".log")
        }
        let stream = container.stream ?? -1
        let chunk = [UInt8](repeating: 65, count: 100_000)
        for _ in 0..<20 { try writeAll(stream, chunk) }
        endWriting(stream)
        // The client reads late: the program is held back meanwhile, and nothing is lost.
        usleep(200_000)
        let result = try container.finish()
        #expect(result.stdout.hasPrefix("2000000\n"))
        #expect(result.stdout.utf8.count == 3_000_008)
        let log = try readText(container.folder + "/exit.log")
        #expect(log.split(separator: "\n").count == 30_001)
        #expect(log.hasPrefix("{\"log\":\"2000000\\n\",\"stream\":\"stdout\",\"time\":\""))
    }

    @Test("A client that hangs up is dropped, and the container goes on")
    func hangUp() throws {
        let container = try harness.launch(
            harness.spec(["sh", "-c", "i=0; while [ $i -lt 2000 ]; do echo $i; i=$((i+1)); done; exit 5"])
        ) {
            $0.log = LogOptions(path: $0.exitRecordPath + ".log")
        }
        if let stream = container.stream { close(stream) }
        container.stream = nil
        #expect(try container.exited()?.status.code == 5)
        #expect(try readText(container.folder + "/exit.log").split(separator: "\n").count == 2000)
    }

    @Test("Several clients see the same output; one that attaches later sees the rest")
    func clients() throws {
        let container = try harness.launch(harness.spec(["sh", "-c", "read x; echo got $x"])) {
            $0.openStdin = true
        }
        #expect(try container.started())
        let (ours, theirs) = try SocketPair(.stream).release()
        defer { close(ours) }
        _ = try container.ask([theirs]) { .attach(request: $0, AttachStreams(stdin: true, stdout: true)) }
        close(theirs)
        try writeAll(ours, Array("it\n".utf8))
        #expect(TestContainer.demultiplex(try TestContainer.readAll(ours)).stdout == "got it\n")
        #expect(try container.finish().stdout == "got it\n")
    }

    @Test("A terminal: raw output, a size that can change, /dev/console")
    func terminal() throws {
        var spec = harness.spec(
            ["sh", "-c", "tty; stty size; read x; stty size; ls -l /dev/console"], terminal: true)
        spec.process?.consoleSize = .init(height: 33, width: 101)
        let container = try harness.launch(
            spec, attach: AttachStreams(stdin: true, stdout: true, stderr: true)
        ) {
            $0.openStdin = true
        }
        #expect(try container.started(), "\(String(describing: container.failure))")
        usleep(100_000)
        let answer = try container.ask { .resize(request: $0, rows: 40, columns: 120, execID: nil) }
        if case .done? = answer {} else { Issue.record("\(String(describing: answer))") }
        try writeAll(container.stream ?? -1, Array("x\n".utf8))
        let text = String(decoding: try TestContainer.readAll(container.stream ?? -1), as: UTF8.self)
        #expect(text.hasPrefix("/dev/pts/0\r\n33 101\r\n"), "\(text)")
        #expect(text.contains("40 120\r\n"))
        #expect(text.contains("crw"))
        #expect(try container.exited()?.status.code == 0)
    }

    @Test("Execs: output, exit code, stdin, user, terminal, failures")
    func execs() throws {
        let container = try harness.launch(harness.spec(["sleep", "100"]))
        #expect(try container.started())
        let plain = try container.exec([
            "sh", "-c", "echo hi; echo no >&2; hostname; cat /proc/1/comm; exit 4",
        ])
        #expect(plain.stdout == "hi\nbox\nsleep\n", "\(plain)")
        #expect(plain.stderr == "no\n")
        #expect(plain.code == 4)
        #expect(try container.exec(["cat"], input: "abc").stdout == "abc")
        #expect(
            try container.exec(["id"], user: "alice").stdout
                == "uid=1000(alice) gid=1000(alice) groups=10(wheel),1000(alice)\n")
        #expect(try container.exec(["tty"], terminal: true).stdout == "/dev/pts/0\r\n")
        #expect(
            try container.exec(["sh", "-c", "cat /proc/self/cgroup"]).stdout.contains(
                "/berth-test/\(container.id)"))
        let missing = try container.exec(["nosuch"])
        #expect(missing.failure?.kind == .notFound)
        #expect(missing.failure?.message == "exec: \"nosuch\": executable file not found in $PATH")
        #expect(
            try container.exec(["true"], user: "foo").failure?.message
                == "unable to find user foo: no matching entries in passwd file")
        let astray = try container.exec(["true"], directory: "/nosuchdir").failure
        #expect(
            astray?.message
                == "chdir to cwd (\"/nosuchdir\") set in config.json failed: no such file or directory")
        #expect(astray?.kind == .notFound)
        #expect(astray?.stage == "exec")
        guard case .status(_, let status)? = try container.ask([], { .status(request: $0) }) else {
            Issue.record("no status")
            return
        }
        #expect(status.execs.isEmpty, "\(status.execs)")
        _ = try container.ask { .signal(request: $0, number: SIGKILL, toAll: false) }
        #expect(try container.exited()?.status.code == 137)
    }

    @Test("An exec ends with its container")
    func execEnds() throws {
        let container = try harness.launch(harness.spec(["sh", "-c", "sleep 0.3"]))
        #expect(try container.started())
        #expect(try container.exec(["sleep", "100"]).code == 137)
        #expect(try container.exited()?.status.code == 0)
    }
}
