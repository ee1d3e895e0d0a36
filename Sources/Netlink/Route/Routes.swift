public import Linux

/// Requests about routes (`RTM_*ROUTE`) of the main table.
public enum RouteRequest {
    /// Sends what has no better route to `gateway`, through interface `index`.
    public static func addDefault(gateway: IPAddress, through index: UInt32) -> NetlinkRequest {
        var message = fixedPart(family: gateway.isIPv6 ? 10 : 2)
        message.attribute(Attribute.gateway, gateway.bytes)
        message.attribute(Attribute.outInterface, index)
        return NetlinkRequest(
            "add default route via", "\(gateway)", type: 24, flags: [.create, .exclusive],
            payload: message.bytes)
    }

    /// Every IPv4 route of every table.
    public static func list() -> NetlinkRequest {
        var message = NetlinkBytes()
        message.append([2, 0, 0, 0, 0, 0, 0, 0])
        message.append(UInt32(0))
        return NetlinkRequest("list", "routes", type: 26, flags: .dump, payload: message.bytes)
    }

    /// `RTA_*`.
    enum Attribute {
        static let destination: UInt16 = 1
        static let outInterface: UInt16 = 4
        static let gateway: UInt16 = 5
        static let priority: UInt16 = 6
        static let table: UInt16 = 15
    }

    /// `struct rtmsg`: main table, protocol boot, scope universe, unicast.
    private static func fixedPart(family: UInt8) -> NetlinkBytes {
        var message = NetlinkBytes()
        message.append([family, 0, 0, 0, 254, 3, 0, 1])
        message.append(UInt32(0))
        return message
    }
}

/// An IPv4 route as the kernel describes it.
public struct Route: Sendable, Hashable {
    /// The network, 0.0.0.0 for the default route.
    public let destination: IPAddress
    public let prefix: UInt8
    public let gateway: IPAddress?
    public let outInterface: UInt32?
    public let table: UInt32
    /// `RTN_*`: 1 is unicast, 2 local, 3 broadcast.
    public let kind: UInt8
    public let priority: UInt32

    /// Reads an `RTM_NEWROUTE` message.
    public init?(_ reply: NetlinkReply) {
        let fixed = Array(reply.payload.prefix(12))
        guard reply.type == 24, fixed.count == 12, fixed[0] == 2 else { return nil }
        let attributes = reply.attributes(after: 12)
        destination =
            attributes[RouteRequest.Attribute.destination].flatMap { IPAddress(bytes: Array($0)) } ?? .anyIPv4
        prefix = fixed[1]
        gateway = attributes[RouteRequest.Attribute.gateway].flatMap { IPAddress(bytes: Array($0)) }
        outInterface = attributes.number(RouteRequest.Attribute.outInterface, as: UInt32.self)
        table = attributes.number(RouteRequest.Attribute.table, as: UInt32.self) ?? UInt32(fixed[4])
        kind = fixed[7]
        priority = attributes.number(RouteRequest.Attribute.priority, as: UInt32.self) ?? 0
    }
}

extension NetlinkSocket {
    /// Every IPv4 route.
    public func routes() throws(NetlinkError) -> [Route] {
        try query(RouteRequest.list()).compactMap(Route.init)
    }
}
