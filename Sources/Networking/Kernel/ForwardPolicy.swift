internal import Linux
internal import Netlink

/// What other people's firewalls do with packets that the host forwards, and our way through a dockerd's.
///
/// An accept in our own table does not override a drop elsewhere: every base chain of a hook has a say.
/// dockerd sets the policy of `ip filter FORWARD` to drop. Where its chains are found, two rules that accept
/// our bridge's packets are appended to the end of FORWARD: behind everything that dockerd (DOCKER-USER
/// included) and the administrator decide there, so they only stand in for the policy and take nothing from
/// anybody's isolation. They are in the exact form of iptables-nft, which refuses a table that holds rules it
/// cannot read.
struct ForwardPolicy: Sendable {
    let bridge: String

    private static let table = "filter"
    private static let chain = "FORWARD"

    private var comment: String { "berth:\(bridge)" }

    /// What was found.
    struct Finding: Sendable {
        /// Whether dockerd's chains are there and its policy drops.
        var dockerDrops = false
        /// Chains of others that drop what they do not know, as `table ip filter chain FORWARD`.
        var foreignDrops: [NftChain] = []
    }

    /// Looks at every chain that sees forwarded IPv4 packets.
    func examine(_ socket: any NetlinkSocket) throws -> Finding {
        let chains = try socket.nftChains()
        let docker = chains.contains {
            $0.family == NftFamily.ip.rawValue && $0.table == Self.table
                && ($0.name == "DOCKER-USER" || $0.name == "DOCKER-FORWARD")
        }
        var finding = Finding()
        for chain in chains where chain.hookPoint == NftHook.Point.forward.rawValue && chain.dropsByDefault {
            if chain.family == NftFamily.ip.rawValue && chain.table == Self.table && chain.name == Self.chain
                && docker
            {
                finding.dockerDrops = true
            } else if chain.family == NftFamily.ip.rawValue || chain.family == NftFamily.inet.rawValue {
                finding.foreignDrops.append(chain)
            }
        }
        return finding
    }

    /// Makes our rules the last ones of FORWARD where `finding` asks for them, and takes them away where not.
    ///
    /// Returns whether something was changed.
    func apply(_ finding: Finding, _ socket: any NetlinkSocket) throws -> Bool {
        let rules = try rulesOfForward(socket)
        let own = rules.filter { $0.comment == comment }
        if !finding.dockerDrops {
            if own.isEmpty { return false }
            try delete(own, socket)
            return true
        }
        // Ours and those of other berthds stand at the end; a dockerd that restarts puts its jumps behind
        // them.
        let lastForeign = rules.lastIndex { $0.comment?.hasPrefix("berth:") != true } ?? -1
        let firstOwn = rules.firstIndex { $0.comment == comment } ?? Int.max
        if own.count == 2 && firstOwn > lastForeign { return false }
        try socket.perform(
            NftBatch.transaction(
                own.map(deletion) + [addition(.inInterfaceName), addition(.outInterfaceName)]))
        return true
    }

    /// Takes our rules away, if there are any.
    func remove(_ socket: any NetlinkSocket) throws {
        let own = try rulesOfForward(socket).filter { $0.comment == comment }
        if !own.isEmpty { try delete(own, socket) }
    }

    private func rulesOfForward(_ socket: any NetlinkSocket) throws -> [NftRule] {
        do {
            return try socket.nftRules(.ip, table: Self.table, chain: Self.chain)
        } catch let error where error.code == .noEntry {
            return []
        }
    }

    private func delete(_ rules: [NftRule], _ socket: any NetlinkSocket) throws {
        try socket.perform(NftBatch.transaction(rules.map(deletion)))
    }

    private func deletion(_ rule: NftRule) -> NetlinkRequest {
        NftRequest.deleteRule(.ip, table: Self.table, chain: Self.chain, handle: rule.handle)
    }

    /// `-A FORWARD -i berth0 -j ACCEPT`, byte for byte as iptables-nft writes it.
    private func addition(_ key: NftExpression.MetaKey) -> NetlinkRequest {
        NftRequest.addRule(
            .ip, table: Self.table, chain: Self.chain,
            [
                .meta(key, register: 0), .compare(.equal, Array(bridge.utf8) + [0], register: 0), .counter,
                .accept,
            ],
            comment: comment)
    }

    /// What to tell the operator about `finding`, one sentence each.
    func warnings(_ finding: Finding, legacyTables: String) -> [String] {
        var warnings = finding.foreignDrops.map { chain in
            let family = NftFamily(rawValue: chain.family)?.description ?? "?"
            let place = "\(family) \(chain.table) \(chain.name)"
            return
                "the firewall chain \"\(place)\" drops forwarded packets: containers reach the outside and "
                + "published ports only once it accepts \"\(bridge)\", for example by: nft insert rule \(place) "
                + "iifname \(bridge) accept; nft insert rule \(place) oifname \(bridge) accept"
        }
        if legacyTables.split(separator: "\n").contains("filter") {
            warnings.append(
                "rules of the old iptables (iptables-legacy) are in use: where its FORWARD chain drops packets, "
                    + "allow containers by: iptables-legacy -A FORWARD -i \(bridge) -j ACCEPT; "
                    + "iptables-legacy -A FORWARD -o \(bridge) -j ACCEPT")
        }
        return warnings
    }
}
