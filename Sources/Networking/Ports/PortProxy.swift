internal import AsyncPrimitives
internal import Linux
internal import Logging
internal import Synchronization

/// Relays what reaches the sockets of published ports and that nftables did not send on: IPv6, and every path
/// that the rules do not cover.
///
/// One thread serves all ports of the daemon while there are any; without traffic it sleeps.
final class PortProxy: Sendable {
    /// Names one relayed port until it is stopped.
    typealias Token = UInt64

    enum Command: Sendable {
        case serve(Token, SharedDescriptor, InternetSocketKind, target: SocketAddress)
        case stop([Token], done: @Sendable () -> Void)
        case stopAll
    }

    private struct Inbox {
        var commands: [Command] = []
        var running = false
        var nextToken: Token = 1
    }

    private let inbox = Mutex(Inbox())
    private let wakeup: WakeupDescriptor
    private let pool = BlockingPool(maximumThreads: 1)
    private let access: HostAccess
    private let logger: Logger

    init(access: HostAccess, logger: Logger) throws {
        wakeup = try WakeupDescriptor()
        self.access = access
        self.logger = logger
    }

    /// Relays what comes to `listener`, a socket that is bound (a stream: listening), to `target`.
    func serve(_ listener: SharedDescriptor, _ kind: InternetSocketKind, target: SocketAddress) -> Token {
        let token = inbox.withLock { inbox in
            defer { inbox.nextToken += 1 }
            return inbox.nextToken
        }
        post(.serve(token, listener, kind, target: target))
        return token
    }

    /// Ends relays with all their connections; afterwards their sockets are nobody's but the caller's.
    func stop(_ tokens: [Token]) async {
        if tokens.isEmpty { return }
        await withCheckedContinuation { continuation in
            post(.stop(tokens) { continuation.resume() })
        }
    }

    /// Ends all relays.
    func stopAll() { post(.stopAll) }

    private func post(_ command: Command) {
        let start = inbox.withLock { inbox in
            inbox.commands.append(command)
            defer { inbox.running = true }
            return !inbox.running
        }
        if start { pool.submit { self.run() } } else { wakeup.signal() }
    }

    /// What has been asked for since the last call; nil, and the thread may end, if that is nothing and it is
    /// `idle`.
    private func takeCommands(idle: Bool) -> [Command]? {
        inbox.withLock { inbox in
            if inbox.commands.isEmpty && idle {
                inbox.running = false
                return nil
            }
            defer { inbox.commands = [] }
            return inbox.commands
        }
    }

    private func run() {
        do {
            let loop = try ProxyLoop(wakeup: wakeup.rawValue, access: access, logger: logger)
            while let commands = takeCommands(idle: loop.isIdle) {
                for command in commands { loop.obey(command) }
                commands.forEach(Self.finish)
                if loop.isIdle { continue }
                if try loop.turn() { wakeup.clear() }
            }
        } catch {
            logger.error("relay of published ports failed", metadata: ["error": "\(error)"])
            takeCommandsOfFailedThread().forEach(Self.finish)
        }
    }

    private func takeCommandsOfFailedThread() -> [Command] {
        inbox.withLock { inbox in
            inbox.running = false
            defer { inbox.commands = [] }
            return inbox.commands
        }
    }

    /// Tells who asked for a stop that it is done.
    private static func finish(_ command: Command) {
        if case .stop(_, let done) = command { done() }
    }
}
