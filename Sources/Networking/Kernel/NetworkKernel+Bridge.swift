internal import Linux
internal import Logging
internal import Netlink

extension NetworkKernel {
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

    /// Names that are taken by interfaces or tables, and the bridge that `owner` had before.
    func survey(_ owner: BridgeOwner) throws -> (takenNames: Set<String>, own: Link?) {
        try withSockets { route, filter, _ in
            let links = try route.links()
            let tables = try filter.nftTables()
            let own = links.first {
                $0.kind == "bridge" && BridgeOwner(alias: $0.alias)?.instance == owner.instance
            }
            return (Set(links.map(\.name) + tables.map(\.name)), own)
        }
    }

    /// Removes the bridges, with their rules, of daemons that ended without doing so and have no container
    /// running.
    ///
    /// A daemon that comes back makes its bridge anew from its record.
    func removeAbandoned(besides owner: BridgeOwner) throws {
        let abandoned = try withSockets { route, _, _ in
            let links = try route.links()
            return links.filter { link in
                guard link.kind == "bridge", let other = BridgeOwner(alias: link.alias) else { return false }
                return other.instance != owner.instance && other.isGone
                    && !links.contains { $0.master == link.index }
            }
        }
        for link in abandoned {
            logger.info("bridge of a daemon that has gone is removed", metadata: ["bridge": "\(link.name)"])
            try removeAll(bridge: link.name)
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
        name: String, owner: BridgeOwner, gateway: UInt32, subnet: IPv4Subnet, mtu: UInt32
    ) throws -> BridgeState? {
        try withSockets { route, _, _ -> BridgeState? in
            var made = false
            if let found = try route.link(named: name) {
                guard found.kind == "bridge",
                    BridgeOwner(alias: found.alias)?.instance == owner.instance
                else { return nil }
                try route.perform([LinkRequest.change(name: name, up: true, mtu: mtu, alias: "\(owner)")])
            } else {
                try route.perform([LinkRequest.createBridge(name: name, mtu: mtu)])
                made = true
            }
            do {
                if made { try route.perform([LinkRequest.change(name: name, alias: "\(owner)")]) }
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

    /// Deletes the bridge, the table and our rules in others' tables; a part that fails does not keep the
    /// others.
    func removeAll(bridge: String) throws {
        try withSockets { route, filter, state in
            state.generation = nil
            let parts: [() throws -> Void] = [
                { try ForwardPolicy(bridge: bridge).remove(filter) },
                {
                    let tables = try filter.nftTables()
                    if tables.contains(where: { $0.name == bridge && $0.family == Ruleset.family.rawValue }) {
                        try filter.perform(
                            NftBatch.transaction([NftRequest.deleteTable(Ruleset.family, bridge)]))
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
}
