internal import Linux
internal import Logging

/// The state of the relay's one thread: what it listens to, and who talks to whom.
///
/// Lives and dies on that thread.
final class ProxyLoop {
    /// One published port.
    final class Port {
        let listener: SharedDescriptor
        let kind: InternetSocketKind
        let target: SocketAddress
        let key: UInt64
        var paused = false
        var flows: Set<UInt64> = []
        var sessions: [SocketAddress: DatagramSession] = [:]

        init(_ listener: SharedDescriptor, _ kind: InternetSocketKind, _ target: SocketAddress, key: UInt64) {
            (self.listener, self.kind, self.target, self.key) = (listener, kind, target, key)
        }
    }

    /// What a key of the poll stands for.
    private enum Source {
        case port(Port)
        case side(StreamFlow, isClient: Bool)
        case session(DatagramSession, Port)
    }

    private let poll: EventPoll
    private let access: HostAccess
    private let logger: Logger
    private var ports: [PortProxy.Token: Port] = [:]
    private var sources: [UInt64: Source] = [:]
    private var nextKey: UInt64 = 1
    private var ready: [EventPoll.Ready] = []
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private let started = ContinuousClock.now
    private var seconds = 0
    private static let mostSessions = 4096
    private static let sessionSeconds = 90

    init(wakeup: Int32, access: HostAccess, logger: Logger) throws {
        poll = try EventPoll()
        try poll.add(wakeup, .readable, key: 0)
        self.access = access
        self.logger = logger
    }

    var isIdle: Bool { ports.isEmpty }

    func obey(_ command: PortProxy.Command) {
        switch command {
        case .serve(let token, let listener, let kind, let target):
            let port = Port(listener, kind, target, key: newKey())
            do {
                try poll.add(listener.rawValue, .readable, key: port.key)
                sources[port.key] = .port(port)
                ports[token] = port
            } catch {
                logger.error(
                    "published port is not relayed", metadata: ["target": "\(target)", "error": "\(error)"])
            }
        case .stop(let tokens, _):
            for token in tokens {
                if let port = ports.removeValue(forKey: token) { close(port) }
            }
        case .stopAll:
            for port in ports.values { close(port) }
            ports = [:]
        }
    }

    /// Waits for something to happen and sees to it; true if the thread was woken for its inbox.
    func turn() throws -> Bool {
        let timed = ports.values.contains { $0.paused || !$0.sessions.isEmpty }
        try poll.wait(timeoutMilliseconds: timed ? 1000 : -1, into: &ready)
        var woken = false
        if timed { tick() }
        for event in ready {
            if event.key == 0 {
                woken = true
                continue
            }
            switch sources[event.key] {
            case .port(let port): port.kind == .stream ? accept(port) : receive(port)
            case .side(let flow, let isClient): advance(flow, isClient: isClient, event.events)
            case .session(let session, let port): answer(session, port)
            case nil: break  // Closed by an earlier event of this turn.
            }
        }
        return woken
    }

    private func newKey() -> UInt64 {
        defer { nextKey += 1 }
        return nextKey
    }

    private func close(_ port: Port) {
        try? poll.remove(port.listener.rawValue)
        sources[port.key] = nil
        for key in port.flows {
            if case .side(let flow, _)? = sources[key] { close(flow) }
        }
        for session in port.sessions.values { sources[session.key] = nil }
        port.sessions = [:]
    }

    // MARK: streams

    private func accept(_ port: Port) {
        for _ in 0..<16 {
            let client: OwnedDescriptor
            do {
                client = try acceptNonBlocking(port.listener.rawValue)
            } catch let error where error.code == .again {
                return
            } catch {
                // Without a free descriptor the listener stays readable: look away for a second.
                try? poll.modify(port.listener.rawValue, [], key: port.key)
                port.paused = true
                return
            }
            do {
                let server = try access.within { () throws(SystemError) in
                    try connectInternet(port.target, kind: .stream)
                }
                let flow = StreamFlow(
                    client: client, clientKey: newKey(), server: server, serverKey: newKey(), port: port)
                sources[flow.client.key] = .side(flow, isClient: true)
                sources[flow.server.key] = .side(flow, isClient: false)
                port.flows.insert(flow.client.key)
                try poll.add(flow.client.descriptor.rawValue, [], key: flow.client.key)
                try poll.add(flow.server.descriptor.rawValue, .writable, key: flow.server.key)
            } catch {
                logger.debug(
                    "relay could not connect", metadata: ["target": "\(port.target)", "error": "\(error)"])
            }
        }
    }

    private func advance(_ flow: StreamFlow, isClient: Bool, _ events: EventPoll.Events) {
        guard flow.advance(isClient: isClient, events, buffer: &buffer) else { return close(flow) }
        for side in [flow.client, flow.server] {
            let wanted = flow.interest(of: side)
            if wanted == side.interest { continue }
            side.interest = wanted
            try? poll.modify(side.descriptor.rawValue, wanted, key: side.key)
        }
    }

    private func close(_ flow: StreamFlow) {
        // Closing the descriptors, when the last reference goes, takes them out of the poll.
        sources[flow.client.key] = nil
        sources[flow.server.key] = nil
        flow.port?.flows.remove(flow.client.key)
    }

    // MARK: datagrams

    private func receive(_ port: Port) {
        for _ in 0..<64 {
            do {
                let (count, client) = try buffer.withUnsafeMutableBytes { raw throws(SystemError) in
                    try receiveDatagram(port.listener.rawValue, into: raw)
                }
                guard let session = try session(of: client, at: port) else { continue }
                session.lastSeconds = seconds
                // A full or refusing container loses the datagram, as it would on the wire.
                try? writeAll(session.descriptor.rawValue, Array(buffer[..<count]))
            } catch let error as SystemError where error.code == .again {
                return
            } catch {
                logger.debug(
                    "datagram was not relayed", metadata: ["target": "\(port.target)", "error": "\(error)"])
                return
            }
        }
    }

    private func session(of client: SocketAddress, at port: Port) throws -> DatagramSession? {
        if let session = port.sessions[client] { return session }
        if port.sessions.count >= Self.mostSessions { return nil }
        let descriptor = try access.within { () throws(SystemError) in
            SharedDescriptor(try connectInternet(port.target, kind: .datagram))
        }
        let session = DatagramSession(descriptor, client: client, key: newKey(), seconds: seconds)
        try poll.add(descriptor.rawValue, .readable, key: session.key)
        sources[session.key] = .session(session, port)
        port.sessions[client] = session
        return session
    }

    private func answer(_ session: DatagramSession, _ port: Port) {
        for _ in 0..<64 {
            let outcome = buffer.withUnsafeMutableBytes { raw -> Bool in
                guard let count = try? readBytes(session.descriptor.rawValue, into: raw) else { return false }
                try? sendDatagram(
                    port.listener.rawValue, UnsafeRawBufferPointer(rebasing: raw[..<count]),
                    to: session.client)
                return true
            }
            if !outcome { return }
            session.lastSeconds = seconds
        }
    }

    /// Once a second: conversations that have fallen silent end, and listeners are looked at again.
    private func tick() {
        let now = Int((ContinuousClock.now - started).components.seconds)
        if now == seconds { return }
        seconds = now
        for port in ports.values {
            if port.paused {
                port.paused = false
                try? poll.modify(port.listener.rawValue, .readable, key: port.key)
            }
            for (client, session) in port.sessions where seconds - session.lastSeconds > Self.sessionSeconds {
                sources[session.key] = nil
                port.sessions[client] = nil
            }
        }
    }
}

/// The datagrams of one client.
final class DatagramSession {
    let descriptor: SharedDescriptor
    let client: SocketAddress
    let key: UInt64
    var lastSeconds: Int

    init(_ descriptor: SharedDescriptor, client: SocketAddress, key: UInt64, seconds: Int) {
        (self.descriptor, self.client, self.key, lastSeconds) = (descriptor, client, key, seconds)
    }
}
