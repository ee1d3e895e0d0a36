internal import Glibc
internal import Linux
internal import Logging
internal import Netlink

extension NetworkKernel {
    /// Wires `endpoint` into the network namespace `namespace`: the veth pair, addresses, the route, then the
    /// ports.
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
                        hardwareAddress: HardwareAddress.parse(endpoint.hardwareAddress)
                            ?? HardwareAddress.random()))
            ]
            // Where bridged packets pass the rules of IP, a container's way to its own published port turns
            // round inside the bridge.
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
    /// The kernel notices a new carrier in its own time, and a bridge drops what comes before: an ARP request
    /// that is lost so costs the container's first connection a second. Asking for the link makes it look
    /// (Linux 6.8).
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
        // A client that has kept sending datagrams is tracked as answered by nobody: let the next one be
        // judged anew.
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
                SharedDescriptor(try openFile(path, .writeOnly)),
                SharedDescriptor(try openFile(path, .writeOnly))
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
