internal import Glibc
public import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Answers HTTP/1.1 on any number of sockets; a handler gets each request as it comes in.
///
/// One event loop (or as many as asked for) reads and writes; the handlers run as tasks.
public final class HTTPServer: Sendable {
    private let core: ServerCore
    private let group: MultiThreadedEventLoopGroup
    private let listeners = Mutex<[any Channel]>([])

    public init(
        logger: Logger, threads: Int = 1, limits: HTTPLimits = HTTPLimits(),
        handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
    ) {
        core = ServerCore(handler: handler, limits: limits, logger: logger)
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    }

    /// Begins to listen; returns the address, with the port that the kernel chose if 0 was asked for.
    ///
    /// With `security`, clients have to speak TLS there. Throws ``HTTPServerError/address(_:)`` with the reason.
    @discardableResult
    public func listen(on address: ListenAddress, security: ServerSecurity? = nil) async throws -> String {
        let core = self.core
        let context = try security?.context()
        let isUnix = address.isUnixSocket
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            // An upload grows its reads to what a socket holds: each costs the handler's task and thread a wake-up.
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 2048, maximum: 256 << 10)
            )
            .childChannelInitializer { channel in
                if isUnix {
                    // Room for the client to read while the next piece is made; without the right to it, it stays as it is.
                    _ = channel.setOption(.socket(.init(SOL_SOCKET), SO_SNDBUFFORCE), value: 1 << 20)
                }
                return channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        HTTPConnection(core: core, channel: channel))
                }
            }
        let channel: any Channel
        do {
            let socket = try address.open()
            channel = try await bootstrap.withBoundSocket(socket).get()
        } catch let error as HTTPServerError {
            throw error
        } catch {
            throw HTTPServerError.address("listen on \"\(address)\": \(error)")
        }
        listeners.withLock { $0.append(channel) }
        if case .tcp(let host, _) = address, let port = channel.localAddress?.port {
            return "tcp://\(host):\(port)"
        }
        return "\(address)"
    }

    /// Takes no new connections, closes idle ones, cancels endless streams, and cuts off the rest after `grace`.
    public func shutdown(grace: Duration = .seconds(5)) async {
        let listening = listeners.withLock { listeners in
            defer { listeners = [] }
            return listeners
        }
        for listener in listening { try? await listener.close().get() }
        core.beginShutdown()
        for connection in core.connections {
            connection.closeIfIdle()
            connection.cancelStream()
        }
        let deadline = ContinuousClock.now + grace
        while !core.connections.isEmpty, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(5))
        }
        for connection in core.connections { connection.abort() }
        let last = ContinuousClock.now + .seconds(1)
        while core.hasTasks || !core.connections.isEmpty, ContinuousClock.now < last {
            try? await Task.sleep(for: .milliseconds(5))
        }
        core.stop()
        try? await group.shutdownGracefully()
    }

    /// How many clients are connected.
    public var connectionCount: Int { core.connections.count }
}

/// What the connections of one server share.
final class ServerCore: Sendable {
    let handler: @Sendable (HTTPRequest) async -> HTTPResponse
    let limits: HTTPLimits
    let logger: Logger

    private struct State {
        var connections: [ObjectIdentifier: HTTPConnection] = [:]
        var isShuttingDown = false
        var isStopped = false
        var tasks = 0
    }

    private let state = Mutex(State())

    init(
        handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse, limits: HTTPLimits, logger: Logger
    ) {
        self.handler = handler
        self.limits = limits
        self.logger = logger
    }

    var isShuttingDown: Bool { state.withLock { $0.isShuttingDown } }
    var connections: [HTTPConnection] { state.withLock { Array($0.connections.values) } }

    /// Whether the event loop takes nothing more.
    var isStopped: Bool { state.withLock { $0.isStopped } }
    var hasTasks: Bool { state.withLock { $0.tasks > 0 } }

    func taskBegan() { state.withLock { $0.tasks += 1 } }
    func taskEnded() { state.withLock { $0.tasks -= 1 } }
    func stop() { state.withLock { $0.isStopped = true } }
    func beginShutdown() { state.withLock { $0.isShuttingDown = true } }
    func opened(_ connection: HTTPConnection) {
        state.withLock { $0.connections[ObjectIdentifier(connection)] = connection }
    }
    func closed(_ connection: HTTPConnection) {
        state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
    }
}
