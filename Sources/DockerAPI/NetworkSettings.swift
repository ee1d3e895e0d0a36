/// A container's place in its networks; the fields of the first level repeat the default bridge's.
public struct NetworkSettings: Codable, Hashable, Sendable {
    public var bridge: String = ""
    public var sandboxID: String = ""
    public var sandboxKey: String = ""
    public var ports: [String: [PortBinding]?] = [:]
    public var hairpinMode: Bool = false
    public var linkLocalIPv6Address: String = ""
    public var linkLocalIPv6PrefixLen: Int = 0
    @Nullable public var secondaryIPAddresses: [NetworkAddress]?
    @Nullable public var secondaryIPv6Addresses: [NetworkAddress]?
    public var endpointID: String = ""
    public var gateway: String = ""
    public var globalIPv6Address: String = ""
    public var globalIPv6PrefixLen: Int = 0
    public var ipAddress: String = ""
    public var ipPrefixLen: Int = 0
    public var ipv6Gateway: String = ""
    public var macAddress: String = ""
    public var networks: [String: EndpointSettings] = [:]

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case bridge = "Bridge"
        case sandboxID = "SandboxID"
        case sandboxKey = "SandboxKey"
        case ports = "Ports"
        case hairpinMode = "HairpinMode"
        case linkLocalIPv6Address = "LinkLocalIPv6Address"
        case linkLocalIPv6PrefixLen = "LinkLocalIPv6PrefixLen"
        case secondaryIPAddresses = "SecondaryIPAddresses"
        case secondaryIPv6Addresses = "SecondaryIPv6Addresses"
        case endpointID = "EndpointID"
        case gateway = "Gateway"
        case globalIPv6Address = "GlobalIPv6Address"
        case globalIPv6PrefixLen = "GlobalIPv6PrefixLen"
        case ipAddress = "IPAddress"
        case ipPrefixLen = "IPPrefixLen"
        case ipv6Gateway = "IPv6Gateway"
        case macAddress = "MacAddress"
        case networks = "Networks"
    }
}
extension NetworkSettings: GoZero {}

/// An address and the length of its prefix (Address).
public struct NetworkAddress: Codable, Hashable, Sendable {
    public var addr: String = ""
    public var prefixLen: Int = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case addr = "Addr"
        case prefixLen = "PrefixLen"
    }
}
extension NetworkAddress: GoZero {}

/// A container's end in one network.
public struct EndpointSettings: Codable, Hashable, Sendable {
    @Nullable public var ipamConfig: EndpointIPAMConfig?
    @Nullable public var links: [String]?
    @Nullable public var aliases: [String]?
    public var macAddress: String = ""
    @Nullable public var driverOpts: [String: String]?
    public var gwPriority: Int = 0
    public var networkID: String = ""
    public var endpointID: String = ""
    public var gateway: String = ""
    public var ipAddress: String = ""
    public var ipPrefixLen: Int = 0
    public var ipv6Gateway: String = ""
    public var globalIPv6Address: String = ""
    public var globalIPv6PrefixLen: Int = 0
    @Nullable public var dnsNames: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case ipamConfig = "IPAMConfig"
        case links = "Links"
        case aliases = "Aliases"
        case macAddress = "MacAddress"
        case driverOpts = "DriverOpts"
        case gwPriority = "GwPriority"
        case networkID = "NetworkID"
        case endpointID = "EndpointID"
        case gateway = "Gateway"
        case ipAddress = "IPAddress"
        case ipPrefixLen = "IPPrefixLen"
        case ipv6Gateway = "IPv6Gateway"
        case globalIPv6Address = "GlobalIPv6Address"
        case globalIPv6PrefixLen = "GlobalIPv6PrefixLen"
        case dnsNames = "DNSNames"
    }
}
extension EndpointSettings: GoZero {}

/// The addresses that a user asked for.
public struct EndpointIPAMConfig: Codable, Hashable, Sendable {
    @OmitEmpty public var ipv4Address: String = ""
    @OmitEmpty public var ipv6Address: String = ""
    @OmitEmpty public var linkLocalIPs: [String] = []

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case ipv4Address = "IPv4Address"
        case ipv6Address = "IPv6Address"
        case linkLocalIPs = "LinkLocalIPs"
    }
}
extension EndpointIPAMConfig: GoZero {}

/// The networks that a new container joins.
public struct NetworkingConfig: Codable, Hashable, Sendable {
    @Nullable public var endpointsConfig: [String: EndpointSettings?]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case endpointsConfig = "EndpointsConfig"
    }
}
extension NetworkingConfig: GoZero {}
