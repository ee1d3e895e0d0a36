internal import Linux
internal import Logging
internal import Netlink

extension NetworkKernel {
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
        let legacy =
            (try? access.within { () throws(SystemError) in
                try readText("/proc/thread-self/net/ip_tables_names")
            }) ?? ""
        let warnings = policy.warnings(finding, legacyTables: legacy)
        if warnings != state.warnings {
            for warning in warnings {
                logger.warning("forwarded packets may be dropped", metadata: ["advice": "\(warning)"])
            }
            state.warnings = warnings
        }
    }

    /// Repairs what others have done to our rules since the last look; almost always nothing, found by one
    /// number.
    func verify(
        _ bridge: BridgeState, _ endpoints: () -> [Endpoint], _ filter: any NetlinkSocket,
        _ state: inout State
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
            logger.warning(
                "our nftables table was gone and is made anew", metadata: ["table": "\(bridge.name)"])
            try install(bridge, endpoints(), filter, &state)
        }
    }
}
