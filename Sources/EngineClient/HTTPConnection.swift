internal import Linux

/// One connection to the engine, with what was received and not yet used.
final class HTTPConnection {
    private let descriptor: SharedDescriptor
    private var program: RunningProgram?
    private var buffer: [UInt8] = []
    private var start = 0
    private var pipe: SplicePipe?
    /// What follows is for ``move(upTo:to:)``: as little as possible of it is received into the buffer.
    private var isMoving = false

    /// About the length of the line between two chunks of a body: an end, a size, an end.
    private static let chunkLineBytes = 9

    /// How many requests it has carried.
    var requests = 0

    init(to endpoint: Endpoint) throws {
        switch endpoint.address {
        case .program(let program):
            let running = try RunningProgram(program)
            (descriptor, self.program) = (running.socket, running)
            if program.greets { try awaitGreeting(endpoint) }
        case .unix(let path):
            descriptor = try Self.reach(endpoint) { () throws(SystemError) in
                try connectUnix(path, kind: .stream)
            }
            widenSendBuffer(descriptor.rawValue, sizeBytes: 1 << 20)
        case .tcp(let host, let port):
            let found = Self.addresses(of: host)
            if found.isEmpty {
                throw EngineClientError.invalidHost(
                    "lookup \(host): no such host in /etc/hosts, and names are not asked for")
            }
            descriptor = try Self.reach(endpoint) { () throws(SystemError) in
                for address in found.dropLast() {
                    if let connection = try? connectTCP(address, port: port) { return connection }
                }
                return try connectTCP(found[found.count - 1], port: port)
            }
        }
    }

    private static func reach(
        _ endpoint: Endpoint, _ connect: () throws(SystemError) -> OwnedDescriptor
    ) throws -> SharedDescriptor {
        do throws(SystemError) { return SharedDescriptor(try connect()) } catch {
            if error.code == .access || error.code == .notPermitted {
                throw EngineClientError.permissionDenied(endpoint.description)
            }
            throw EngineClientError.cannotConnect(endpoint.description)
        }
    }

    /// The numeric addresses of `host`: a static program has no resolver beside /etc/hosts.
    private static func addresses(of host: String) -> [String] {
        let isNumeric = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
        if isNumeric { return [host] }
        var found: [String] = []
        for line in ((try? readText("/etc/hosts")) ?? "").split(separator: "\n") {
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            if words.dropFirst().contains(where: { $0 == host }) { found.append(String(words[0])) }
        }
        return found.isEmpty && host == "localhost" ? ["127.0.0.1", "::1"] : found
    }

    var rawValue: Int32 { descriptor.rawValue }

    /// Waits until the program says that it has reached the engine.
    private func awaitGreeting(_ endpoint: Endpoint) throws {
        let words = try line()
        if words == "ok" { return }
        if words == "unreachable" { throw EngineClientError.cannotConnect(endpoint.description) }
        let reason = words.hasPrefix("error ") ? String(words.dropFirst(6)) : words
        throw EngineClientError.transport("error during connect: \(reason)")
    }

    /// Why the program that carries the connection has ended, if it is what broke it.
    var programFailure: String? { program?.failure() }

    func send(_ bytes: [UInt8]) throws {
        isMoving = false
        do throws(SystemError) { try sendAll(rawValue, bytes) } catch {
            // A program that has ended tells why when its answer is waited for.
            if program != nil, error.code == .brokenPipe { return }
            throw EngineClientError.transport("error during connect: \(error)")
        }
    }

    /// Bytes that were received together with something before them.
    var hasBuffered: Bool { start < buffer.count }

    /// Takes what is buffered, or else waits for more; nil at the end of the connection.
    func receive(atMost limit: Int = Int.max) throws -> [UInt8]? {
        if !hasBuffered, try !fill() { return nil }
        let end = min(buffer.count, limit == Int.max ? buffer.count : start + limit)
        let bytes = Array(buffer[start..<end])
        skip(end - start)
        return bytes
    }

    /// Fills `buffer` with what there is, waiting for the first byte; 0 at the end of the connection.
    func receive(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        isMoving = false
        if hasBuffered {
            let count = min(buffer.count, self.buffer.count - start)
            buffer.copyBytes(from: self.buffer[start..<start + count])
            skip(count)
            return count
        }
        do throws(SystemError) { return try readBytes(rawValue, into: buffer) } catch {
            if error.code == .connectionReset { return 0 }
            throw EngineClientError.transport("error during connect: \(error)")
        }
    }

    /// Writes what is buffered, or else what comes, to `file`, and returns how many bytes; 0 at the end of the connection,
    /// nil where the two cannot be connected, and nothing was done.
    func move(upTo limit: Int, to file: Int32) throws -> Int? {
        if hasBuffered {
            let count = min(limit, buffer.count - start)
            try buffer.withUnsafeBytes {
                try writeAll(file, UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
            }
            skip(count)
            return count
        }
        do throws(SystemError) {
            let pipe = if let pipe { pipe } else { try SplicePipe() }
            self.pipe = pipe
            let count = try pipe.move(from: rawValue, to: file, upTo: limit)
            isMoving = true
            return count
        } catch {
            isMoving = false
            if error.code == .invalid { return nil }
            if error.code == .connectionReset { return 0 }
            throw error
        }
    }

    /// Takes `count` bytes off the buffer's front.
    private func skip(_ count: Int) {
        start += count
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            start = 0
        }
    }

    /// Receives more into the buffer; false at the end of the connection.
    private func fill() throws -> Bool {
        let received: [UInt8]
        do {
            let descriptor = rawValue
            // What is not received is not touched either: sixteen pages less to ask the kernel for.
            let wanted = isMoving ? Self.chunkLineBytes : 65536
            received = try [UInt8](unsafeUninitializedCapacity: wanted) { raw, count in
                count = try readBytes(
                    descriptor,
                    into: UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(raw)[..<wanted]))
            }
        } catch let error as SystemError {
            if error.code == .connectionReset { return false }
            throw EngineClientError.transport("error during connect: \(error)")
        }
        if received.isEmpty { return false }
        if buffer.isEmpty { buffer = received } else { buffer += received }
        return true
    }

    /// The next line without its ending.
    func line() throws -> String {
        var scanned = start
        while true {
            if let end = buffer[scanned...].firstIndex(of: 10) {
                var text = buffer[start..<end]
                if text.last == 13 { text.removeLast() }
                let line = String(decoding: text, as: UTF8.self)
                skip(end + 1 - start)
                return line
            }
            scanned = buffer.count
            if buffer.count - start > 65536 {
                throw EngineClientError.transport("the server's header is too long")
            }
            if try !fill() {
                throw EngineClientError.transport("the server closed the connection: unexpected EOF")
            }
        }
    }
}
