/// A set, or a map where it has a value type.
public struct NftSet: Sendable, Hashable {
    /// A type of nftables: its number (for `nft list`) and its size as keys are made of it, padded to four
    /// bytes.
    public enum DataType: UInt32, Sendable, Hashable {
        case ipv4Address = 7
        case internetProtocol = 12
        case internetService = 13
    }

    public let name: String
    /// What rules of the same transaction name it by.
    public let id: UInt32
    public let key: [DataType]
    public let value: [DataType]

    public init(name: String, id: UInt32, key: [DataType], value: [DataType] = []) {
        self.name = name
        self.id = id
        self.key = key
        self.value = value
    }

    private static func number(_ types: [DataType]) -> UInt32 {
        types.reduce(0) { $0 << 6 | $1.rawValue }
    }

    /// Makes the set, unless it is there.
    public func add(_ family: NftFamily, table: String) -> NetlinkRequest {
        var message = netfilterHeader(family.rawValue)
        message.attribute(1, table)
        message.attribute(2, name)
        message.attribute(3, bigEndian: UInt32(value.isEmpty ? 0 : 8))  // NFT_SET_MAP
        message.attribute(4, bigEndian: Self.number(key))
        message.attribute(5, bigEndian: UInt32(4 * key.count))
        if !value.isEmpty {
            message.attribute(6, bigEndian: Self.number(value))
            message.attribute(7, bigEndian: UInt32(4 * value.count))
        }
        message.attribute(10, bigEndian: id)
        return NetlinkRequest(
            "add set", "\(family) \(table) \(name)", type: NftMessage.newSet.type, flags: .create,
            payload: message.bytes)
    }

    /// Adds `elements`; one that is there with another value is an `EEXIST` refusal.
    public func add(_ elements: [NftElement], _ family: NftFamily, table: String) -> NetlinkRequest {
        request(.newElement, "add elements to", elements, family, table)
    }

    /// Deletes `elements` by their keys; one that is not there is an `ENOENT` refusal.
    public func delete(_ elements: [NftElement], _ family: NftFamily, table: String) -> NetlinkRequest {
        request(.deleteElement, "delete elements of", elements, family, table)
    }

    private func request(
        _ kind: NftMessage, _ operation: String, _ elements: [NftElement], _ family: NftFamily,
        _ table: String
    ) -> NetlinkRequest {
        var message = netfilterHeader(family.rawValue)
        message.attribute(1, table)
        message.attribute(2, name)
        message.attribute(4, bigEndian: id)
        message.nested(3) { list in
            for element in elements {
                list.nested(1) { one in
                    one.nested(1) { $0.attribute(1, element.key) }
                    if !element.value.isEmpty && kind == .newElement {
                        one.nested(2) { $0.attribute(1, element.value) }
                    }
                }
            }
        }
        return NetlinkRequest(
            operation, "\(family) \(table) \(name)", type: kind.type,
            flags: kind == .newElement ? .create : [],
            payload: message.bytes)
    }

    /// Every element.
    public func list(_ family: NftFamily, table: String) -> NetlinkRequest {
        var message = netfilterHeader(family.rawValue)
        message.attribute(1, table)
        message.attribute(2, name)
        return NetlinkRequest(
            "list elements of", "\(family) \(table) \(name)", type: NftMessage.getElement.type, flags: .dump,
            payload: message.bytes)
    }
}

/// An element of a set or map, as the bytes of its parts, each padded to four.
public struct NftElement: Sendable, Hashable {
    public let key: [UInt8]
    public let value: [UInt8]

    public init(key: [UInt8], value: [UInt8] = []) {
        self.key = key
        self.value = value
    }

    /// Reads the elements of one message of a dump.
    static func read(_ reply: NetlinkReply) -> [NftElement] {
        guard reply.type == NftMessage.newElement.type, let list = reply.attributes(after: 4)[3] else {
            return []
        }
        return NetlinkAttributes(list).ordered.compactMap { entry in
            let attributes = NetlinkAttributes(entry.value)
            guard let key = attributes.nested(1)?[1] else { return nil }
            return NftElement(key: Array(key), value: attributes.nested(2)?[1].map(Array.init) ?? [])
        }
    }
}

extension NetlinkSocket {
    public func nftElements(
        of set: NftSet, _ family: NftFamily, table: String
    ) throws(NetlinkError) -> [NftElement] {
        try query(set.list(family, table: table)).flatMap(NftElement.read)
    }
}
