public import EngineModel
public import Linux

/// What a published port carries.
public enum PortTransport: String, Codable, Sendable, Hashable {
    case tcp
    case udp
    case sctp

    /// `IPPROTO_*`.
    var number: UInt8 {
        switch self {
        case .tcp: 6
        case .udp: 17
        case .sctp: 132
        }
    }
}

/// A port that a container wants to be reached at.
public struct PortRequest: Sendable, Hashable {
    public let transport: PortTransport
    public let containerPort: UInt16
    /// The host's address, or nil for all of them.
    public let hostAddress: IPAddress?
    /// The host's port: one, the first free of a range, or (nil) any free one.
    public let hostPorts: ClosedRange<UInt16>?

    public init(
        _ transport: PortTransport, containerPort: UInt16, hostAddress: IPAddress? = nil,
        hostPorts: ClosedRange<UInt16>? = nil
    ) {
        self.transport = transport
        self.containerPort = containerPort
        self.hostAddress = hostAddress
        self.hostPorts = hostPorts
    }

    /// Parses the API's form: key `80/tcp`, `HostIp` (may be empty), `HostPort` (empty, `8080` or
    /// `8000-8010`).
    public init(container: String, hostIP: String, hostPort: String) throws(EngineError) {
        let parts = container.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, let port = UInt16(first), port > 0, parts.count <= 2 else {
            throw EngineError(.invalidParameter, "invalid port specification: \"\(container)\"")
        }
        guard let transport = parts.count == 2 ? PortTransport(rawValue: parts[1].lowercased()) : .tcp else {
            throw EngineError(.invalidParameter, "invalid port specification: \"\(container)\"")
        }
        var address: IPAddress?
        if !hostIP.isEmpty {
            guard let parsed = IPAddress(hostIP) else {
                throw EngineError(.invalidParameter, "invalid IP address \"\(hostIP)\" in port mapping")
            }
            address = parsed
        }
        self.init(
            transport, containerPort: port, hostAddress: address, hostPorts: try Self.parseRange(hostPort))
    }

    private static func parseRange(_ text: String) throws(EngineError) -> ClosedRange<UInt16>? {
        if text.isEmpty || text == "0" { return nil }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first > 0,
            first <= last
        else { throw EngineError(.invalidParameter, "invalid port specification: \"\(text)\"") }
        return first...last
    }
}

/// A published port as it is: one address and port of the host for one port of the container.
public struct PortBinding: Codable, Sendable, Hashable {
    public let transport: PortTransport
    public let containerPort: UInt16
    public let hostAddress: IPAddress
    public let hostPort: UInt16

    public init(transport: PortTransport, containerPort: UInt16, hostAddress: IPAddress, hostPort: UInt16) {
        self.transport = transport
        self.containerPort = containerPort
        self.hostAddress = hostAddress
        self.hostPort = hostPort
    }

    /// The key under which the API lists it: `80/tcp`.
    public var containerKey: String { "\(containerPort)/\(transport.rawValue)" }

    var hostEnd: SocketAddress { SocketAddress(hostAddress, hostPort) }
}
