internal import Linux
internal import Logging
internal import Netlink
internal import Synchronization

/// Carries the default network's decisions out in the kernel; every step that fails takes back those before
/// it.
///
/// Its calls block (a millisecond; longer while the kernel takes a namespace apart) and run one at a time: a
/// netlink socket is for one conversation.
final class NetworkKernel: Sendable {
    struct State {
        var route: (any NetlinkSocket)?
        var filter: (any NetlinkSocket)?
        /// The ruleset's generation after our last change: another number means that somebody changed
        /// something.
        var generation: UInt32?
        var warnings: [String] = []

        /// Keeps the ruleset known after one change of ours, if it was the only one since `before`.
        mutating func noteOwnChange(since before: UInt32?, now: UInt32?) {
            generation = before.flatMap { $0 &+ 1 == now ? now : nil }
        }
    }

    let access: HostAccess
    let logger: Logger
    private let state = Mutex(State())

    init(access: HostAccess, logger: Logger) {
        self.access = access
        self.logger = logger
    }

    /// Runs `body` with the two sockets of the host's namespace.
    func withSockets<Result>(
        _ body: (_ route: any NetlinkSocket, _ filter: any NetlinkSocket, inout State) throws -> Result
    ) throws -> Result where Result: Sendable {
        try state.withLock { state in
            let route = try state.route ?? access.openSocket(.route, nil)
            state.route = route
            let filter = try state.filter ?? access.openSocket(.netfilter, nil)
            state.filter = filter
            return try body(route, filter, &state)
        }
    }

    /// What the operator should know about other firewalls.
    var warnings: [String] { state.withLock { $0.warnings } }
}
