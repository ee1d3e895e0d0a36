/// One message to the kernel, as a value; a ``NetlinkSocket`` sends it.
public struct NetlinkRequest: Sendable, Hashable {
    /// What it does, for error messages: `create link`.
    public let operation: String
    /// What it does it to: `veth1a2b3c4`.
    public let subject: String
    public let type: UInt16
    /// `NLM_F_*`, without `NLM_F_REQUEST` and `NLM_F_ACK`, which the socket adds.
    public let flags: NetlinkFlags
    /// What follows the header: a family's fixed part and attributes.
    public let payload: [UInt8]

    public init(
        _ operation: String, _ subject: String, type: UInt16, flags: NetlinkFlags = [], payload: [UInt8]
    ) {
        self.operation = operation
        self.subject = subject
        self.type = type
        self.flags = flags
        self.payload = payload
    }

    /// The message with its 16-byte header.
    public func encoded(sequence: UInt32, adding more: NetlinkFlags = .request) -> [UInt8] {
        var message = NetlinkBytes()
        message.append(UInt32(16 + payload.count))
        message.append(type)
        message.append(flags.union(more).rawValue)
        message.append(sequence)
        message.append(UInt32(0))
        message.append(payload)
        while message.bytes.count % 4 != 0 { message.append(UInt8(0)) }
        return message.bytes
    }
}

/// `NLM_F_*`.
public struct NetlinkFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let request = NetlinkFlags(rawValue: 0x001)
    public static let multipart = NetlinkFlags(rawValue: 0x002)
    public static let acknowledge = NetlinkFlags(rawValue: 0x004)
    public static let dumpInterrupted = NetlinkFlags(rawValue: 0x010)
    /// Every object that matches.
    public static let dump = NetlinkFlags(rawValue: 0x300)
    public static let replace = NetlinkFlags(rawValue: 0x100)
    public static let exclusive = NetlinkFlags(rawValue: 0x200)
    public static let create = NetlinkFlags(rawValue: 0x400)
    public static let append = NetlinkFlags(rawValue: 0x800)
}

/// One message from the kernel, without its header.
public struct NetlinkReply: Sendable {
    public let type: UInt16
    public let payload: ArraySlice<UInt8>

    public init(type: UInt16, payload: ArraySlice<UInt8>) {
        self.type = type
        self.payload = payload
    }

    /// The attributes behind a fixed part of `fixedBytes`.
    public func attributes(after fixedBytes: Int) -> NetlinkAttributes {
        NetlinkAttributes(payload.dropFirst(fixedBytes))
    }
}
