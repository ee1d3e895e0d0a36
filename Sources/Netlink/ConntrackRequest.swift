public import Linux

/// Requests to forget tracked connections, so that the next packet is judged anew.
///
/// Both need Linux 5.8 (`CTA_FILTER`).
public enum ConntrackRequest {
    /// Forgets the IPv4 UDP flows that came for `port` of this host.
    public static func forgetUDP(toPort port: UInt16) -> NetlinkRequest {
        var message = netfilterHeader(NftFamily.ip.rawValue)
        message.nested(1) { tuple in  // CTA_TUPLE_ORIG
            tuple.nested(2) { proto in  // CTA_TUPLE_PROTO
                proto.attribute(1, UInt8(17))
                proto.attribute(3, bigEndian: port)
            }
        }
        filter(&message, original: 1 << 3 | 1 << 5)
        return NetlinkRequest("forget connections", "udp port \(port)", type: delete, payload: message.bytes)
    }

    /// Forgets the connections whose answers come from `address`, that is, which lead to it.
    public static func forget(to address: IPAddress) -> NetlinkRequest {
        var message = netfilterHeader(NftFamily.ip.rawValue)
        message.nested(2) { tuple in  // CTA_TUPLE_REPLY
            tuple.nested(1) { $0.attribute(1, address.bytes) }  // CTA_TUPLE_IP: CTA_IP_V4_SRC
        }
        filter(&message, reply: 1 << 0)
        return NetlinkRequest("forget connections to", "\(address)", type: delete, payload: message.bytes)
    }

    /// `IPCTNL_MSG_CT_DELETE` of the subsystem `ctnetlink`.
    private static let delete: UInt16 = 1 << 8 | 2

    /// `CTA_FILTER`: which parts of the tuples count.
    private static func filter(_ message: inout NetlinkBytes, original: UInt32 = 0, reply: UInt32 = 0) {
        message.nested(25) { filter in
            filter.attribute(1, original)
            filter.attribute(2, reply)
        }
    }
}
