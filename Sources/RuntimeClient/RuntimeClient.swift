public import Linux
public import Logging
public import SupervisorProtocol

/// Starts containers through the launcher, and finds those again that an earlier daemon started.
public final class RuntimeClient: Sendable {
    private let launcher: Launcher
    let program: String
    private let logger: Logger

    /// A client that starts `program` (berth-runtime) as its launcher.
    public init(program: String, logger: Logger) {
        self.program = program
        launcher = Launcher(program: program, logger: logger)
        self.logger = logger
    }

    /// Starts the launcher ahead of the first container.
    public func warmUp() async throws { try await launcher.warmUp() }

    /// Ends the launcher; running containers stay.
    public func shutdown() async { await launcher.shutdown() }

    /// Starts the container's supervisor; ``SupervisedContainer/created()`` tells what came of it.
    ///
    /// - Parameters:
    ///   - seccomp: a file with the compiled filter, if `request` announces one.
    ///   - namespaces: one for each of the request's `joinedNamespaces`.
    ///   - streams: the far end of a socket pair for each of the request's `attachments`.
    public func launch(
        _ request: LaunchRequest, seccomp: SharedDescriptor?, namespaces: [SharedDescriptor] = [],
        streams: [SharedDescriptor] = []
    ) async throws -> SupervisedContainer {
        let (ours, theirs) = try SocketPair(.sequencedPackets).release()
        let far = SharedDescriptor(OwnedDescriptor(adopting: theirs))
        let connection = try AsyncDescriptor(OwnedDescriptor(adopting: ours))
        let container = SupervisedContainer(id: request.id, connection: connection, logger: logger)
        container.listen()
        do {
            var descriptors = [far]
            if let seccomp { descriptors.append(seccomp) }
            try await launcher.send(request, descriptors: descriptors + namespaces + streams)
        } catch {
            connection.close()
            throw error
        }
        return container
    }

    /// Connects to the supervisor of a container that runs already; nil if none listens in `stateDirectory`.
    public func adopt(id: String, stateDirectory: String) throws -> SupervisedContainer? {
        guard let socket = try connect(LaunchRequest.socketPath(stateDirectory: stateDirectory)) else {
            return nil
        }
        let container = SupervisedContainer(id: id, connection: socket, logger: logger)
        container.listen()
        return container
    }

    private func connect(_ path: String) throws -> AsyncDescriptor? {
        do {
            return try AsyncDescriptor(try connectUnix(path, kind: .sequencedPackets))
        } catch let error as SystemError where error.code == .noEntry || error.code == .connectionRefused {
            return nil
        }
    }
}
