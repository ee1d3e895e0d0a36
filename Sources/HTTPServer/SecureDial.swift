internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS

/// Connects a socket of this host with a TLS server: for clients that are too small to speak TLS themselves.
public struct SecureDial: Sendable {
    private let host: String
    private let port: Int
    private let authority: String?
    private let identity: (certificate: String, key: String)?
    private let verifies: Bool

    /// Paths of PEM files; without `verifies` any server will do.
    public init(
        host: String, port: Int, authority: String?, identity: (certificate: String, key: String)?,
        verifies: Bool
    ) {
        (self.host, self.port, self.authority) = (host, port, authority)
        (self.identity, self.verifies) = (identity, verifies)
    }

    /// Passes bytes between `descriptor`, a connected socket, and the server until both have ended.
    ///
    /// The first line that the socket gets is `ok` once the server is found to be the right one, or else `error` and
    /// the reason.
    public func relay(_ descriptor: Int32) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        defer { group.shutdownGracefully { _ in } }
        let loop = group.next()
        let near = try await ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false).channelOption(.allowRemoteHalfClosure, value: true)
            .withConnectedSocket(descriptor).get()
        func tell(_ line: String) async throws {
            try await near.writeAndFlush(ByteBuffer(string: line + "\n")).get()
        }
        let far: any Channel
        do { far = try await connect(loop) } catch {
            let isUnreachable = error is NIOConnectionError || error is IOError
            try? await tell(isUnreachable ? "unreachable" : "error \(Self.reason(error))")
            try? await near.close().get()
            return
        }
        try await tell("ok")
        try await near.pipeline.addHandler(Relay(to: far)).get()
        try await far.pipeline.addHandler(Relay(to: near)).get()
        near.read()
        far.read()
        try? await near.closeFuture.get()
        try? await far.closeFuture.get()
    }

    private func connect(_ loop: any EventLoop) async throws -> any Channel {
        let context = try NIOSSLContext(configuration: try configuration())
        let isName = host.contains { !"0123456789.:abcdefABCDEF".contains($0) }
        let shaken = loop.makePromise(of: Void.self)
        let host = self.host
        do {
            let channel = try await ClientBootstrap(group: loop)
                .channelOption(.autoRead, value: false).channelOption(.allowRemoteHalfClosure, value: true)
                .connectTimeout(.seconds(30))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let security = try NIOSSLClientHandler(
                            context: context, serverHostname: isName ? host : nil)
                        try channel.pipeline.syncOperations.addHandlers([security, Handshake(shaken)])
                    }
                }
                .connect(host: host, port: port).get()
            try await shaken.futureResult.get()
            return channel
        } catch {
            shaken.fail(error)
            throw error
        }
    }

    private func configuration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if !verifies { configuration.certificateVerification = .none }
        if let authority, verifies {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authority))
        }
        if let identity {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(identity.certificate).map {
                .certificate($0)
            }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem))
        }
        return configuration
    }

    private static func reason(_ error: any Error) -> String {
        let text = "\(error)".split(separator: "\n").joined(separator: " ")
        return text.contains("CERTIFICATE_VERIFY_FAILED")
            ? "tls: failed to verify certificate: \(text)" : text
    }
}

/// Waits for the end of the handshake, one way or the other.
private final class Handshake: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let done: EventLoopPromise<Void>
    private var isDone = false

    /// Nobody else reads before the handshake is over.
    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        if !isDone { context.read() }
    }

    init(_ done: EventLoopPromise<Void>) { self.done = done }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            isDone = true
            done.succeed()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        done.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        done.fail(HTTPServerError.clientGone)
        context.fireChannelInactive()
    }
}

/// Passes what comes on one channel on to another, no faster than that takes it.
private final class Relay: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    private let other: any Channel

    init(to other: any Channel) { self.other = other }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = context.channel
        other.writeAndFlush(unwrapInboundIn(data)).whenComplete { result in
            switch result {
            case .success: channel.read()
            case .failure: channel.close(promise: nil)
            }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            closeOther(.output)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        closeOther(.all)
        context.fireChannelInactive()
    }

    /// Ends the other side once it has taken all that came: a close of its own drops what is still to be written.
    private func closeOther(_ mode: CloseMode) {
        let other = other
        other.writeAndFlush(ByteBuffer()).whenComplete { _ in other.close(mode: mode, promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
