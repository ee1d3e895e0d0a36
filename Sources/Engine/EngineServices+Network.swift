internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import Linux
internal import Networking
internal import Synchronization

extension EngineServices {
    /// Reads the wishes of one exposed port: `80/tcp` with its host addresses and ports.
    func portRequests(_ key: String, _ bindings: [DockerAPI.PortBinding]) throws -> [PortRequest] {
        if bindings.isEmpty { return [try PortRequest(container: key, hostIP: "", hostPort: "")] }
        return try bindings.map { try PortRequest(container: key, hostIP: $0.hostIP, hostPort: $0.hostPort) }
    }

    /// Gives a container that starts its address and its published ports.
    func allocateEndpoint(for record: ContainerRecord) async throws -> NetworkEndpoint {
        var requests: [PortRequest] = []
        let bindings = record.hostConfig.portBindings ?? [:]
        for (key, list) in bindings.sorted(by: { $0.key < $1.key }) {
            requests += try portRequests(key, list ?? [])
        }
        if record.hostConfig.publishAllPorts {
            let published = Set(bindings.keys.map(ContainerActor.portKey))
            for key in record.config.exposedPorts.keys.map(ContainerActor.portKey).sorted()
            where !published.contains(key) {
                requests.append(try PortRequest(container: key, hostIP: "", hostPort: ""))
            }
        }
        let settings = record.networking.endpointsConfig?.first { ["bridge", "default"].contains($0.key) }?
            .value
        let mac = settings.map(\.macAddress).flatMap { $0.isEmpty ? nil : $0 } ?? record.config.macAddress
        return try await network.allocate(
            containerID: record.id, name: record.name, mac: mac.isEmpty ? nil : mac, ports: requests)
    }

    /// Wires the container's network namespace.
    func connect(_ endpoint: NetworkEndpoint, namespace: SharedDescriptor) async throws {
        try await network.connect(endpoint, netnsDescriptor: namespace.rawValue)
    }

    func releaseEndpoint(of id: String) async { await network.release(containerID: id) }

    /// Tells the network which containers run, after a restart of the daemon.
    func adoptNetwork(_ running: [String: Int32]) async throws {
        try await network.start()
        try await network.adopt(running: running)
        let ids = Dictionary(uniqueKeysWithValues: await network.describe().map { ($0.name, $0.id) })
        networkIDs.withLock { $0 = ids }
    }

    /// The id of a built-in network; empty for any other name.
    func networkID(of name: String) -> String { networkIDs.withLock { $0[name] } ?? "" }

    /// Writes the container's `hosts`, `hostname` and `resolv.conf`, and says where each is to be bound.
    func writeSystemFiles(
        for record: ContainerRecord, endpoint: NetworkEndpoint?, hostName: String?, links: [HostsFile.Entry]
    ) async throws -> [(destination: String, source: String)] {
        let directory = paths.container(record.id)
        if case .container(let other) = record.networkMode {
            // Its network is the other's, and so are its names.
            let id = try registry.find(other).id
            let shared = paths.container(id)
            return [
                ("/etc/resolv.conf", shared + "/resolv.conf"), ("/etc/hostname", shared + "/hostname"),
                ("/etc/hosts", shared + "/hosts"),
            ]
        }
        let host = record.hostConfig
        let isHostNetwork = record.networkMode == .host
        let gateway =
            (host.extraHosts ?? []).contains { $0.hasSuffix("host-gateway") }
            ? await network.hostGateway : nil
        let extra = try (host.extraHosts ?? []).map { try HostsFile.parse(addHost: $0, gateway: gateway) }
        let dns = host.dns?.isEmpty == false ? host.dns ?? [] : options.dns
        let search = host.dnsSearch?.isEmpty == false ? host.dnsSearch ?? [] : options.dnsSearch
        let dnsOptions = host.dnsOptions?.isEmpty == false ? host.dnsOptions ?? [] : options.dnsOptions
        let resolver: String
        if isHostNetwork && dns.isEmpty && search.isEmpty && dnsOptions.isEmpty {
            resolver = (try? readText("/etc/resolv.conf", limitBytes: 1 << 20)) ?? ""
        } else {
            resolver = ResolvConf.ofHost().render(
                view: isHostNetwork ? .host : .ownNamespace, dns: dns, search: search, options: dnsOptions)
        }
        let hosts: String
        if isHostNetwork {
            let own = (try? readText("/etc/hosts", limitBytes: 1 << 20)) ?? ""
            hosts = own + extra.map { "\($0.address)\t\($0.names.joined(separator: " "))\n" }.joined()
        } else {
            hosts = HostsFile.render(
                extra: extra + links,
                own: endpoint.map {
                    HostsFile.ownEntry(
                        $0.address, hostname: hostName ?? "", domainname: record.config.domainname)
                })
        }
        try writeFile(directory + "/resolv.conf", resolver)
        try writeFile(directory + "/hosts", hosts)
        try writeFile(directory + "/hostname", (hostName ?? "") + "\n")
        return [
            ("/etc/resolv.conf", directory + "/resolv.conf"), ("/etc/hostname", directory + "/hostname"),
            ("/etc/hosts", directory + "/hosts"),
        ]
    }

    /// Changes, in place, the address of a link in a running container's hosts file.
    func moveHostsEntry(of id: String, alias: String, to address: IPAddress) throws {
        let path = paths.container(id) + "/hosts"
        let text = try readText(path, limitBytes: 1 << 20)
        let changed = HostsFile.moving(alias, to: address, in: text)
        if changed != text { try writeFile(path, changed) }
    }
}
