internal import Linux

/// An IPv4 network: `172.18.0.0/16`.
public struct IPv4Subnet: Hashable, Sendable, CustomStringConvertible {
    /// Its first address, as a number.
    public let base: UInt32
    public let prefix: UInt8

    /// The network of `prefix` bits that `address` is in.
    public init(containing address: UInt32, prefix: UInt8) {
        self.prefix = min(prefix, 32)
        base = address & Self.mask(self.prefix)
    }

    /// Parses `10.5.0.0/24`; bits beyond the prefix are cut off.
    public init?(_ text: String) {
        guard let parsed = IPv4Subnet.parse(text) else { return nil }
        self = parsed.subnet
    }

    /// Parses `10.5.0.1/24` as an address and its network.
    static func parse(_ text: String) -> (address: UInt32, subnet: IPv4Subnet)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0]))?.v4, let prefix = UInt8(parts[1]),
            prefix <= 32
        else { return nil }
        return (address, IPv4Subnet(containing: address, prefix: prefix))
    }

    private static func mask(_ prefix: UInt8) -> UInt32 { prefix == 0 ? 0 : ~0 << UInt32(32 - prefix) }

    /// The four bytes of its mask, in network order.
    public var maskBytes: [UInt8] { IPAddress(v4: Self.mask(prefix)).bytes }

    /// Its last address, which reaches all of them.
    public var broadcast: UInt32 { base | ~Self.mask(prefix) }

    public func contains(_ address: UInt32) -> Bool { address & Self.mask(prefix) == base }

    public func overlaps(_ other: IPv4Subnet) -> Bool { contains(other.base) || other.contains(base) }

    public var description: String { "\(IPAddress(v4: base))/\(prefix)" }
}

/// A range of addresses to cut subnets of one size from.
public struct SubnetPool: Hashable, Sendable {
    public let base: IPv4Subnet
    /// The prefix of each subnet.
    public let size: UInt8

    public init(base: IPv4Subnet, size: UInt8) {
        self.base = base
        self.size = max(size, base.prefix)
    }

    /// Docker's pools, except that its own first choice, 172.17.0.0/16, comes last: a dockerd that is
    /// installed or started later still finds it free.
    public static let standard: [SubnetPool] =
        (18...31).map { pool(172 << 24 | $0 << 16, 16, 16) } + [pool(192 << 24 | 168 << 16, 16, 20)]
        + [pool(172 << 24 | 17 << 16, 16, 16)]

    private static func pool(_ base: UInt32, _ prefix: UInt8, _ size: UInt8) -> SubnetPool {
        SubnetPool(base: IPv4Subnet(containing: base, prefix: prefix), size: size)
    }

    /// Its subnets in order, at most 4096 of them.
    public var subnets: [IPv4Subnet] {
        let count = min(1 << UInt32(size - base.prefix), 4096)
        let step = UInt64(1) << UInt64(32 - size)
        return (0..<count).map {
            IPv4Subnet(containing: base.base &+ UInt32(truncatingIfNeeded: UInt64($0) * step), prefix: size)
        }
    }

    /// The first subnet of `pools` that overlaps nothing in `taken`.
    public static func firstFree(in pools: [SubnetPool], taken: [IPv4Subnet]) -> IPv4Subnet? {
        for pool in pools {
            for subnet in pool.subnets where !taken.contains(where: { $0.overlaps(subnet) }) { return subnet }
        }
        return nil
    }
}
