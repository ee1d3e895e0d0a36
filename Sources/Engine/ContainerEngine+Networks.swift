public import DockerAPI
internal import EngineModel
internal import Networking

extension ContainerEngine {
    /// The built-in networks that match.
    public func listNetworks(_ filters: Filters) async throws -> [Network] {
        if let unknown = filters.firstUnknown(
            accepted: ["dangling", "driver", "id", "label", "name", "scope", "type"])
        {
            throw EngineError(.invalidParameter, "invalid filter '\(unknown)'")
        }
        return await services.network.describe().map { view($0, withContainers: false) }.filter { network in
            func any(_ name: String, _ test: (String) -> Bool) -> Bool {
                filters[name].isEmpty || filters[name].contains(where: test)
            }
            return any("name") { network.name.contains($0) } && any("id") { network.id.contains($0) }
                && filters.exactMatch("driver", network.driver) && filters.exactMatch("scope", "local")
                && filters.labelsMatch([:]) && any("type") { $0 == "builtin" }
                && filters.flag("dangling") != true
        }
    }

    public func inspectNetwork(_ network: String) async throws -> Network {
        let all = await services.network.describe()
        let exact = all.first { $0.name == network || $0.id == network }
        let found = exact.map { [$0] } ?? all.filter { !network.isEmpty && $0.id.hasPrefix(network) }
        if found.count > 1 {
            throw EngineError(
                .invalidParameter,
                "network \(network) is ambiguous (\(found.count) matches found based on ID prefix)")
        }
        guard let one = found.first else { throw EngineError(.notFound, "network \(network) not found") }
        return view(one, withContainers: true)
    }

    private func view(_ network: NetworkDescription, withContainers: Bool) -> Network {
        var answer = Network()
        answer.name = network.name
        answer.id = network.id
        answer.created = network.created
        answer.scope = "local"
        answer.driver = network.driver
        answer.enableIPv4 = true
        answer.ipam.driver = "default"
        if let subnet = network.subnet {
            var config = IPAMConfig()
            config.subnet = subnet
            config.gateway = network.gateway.map { "\($0)" } ?? ""
            answer.ipam.config = [config]
        } else {
            answer.ipam.config = []
        }
        answer.options = Dictionary(network.options.map { ($0.key, $0.value) }) { first, _ in first }
        if withContainers {
            for endpoint in network.endpoints {
                var container = NetworkContainer()
                container.name = endpoint.containerName
                container.endpointID = endpoint.endpointID
                container.macAddress = endpoint.hardwareAddress
                container.ipv4Address = "\(endpoint.address)/\(endpoint.prefix)"
                answer.containers[endpoint.containerID] = container
            }
        }
        return answer
    }
}
