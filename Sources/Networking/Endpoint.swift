public import Linux

/// A container's place in the default network, from its start to its stop.
public struct Endpoint: Codable, Sendable, Hashable {
    public let containerID: String
    public var containerName: String
    /// 64 hexadecimal digits.
    public let endpointID: String
    /// The network's id, 64 hexadecimal digits.
    public let networkID: String
    public let address: IPAddress
    public let prefix: UInt8
    public let gateway: IPAddress
    /// `9e:c3:8f:55:dd:27`.
    public let hardwareAddress: String
    /// The name of the host's end of the veth pair.
    public let hostInterface: String
    /// Every published port, with the host's port chosen; an all-addresses request has an IPv4 and an IPv6
    /// entry.
    public let bindings: [PortBinding]
}

/// A hardware address of six bytes.
public enum HardwareAddress {
    /// A random, locally administered, unicast one.
    static func random() -> [UInt8] {
        var bytes = (0..<6).map { _ in UInt8.random(in: .min ... .max) }
        bytes[0] = bytes[0] & 0xfe | 0x02
        return bytes
    }

    /// The six bytes of `02:42:ac:11:00:02`, or with `-` between them.
    public static func parse(_ text: String) -> [UInt8]? {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        let bytes = parts.compactMap {
            $0.utf8.count == 2 && $0.allSatisfy(\.isHexDigit) ? UInt8($0, radix: 16) : nil
        }
        return parts.count == 6 && bytes.count == 6 ? bytes : nil
    }

    static func text(_ bytes: [UInt8]) -> String {
        bytes.map { Hexadecimal.text([$0]) }.joined(separator: ":")
    }
}

/// Lower-case hexadecimal text.
enum Hexadecimal {
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// `count` random bytes as text.
    static func random(bytes count: Int) -> String {
        text((0..<count).map { _ in UInt8.random(in: .min ... .max) })
    }
}
