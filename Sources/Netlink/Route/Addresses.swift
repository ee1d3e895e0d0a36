public import Linux

/// Requests about the addresses of interfaces (`RTM_*ADDR`).
public enum AddressRequest {
    /// Gives interface `index` an address with its subnet's route; with `broadcast`, also that.
    public static func add(
        _ address: IPAddress, prefix: UInt8, broadcast: IPAddress? = nil, to index: UInt32
    ) -> NetlinkRequest {
        var message = fixedPart(address, prefix, index)
        message.attribute(Attribute.local, address.bytes)
        message.attribute(Attribute.address, address.bytes)
        if let broadcast { message.attribute(Attribute.broadcast, broadcast.bytes) }
        return NetlinkRequest(
            "add address", "\(address)/\(prefix)", type: 20, flags: [.create, .exclusive],
            payload: message.bytes)
    }

    public static func delete(_ address: IPAddress, prefix: UInt8, from index: UInt32) -> NetlinkRequest {
        var message = fixedPart(address, prefix, index)
        message.attribute(Attribute.local, address.bytes)
        return NetlinkRequest("delete address", "\(address)/\(prefix)", type: 21, payload: message.bytes)
    }

    /// Every address of the namespace, IPv4 and IPv6.
    public static func list() -> NetlinkRequest {
        NetlinkRequest("list", "addresses", type: 22, flags: .dump, payload: [UInt8](repeating: 0, count: 8))
    }

    enum Attribute {
        static let address: UInt16 = 1
        static let local: UInt16 = 2
        static let broadcast: UInt16 = 4
    }

    /// `struct ifaddrmsg`.
    private static func fixedPart(_ address: IPAddress, _ prefix: UInt8, _ index: UInt32) -> NetlinkBytes {
        var message = NetlinkBytes()
        message.append([address.isIPv6 ? 10 : 2, prefix, 0, 0])
        message.append(index)
        return message
    }
}

/// An interface's address as the kernel describes it.
public struct InterfaceAddress: Sendable, Hashable {
    public let address: IPAddress
    public let prefix: UInt8
    public let index: UInt32

    public init(address: IPAddress, prefix: UInt8, index: UInt32) {
        self.address = address
        self.prefix = prefix
        self.index = index
    }

    /// Reads an `RTM_NEWADDR` message.
    public init?(_ reply: NetlinkReply) {
        guard reply.type == 20, let prefix = reply.payload.dropFirst(1).first,
            let index = reply.payload.number(at: 4, as: UInt32.self)
        else { return nil }
        let attributes = reply.attributes(after: 8)
        guard
            let raw = attributes[AddressRequest.Attribute.local]
                ?? attributes[AddressRequest.Attribute.address],
            let address = IPAddress(bytes: Array(raw))
        else { return nil }
        self.address = address
        self.prefix = prefix
        self.index = index
    }
}

extension NetlinkSocket {
    /// Every address of every interface.
    public func addresses() throws(NetlinkError) -> [InterfaceAddress] {
        try query(AddressRequest.list()).compactMap(InterfaceAddress.init)
    }
}
