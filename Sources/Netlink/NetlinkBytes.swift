/// Builds a netlink message: fixed parts, then attributes, each padded to four bytes; see `netlink(7)`.
///
/// Numbers are written in the machine's order unless a name says big-endian.
public struct NetlinkBytes: Sendable, Hashable {
    /// What has been written so far.
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// Appends `value` in the machine's byte order.
    public mutating func append<Number: FixedWidthInteger>(_ value: Number) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    /// Appends raw bytes, not padded.
    public mutating func append(_ raw: [UInt8]) { bytes.append(contentsOf: raw) }

    /// Appends an attribute that holds raw bytes.
    public mutating func attribute(_ type: UInt16, _ raw: [UInt8]) {
        append(UInt16(4 + raw.count))
        append(type)
        bytes.append(contentsOf: raw)
        pad()
    }

    /// Appends an attribute that holds a number in the machine's byte order.
    public mutating func attribute<Number: FixedWidthInteger>(_ type: UInt16, _ value: Number) {
        attribute(type, withUnsafeBytes(of: value) { Array($0) })
    }

    /// Appends an attribute that holds a number in network byte order, as netfilter wants it.
    public mutating func attribute<Number: FixedWidthInteger>(_ type: UInt16, bigEndian value: Number) {
        attribute(type, value.bigEndian)
    }

    /// Appends an attribute that holds a string and its final zero.
    public mutating func attribute(_ type: UInt16, _ text: String) {
        attribute(type, Array(text.utf8) + [0])
    }

    /// Appends an attribute that holds the attributes that `body` writes.
    ///
    /// netfilter and newer parts of rtnetlink want `NLA_F_NESTED` on it; the old families of rtnetlink take
    /// both.
    public mutating func nested(_ type: UInt16, flagged: Bool = true, _ body: (inout NetlinkBytes) -> Void) {
        let start = bytes.count
        append(UInt16(0))
        append(flagged ? type | 0x8000 : type)
        body(&self)
        withUnsafeBytes(of: UInt16(bytes.count - start)) { length in
            bytes[start] = length[0]
            bytes[start + 1] = length[1]
        }
        pad()
    }

    private mutating func pad() {
        while bytes.count % 4 != 0 { bytes.append(0) }
    }
}

/// The attributes of a netlink message, read without trusting their lengths.
public struct NetlinkAttributes: Sendable {
    private let found: [UInt16: ArraySlice<UInt8>]
    /// The attributes in their order, for lists that repeat one type.
    public let ordered: [(type: UInt16, value: ArraySlice<UInt8>)]

    /// Reads `bytes` up to the first attribute that does not fit.
    public init(_ bytes: ArraySlice<UInt8>) {
        var ordered: [(type: UInt16, value: ArraySlice<UInt8>)] = []
        var rest = bytes
        while rest.count >= 4 {
            let length = Int(rest.number(at: 0, as: UInt16.self) ?? 0)
            let type = (rest.number(at: 2, as: UInt16.self) ?? 0) & 0x3fff
            guard length >= 4, length <= rest.count else { break }
            ordered.append((type, rest.dropFirst(4).prefix(length - 4)))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        self.ordered = ordered
        found = Dictionary(ordered.map { ($0.type, $0.value) }, uniquingKeysWith: { $1 })
    }

    public subscript(_ type: UInt16) -> ArraySlice<UInt8>? { found[type] }

    /// The number that attribute `type` holds in the machine's byte order.
    public func number<Number: FixedWidthInteger>(_ type: UInt16, as number: Number.Type) -> Number? {
        found[type]?.number(at: 0, as: number)
    }

    /// The number that attribute `type` holds in network byte order.
    public func bigEndian<Number: FixedWidthInteger>(_ type: UInt16, as number: Number.Type) -> Number? {
        found[type]?.number(at: 0, as: number).map { Number(bigEndian: $0) }
    }

    /// The string that attribute `type` holds, up to its first zero.
    public func text(_ type: UInt16) -> String? {
        found[type].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The attributes inside attribute `type`.
    public func nested(_ type: UInt16) -> NetlinkAttributes? { found[type].map { NetlinkAttributes($0) } }
}

extension ArraySlice where Element == UInt8 {
    /// The number at `offset` from the slice's start, in the machine's byte order; nil if it does not fit.
    func number<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type) -> Number? {
        let size = MemoryLayout<Number>.size
        guard offset >= 0, count >= offset + size else { return nil }
        var value: Number = 0
        Swift.withUnsafeMutableBytes(of: &value) { target in
            for index in 0..<size { target[index] = self[startIndex + offset + index] }
        }
        return value
    }
}
