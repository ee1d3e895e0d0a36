/// A network and who is in it.
public struct Network: Codable, Hashable, Sendable {
    public var name: String = ""
    public var id: String = ""
    public var created: String = ""
    public var scope: String = ""
    public var driver: String = ""
    public var enableIPv4: Bool = false
    public var enableIPv6: Bool = false
    public var ipam: IPAM = IPAM()
    public var isInternal: Bool = false
    public var attachable: Bool = false
    public var ingress: Bool = false
    public var configFrom: ConfigReference = ConfigReference()
    public var configOnly: Bool = false
    public var containers: [String: NetworkContainer] = [:]
    public var options: [String: String] = [:]
    public var labels: [String: String] = [:]

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name = "Name"
        case id = "Id"
        case created = "Created"
        case scope = "Scope"
        case driver = "Driver"
        case enableIPv4 = "EnableIPv4"
        case enableIPv6 = "EnableIPv6"
        case ipam = "IPAM"
        case isInternal = "Internal"
        case attachable = "Attachable"
        case ingress = "Ingress"
        case configFrom = "ConfigFrom"
        case configOnly = "ConfigOnly"
        case containers = "Containers"
        case options = "Options"
        case labels = "Labels"
    }
}
extension Network: GoZero {}

/// The network whose settings another one takes.
public struct ConfigReference: Codable, Hashable, Sendable {
    public var network: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case network = "Network"
    }
}
extension ConfigReference: GoZero {}

/// How a network gives out addresses.
public struct IPAM: Codable, Hashable, Sendable {
    public var driver: String = ""
    @Nullable public var options: [String: String]?
    @Nullable public var config: [IPAMConfig]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case driver = "Driver"
        case options = "Options"
        case config = "Config"
    }
}
extension IPAM: GoZero {}

/// One range of addresses.
public struct IPAMConfig: Codable, Hashable, Sendable {
    @OmitEmpty public var subnet: String = ""
    @OmitEmpty public var ipRange: String = ""
    @OmitEmpty public var gateway: String = ""
    @OmitEmpty public var auxiliaryAddresses: [String: String] = [:]

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case subnet = "Subnet"
        case ipRange = "IPRange"
        case gateway = "Gateway"
        case auxiliaryAddresses = "AuxiliaryAddresses"
    }
}
extension IPAMConfig: GoZero {}

/// A container in a network's description.
public struct NetworkContainer: Codable, Hashable, Sendable {
    public var name: String = ""
    public var endpointID: String = ""
    public var macAddress: String = ""
    public var ipv4Address: String = ""
    public var ipv6Address: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name = "Name"
        case endpointID = "EndpointID"
        case macAddress = "MacAddress"
        case ipv4Address = "IPv4Address"
        case ipv6Address = "IPv6Address"
    }
}
extension NetworkContainer: GoZero {}

/// A network to make.
public struct NetworkCreateRequest: Codable, Hashable, Sendable {
    public var name: String = ""
    public var checkDuplicate: Bool?
    public var driver: String = ""
    public var scope: String = ""
    public var enableIPv4: Bool?
    public var enableIPv6: Bool?
    public var ipam: IPAM?
    public var isInternal: Bool = false
    public var attachable: Bool = false
    public var ingress: Bool = false
    public var configOnly: Bool = false
    public var configFrom: ConfigReference?
    @Nullable public var options: [String: String]?
    @Nullable public var labels: [String: String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name = "Name"
        case checkDuplicate = "CheckDuplicate"
        case driver = "Driver"
        case scope = "Scope"
        case enableIPv4 = "EnableIPv4"
        case enableIPv6 = "EnableIPv6"
        case ipam = "IPAM"
        case isInternal = "Internal"
        case attachable = "Attachable"
        case ingress = "Ingress"
        case configOnly = "ConfigOnly"
        case configFrom = "ConfigFrom"
        case options = "Options"
        case labels = "Labels"
    }
}
extension NetworkCreateRequest: GoZero {}

/// The network made.
public struct NetworkCreateResponse: Codable, Hashable, Sendable {
    public var id: String = ""
    public var warning: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id = "Id"
        case warning = "Warning"
    }
}
extension NetworkCreateResponse: GoZero {}

/// A container to put into a network.
public struct NetworkConnectRequest: Codable, Hashable, Sendable {
    public var container: String = ""
    public var endpointConfig: EndpointSettings?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case container = "Container"
        case endpointConfig = "EndpointConfig"
    }
}
extension NetworkConnectRequest: GoZero {}

/// A container to take out of a network.
public struct NetworkDisconnectRequest: Codable, Hashable, Sendable {
    public var container: String = ""
    public var force: Bool = false

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case container = "Container"
        case force = "Force"
    }
}
extension NetworkDisconnectRequest: GoZero {}
