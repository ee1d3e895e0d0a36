/// Requests about tables, chains and rules; they go into an ``NftBatch``.
public enum NftRequest {
    /// Makes a table, unless it is there.
    public static func addTable(_ family: NftFamily, _ name: String) -> NetlinkRequest {
        var message = netfilterHeader(family.rawValue)
        message.attribute(1, name)
        message.attribute(2, bigEndian: UInt32(0))
        return NetlinkRequest(
            "add table", "\(family) \(name)", type: NftMessage.newTable.type, flags: .create,
            payload: message.bytes)
    }

    /// Deletes a table with all that is in it.
    public static func deleteTable(_ family: NftFamily, _ name: String) -> NetlinkRequest {
        var message = netfilterHeader(family.rawValue)
        message.attribute(1, name)
        return NetlinkRequest(
            "delete table", "\(family) \(name)", type: NftMessage.deleteTable.type, payload: message.bytes)
    }

    /// Makes a chain; one with a `hook` sees packets, another is jumped to.
    public static func addChain(
        _ family: NftFamily, table: String, _ name: String, hook: NftHook? = nil
    ) -> NetlinkRequest {
        var message = netfilterHeader(family.rawValue)
        message.attribute(1, table)
        message.attribute(3, name)
        if let hook {
            message.nested(4) { nested in
                nested.attribute(1, bigEndian: hook.point.rawValue)
                nested.attribute(2, bigEndian: hook.priority)
            }
            message.attribute(5, bigEndian: UInt32(hook.dropsByDefault ? 0 : 1))
            message.attribute(7, hook.kind.rawValue)
        }
        return NetlinkRequest(
            "add chain", "\(family) \(table) \(name)", type: NftMessage.newChain.type, flags: .create,
            payload: message.bytes)
    }

    /// Appends a rule to a chain; `comment` is shown by `nft list`.
    public static func addRule(
        _ family: NftFamily, table: String, chain: String, _ expressions: [NftExpression],
        comment: String? = nil
    ) -> NetlinkRequest {
        var message = netfilterHeader(family.rawValue)
        message.attribute(1, table)
        message.attribute(2, chain)
        message.nested(4) { list in
            for expression in expressions {
                list.nested(1) { element in
                    element.attribute(1, expression.name)
                    element.nested(2) { expression.encode(into: &$0) }
                }
            }
        }
        if let comment { message.attribute(7, userData(comment: comment)) }
        return NetlinkRequest(
            "add rule to", "\(family) \(table) \(chain)", type: NftMessage.newRule.type,
            flags: [.create, .append],
            payload: message.bytes)
    }

    /// Deletes one rule by its handle.
    public static func deleteRule(
        _ family: NftFamily, table: String, chain: String, handle: UInt64
    ) -> NetlinkRequest {
        var message = netfilterHeader(family.rawValue)
        message.attribute(1, table)
        message.attribute(2, chain)
        message.attribute(3, bigEndian: handle)
        return NetlinkRequest(
            "delete rule of", "\(family) \(table) \(chain)", type: NftMessage.deleteRule.type,
            payload: message.bytes)
    }

    /// The ruleset's generation, which grows with every transaction of anybody.
    public static func getGeneration() -> NetlinkRequest {
        NetlinkRequest(
            "read", "nftables generation", type: NftMessage.getGeneration.type,
            payload: netfilterHeader(0).bytes)
    }

    /// Every table of every family.
    public static func listTables() -> NetlinkRequest {
        NetlinkRequest(
            "list", "nftables tables", type: NftMessage.getTable.type, flags: .dump,
            payload: netfilterHeader(0).bytes)
    }

    /// Every chain of every family.
    public static func listChains() -> NetlinkRequest {
        NetlinkRequest(
            "list", "nftables chains", type: NftMessage.getChain.type, flags: .dump,
            payload: netfilterHeader(0).bytes)
    }

    /// Every rule of one chain.
    public static func listRules(_ family: NftFamily, table: String, chain: String) -> NetlinkRequest {
        var message = netfilterHeader(family.rawValue)
        message.attribute(1, table)
        message.attribute(2, chain)
        return NetlinkRequest(
            "list rules of", "\(family) \(table) \(chain)", type: NftMessage.getRule.type, flags: .dump,
            payload: message.bytes)
    }

    /// A comment in libnftnl's form: type, length, text with its zero.
    static func userData(comment: String) -> [UInt8] {
        let text = Array(comment.utf8.prefix(250)) + [0]
        return [0, UInt8(text.count)] + text
    }

    static func comment(userData: ArraySlice<UInt8>) -> String? {
        let bytes = Array(userData)
        guard bytes.count >= 3, bytes[0] == 0, bytes.count >= 2 + Int(bytes[1]) else { return nil }
        return String(decoding: bytes[2..<(2 + Int(bytes[1]))].prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// Where a base chain sees packets.
public struct NftHook: Sendable, Hashable {
    /// `NF_INET_*`.
    public enum Point: UInt32, Sendable, Hashable {
        case prerouting = 0
        case input = 1
        case forward = 2
        case output = 3
        case postrouting = 4
    }

    public enum Kind: String, Sendable, Hashable {
        case filter
        case nat
    }

    public let kind: Kind
    public let point: Point
    /// Lower comes first: raw -300, conntrack -200, destination NAT -100, filter 0, source NAT 100.
    public let priority: Int32
    public let dropsByDefault: Bool

    public init(_ kind: Kind, _ point: Point, priority: Int32, dropsByDefault: Bool = false) {
        self.kind = kind
        self.point = point
        self.priority = priority
        self.dropsByDefault = dropsByDefault
    }
}

/// A table as the kernel lists it.
public struct NftTable: Sendable, Hashable {
    /// `NFPROTO_*`.
    public let family: UInt8
    public let name: String

    public init?(_ reply: NetlinkReply) {
        guard reply.type == NftMessage.newTable.type, let family = reply.payload.first,
            let name = reply.attributes(after: 4).text(1)
        else { return nil }
        self.family = family
        self.name = name
    }
}

/// A chain as the kernel lists it.
public struct NftChain: Sendable, Hashable {
    /// `NFPROTO_*`.
    public let family: UInt8
    public let table: String
    public let name: String
    /// The hook's number and whether it drops what no rule decided; nil for a chain that is jumped to.
    public let hookPoint: UInt32?
    public let dropsByDefault: Bool

    public init?(_ reply: NetlinkReply) {
        let attributes = reply.attributes(after: 4)
        guard reply.type == NftMessage.newChain.type, let family = reply.payload.first,
            let table = attributes.text(1), let name = attributes.text(3)
        else { return nil }
        self.family = family
        self.table = table
        self.name = name
        hookPoint = attributes.nested(4)?.bigEndian(1, as: UInt32.self)
        dropsByDefault = hookPoint != nil && attributes.bigEndian(5, as: UInt32.self) == 0
    }
}

/// A rule as the kernel lists it: where it is and what it is called, not what it does.
public struct NftRule: Sendable, Hashable {
    public let handle: UInt64
    public let comment: String?
    /// The attributes of its expressions as they came, to tell whether two rules do the same.
    public let expressions: [UInt8]

    public init?(_ reply: NetlinkReply) {
        let attributes = reply.attributes(after: 4)
        guard reply.type == NftMessage.newRule.type, let handle = attributes.bigEndian(3, as: UInt64.self)
        else { return nil }
        self.handle = handle
        comment = attributes[7].flatMap { NftRequest.comment(userData: $0) }
        expressions = attributes[4].map(Array.init) ?? []
    }
}

extension NetlinkSocket {
    /// The ruleset's generation: unchanged means that nobody has changed any rule.
    public func nftGeneration() throws(NetlinkError) -> UInt32 {
        let reply = try query(NftRequest.getGeneration()).first
        return reply?.attributes(after: 4).bigEndian(1, as: UInt32.self) ?? 0
    }

    public func nftTables() throws(NetlinkError) -> [NftTable] {
        try query(NftRequest.listTables()).compactMap(NftTable.init)
    }

    public func nftChains() throws(NetlinkError) -> [NftChain] {
        try query(NftRequest.listChains()).compactMap(NftChain.init)
    }

    public func nftRules(
        _ family: NftFamily, table: String, chain: String
    ) throws(NetlinkError) -> [NftRule] {
        try query(NftRequest.listRules(family, table: table, chain: chain)).compactMap(NftRule.init)
    }
}
