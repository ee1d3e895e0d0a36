/// A transaction of nftables: carried out whole or not at all.
public enum NftBatch {
    /// `requests` between the two markers that make them one transaction.
    public static func transaction(_ requests: [NetlinkRequest]) -> [NetlinkRequest] {
        [marker(beginType, "begin transaction")] + requests + [marker(endType, "end transaction")]
    }

    static let beginType: UInt16 = 0x10
    static let endType: UInt16 = 0x11

    static func isMarker(_ request: NetlinkRequest) -> Bool {
        request.type == beginType || request.type == endType
    }

    private static func marker(_ type: UInt16, _ operation: String) -> NetlinkRequest {
        var message = NetlinkBytes()
        message.append([0, 0])
        message.append(UInt16(10).bigEndian)  // the subsystem: nftables
        return NetlinkRequest(operation, "nftables", type: type, payload: message.bytes)
    }
}

/// The protocol family of a table: `NFPROTO_*`.
public enum NftFamily: UInt8, Sendable, Hashable, CustomStringConvertible {
    case inet = 1
    case ip = 2
    case arp = 3
    case netdev = 5
    case bridge = 7
    case ip6 = 10

    public var description: String {
        switch self {
        case .inet: "inet"
        case .ip: "ip"
        case .arp: "arp"
        case .netdev: "netdev"
        case .bridge: "bridge"
        case .ip6: "ip6"
        }
    }
}

/// `NFT_MSG_*`.
enum NftMessage: UInt16 {
    case newTable = 0
    case getTable, deleteTable, newChain, getChain, deleteChain, newRule, getRule, deleteRule, newSet, getSet
    case deleteSet, newElement, getElement, deleteElement, newGeneration, getGeneration

    /// With the subsystem's number in the upper byte.
    var type: UInt16 { 10 << 8 | rawValue }
}

/// `struct nfgenmsg`.
func netfilterHeader(_ family: UInt8) -> NetlinkBytes {
    var message = NetlinkBytes()
    message.append([family, 0, 0, 0])
    return message
}
