import APIServer
import AsyncPrimitives
import Glibc
import HTTPServer
import Logging
import Testing

/// An API server with a fake engine behind it, on a unix socket of its own.
struct TestServer {
    let engine = FakeEngine()
    let server: HTTPServer
    let path: String

    init(limits: HTTPLimits = HTTPLimits()) async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let api = APIServer(EngineControls(engine), version: "0.0", logger: logger)
        server = HTTPServer(logger: logger, limits: limits) { await api.respond(to: $0) }
        path = "/dev/shm/berth-test-api-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
        try await server.listen(on: .unix(path: path, group: "docker"))
    }

    func stop() async {
        await server.shutdown(grace: .seconds(1))
        unlink(path)
    }
}

/// Runs `body` with a server, and ends the server whatever happens.
func withServer(limits: HTTPLimits = HTTPLimits(), _ body: (TestServer) async throws -> Void) async throws {
    let server = try await TestServer(limits: limits)
    do {
        try await body(server)
    } catch {
        await server.stop()
        throw error
    }
    await server.stop()
}

/// A client that sends the bytes it is told to; its blocking calls run off the cooperative pool.
final class RawClient: Sendable {
    private let descriptor: Int32
    private static let pool = BlockingPool(maximumThreads: 32)

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        try #require(result == 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }
    func endInput() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Sends everything, or stops where the server does not take more.
    @discardableResult
    func send(_ text: String) async -> Bool { await send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) async -> Bool {
        await Self.pool.run { [descriptor] in
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count <= 0 { return false }
                sent += count
            }
            return true
        }
    }

    /// What is there now, at most; empty at the end, nil if nothing comes for ten seconds.
    func receive() async -> [UInt8]? {
        await Self.pool.run { [descriptor] in
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            return count < 0 ? (errno == EAGAIN ? nil : []) : Array(buffer.prefix(count))
        }
    }

    /// Everything up to and including `text`.
    func receive(through text: String) async throws -> String {
        var all = ""
        while !all.contains(text) {
            let more = try #require(await receive(), "nothing came for ten seconds; so far: \(all)")
            if more.isEmpty { break }
            all += String(decoding: more, as: UTF8.self)
        }
        return all
    }

    /// Everything until the server closes.
    func receiveAll() async throws -> String {
        var all: [UInt8] = []
        while let more = await receive() {
            if more.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += more
        }
        Issue.record("the server did not close; so far: \(String(decoding: all, as: UTF8.self))")
        return ""
    }

    /// One answer with a Content-Length or chunks, from a connection that stays open.
    func response() async throws -> (head: String, body: String) {
        var all = ""
        while true {
            if let end = all.range(of: "\r\n\r\n") {
                let head = String(all[..<end.lowerBound])
                let body = String(all[end.upperBound...])
                let lower = head.lowercased()
                if let field = lower.split(separator: "\r\n").first(where: {
                    $0.hasPrefix("content-length: ")
                }) {
                    let length = Int(field.dropFirst("content-length: ".count)) ?? 0
                    if body.utf8.count >= length { return (head, body) }
                } else if lower.contains("transfer-encoding: chunked") {
                    if body.hasSuffix("0\r\n\r\n") { return (head, body) }
                } else {
                    return (head, body)
                }
            }
            let more = try #require(await receive(), "nothing came for ten seconds; so far: \(all)")
            if more.isEmpty { return (all, "") }
            all += String(decoding: more, as: UTF8.self)
        }
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<Index>? {
        let haystack = Array(utf8)
        let needle = Array(text.utf8)
        guard haystack.count >= needle.count else { return nil }
        for start in 0...(haystack.count - needle.count)
        where haystack[start..<start + needle.count].elementsEqual(needle) {
            let lower = utf8.index(startIndex, offsetBy: start)
            return lower..<utf8.index(lower, offsetBy: needle.count)
        }
        return nil
    }
}
