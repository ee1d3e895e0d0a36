internal import OrderedJSON

/// The proxies of the user's configuration, as containers get them in their environment.
struct ProxyVariables {
    private let settings: JSONValue?

    /// Those for the engine at `host`, else the default ones.
    init(_ configuration: JSONValue, host: String) {
        settings = configuration["proxies"]?[host] ?? configuration["proxies"]?["default"]
    }

    private static let names = [
        ("HTTP_PROXY", "httpProxy"), ("HTTPS_PROXY", "httpsProxy"), ("NO_PROXY", "noProxy"),
        ("FTP_PROXY", "ftpProxy"), ("ALL_PROXY", "allProxy"),
    ]

    /// `body` with a variable in capitals and one in small letters for each proxy that it does not name itself.
    func added(to body: JSONValue) -> JSONValue {
        guard let settings, var object = body.objectValue else { return body }
        var variables = object["Env"]?.arrayValue ?? []
        let own = Set(variables.compactMap { $0.stringValue.map { String($0.prefix { $0 != "=" }) } })
        for (name, key) in Self.names {
            guard let value = settings[key]?.stringValue, !value.isEmpty else { continue }
            for variable in [name, name.lowercased()] where !own.contains(variable) {
                variables.append(.string("\(variable)=\(value)"))
            }
        }
        if !variables.isEmpty { object["Env"] = .array(variables) }
        return .object(object)
    }
}
