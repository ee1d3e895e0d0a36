public import Linux

/// A network as `network ls` and `network inspect` show it.
public struct NetworkDescription: Sendable, Hashable {
    /// `bridge`, `host` or `none`.
    public let name: String
    public let id: String
    /// RFC 3339.
    public let created: String
    /// `bridge`, `host` or `null`.
    public let driver: String
    public let subnet: String?
    public let gateway: IPAddress?
    /// Driver options, in the order of their names.
    public let options: [(key: String, value: String)]
    /// The containers that are connected, by their ids' order.
    public let endpoints: [Endpoint]

    public static func == (left: Self, right: Self) -> Bool {
        left.id == right.id && left.endpoints == right.endpoints
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

extension DefaultNetwork {
    /// The built-in networks: bridge, host, none; none before ``start()``.
    public func describe() -> [NetworkDescription] {
        guard let record, let bridge else { return [] }
        let options = [
            ("com.docker.network.bridge.default_bridge", "true"),
            ("com.docker.network.bridge.enable_icc", "true"),
            ("com.docker.network.bridge.enable_ip_masquerade", "true"),
            (
                "com.docker.network.bridge.host_binding_ipv4",
                (self.options.publishAddress ?? .anyIPv4).description
            ),
            ("com.docker.network.bridge.name", bridge.name),
            ("com.docker.network.driver.mtu", "\(bridge.mtu)"),
        ]
        let endpoints = live.values.filter(\.isConnected).map(\.endpoint).sorted {
            $0.containerID < $1.containerID
        }
        return [
            NetworkDescription(
                name: "bridge", id: record.bridgeID, created: record.created, driver: "bridge",
                subnet: bridge.subnet.description, gateway: IPAddress(v4: bridge.gateway),
                options: options.map { (key: $0.0, value: $0.1) }, endpoints: endpoints),
            NetworkDescription(
                name: "host", id: record.hostID, created: record.created, driver: "host", subnet: nil,
                gateway: nil,
                options: [], endpoints: []),
            NetworkDescription(
                name: "none", id: record.noneID, created: record.created, driver: "null", subnet: nil,
                gateway: nil,
                options: [], endpoints: []),
        ]
    }

    /// The endpoint of a container that has one.
    public func endpoint(of containerID: String) -> Endpoint? { live[containerID]?.endpoint }
}
