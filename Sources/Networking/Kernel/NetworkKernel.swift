internal import Glibc
internal import Linux
internal import Logging
internal import Netlink
internal import Synchronization

/// Carries the default network's decisions out in the kernel; every step that fails takes back those before it.
///
/// Its calls block (a millisecond; longer while the kernel takes a namespace apart) and run one at a time: a netlink
/// socket is for one conversation.
final class NetworkKernel: Sendable {
    struct State {
        var route: (any NetlinkSocket)?
        var filter: (any NetlinkSocket)?
        /// The ruleset's generation after our last change: another number means that somebody changed something.
        var generation: UInt32?
        var warnings: [String] = []

        /// Keeps the ruleset known after one change of ours, if it was the only one since `before`.
        mutating func noteOwnChange(since before: UInt32?, now: UInt32?) {
            generation = before.flatMap { $0 &+ 1 == now ? now : nil }
        }
    }

    let access: HostAccess
    private let logger: Logger
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

    // MARK: the bridge

    /// What is in use on the host: every network that has an address or a route here, and the name servers.
    func takenSubnets(except bridge: String?) throws -> [IPv4Subnet] {
        let nameServers = access.nameServers()
        return try withSockets { route, _, _ in
            let own = try bridge.flatMap { try route.link(named: $0)?.index }
            var taken = try route.addresses().compactMap { each -> IPv4Subnet? in
                guard let v4 = each.address.v4, each.index != own else { return nil }
                return IPv4Subnet(containing: v4, prefix: each.prefix)
            }
            taken += try route.routes().compactMap { each in
                guard each.prefix > 0, each.outInterface == nil || each.outInterface != own,
                    let v4 = each.destination.v4
                else { return nil }
                return IPv4Subnet(containing: v4, prefix: each.prefix)
            }
            return taken + nameServers.compactMap { $0.v4.map { IPv4Subnet(containing: $0, prefix: 32) } }
        }
    }

    /// The MTU for containers: that of the way out, but at most Ethernet's.
    func uplinkMTU() throws -> UInt32 {
        try withSockets { route, _, _ in
            let routes = try route.routes().filter { $0.prefix == 0 && $0.table == 254 && $0.kind == 1 }
            guard let out = routes.min(by: { $0.priority < $1.priority })?.outInterface,
                let link = try route.links().first(where: { $0.index == out }), link.mtu >= 576
            else { return 1500 }
            return min(link.mtu, 1500)
        }
    }

    /// Names that are taken by interfaces or tables, and the bridge that carries `alias`.
    func survey(alias: String) throws -> (takenNames: Set<String>, own: Link?) {
        try withSockets { route, filter, _ in
            let links = try route.links()
            let tables = try filter.nftTables()
            return (Set(links.map(\.name) + tables.map(\.name)), links.first { $0.alias == alias && $0.kind == "bridge" })
        }
    }

    /// The IPv4 address of `link`, with its prefix.
    func address(of link: Link) throws -> (gateway: UInt32, subnet: IPv4Subnet)? {
        try withSockets { route, _, _ in
            for each in try route.addresses() where each.index == link.index {
                if let v4 = each.address.v4 { return (v4, IPv4Subnet(containing: v4, prefix: each.prefix)) }
            }
            return nil
        }
    }

    /// Makes the bridge, or takes over the one that is there, with its address and settings.
    ///
    /// Returns nil if an interface of that name belongs to somebody else.
    func prepareBridge(
        name: String, alias: String, gateway: UInt32, subnet: IPv4Subnet, mtu: UInt32
    ) throws -> BridgeState? {
        try withSockets { route, _, _ -> BridgeState? in
            var made = false
            if let found = try route.link(named: name) {
                guard found.kind == "bridge", found.alias == alias else { return nil }
                try route.perform([LinkRequest.change(name: name, up: true, mtu: mtu)])
            } else {
                try route.perform([LinkRequest.createBridge(name: name, mtu: mtu)])
                made = true
            }
            do {
                if made { try route.perform([LinkRequest.change(name: name, alias: alias)]) }
                guard let link = try route.link(named: name) else {
                    throw NetlinkError(operation: "find link", subject: name, code: .noDevice)
                }
                let wanted = InterfaceAddress(
                    address: IPAddress(v4: gateway), prefix: subnet.prefix, index: link.index)
                var present = false
                for each in try route.addresses() where each.index == link.index && !each.address.isIPv6 {
                    if each == wanted {
                        present = true
                    } else {
                        try route.perform([
                            AddressRequest.delete(each.address, prefix: each.prefix, from: link.index)
                        ])
                    }
                }
                if !present {
                    try route.perform([
                        AddressRequest.add(
                            wanted.address, prefix: subnet.prefix, broadcast: IPAddress(v4: subnet.broadcast),
                            to: link.index)
                    ])
                }
                if access.setting("ipv4/ip_forward") != "1" {
                    try access.writeSetting("ipv4/ip_forward", "1")
                    logger.info("forwarding of packets turned on")
                }
                try access.writeSetting("ipv4/conf/\(name)/route_localnet", "1")
                return BridgeState(name: name, index: link.index, subnet: subnet, gateway: gateway, mtu: mtu)
            } catch {
                if made { _ = try? route.deleteLink(named: name) }
                throw error
            }
        }
    }

    /// Deletes the bridge, the table and our rules in others' tables; a part that fails does not keep the others.
    func removeAll(bridge: String) throws {
        try withSockets { route, filter, state in
            state.generation = nil
            let parts: [() throws -> Void] = [
                { try ForwardPolicy(bridge: bridge).remove(filter) },
                {
                    let tables = try filter.nftTables()
                    if tables.contains(where: { $0.name == bridge && $0.family == Ruleset.family.rawValue }) {
                        try filter.perform(NftBatch.transaction([NftRequest.deleteTable(Ruleset.family, bridge)]))
                    }
                },
                { try route.deleteLink(named: bridge) },
            ]
            var failure: (any Error)?
            for part in parts {
                do { try part() } catch { failure = failure ?? error }
            }
            if let failure { throw failure }
        }
    }

    // MARK: rules

    /// Installs our table with the elements of `endpoints`, and sees to other firewalls.
    func installRules(_ bridge: BridgeState, endpoints: [Endpoint]) throws {
        try withSockets { _, filter, state in try install(bridge, endpoints, filter, &state) }
    }

    private func install(
        _ bridge: BridgeState, _ endpoints: [Endpoint], _ filter: any NetlinkSocket, _ state: inout State
    ) throws {
        state.generation = nil
        try filter.perform(bridge.ruleset.install(endpoints.flatMap(Ruleset.elements)))
        try passForward(bridge, filter, &state)
        state.generation = try filter.nftGeneration()
    }

    private func passForward(
        _ bridge: BridgeState, _ filter: any NetlinkSocket, _ state: inout State
    ) throws {
        let policy = ForwardPolicy(bridge: bridge.name)
        let finding = try policy.examine(filter)
        do {
            if try policy.apply(finding, filter) {
                logger.info(
                    "rules beside dockerd's changed",
                    metadata: ["chain": "ip filter FORWARD", "accepting": "\(finding.dockerDrops)"])
            }
        } catch let error as NetlinkError where finding.dockerDrops {
            state.warnings = [
                "a dockerd drops forwarded packets and \"ip filter FORWARD\" takes no rule (\(error)): allow containers "
                    + "by: iptables -A FORWARD -i \(bridge.name) -j ACCEPT; iptables -A FORWARD -o \(bridge.name) -j ACCEPT"
            ]
        }
        let legacy = (try? access.within { () throws(SystemError) in try readText("/proc/thread-self/net/ip_tables_names") }) ?? ""
        let warnings = policy.warnings(finding, legacyTables: legacy)
        if warnings != state.warnings {
            for warning in warnings { logger.warning("forwarded packets may be dropped", metadata: ["advice": "\(warning)"]) }
            state.warnings = warnings
        }
    }

    /// Repairs what others have done to our rules since the last look; almost always nothing, found by one number.
    private func verify(
        _ bridge: BridgeState, _ endpoints: () -> [Endpoint], _ filter: any NetlinkSocket, _ state: inout State
    ) throws {
        let now = try filter.nftGeneration()
        if now == state.generation { return }
        let present = try filter.nftTables().contains {
            $0.name == bridge.name && $0.family == Ruleset.family.rawValue
        }
        if present {
            try passForward(bridge, filter, &state)
            state.generation = try filter.nftGeneration()
        } else {
            logger.warning("our nftables table was gone and is made anew", metadata: ["table": "\(bridge.name)"])
            try install(bridge, endpoints(), filter, &state)
        }
    }

    // MARK: endpoints

    /// Wires `endpoint` into the network namespace `namespace`: the veth pair, addresses, the route, then the ports.
    ///
    /// `others` are the endpoints whose ports stand in the table beside it.
    func connect(
        _ endpoint: Endpoint, namespace: Int32, bridge: BridgeState, others: [Endpoint]
    ) throws {
        let inside = try access.openSocket(.route, namespace)
        let settings = NamespaceSettings(namespace)
        let hairpin = access.setting("bridge/bridge-nf-call-iptables") == "1"
        try withSockets { route, filter, state in
            var requests = [
                LinkRequest.createVeth(
                    name: endpoint.hostInterface, mtu: bridge.mtu, master: bridge.index,
                    peer: VethPeer(
                        name: "eth0", namespace: namespace,
                        hardwareAddress: HardwareAddress.parse(endpoint.hardwareAddress) ?? HardwareAddress.random()))
            ]
            // Where bridged packets pass the rules of IP, a container's way to its own published port turns round
            // inside the bridge.
            if hairpin { requests.append(LinkRequest.setHairpin(port: endpoint.hostInterface)) }
            do {
                try settings.withoutIPv6 { try route.perform(requests) }
                try configure(inside, endpoint, bridge)
                try verify(bridge, { others }, filter, &state)
                try publish(endpoint, bridge, filter, &state)
                settle(endpoint.hostInterface, route)
                settle("eth0", inside)
            } catch {
                do { try route.deleteLink(named: endpoint.hostInterface) } catch {
                    logger.error(
                        "interface of a failed start was left behind",
                        metadata: ["interface": "\(endpoint.hostInterface)", "error": "\(error)"])
                }
                throw error
            }
        }
    }

    /// Gives the container's end its address and route, and brings its loopback up.
    private func configure(_ inside: any NetlinkSocket, _ endpoint: Endpoint, _ bridge: BridgeState) throws {
        guard let link = try inside.link(named: "eth0") else {
            throw NetlinkError(operation: "find link", subject: "eth0", code: .noDevice)
        }
        try inside.perform([
            LinkRequest.bringUp(index: 1), LinkRequest.bringUp(index: link.index),
            AddressRequest.add(
                endpoint.address, prefix: endpoint.prefix, broadcast: IPAddress(v4: bridge.subnet.broadcast),
                to: link.index),
            RouteRequest.addDefault(gateway: endpoint.gateway, through: link.index),
        ])
    }

    /// Waits until an interface passes packets, as a rule not at all.
    ///
    /// The kernel notices a new carrier in its own time, and a bridge drops what comes before: an ARP request that is
    /// lost so costs the container's first connection a second. Asking for the link makes it look (Linux 6.8).
    private func settle(_ name: String, _ socket: any NetlinkSocket) {
        for _ in 0..<100 {
            guard let link = try? socket.link(named: name), !link.isRunning else { return }
            usleep(500)
        }
    }

    private func publish(
        _ endpoint: Endpoint, _ bridge: BridgeState, _ filter: any NetlinkSocket, _ state: inout State
    ) throws {
        let elements = Ruleset.elements(of: endpoint)
        if elements.isEmpty { return }
        let before = state.generation
        state.generation = nil
        try filter.perform(NftBatch.transaction(Ruleset.additions(elements, table: bridge.name)))
        state.noteOwnChange(since: before, now: try? filter.nftGeneration())
        // A client that has kept sending datagrams is tracked as answered by nobody: let the next one be judged anew.
        for binding in endpoint.bindings where binding.transport == .udp && !binding.hostAddress.isIPv6 {
            try? filter.perform([ConntrackRequest.forgetUDP(toPort: binding.hostPort)])
        }
    }

    /// Takes the ports of `endpoint` out of the table; those that are not in it are out already.
    func unpublish(_ endpoint: Endpoint, bridge: BridgeState) throws {
        let elements = Ruleset.elements(of: endpoint)
        if elements.isEmpty { return }
        try withSockets { _, filter, state in
            let before = state.generation
            state.generation = nil
            do {
                try filter.perform(
                    NftBatch.transaction(
                        [Ruleset.publishedAt, Ruleset.published].compactMap { set in
                            let own = elements.filter { $0.set == set }.map(\.element)
                            return own.isEmpty ? nil : set.delete(own, Ruleset.family, table: bridge.name)
                        }))
                state.noteOwnChange(since: before, now: try? filter.nftGeneration())
            } catch let error as NetlinkError where error.code == .noEntry {
                for (set, element) in elements {
                    do {
                        try filter.perform(
                            NftBatch.transaction([set.delete([element], Ruleset.family, table: bridge.name)]))
                    } catch let error as NetlinkError where error.code == .noEntry {}
                }
            }
            try? filter.perform([ConntrackRequest.forget(to: endpoint.address)])
        }
    }

    /// Deletes the host's end of a veth pair, and with it the container's; false if the pair is gone already.
    @discardableResult
    func removeInterface(_ name: String) throws -> Bool {
        try withSockets { route, _, _ in
            guard try route.link(named: name) != nil else { return false }
            return try route.deleteLink(named: name)
        }
    }

    /// The names of the veth ends in the bridge.
    func bridgePorts(_ bridge: BridgeState) throws -> Set<String> {
        try withSockets { route, _, _ in
            Set(try route.links().filter { $0.master == bridge.index && $0.kind == "veth" }.map(\.name))
        }
    }
}

/// The settings of a container's network namespace that must be right while its interface is made.
private struct NamespaceSettings {
    /// The same setting opened twice, to be written once each; nil where there is nothing to do.
    private let ipv6Default: (off: SharedDescriptor, on: SharedDescriptor)?

    /// Opens the settings of `namespace`; a kernel without IPv6 has none.
    init(_ namespace: Int32) {
        let path = "/proc/sys/net/ipv6/conf/default/disable_ipv6"
        ipv6Default = try? withNetworkNamespace(namespace) { () throws(SystemError) in
            if try readText(path).hasPrefix("1") { return nil }
            return (
                SharedDescriptor(try openFile(path, .writeOnly)), SharedDescriptor(try openFile(path, .writeOnly))
            )
        }
    }

    /// Runs `body` while new interfaces are born without IPv6, as Docker's are on a network without it.
    ///
    /// Turning it off afterwards would take addresses away that the kernel had just begun to check.
    func withoutIPv6(_ body: () throws -> Void) throws {
        guard let ipv6Default else { return try body() }
        try writeAll(ipv6Default.off.rawValue, [UInt8(ascii: "1")])
        defer { try? writeAll(ipv6Default.on.rawValue, [UInt8(ascii: "0")]) }
        try body()
    }
}
