internal import Glibc

/// An IPv4 or IPv6 address.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The 4 or 16 bytes in network order.
    public let bytes: [UInt8]

    /// An IPv4 address from its number: 0x7f000001 is 127.0.0.1.
    public init(v4: UInt32) {
        bytes = [
            UInt8(truncatingIfNeeded: v4 >> 24), UInt8(truncatingIfNeeded: v4 >> 16),
            UInt8(truncatingIfNeeded: v4 >> 8), UInt8(truncatingIfNeeded: v4),
        ]
    }

    /// An address from 4 or 16 bytes; nil for any other number of them.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Parses `192.0.2.1` (no leading zeros) or `2001:db8::1`; zones and ports are not part of an address.
    public init?(_ text: String) {
        if let v4 = Self.parseV4(text) {
            self.init(v4: v4)
            return
        }
        guard text.utf8.contains(UInt8(ascii: ":")) else { return nil }
        var raw = in6_addr()
        guard inet_pton(AF_INET6, text, &raw) == 1 else { return nil }
        self.init(bytes: withUnsafeBytes(of: &raw) { Array($0) })
    }

    private static func parseV4(_ text: String) -> UInt32? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else {
                return nil
            }
            var number: UInt32 = 0
            for digit in part {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
                number = number * 10 + UInt32(digit - UInt8(ascii: "0"))
            }
            guard number <= 255 else { return nil }
            value = value << 8 | number
        }
        return value
    }

    public var isIPv6: Bool { bytes.count == 16 }

    /// The number of an IPv4 address.
    public var v4: UInt32? {
        bytes.count == 4 ? bytes.reduce(0) { $0 << 8 | UInt32($1) } : nil
    }

    /// Whether it stands for every address of the host: `0.0.0.0`, `::`.
    public var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }

    /// Whether it is in `127.0.0.0/8` or is `::1`.
    public var isLoopback: Bool {
        isIPv6 ? bytes.last == 1 && bytes.dropLast().allSatisfy { $0 == 0 } : bytes.first == 127
    }

    public static let anyIPv4 = IPAddress(v4: 0)
    public static let anyIPv6 = IPAddress(zeroes: 16)
    public static let loopbackIPv4 = IPAddress(v4: 0x7f00_0001)

    private init(zeroes count: Int) { bytes = [UInt8](repeating: 0, count: count) }

    public var description: String {
        if bytes.count == 4 { return "\(bytes[0]).\(bytes[1]).\(bytes[2]).\(bytes[3])" }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = bytes.withUnsafeBytes { inet_ntop(AF_INET6, $0.baseAddress, &text, socklen_t(INET6_ADDRSTRLEN)) }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The address as it stands before a `:port`: IPv6 in brackets.
    public var bracketed: String { isIPv6 ? "[\(self)]" : description }
}

extension IPAddress: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = IPAddress(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not an IP address: \"\(text)\"")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
