import HTTPServer
import Logging
import Testing

@Suite("A real unix socket", .timeLimit(.minutes(2)))
struct ConnectionTests {
    @Test("A thousand requests go over one connection")
    func sequential() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            let start = ContinuousClock.now
            for _ in 0..<1000 {
                await client.send("GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n")
                let answer = try await client.response()
                #expect(answer.head.hasPrefix("HTTP/1.1 200 OK"))
                #expect(answer.body == "OK")
            }
            let each = (ContinuousClock.now - start) / 1000
            print("one request and its answer: \(each)")
            #expect(server.server.connectionCount == 1)
        }
    }

    @Test("Pipelined requests are answered in order")
    func pipelined() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send(
                "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\nGET /version HTTP/1.1\r\nHost: d\r\n\r\n"
                    + "GET /nope HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n")
            let all = try await client.receiveAll()
            let parts = all.split(separator: "HTTP/1.1 ")
            #expect(parts.count == 3)
            #expect(parts[0].hasPrefix("200") && parts[1].contains("28.5.2") && parts[2].hasPrefix("404"))
            #expect(parts[2].contains("Connection: close"))
        }
    }

    @Test("HEAD has the head of GET and nothing after it")
    func head() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send("HEAD /_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n")
            let all = try await client.receiveAll()
            #expect(all.hasPrefix("HTTP/1.1 200 OK\r\n") && all.hasSuffix("\r\n\r\n"))
        }
    }

    @Test(
        "What is not HTTP is refused, and the connection closed",
        arguments: [
            ("GARBAGE\r\n\r\n", "400"), ("GET /info\r\n\r\n", "400"), ("GET /info HTTP/1.1\r\n\r\n", "400"),
            ("GET /info HTTP/2.0\r\nHost: d\r\n\r\n", "505"), ("GET info HTTP/1.1\r\nHost: d\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: d\r\nHost: e\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: d\r\nbad header\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost : d\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: d\r\nX: a\u{1}b\r\n\r\n", "400"),
            ("POST / HTTP/1.1\r\nHost: d\r\nContent-Length: -1\r\n\r\n", "400"),
            ("POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"),
            ("POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400"),
            ("POST / HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: gzip\r\n\r\n", "501"),
        ])
    func malformed(_ sample: (text: String, status: String)) async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send(sample.text)
            let all = try await client.receiveAll()
            #expect(all.hasPrefix("HTTP/1.1 \(sample.status) "))
            #expect(all.components(of: "HTTP/1.1 ") == 1)
        }
    }

    @Test("A header beyond its limit is refused")
    func hugeHeader() async throws {
        var limits = HTTPLimits()
        limits.headBytes = 16 << 10
        try await withServer(limits: limits) { server in
            let client = try RawClient(server.path)
            let line = "X: \(String(repeating: "a", count: 64 << 10))\r\n"
            await client.send("GET /_ping HTTP/1.1\r\nHost: d\r\n\(line)")
            #expect(try await client.receiveAll().hasPrefix("HTTP/1.1 431 "))
            let other = try RawClient(server.path)
            await other.send("GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n")
            #expect(try await other.response().body == "OK", "the next client is served")
        }
    }

    @Test("A head that comes byte by byte is read, one that never ends is cut off")
    func slowClient() async throws {
        var limits = HTTPLimits()
        limits.headSeconds = 5
        try await withServer(limits: limits) { server in
            let client = try RawClient(server.path)
            for byte in "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n".utf8 { await client.send([byte]) }
            #expect(try await client.response().body == "OK")
            await client.send("GET /_pi")
            #expect(try await client.receiveAll() == "")
        }
    }

    @Test("A refusal waits for a short body that nobody wanted, as Go's clients want it, but not for ever")
    func unwantedBody() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send("POST /nope HTTP/1.1\r\nHost: d\r\nContent-Length: 4\r\n\r\nab")
            try await Task.sleep(for: .milliseconds(300))
            let start = ContinuousClock.now
            await client.send("cd")
            #expect(try await client.response().head.hasPrefix("HTTP/1.1 404"))
            #expect(ContinuousClock.now - start < .seconds(1))
            await client.send("GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n")
            #expect(try await client.response().body == "OK", "the connection is good for more")

            let silent = try RawClient(server.path)
            await silent.send("POST /nope HTTP/1.1\r\nHost: d\r\nContent-Length: 4\r\n\r\nab")
            #expect(try await silent.response().head.hasPrefix("HTTP/1.1 404"), "after some seconds")
            let patient = try RawClient(server.path)
            await patient.send(
                "POST /nope HTTP/1.1\r\nHost: d\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
            let asked = ContinuousClock.now
            #expect(try await patient.response().head.hasPrefix("HTTP/1.1 404"))
            #expect(ContinuousClock.now - asked < .seconds(1), "a client that asks first sends nothing")
        }
    }

    @Test("A body comes with a length or in chunks, in any pieces")
    func bodies() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            let body = #"{"Image":"busybox"}"#
            let head = "POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
            await client.send(head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
            #expect(try await client.response().head.hasPrefix("HTTP/1.1 201"))
            await client.send(head + "Transfer-Encoding: chunked\r\n\r\n")
            for byte in body.utf8 { await client.send("1;ext=x\r\n\(Character(Unicode.Scalar(byte)))\r\n") }
            await client.send("0\r\nTrailer: x\r\n\r\n")
            #expect(try await client.response().head.hasPrefix("HTTP/1.1 201"))
            await client.send(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n")
            let answer = try await client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 400") && answer.contains("malformed chunk size"))
        }
    }

    @Test("A client that expects to be told to go on is told so when its body is wanted")
    func expectContinue() async throws {
        try await withServer { server in
            let body = #"{"Image":"busybox"}"#
            let client = try RawClient(server.path)
            await client.send(
                "POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                    + "Expect: 100-continue\r\nContent-Length: \(body.utf8.count)\r\n\r\n")
            #expect(try await client.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            await client.send(body)
            #expect(try await client.response().head.hasPrefix("HTTP/1.1 201"))
            await client.send(
                "POST /nope HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            let refused = try await client.receiveAll()
            #expect(refused.hasPrefix("HTTP/1.1 404") && refused.contains("Connection: close"))
        }
    }

    @Test("An answer before the end of a large body is read by its sender")
    func earlyAnswer() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send("POST /nope HTTP/1.1\r\nHost: d\r\nContent-Length: 10000000\r\n\r\n")
            await client.send([UInt8](repeating: 0x61, count: 1 << 20))
            #expect(try await client.receiveAll().contains("page not found"))
        }
    }

    @Test("An upload is streamed through, with back-pressure")
    func upload() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            let size = 64 << 20
            await client.send(
                "POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\n"
                    + "Content-Length: \(size)\r\n\r\n")
            let chunk = [UInt8](repeating: 0x7A, count: 1 << 20)
            for _ in 0..<64 { #expect(await client.send(chunk)) }
            let answer = try await client.response()
            #expect(answer.body.contains(#"{"stream":"Loaded 67108864 bytes\n"}"#))
            await client.send("GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n")
            #expect(try await client.response().body == "OK", "the connection goes on")
        }
    }

    @Test("An upload that breaks off is an error to the engine")
    func brokenUpload() async throws {
        try await withServer { server in
            let client = try RawClient(server.path)
            await client.send(
                "POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 1000\r\n\r\nabc")
            client.endInput()
            let answer = try await client.receiveAll()
            #expect(
                answer.contains("the client has closed the connection") || answer.isEmpty
                    || answer.contains("200"))
        }
    }

    @Test("Shutdown ends idle connections and endless streams")
    func shutdown() async throws {
        let server = try await TestServer()
        let idle = try RawClient(server.path)
        await idle.send("GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n")
        _ = try await idle.response()
        let events = try RawClient(server.path)
        await events.send("GET /events HTTP/1.1\r\nHost: d\r\n\r\n")
        _ = try await events.receive(through: #""ID":"c3""#)
        let start = ContinuousClock.now
        await server.stop()
        #expect(ContinuousClock.now - start < .seconds(3))
        #expect(try await idle.receiveAll() == "")
        _ = try await events.receiveAll()
    }

    @Test("A socket in use is not taken over; a stale one is")
    func staleSocket() async throws {
        let first = try await TestServer()
        let second = HTTPServer(logger: .init(label: "test")) { _ in HTTPResponse(status: 200) }
        await #expect(throws: HTTPServerError.self) { try await second.listen(on: .unix(path: first.path)) }
        await first.server.shutdown(grace: .zero)
        try await second.listen(on: .unix(path: first.path))
        let client = try RawClient(first.path)
        await client.send("GET / HTTP/1.0\r\n\r\n")
        #expect(try await client.receiveAll().hasPrefix("HTTP/1.1 200"))
        await second.shutdown(grace: .zero)
        await first.stop()
    }

    @Test("TCP works as well")
    func tcp() async throws {
        let server = HTTPServer(logger: .init(label: "test")) { _ in HTTPResponse(status: 204) }
        let address = try await server.listen(on: .tcp(host: "127.0.0.1", port: 0))
        #expect(address.hasPrefix("tcp://127.0.0.1:") && address != "tcp://127.0.0.1:0")
        await #expect(throws: HTTPServerError.self) {
            try await server.listen(
                on: .tcp(host: "127.0.0.1", port: Int(address.split(separator: ":")[2]) ?? 0))
        }
        await server.shutdown(grace: .zero)
    }
}

extension String {
    func components(of separator: String) -> Int { split(separator: separator).count }
}
