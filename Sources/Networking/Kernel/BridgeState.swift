internal import Linux

/// The default network as it was chosen on the first start, kept for all later ones.
struct NetworkRecord: Codable, Sendable {
    var bridge: String
    /// `172.18.0.1/16`.
    var gatewayAndPrefix: String
    /// Identifiers of 64 hexadecimal digits.
    var bridgeID: String
    var hostID: String
    var noneID: String
    /// RFC 3339, in UTC.
    var created: String
}

/// What the kernel work needs to know of the bridge.
struct BridgeState: Sendable {
    let name: String
    let index: UInt32
    let subnet: IPv4Subnet
    let gateway: UInt32
    let mtu: UInt32

    var ruleset: Ruleset { Ruleset(bridge: name, subnet: subnet) }
}

extension NetworkRecord {
    var network: (gateway: UInt32, subnet: IPv4Subnet)? {
        IPv4Subnet.parse(gatewayAndPrefix).map { ($0.address, $0.subnet) }
    }
}
