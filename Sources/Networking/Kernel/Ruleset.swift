internal import Linux
internal import Netlink

/// The static rules of a bridge, one table of nftables called like it (docs/networking.md shows them as
/// text).
///
/// Nothing in it grows with the containers but the two maps: one element a published port. The rules judge by
/// the bridge and its subnet, so a container without published ports changes nothing here.
struct Ruleset: Sendable {
    let bridge: String
    let subnet: IPv4Subnet

    static let family = NftFamily.ip

    /// Ports published on one address of the host.
    static let publishedAt = NftSet(
        name: "published_at", id: 1, key: [.ipv4Address, .internetProtocol, .internetService],
        value: [.ipv4Address, .internetService])
    /// Ports published on all addresses of the host.
    static let published = NftSet(
        name: "published", id: 2, key: [.internetProtocol, .internetService],
        value: [.ipv4Address, .internetService])

    /// Makes the table anew, with `elements`, in one transaction: there is no moment without rules.
    func install(_ elements: [(set: NftSet, element: NftElement)]) -> [NetlinkRequest] {
        var requests = [
            // Deleting needs the table to be there: adding it first makes it so.
            NftRequest.addTable(Self.family, bridge), NftRequest.deleteTable(Self.family, bridge),
            NftRequest.addTable(Self.family, bridge),
            Self.publishedAt.add(Self.family, table: bridge), Self.published.add(Self.family, table: bridge),
            chain("guard", NftHook(.filter, .prerouting, priority: -300)),
            chain("prerouting", NftHook(.nat, .prerouting, priority: -100)),
            chain("output", NftHook(.nat, .output, priority: -100)),
            chain("postrouting", NftHook(.nat, .postrouting, priority: 100)),
            chain("forward", NftHook(.filter, .forward, priority: 0)),
            chain("publish"), chain("to_containers"),
        ]
        requests += guardRules + publishRules + postroutingRules + forwardRules
        requests += Self.additions(elements, table: bridge)
        return NftBatch.transaction(requests)
    }

    /// Deletes the table with all that is in it.
    var remove: [NetlinkRequest] { NftBatch.transaction([NftRequest.deleteTable(Self.family, bridge)]) }

    static func additions(_ elements: [(set: NftSet, element: NftElement)], table: String) -> [NetlinkRequest]
    {
        [publishedAt, published].compactMap { set in
            let own = elements.filter { $0.set == set }.map(\.element)
            return own.isEmpty ? nil : set.add(own, family, table: table)
        }
    }

    /// The map elements for the IPv4 ports of a container; IPv6 ones are the proxy's work.
    static func elements(of endpoint: Endpoint) -> [(set: NftSet, element: NftElement)] {
        endpoint.bindings.compactMap { binding in
            guard !binding.hostAddress.isIPv6 else { return nil }
            let service: [UInt8] = [binding.transport.number, 0, 0, 0] + port(binding.hostPort)
            let value = endpoint.address.bytes + port(binding.containerPort)
            if binding.hostAddress.isUnspecified {
                return (published, NftElement(key: service, value: value))
            }
            return (publishedAt, NftElement(key: binding.hostAddress.bytes + service, value: value))
        }
    }

    private static func port(_ port: UInt16) -> [UInt8] {
        [UInt8(port >> 8), UInt8(truncatingIfNeeded: port), 0, 0]
    }

    /// `route_localnet` lets answers to 127.0.0.1 come back over the bridge; here nothing else may
    /// (CVE-2020-8558): before connection tracking has turned an answer's destination back, 127.0.0.0/8 is
    /// never on the wire.
    private var guardRules: [NetlinkRequest] {
        [
            rule("guard", [fromBridge, .loadDestinationNet, .isLoopbackNet, [.drop]]),
            rule("guard", [fromBridge, .loadSourceNet, .isLoopbackNet, [.drop]]),
        ]
    }

    private var publishRules: [NetlinkRequest] {
        [
            // A neighbour's packet to 127.0.0.1 must not reach what is published on loopback only.
            rule("prerouting", [.loadDestinationNet, .isLoopbackNet, [.returnToCaller]]),
            rule("prerouting", [.toThisHost, [.jump("publish")]]),
            rule("output", [.toThisHost, [.jump("publish")]]),
            rule(
                "publish",
                [
                    [
                        .payload(.network, offset: 16, length: 4, register: 0),
                        .meta(.layer4Protocol, register: 1),
                        .payload(.transport, offset: 2, length: 2, register: 2),
                        .lookup(set: Self.publishedAt.name, id: Self.publishedAt.id, key: 0, into: 0),
                        .destinationNAT(address: 0, port: 1),
                    ]
                ]),
            rule(
                "publish",
                [
                    [
                        .meta(.layer4Protocol, register: 0),
                        .payload(.transport, offset: 2, length: 2, register: 1),
                        .lookup(set: Self.published.name, id: Self.published.id, key: 0, into: 0),
                        .destinationNAT(address: 0, port: 1),
                    ]
                ]),
        ]
    }

    private var postroutingRules: [NetlinkRequest] {
        let fromSubnet: [NftExpression] = [
            .payload(.network, offset: 12, length: 4, register: 0), .mask(subnet.maskBytes, register: 0),
            .compare(.equal, IPAddress(v4: subnet.base).bytes, register: 0),
        ]
        return [
            rule(
                "postrouting",
                [
                    fromSubnet, [.meta(.outInterfaceName, register: 0)],
                    [.compare(.notEqual, NftExpression.interfaceName(bridge), register: 0), .masquerade],
                ]),
            // A container that reaches a published port of its own network: the answer must come back this
            // way.
            rule("postrouting", [toBridge, fromSubnet, .wasPublished, [.masquerade]]),
            rule("postrouting", [toBridge, .loadSourceNet, .isLoopbackNet, [.masquerade]]),
        ]
    }

    private var forwardRules: [NetlinkRequest] {
        let known = NftExpression.ConnectionState.established | NftExpression.ConnectionState.related
        return [
            rule("forward", [toBridge, [.jump("to_containers")]]),
            rule(
                "to_containers",
                [
                    [
                        .connection(.state, register: 0), .mask(NftExpression.hostNumber(known), register: 0),
                        .compare(.notEqual, NftExpression.hostNumber(0), register: 0), .accept,
                    ]
                ]),
            rule("to_containers", [.wasPublished, [.accept]]),
            rule("to_containers", [fromBridge, [.accept]]),
            rule("to_containers", [[.drop]]),
        ]
    }

    private var fromBridge: [NftExpression] {
        [
            .meta(.inInterfaceName, register: 0),
            .compare(.equal, NftExpression.interfaceName(bridge), register: 0),
        ]
    }

    private var toBridge: [NftExpression] {
        [
            .meta(.outInterfaceName, register: 0),
            .compare(.equal, NftExpression.interfaceName(bridge), register: 0),
        ]
    }

    private func chain(_ name: String, _ hook: NftHook? = nil) -> NetlinkRequest {
        NftRequest.addChain(Self.family, table: bridge, name, hook: hook)
    }

    private func rule(_ chain: String, _ parts: [[NftExpression]]) -> NetlinkRequest {
        NftRequest.addRule(Self.family, table: bridge, chain: chain, parts.flatMap { $0 })
    }
}

extension [NftExpression] {
    /// The first byte of the packet's destination.
    fileprivate static var loadDestinationNet: Self {
        [.payload(.network, offset: 16, length: 1, register: 0)]
    }

    /// The first byte of the packet's source.
    fileprivate static var loadSourceNet: Self { [.payload(.network, offset: 12, length: 1, register: 0)] }

    /// The byte that was loaded is that of 127.0.0.0/8.
    fileprivate static var isLoopbackNet: Self { [.compare(.equal, [127], register: 0)] }

    /// The packet is for an address of this host.
    fileprivate static var toThisHost: Self {
        [
            .destinationKind(register: 0),
            .compare(.equal, NftExpression.hostNumber(NftExpression.RouteKind.local), register: 0),
        ]
    }

    /// The connection came to a published port.
    fileprivate static var wasPublished: Self {
        let bit = NftExpression.hostNumber(NftExpression.ConnectionStatus.destinationNAT)
        return [
            .connection(.status, register: 0), .mask(bit, register: 0),
            .compare(.notEqual, NftExpression.hostNumber(0), register: 0),
        ]
    }
}
