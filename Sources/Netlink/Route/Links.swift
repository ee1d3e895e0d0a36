internal import Linux

/// The container's end of a veth pair, made directly in its namespace.
public struct VethPeer: Sendable, Hashable {
    public let name: String
    /// A descriptor of the network namespace it is born in.
    public let namespace: Int32
    /// The 6 bytes of its hardware address.
    public let hardwareAddress: [UInt8]

    public init(name: String, namespace: Int32, hardwareAddress: [UInt8]) {
        self.name = name
        self.namespace = namespace
        self.hardwareAddress = hardwareAddress
    }
}

/// Requests about network interfaces (`RTM_*LINK`).
public enum LinkRequest {
    /// Makes a bridge that is up; an interface of that name is an `EEXIST` refusal.
    public static func createBridge(name: String, mtu: UInt32, hardwareAddress: [UInt8]? = nil)
        -> NetlinkRequest
    {
        var message = interface(up: true)
        message.attribute(Attribute.name, name)
        message.attribute(Attribute.mtu, mtu)
        if let hardwareAddress { message.attribute(Attribute.address, hardwareAddress) }
        message.nested(Attribute.info, flagged: false) { info in
            info.attribute(Info.kind, Array("bridge".utf8))
        }
        return NetlinkRequest(
            "create bridge", name, type: Kind.new, flags: [.create, .exclusive], payload: message.bytes)
    }

    /// Makes a veth pair in one step: this end up and in the bridge `master`, the other down in its
    /// namespace.
    ///
    /// The kernel refuses (`ENOTCONN`) to bring the other end up before the two are a pair.
    public static func createVeth(
        name: String, mtu: UInt32, master: UInt32?, hardwareAddress: [UInt8]? = nil, peer: VethPeer
    ) -> NetlinkRequest {
        var message = interface(up: true)
        message.attribute(Attribute.name, name)
        message.attribute(Attribute.mtu, mtu)
        if let hardwareAddress { message.attribute(Attribute.address, hardwareAddress) }
        singleQueue(&message)
        if let master { message.attribute(Attribute.master, master) }
        message.nested(Attribute.info, flagged: false) { info in
            info.attribute(Info.kind, Array("veth".utf8))
            info.nested(Info.data, flagged: false) { data in
                data.nested(1, flagged: false) { other in  // VETH_INFO_PEER
                    other.append(interface().bytes)
                    other.attribute(Attribute.name, peer.name)
                    other.attribute(Attribute.mtu, mtu)
                    other.attribute(Attribute.address, peer.hardwareAddress)
                    singleQueue(&other)
                    other.attribute(Attribute.namespaceDescriptor, UInt32(bitPattern: peer.namespace))
                }
            }
        }
        return NetlinkRequest(
            "create veth", name, type: Kind.new, flags: [.create, .exclusive], payload: message.bytes)
    }

    /// Changes an existing interface; what is nil stays.
    public static func change(
        name: String, up: Bool? = nil, mtu: UInt32? = nil, master: UInt32? = nil, alias: String? = nil,
        newName: String? = nil, index: UInt32 = 0, hardwareAddress: [UInt8]? = nil
    ) -> NetlinkRequest {
        var message = interface(index: index, up: up)
        message.attribute(Attribute.name, index == 0 ? name : newName ?? name)
        if let hardwareAddress { message.attribute(Attribute.address, hardwareAddress) }
        if let mtu { message.attribute(Attribute.mtu, mtu) }
        if let master { message.attribute(Attribute.master, master) }
        if let alias { message.attribute(Attribute.alias, Array(alias.utf8)) }
        return NetlinkRequest("change link", name, type: Kind.new, payload: message.bytes)
    }

    /// Brings an interface up by its number; loopback is number 1 of every namespace.
    public static func bringUp(index: UInt32) -> NetlinkRequest {
        NetlinkRequest(
            "bring up link", "#\(index)", type: Kind.new, payload: interface(index: index, up: true).bytes)
    }

    /// Lets a bridge send a frame back through the port it came from (`hairpin_mode`).
    public static func setHairpin(port name: String) -> NetlinkRequest {
        var message = interface()
        message.attribute(Attribute.name, name)
        message.nested(Attribute.info, flagged: false) { info in
            info.attribute(Info.slaveKind, Array("bridge".utf8))
            info.nested(Info.slaveData, flagged: true) { $0.attribute(4, UInt8(1)) }  // IFLA_BRPORT_MODE
        }
        return NetlinkRequest("set hairpin of port", name, type: Kind.new, payload: message.bytes)
    }

    public static func delete(name: String) -> NetlinkRequest {
        var message = interface()
        message.attribute(Attribute.name, name)
        return NetlinkRequest("delete link", name, type: Kind.delete, payload: message.bytes)
    }

    public static func get(name: String) -> NetlinkRequest {
        var message = interface()
        message.attribute(Attribute.name, name)
        message.attribute(Attribute.extendedMask, UInt32(8))  // no statistics
        return NetlinkRequest("find link", name, type: Kind.get, payload: message.bytes)
    }

    /// Every interface of the namespace.
    public static func list() -> NetlinkRequest {
        NetlinkRequest("list", "links", type: Kind.get, flags: .dump, payload: interface().bytes)
    }

    enum Kind {
        static let new: UInt16 = 16
        static let delete: UInt16 = 17
        static let get: UInt16 = 18
    }

    /// `IFLA_*`.
    enum Attribute {
        static let address: UInt16 = 1
        static let name: UInt16 = 3
        static let mtu: UInt16 = 4
        static let master: UInt16 = 10
        static let operationalState: UInt16 = 16
        static let info: UInt16 = 18
        static let alias: UInt16 = 20
        static let namespaceDescriptor: UInt16 = 28
        static let extendedMask: UInt16 = 29
        static let transmitQueues: UInt16 = 31
        static let receiveQueues: UInt16 = 32
        static let linkNamespaceID: UInt16 = 37
    }

    /// `IFLA_INFO_*`.
    enum Info {
        static let kind: UInt16 = 1
        static let data: UInt16 = 2
        static let slaveKind: UInt16 = 4
        static let slaveData: UInt16 = 5
    }

    /// One queue each way instead of one a processor: a veth takes no lock for them, and each costs objects
    /// in sysfs.
    private static func singleQueue(_ message: inout NetlinkBytes) {
        message.attribute(Attribute.transmitQueues, UInt32(1))
        message.attribute(Attribute.receiveQueues, UInt32(1))
    }

    /// `struct ifinfomsg`.
    private static func interface(index: UInt32 = 0, up: Bool? = nil) -> NetlinkBytes {
        var message = NetlinkBytes()
        message.append(UInt8(0))
        message.append(UInt8(0))
        message.append(UInt16(0))
        message.append(index)
        message.append(UInt32(up == true ? 1 : 0))  // IFF_UP
        message.append(UInt32(up == nil ? 0 : 1))
        return message
    }
}

/// A network interface as the kernel describes it.
public struct Link: Sendable, Hashable {
    public let index: UInt32
    public let name: String
    public let isUp: Bool
    /// Whether it passes packets: up, with a carrier that the kernel has taken notice of (`IF_OPER_UP`).
    public let isRunning: Bool
    public let mtu: UInt32
    public let hardwareAddress: [UInt8]
    /// The bridge (or the like) that it is a port of.
    public let master: UInt32?
    /// `bridge`, `veth`, …; nil for hardware.
    public let kind: String?
    public let alias: String?
    /// Whether the other end is in another namespace.
    public let peerIsElsewhere: Bool

    /// Reads an `RTM_NEWLINK` message.
    public init?(_ reply: NetlinkReply) {
        guard reply.type == LinkRequest.Kind.new, let index = reply.payload.number(at: 4, as: UInt32.self),
            let flags = reply.payload.number(at: 8, as: UInt32.self)
        else { return nil }
        let attributes = reply.attributes(after: 16)
        guard let name = attributes.text(LinkRequest.Attribute.name) else { return nil }
        self.index = index
        self.name = name
        isUp = flags & 1 != 0
        isRunning = attributes[LinkRequest.Attribute.operationalState]?.first == 6
        mtu = attributes.number(LinkRequest.Attribute.mtu, as: UInt32.self) ?? 0
        hardwareAddress = attributes[LinkRequest.Attribute.address].map(Array.init) ?? []
        master = attributes.number(LinkRequest.Attribute.master, as: UInt32.self)
        kind = attributes.nested(LinkRequest.Attribute.info)?.text(LinkRequest.Info.kind)
        alias = attributes.text(LinkRequest.Attribute.alias)
        peerIsElsewhere = attributes[LinkRequest.Attribute.linkNamespaceID] != nil
    }
}

extension NetlinkSocket {
    /// The interface called `name`, if there is one.
    public func link(named name: String) throws(NetlinkError) -> Link? {
        do {
            return try query(LinkRequest.get(name: name)).lazy.compactMap(Link.init).first
        } catch let error where error.code == .noDevice {
            return nil
        }
    }

    /// Every interface.
    public func links() throws(NetlinkError) -> [Link] {
        try query(LinkRequest.list()).compactMap(Link.init)
    }

    /// Deletes the interface called `name`, and reports whether there was one.
    @discardableResult
    public func deleteLink(named name: String) throws(NetlinkError) -> Bool {
        do {
            try perform([LinkRequest.delete(name: name)])
            return true
        } catch let error where error.code == .noDevice {
            return false
        }
    }
}
