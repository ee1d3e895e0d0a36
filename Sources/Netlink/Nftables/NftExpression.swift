/// One step of a rule: it loads a register, compares one, or acts.
///
/// Registers are the 32-bit ones, numbered from 0; a value of 16 bytes takes four in a row. A comparison or a
/// lookup that fails ends the rule.
public enum NftExpression: Sendable, Hashable {
    /// Loads a property of the packet.
    case meta(MetaKey, register: UInt32)
    /// Loads a property of the connection.
    case connection(ConnectionKey, register: UInt32)
    /// Loads bytes of a header.
    case payload(PayloadBase, offset: UInt32, length: UInt32, register: UInt32)
    /// Loads what the packet's destination is to this host: see ``RouteKind``.
    case destinationKind(register: UInt32)
    /// Keeps the bits of a mask.
    case mask([UInt8], register: UInt32)
    /// Goes on only if the register compares so to `value`.
    case compare(Comparison, [UInt8], register: UInt32)
    /// Looks the key up; goes on only if it is there, with its value in `into`.
    case lookup(set: String, id: UInt32, key: UInt32, into: UInt32?)
    /// Sends the connection to the address in one register and the port in another.
    case destinationNAT(address: UInt32, port: UInt32)
    /// Gives the connection the outgoing interface's address.
    case masquerade
    case counter
    case accept
    case drop
    case returnToCaller
    case jump(String)

    public enum MetaKey: UInt32, Sendable, Hashable {
        case inInterfaceName = 6
        case outInterfaceName = 7
        case layer4Protocol = 16
    }

    public enum ConnectionKey: UInt32, Sendable, Hashable {
        case state = 0
        case status = 2
    }

    public enum PayloadBase: UInt32, Sendable, Hashable {
        case network = 1
        case transport = 2
    }

    public enum Comparison: UInt32, Sendable, Hashable {
        case equal = 0
        case notEqual = 1
    }

    /// `RTN_*` as ``destinationKind(register:)`` loads it.
    public enum RouteKind {
        public static let local: UInt32 = 2
    }

    /// Bits of ``ConnectionKey/state``.
    public enum ConnectionState {
        public static let established: UInt32 = 2
        public static let related: UInt32 = 4
    }

    /// Bits of ``ConnectionKey/status``.
    public enum ConnectionStatus {
        public static let destinationNAT: UInt32 = 0x20
    }
}

extension NftExpression {
    /// The kernel's name of the expression.
    var name: String {
        switch self {
        case .meta: "meta"
        case .connection: "ct"
        case .payload: "payload"
        case .destinationKind: "fib"
        case .mask: "bitwise"
        case .compare: "cmp"
        case .lookup: "lookup"
        case .destinationNAT: "nat"
        case .masquerade: "masq"
        case .counter: "counter"
        case .accept, .drop, .returnToCaller, .jump: "immediate"
        }
    }

    /// Writes the expression's attributes.
    func encode(into data: inout NetlinkBytes) {
        switch self {
        case .meta(let key, let register):
            data.attribute(1, bigEndian: Self.number(register))
            data.attribute(2, bigEndian: key.rawValue)
        case .connection(let key, let register):
            data.attribute(1, bigEndian: Self.number(register))
            data.attribute(2, bigEndian: key.rawValue)
        case .payload(let base, let offset, let length, let register):
            data.attribute(1, bigEndian: Self.number(register))
            data.attribute(2, bigEndian: base.rawValue)
            data.attribute(3, bigEndian: offset)
            data.attribute(4, bigEndian: length)
        case .destinationKind(let register):
            data.attribute(1, bigEndian: Self.number(register))
            data.attribute(2, bigEndian: UInt32(3))  // NFT_FIB_RESULT_ADDRTYPE
            data.attribute(3, bigEndian: UInt32(2))  // NFTA_FIB_F_DADDR
        case .mask(let mask, let register):
            data.attribute(1, bigEndian: Self.number(register))
            data.attribute(2, bigEndian: Self.number(register))
            data.attribute(3, bigEndian: UInt32(mask.count))
            data.nested(4) { $0.attribute(1, mask) }
            data.nested(5) { $0.attribute(1, [UInt8](repeating: 0, count: mask.count)) }
        case .compare(let comparison, let value, let register):
            data.attribute(1, bigEndian: Self.number(register))
            data.attribute(2, bigEndian: comparison.rawValue)
            data.nested(3) { $0.attribute(1, value) }
        case .lookup(let set, let id, let key, let target):
            data.attribute(1, set)
            data.attribute(2, bigEndian: Self.number(key))
            if let target { data.attribute(3, bigEndian: Self.number(target)) }
            data.attribute(4, bigEndian: id)
        case .destinationNAT(let address, let port):
            data.attribute(1, bigEndian: UInt32(1))  // NFT_NAT_DNAT
            data.attribute(2, bigEndian: UInt32(NftFamily.ip.rawValue))
            data.attribute(3, bigEndian: Self.number(address))
            data.attribute(5, bigEndian: Self.number(port))
        case .masquerade:
            break
        case .counter:
            data.attribute(1, bigEndian: UInt64(0))
            data.attribute(2, bigEndian: UInt64(0))
        case .accept: Self.verdict(1, nil, into: &data)
        case .drop: Self.verdict(0, nil, into: &data)
        case .returnToCaller: Self.verdict(-5, nil, into: &data)
        case .jump(let chain): Self.verdict(-3, chain, into: &data)
        }
    }

    /// `NFT_REG32_00` and up.
    private static func number(_ register: UInt32) -> UInt32 { 8 + register }

    private static func verdict(_ code: Int32, _ chain: String?, into data: inout NetlinkBytes) {
        data.attribute(1, bigEndian: UInt32(0))  // NFT_REG_VERDICT
        data.nested(2) { value in
            value.nested(2) { verdict in
                verdict.attribute(1, bigEndian: code)
                if let chain { verdict.attribute(2, chain) }
            }
        }
    }

    /// The 16 bytes that an interface name is compared as.
    public static func interfaceName(_ name: String) -> [UInt8] {
        Array((Array(name.utf8) + [UInt8](repeating: 0, count: 16)).prefix(16))
    }

    /// The four bytes of a number as the registers hold it: in the machine's order.
    public static func hostNumber(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
}
