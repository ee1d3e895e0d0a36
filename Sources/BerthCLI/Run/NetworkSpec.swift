internal import OrderedJSON

/// The option `--network name` or `--network name=…,alias=…,ip=…`.
struct NetworkSpec {
    var target = ""
    var aliases: [String] = []
    var driverOptions: JSONObject = [:]
    var address4 = "", address6 = "", mac = ""
    var linkLocal: [String] = []
    var links: [String] = []
    var gatewayPriority = 0

    @Sendable static func check(_ text: String) throws -> String {
        _ = try NetworkSpec(text)
        return text
    }

    init(_ text: String) throws {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex, text.last != "=" else {
            target = text
            return
        }
        for field in try CommaValues.fields(text) {
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                String($0)
            }
            guard pair.count == 2 else { throw FlagValueError("invalid field \(field)") }
            let value = pair[1]
            switch pair[0].lowercased() {
            case "name": target = value
            case "alias": aliases.append(value)
            case "ip": address4 = value
            case "ip6": address6 = value
            case "mac-address":
                try Validate.macAddress(value)
                mac = value
            case "link-local-ip": linkLocal.append(value)
            case "driver-opt":
                let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else {
                    throw FlagValueError("invalid key value pair format in driver options")
                }
                driverOptions[parts[0].lowercased()] = .string(String(parts[1]).lowercased())
            case "gw-priority":
                guard let number = Int(value) else {
                    throw FlagValueError(
                        "invalid gw-priority (\(value)): strconv.Atoi: parsing \(goQuoted(value)): invalid syntax"
                    )
                }
                gatewayPriority = number
            default: throw FlagValueError("invalid field key \(pair[0])")
            }
        }
        if target.isEmpty { throw FlagValueError("network name/id is not specified") }
    }

    init(name: String) { target = name }

    var isUserDefined: Bool {
        !["default", "bridge", "host", "none"].contains(target) && !target.hasPrefix("container:")
    }

    /// Whether anything beside the name was asked for.
    var hasOptions: Bool {
        !aliases.isEmpty || !driverOptions.isEmpty || !address4.isEmpty || !address6.isEmpty || !mac.isEmpty
            || !linkLocal.isEmpty || !links.isEmpty || gatewayPriority != 0
    }

    /// The endpoint as the API takes it.
    var endpoint: JSONValue {
        var ipam = JSONValue.null
        if !address4.isEmpty || !address6.isEmpty || !linkLocal.isEmpty {
            var object: JSONObject = [:]
            if !address4.isEmpty { object["IPv4Address"] = .string(address4) }
            if !address6.isEmpty { object["IPv6Address"] = .string(address6) }
            if !linkLocal.isEmpty { object["LinkLocalIPs"] = .array(linkLocal.map { .string($0) }) }
            ipam = .object(object)
        }
        return [
            "IPAMConfig": ipam, "Links": Self.list(links), "Aliases": Self.list(aliases),
            "MacAddress": .string(mac),
            "DriverOpts": driverOptions.isEmpty ? .null : .object(driverOptions),
            "GwPriority": .number(String(gatewayPriority)), "NetworkID": "", "EndpointID": "", "Gateway": "",
            "IPAddress": "", "IPPrefixLen": 0, "IPv6Gateway": "", "GlobalIPv6Address": "",
            "GlobalIPv6PrefixLen": 0, "DNSNames": nil,
        ]
    }

    private static func list(_ values: [String]) -> JSONValue {
        values.isEmpty ? .null : .array(values.map { .string($0) })
    }

    /// The networks that the options of `run` ask for.
    static func all(_ flags: ParsedFlags) throws -> [NetworkSpec] {
        var specs = try (flags.list("network") + flags.list("net")).map(NetworkSpec.init(_:))
        let aliases = flags.list("network-alias") + flags.list("net-alias")
        if specs.isEmpty {
            var standard = NetworkSpec(name: "default")
            try standard.take(flags, aliases)
            try standard.checkAliases()
            return [standard]
        }
        for (index, spec) in specs.enumerated() {
            if spec.target.isEmpty { throw CommandFailure("no name set for network") }
            if index == 0 { try specs[0].take(flags, aliases) }
        }
        let builtIn = ["default", "bridge", "host", "none", "container"]
        let own = specs.filter { !builtIn.contains(String($0.target.prefix { $0 != ":" })) }
        if !own.isEmpty && own.count < specs.count {
            throw CommandFailure(
                "conflicting options: cannot attach both user-defined and non-user-defined network-modes")
        }
        for spec in specs { try spec.checkAliases() }
        return specs
    }

    private func checkAliases() throws {
        if !aliases.isEmpty, !isUserDefined {
            throw CommandFailure("network-scoped aliases are only supported for user-defined networks")
        }
    }

    /// Takes over the separate options `--ip`, `--network-alias`, `--link`, … .
    private mutating func take(_ flags: ParsedFlags, _ given: [String]) throws {
        if !given.isEmpty {
            if !aliases.isEmpty {
                throw CommandFailure(
                    "conflicting options: cannot specify both --network-alias and per-network alias")
            }
            aliases = given
        }
        if flags.has("link"), isUserDefined { links = flags.list("link") }
        if flags.has("ip") {
            if !address4.isEmpty {
                throw CommandFailure(
                    "conflicting options: cannot specify both --ip and per-network IPv4 address")
            }
            address4 = flags.string("ip")
        }
        if flags.has("ip6") {
            if !address6.isEmpty {
                throw CommandFailure(
                    "conflicting options: cannot specify both --ip6 and per-network IPv6 address")
            }
            address6 = flags.string("ip6")
        }
        if flags.has("mac-address") {
            if !mac.isEmpty {
                throw CommandFailure(
                    "conflicting options: cannot specify both --mac-address and per-network MAC address")
            }
            mac = flags.string("mac-address")
        }
        if flags.has("link-local-ip") {
            if !linkLocal.isEmpty {
                throw CommandFailure(
                    "conflicting options: cannot specify both --link-local-ip and per-network link-local IP addresses"
                )
            }
            linkLocal = flags.list("link-local-ip")
        }
    }
}
