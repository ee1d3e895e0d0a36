internal import AsyncPrimitives
internal import Linux
internal import Logging
internal import SupervisorProtocol

/// The launcher process: started by its first use, and again whenever it has gone.
actor Launcher {
    private let program: String
    private let logger: Logger
    private var connection: AsyncDescriptor?
    private var pid: Int32 = 0

    init(program: String, logger: Logger) {
        self.program = program
        self.logger = logger
    }

    /// Starts the launcher if it does not run.
    func warmUp() throws { _ = try connected() }

    /// Hands `request` to the launcher, with its descriptors.
    func send(_ request: LaunchRequest, descriptors: [SharedDescriptor]) async throws {
        let raw = descriptors.map(\.rawValue)
        for attempt in 0... {
            let connection = try connected()
            do {
                return try await connection.performWriting { socket in
                    try request.send(socket, descriptors: raw, wait: false)
                }
            } catch let error as SystemError
                where attempt == 0 && (error.code == .brokenPipe || error.code == .connectionReset)
            {
                // Another request may have replaced it while this one was waiting.
                guard connection === self.connection else { continue }
                logger.warning("launcher has gone, starting another", metadata: ["pid": "\(pid)"])
                forget()
            }
        }
    }

    /// Ends the launcher; the containers that it started go on.
    func shutdown() { forget() }

    private func connected() throws -> AsyncDescriptor {
        if let connection {
            if pid == 0 || (try? exitIfEnded(pid)) == .some(nil) { return connection }
            logger.warning("launcher ended", metadata: ["pid": "\(pid)"])
            pid = 0
            forget()
        }
        let (ours, theirs) = try SocketPair(.sequencedPackets).release()
        let own = OwnedDescriptor(adopting: ours)
        let other = OwnedDescriptor(adopting: theirs)
        pid = try startHelper(program, ["launcher"], socket: other.rawValue)
        let connection = try AsyncDescriptor(own)
        self.connection = connection
        logger.debug("launcher started", metadata: ["pid": "\(pid)"])
        return connection
    }

    private func forget() {
        connection?.close()
        connection = nil
        let ended = pid
        pid = 0
        if ended > 0 {
            Task { await BlockingPool.shared.run { _ = try? waitForExit(ended) } }
        }
    }
}
