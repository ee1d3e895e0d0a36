internal import EngineModel
internal import Linux
internal import Netlink

/// Finds or chooses the bridge and its subnet.
struct NetworkSetup: Sendable {
    let kernel: NetworkKernel
    let options: DefaultNetwork.Options
    /// What the bridge carries to say whose it is.
    let owner: BridgeOwner

    /// Makes what `record` says, or, on a first start and where it no longer fits, chooses anew.
    ///
    /// With `inUse` containers have addresses of the recorded subnet, which is then kept whatever else is
    /// there.
    func run(record: NetworkRecord?, inUse: Bool) throws -> (NetworkRecord, BridgeState) {
        let mtu = try options.mtu ?? kernel.uplinkMTU()
        if let record, let network = record.network, fits(record) || inUse {
            let collides = try kernel.takenSubnets(except: record.bridge).contains {
                $0.overlaps(network.subnet)
            }
            if inUse || !collides || options.bridgeAddress != nil {
                let bridge = try kernel.prepareBridge(
                    name: record.bridge, owner: owner, gateway: network.gateway, subnet: network.subnet,
                    mtu: mtu)
                if let bridge { return (record, bridge) }
            }
        }
        return try choose(record: record, mtu: mtu)
    }

    /// Whether the recorded choice is what the options ask for.
    private func fits(_ record: NetworkRecord) -> Bool {
        if let name = options.bridgeName, name != record.bridge { return false }
        if let address = options.bridgeAddress, address != record.gatewayAndPrefix { return false }
        return true
    }

    private func choose(record: NetworkRecord?, mtu: UInt32) throws -> (NetworkRecord, BridgeState) {
        let survey = try kernel.survey(owner)
        let (gateway, subnet) = try chooseNetwork(own: survey.own)
        for name in names(survey) {
            let bridge: BridgeState?
            do {
                bridge = try kernel.prepareBridge(
                    name: name, owner: owner, gateway: gateway, subnet: subnet, mtu: mtu)
            } catch let error as NetlinkError where error.code == .exists && options.bridgeName == nil {
                continue  // Another berthd was faster with this name.
            }
            guard let bridge else { continue }
            let new = NetworkRecord(
                bridge: name, gatewayAndPrefix: "\(IPAddress(v4: gateway))/\(subnet.prefix)",
                bridgeID: record?.bridgeID ?? Hexadecimal.random(bytes: 32),
                hostID: record?.hostID ?? Hexadecimal.random(bytes: 32),
                noneID: record?.noneID ?? Hexadecimal.random(bytes: 32),
                created: record?.created ?? Timestamp.now())
            return (new, bridge)
        }
        throw EngineError(
            .conflict,
            options.bridgeName.map {
                "set up network \"bridge\": interface \"\($0)\" belongs to somebody else"
            }
                ?? "set up network \"bridge\": no free interface name from berth0 to berth255")
    }

    private func chooseNetwork(own: Link?) throws -> (UInt32, IPv4Subnet) {
        let taken = try kernel.takenSubnets(except: own?.name)
        if let wanted = options.bridgeAddress {
            guard let (address, subnet) = IPv4Subnet.parse(wanted), subnet.prefix <= 30,
                address != subnet.base,
                address != subnet.broadcast
            else {
                throw EngineError(
                    .invalidParameter,
                    "invalid bridge address (bip) \"\(wanted)\": want an address and prefix such as "
                        + "10.5.0.1/24")
            }
            if let other = taken.first(where: { $0.overlaps(subnet) }) {
                throw EngineError(
                    .conflict, "bridge address (bip) \"\(wanted)\" overlaps \(other), which the host uses")
            }
            return (address, subnet)
        }
        if let own, let old = try kernel.address(of: own), !taken.contains(where: { $0.overlaps(old.subnet) })
        {
            return (old.gateway, old.subnet)
        }
        guard let subnet = SubnetPool.firstFree(in: options.pools, taken: taken) else {
            throw EngineError(
                .unavailable,
                "set up network \"bridge\": every subnet of the address pools is in use on this host; "
                    + "choose one with bip")
        }
        return (subnet.base + 1, subnet)
    }

    private func names(_ survey: (takenNames: Set<String>, own: Link?)) -> [String] {
        if let name = options.bridgeName { return [name] }
        let free = (0...255).map { "berth\($0)" }.filter { !survey.takenNames.contains($0) }
        return (survey.own.map { [$0.name] } ?? []) + free
    }
}
