internal import AsyncPrimitives
public import Linux
public import SupervisorProtocol

/// A container's file tree in a mount namespace of its own; gone with this value.
///
/// Whatever is done below ``root`` must resolve paths within it (`openConfined`): the container chose its links.
public final class RootView: Sendable {
    /// The tree's root (`O_PATH`).
    public let root: SharedDescriptor
    /// What keeps the mounts together.
    private let namespace: SharedDescriptor

    init(root: SharedDescriptor, namespace: SharedDescriptor) {
        self.root = root
        self.namespace = namespace
    }
}

extension RuntimeClient {
    /// Helpers that were ended and not waited for yet.
    private static let reaper = BlockingPool(maximumThreads: 32)

    /// Has a helper build the tree of `request`; `container` is a running container's mount namespace.
    ///
    /// A helper that hangs, as on a bind of a dead network, hangs alone: a cancelled caller ends it.
    public func openView(_ request: ViewRequest, container: SharedDescriptor?) async throws -> RootView {
        let (ours, theirs) = try SocketPair(.sequencedPackets).release()
        let connection = try AsyncDescriptor(OwnedDescriptor(adopting: ours))
        defer { connection.close() }
        let far = SharedDescriptor(OwnedDescriptor(adopting: theirs))
        let pid = try startHelper(program, ["view"], socket: far.rawValue)
        defer {
            Self.reaper.submit {
                _ = try? signalProcess(pid, 9)
                _ = try? waitForExit(pid)
            }
        }
        return try await answer(request, connection, container, consume far)
    }

    private func answer(
        _ request: ViewRequest, _ connection: AsyncDescriptor, _ container: SharedDescriptor?,
        _ far: consuming SharedDescriptor
    ) async throws -> RootView {
        try request.send(connection.rawValue, descriptors: container.map { [$0.rawValue] } ?? [])
        _ = consume far
        let received = try await connection.performReading { socket in
            try SupervisorMessage.receive(socket, wait: false)
        }
        switch received?.message {
        case .created:
            guard let descriptors = received?.descriptors, descriptors.count == 2 else { break }
            return RootView(root: descriptors[0], namespace: descriptors[1])
        case .failed(let failure): throw failure
        default: break
        }
        throw SystemError(call: "view", subject: program, code: .brokenPipe)
    }
}
