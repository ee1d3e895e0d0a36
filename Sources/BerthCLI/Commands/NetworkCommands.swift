internal import EngineClient
internal import OrderedJSON

private typealias Request = EngineClient.Request

extension Command {
    static let networkCreate = Command(
        path: "network create", usage: "[OPTIONS] NETWORK", summary: "Create a network",
        flags: [
            Flag("attachable", nil, .bool, "Let containers be attached by hand"),
            Flag("aux-address", nil, .map, "Address that the driver uses itself", standard: "map[]"),
            Flag("config-from", nil, .string, "Network to copy the configuration from"),
            Flag("config-only", nil, .bool, "Create a configuration only"),
            Flag("driver", "d", .string, "Driver of the network", standard: "bridge"),
            Flag("gateway", nil, .strings, "Gateway of the subnet"),
            Flag("ingress", nil, .bool, "Create swarm's routing mesh"),
            Flag("internal", nil, .bool, "Keep the network from the outside"),
            Flag("ip-range", nil, .strings, "Part of the subnet to give containers addresses from"),
            Flag("ipam-driver", nil, .string, "Driver that manages addresses", standard: "default"),
            Flag("ipam-opt", nil, .map, "Option of the address driver", standard: "map[]"),
            Flag("ipv4", nil, .bool, "Give out IPv4 addresses", standard: "true"),
            Flag("ipv6", nil, .bool, "Give out IPv6 addresses"),
            Flag("label", nil, .list, "Label of the network", convert: Validate.label),
            Flag("opt", "o", .map, "Option of the driver", standard: "map[]"),
            Flag("scope", nil, .string, "Scope of the network"),
            Flag("subnet", nil, .strings, "Subnet in CIDR form"),
        ], arguments: .exactly(1)
    ) { cli, flags in
        var body: JSONObject = [
            "Name": .string(flags.arguments[0]), "Driver": .string(flags.string("driver")),
            "Scope": .string(flags.string("scope")),
        ]
        if flags.has("ipv4") { body["EnableIPv4"] = .bool(flags.bool("ipv4")) }
        if flags.has("ipv6") { body["EnableIPv6"] = .bool(flags.bool("ipv6")) }
        body["IPAM"] = try addresses(flags)
        body["Internal"] = .bool(flags.bool("internal"))
        body["Attachable"] = .bool(flags.bool("attachable"))
        body["Ingress"] = .bool(flags.bool("ingress"))
        body["ConfigOnly"] = .bool(flags.bool("config-only"))
        let source = flags.string("config-from")
        body["ConfigFrom"] = source.isEmpty ? .null : ["Network": .string(source)]
        body["Options"] = ContainerBody.pairs(flags.list("opt"))
        body["Labels"] = ContainerBody.pairs(flags.list("label"))
        let answer = try cli.client().json(Request("POST", "/networks/create", body: .object(body)))
        if let warning = answer["Warning"]?.stringValue, !warning.isEmpty {
            cli.complain("WARNING: \(warning)")
        }
        cli.print(answer["Id"]?.stringValue ?? "")
        return 0
    }

    /// The IPAM part: one entry a subnet, each with the range and gateway that lie in it.
    private static func addresses(_ flags: ParsedFlags) throws -> JSONValue {
        let subnets = flags.list("subnet"), ranges = flags.list("ip-range"), gateways = flags.list("gateway")
        if subnets.count < ranges.count || subnets.count < gateways.count {
            throw CommandFailure("every ip-range or gateway must have a corresponding subnet")
        }
        if subnets.count > 1, !ranges.isEmpty || !gateways.isEmpty,
            (!ranges.isEmpty && ranges.count != subnets.count)
                || (!gateways.isEmpty && gateways.count != subnets.count)
        {
            throw CommandFailure("give --ip-range and --gateway once for each --subnet, in the same order")
        }
        var config: [JSONValue] = []
        for (index, subnet) in subnets.enumerated() {
            var entry: JSONObject = ["Subnet": .string(subnet)]
            if index < ranges.count { entry["IPRange"] = .string(ranges[index]) }
            if index < gateways.count { entry["Gateway"] = .string(gateways[index]) }
            if index == 0, flags.has("aux-address") {
                entry["AuxiliaryAddresses"] = ContainerBody.pairs(flags.list("aux-address"))
            }
            config.append(.object(entry))
        }
        return [
            "Driver": .string(flags.string("ipam-driver")),
            "Options": ContainerBody.pairs(flags.list("ipam-opt")),
            "Config": .array(config),
        ]
    }

    static let networkConnect = Command(
        path: "network connect", usage: "[OPTIONS] NETWORK CONTAINER",
        summary: "Connect a container to a network",
        flags: [
            Flag("alias", nil, .strings, "Further name of the container in the network"),
            Flag("driver-opt", nil, .strings, "Option of the network's driver"),
            Flag(
                "gw-priority", nil, .int, "Priority of this network's gateway; the highest is the default one"
            ),
            Flag("ip", nil, .string, "IPv4 address"), Flag("ip6", nil, .string, "IPv6 address"),
            Flag("link", nil, .list, "Other container to link to", convert: Validate.link),
            Flag("link-local-ip", nil, .strings, "Link-local address"),
        ], arguments: .exactly(2)
    ) { cli, flags in
        var spec = NetworkSpec(name: flags.arguments[0])
        spec.aliases = flags.list("alias")
        (spec.address4, spec.address6) = (flags.string("ip"), flags.string("ip6"))
        spec.links = flags.list("link")
        spec.linkLocal = flags.list("link-local-ip")
        spec.gatewayPriority = flags.int("gw-priority")
        for option in flags.list("driver-opt") {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw CommandFailure("invalid key/value pair format in driver options")
            }
            spec.driverOptions[String(parts[0])] = .string(String(parts[1]))
        }
        let body: JSONValue = ["Container": .string(flags.arguments[1]), "EndpointConfig": spec.endpoint]
        try cli.client().json(Request("POST", "/networks/\(escapePath(spec.target))/connect", body: body))
        return 0
    }

    static let networkDisconnect = Command(
        path: "network disconnect", usage: "[OPTIONS] NETWORK CONTAINER",
        summary: "Disconnect a container from a network",
        flags: [Flag("force", "f", .bool, "Disconnect even if the container does not agree")],
        arguments: .exactly(2)
    ) { cli, flags in
        let body: JSONValue = ["Container": .string(flags.arguments[1]), "Force": .bool(flags.bool("force"))]
        try cli.client().json(
            Request("POST", "/networks/\(escapePath(flags.arguments[0]))/disconnect", body: body))
        return 0
    }
}
