import AsyncPrimitives
import DockerAPI
import HTTPServer
import Synchronization
import TestSupport
import Testing

@Suite("Streams and taken-over connections", .timeLimit(.minutes(2)), .serialized)
struct StreamTests {
    @Test("An attach echoes both ways, and the client's end of input leaves the output open")
    func halfClose() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send(
                "POST /containers/c1/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: d\r\n"
                    + "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
            let head = try await client.receive(through: "\r\n\r\n")
            #expect(
                head.hasPrefix(
                    "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                ))
            await client.send("hello")
            #expect(try await client.receive(through: "hello") == "\u{1}\0\0\0\0\0\0\u{5}hello")
            client.endInput()
            #expect(try await client.receiveAll() == "\u{1}\0\0\0\0\0\0\u{3}end")
            let session = try #require(server.engine.session.withLock { $0 })
            #expect(try await session.closed.value())
        }
    }

    @Test("Bytes sent together with the request belong to the stream")
    func earlyInput() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send(
                "POST /exec/tty/start HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                    + "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 12\r\n\r\n{\"Tty\":true}early")
            client.endInput()
            let all = try await client.receiveAll()
            #expect(all.contains("Content-Type: application/vnd.docker.raw-stream"))
            #expect(all.hasSuffix("\r\n\r\nearlyend"))
        }
    }

    @Test("Without an upgrade the stream follows a bare 200; before 1.42 its type is raw")
    func bareHijack() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send("POST /containers/c1/attach?stream=1&stdin=1 HTTP/1.1\r\nHost: d\r\n\r\n")
            client.endInput()
            let all = try await client.receiveAll()
            #expect(all.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n"))
            #expect(!all.lowercased().contains("content-length") && !all.lowercased().contains("chunked"))
            let old = try RawClient(server.path)
            await old.send(
                "POST /v1.41/containers/c1/attach HTTP/1.1\r\nHost: d\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n"
            )
            #expect(try await old.receive(through: "\r\n\r\n").contains("raw-stream"))
        }
    }

    @Test("Ten megabytes pass through a taken-over connection unharmed, however slowly they are read")
    func volume() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send("POST /exec/tty/start HTTP/1.1\r\nHost: d\r\nUpgrade: tcp\r\n\r\n")
            _ = try await client.receive(through: "\r\n\r\n")
            let total = 10 << 20
            async let sent: Void = {
                let chunk = (0..<(1 << 16)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                for _ in 0..<(total >> 16) { await client.send(chunk) }
                client.endInput()
            }()
            var received = 0
            var sum = 0
            while let bytes = await client.receive(), !bytes.isEmpty {
                for byte in bytes where received < total {
                    sum &+= Int(byte) &* (received & 0xFFFF)
                    received += 1
                }
            }
            await sent
            #expect(received == total)
            var one = 0
            for index in 0..<(1 << 16) { one &+= Int(UInt8(truncatingIfNeeded: index &* 31)) &* index }
            #expect(sum == one &* (total >> 16))
        }
    }

    @Test("A client that hangs up ends its session")
    func hangUp() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send(
                "POST /containers/c1/attach?stream=1 HTTP/1.1\r\nHost: d\r\nUpgrade: tcp\r\n\r\n")
            _ = try await client.receive(through: "\r\n\r\n")
            let session = try #require(server.engine.session.withLock { $0 })
            client.hangUp()
            #expect(try await session.closed.value())
            #expect(try await eventually { server.server.connectionCount == 0 })
        }
    }

    @Test("The failure of an exec is read in its stream")
    func execFails() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send("POST /exec/fails/start HTTP/1.1\r\nHost: d\r\nUpgrade: tcp\r\n\r\n")
            let all = try await client.receiveAll()
            #expect(all.hasPrefix("HTTP/1.1 101 UPGRADED"))
            #expect(all.hasSuffix("exec: \"nosuch\": executable file not found in $PATH\r\n"))
        }
    }

    @Test("Following logs is stopped by back-pressure, and by the client's leaving")
    func logs() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            let before = EndlessOutput.open.withLock { $0 }
            await client.send("GET /containers/c1/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: d\r\n\r\n")
            let head = try await client.receive(through: "aaaa")
            #expect(head.contains("application/vnd.docker.multiplexed-stream"))
            // Nobody reads now: the producer must come to rest.
            var produced = -1
            #expect(
                try await eventually {
                    let now = EndlessOutput.produced.withLock { $0 }
                    defer { produced = now }
                    try await Task.sleep(for: .milliseconds(100))
                    return now == produced
                })
            #expect(EndlessOutput.open.withLock { $0 } == before + 1)
            client.hangUp()
            #expect(try await eventually { EndlessOutput.open.withLock { $0 } == before })
        }
    }

    @Test("Logs that end leave the connection for the next request")
    func finiteLogs() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send("GET /containers/c1/logs?stdout=1 HTTP/1.1\r\nHost: d\r\n\r\n")
            let answer = try await client.response()
            #expect(answer.head.contains("Transfer-Encoding: chunked"))
            #expect(answer.body.hasPrefix("4000\r\naaaa"))
            await client.send("GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n")
            #expect(try await client.response().body == "OK")
            let old = try RawClient(server.path)
            await old.send("GET /containers/c1/logs?stdout=1 HTTP/1.0\r\n\r\n")
            let plain = try await old.receiveAll()
            #expect(!plain.contains("chunked") && plain.hasSuffix("aaaa"))
        }
    }

    @Test("The head of a wait comes at once, its body with the exit")
    func wait() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send(
                "POST /containers/c1/wait?condition=next-exit HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n"
            )
            let head = try await client.receive(through: "\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 200 OK") && head.hasSuffix("\r\n\r\n"))
            #expect(server.engine.calls.withLock { $0 } == ["wait next-exit"])
            server.engine.exit.set(7)
            #expect(try await client.receive(through: "0\r\n\r\n").contains(#"{"StatusCode":7}"#))
        }
    }

    @Test("A waiting client that leaves is forgotten")
    func waitGone() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send("POST /containers/c1/wait HTTP/1.1\r\nHost: d\r\n\r\n")
            _ = try await client.receive(through: "\r\n\r\n")
            client.hangUp()
            #expect(try await eventually { server.server.connectionCount == 0 })
        }
    }

    @Test("Events come one a line, each at once, and end when the client leaves")
    func events() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send("GET /events HTTP/1.1\r\nHost: d\r\n\r\n")
            let text = try await client.receive(through: #""ID":"c3""#)
            #expect(
                text.contains(
                    "{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"c1\",\"Attributes\":{}}}\n\r\n"
                ))
            client.endInput()
            #expect(try await eventually { server.engine.eventStops.withLock { $0 } == 1 })
        }
    }

    @Test("An import that fails late says so in its last line")
    func lateFailure() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send(
                "POST /images/create?fromSrc=-&repo=late HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n")
            let answer = try await client.response()
            #expect(answer.body.contains("{\"status\":\"sha256:ab\"}\r\n"))
            #expect(
                answer.body.contains(
                    "{\"errorDetail\":{\"message\":\"disk full\"},\"error\":\"disk full\"}\r\n"))
        }
    }
}
