internal import EngineClient
internal import GoTemplate
internal import OrderedJSON

/// Shows objects as JSON or with a template.
struct InspectOutput {
    static let help = """
        Print with a template:
        'json':             as JSON
        'TEMPLATE':         with a Go template
        """

    static let formatFlag = Flag("format", "f", .string, help)

    let cli: CLI
    let format: String

    /// Looks each name up and shows what was found; failures come last.
    func show(_ names: [String], lookup: (String) throws -> InspectedObject) throws -> Int32 {
        var template: Template?
        if !format.isEmpty, format != "json" {
            do { template = try Template(format) } catch {
                throw CommandFailure("template parsing error: \(error)", code: 64)
            }
        }
        var found: [JSONValue] = [], failures: [String] = []
        var text = ""
        for name in names {
            do {
                let object = try lookup(name)
                if let template {
                    do { text += try render(template, object) + "\n" } catch {
                        cli.write(text + "\n")
                        throw CommandFailure("template parsing error: \(error)")
                    }
                } else {
                    found.append(object.json)
                }
            } catch let error as EngineClientError {
                failures.append("\(error)")
            } catch let error as CommandFailure where error.isLookup {
                failures.append(error.message)
            }
        }
        if template != nil {
            cli.write(text.isEmpty ? "\n" : text)
        } else if format == "json" {
            cli.print(JSONValue.array(found).text())
        } else {
            cli.print(JSONValue.array(found).text(.indented(prefix: "", indent: "    ")))
        }
        if failures.isEmpty { return 0 }
        cli.complain(failures.joined(separator: "\n"))
        return 1
    }

    /// First with Go's types; where these lack a field, with the JSON as it came, as docker does.
    private func render(_ template: Template, _ object: InspectedObject) throws -> String {
        if let text = try? template.render(.object(TypedObject(object.type, object.json))) { return text }
        var strict = template
        strict.missingKey = .error
        return try strict.render(GoValue(object.json))
    }
}

/// What was found, with its type's name in ``InspectSchema``.
struct InspectedObject {
    let type: String
    let json: JSONValue
}

extension CommandFailure {
    /// Whether it only means that one of several objects was not found.
    fileprivate var isLookup: Bool { message.hasPrefix("Error: No such ") || message.hasPrefix("context \"") }
}

extension Command {
    private static func inspection(
        _ path: String, _ usage: String, _ summary: String, flags: [Flag] = [],
        lookup: @escaping @Sendable (EngineClient, ParsedFlags, String) throws -> InspectedObject
    ) -> Command {
        Command(
            path: path, usage: usage, summary: summary, flags: [InspectOutput.formatFlag] + flags,
            arguments: .atLeast(1)
        ) { cli, flags in
            let client = try cli.client()
            return try InspectOutput(cli: cli, format: flags.string("format")).show(flags.arguments) {
                try lookup(client, flags, $0)
            }
        }
    }

    private static func get(
        _ client: EngineClient, _ type: String, _ path: String, query: [(String, String)] = []
    ) throws -> InspectedObject {
        InspectedObject(type: type, json: try client.json(EngineClient.Request("GET", path, query: query)))
    }

    private static func container(_ client: EngineClient, _ flags: ParsedFlags, _ name: String) throws
        -> InspectedObject
    {
        InspectedObject(type: "Container", json: try client.inspectContainer(name, size: flags.bool("size")))
    }

    private static let size = Flag("size", "s", .bool, "Show the sizes of a container's files")

    static let containerInspect = inspection(
        "container inspect", "[OPTIONS] CONTAINER [CONTAINER...]",
        "Display detailed information on one or more containers", flags: [size]
    ) { client, flags, name in try container(client, flags, name) }

    static let imageInspect = inspection(
        "image inspect", "[OPTIONS] IMAGE [IMAGE...]", "Display detailed information on one or more images",
        flags: [
            Flag(
                "platform", nil, .string,
                "Platform to choose where the image has several: 'os[/arch[/variant]]'")
        ]
    ) { client, flags, name in
        let query = flags.has("platform") ? [("platform", try Platforms.json(flags.string("platform")))] : []
        return try get(client, "Image", "/images/\(escapePath(name))/json", query: query)
    }

    static let volumeInspect = inspection(
        "volume inspect", "[OPTIONS] VOLUME [VOLUME...]",
        "Display detailed information on one or more volumes"
    ) { client, _, name in try get(client, "Volume", "/volumes/\(escapePath(name))") }

    static let networkInspect = inspection(
        "network inspect", "[OPTIONS] NETWORK [NETWORK...]",
        "Display detailed information on one or more networks",
        flags: [Flag("verbose", "v", .bool, "Show more, for diagnostics")]
    ) { client, flags, name in
        try get(
            client, "Network", "/networks/\(escapePath(name))",
            query: flags.bool("verbose") ? [("verbose", "true")] : [])
    }

    static let inspect = inspection(
        "inspect", "[OPTIONS] NAME|ID [NAME|ID...]", "Return low-level information on Docker objects",
        flags: [size, Flag("type", nil, .string, "Look for objects of this type only")]
    ) { client, flags, name in
        let type = flags.string("type")
        let kinds: [(String, () throws -> InspectedObject)] = [
            ("container", { try container(client, flags, name) }),
            ("image", { try get(client, "Image", "/images/\(escapePath(name))/json") }),
            ("network", { try get(client, "Network", "/networks/\(escapePath(name))") }),
            ("volume", { try get(client, "Volume", "/volumes/\(escapePath(name))") }),
            ("plugin", { try get(client, "Plugin", "/plugins/\(escapePath(name))/json") }),
        ]
        if !type.isEmpty {
            let swarm = ["config", "node", "secret", "service", "task"]
            guard let kind = kinds.first(where: { $0.0 == type }) else {
                if swarm.contains(type) {
                    throw CommandFailure(
                        "objects of type \(goQuoted(type)) belong to swarm, which is not supported")
                }
                let all = (kinds.map(\.0) + swarm).sorted().map(goQuoted).joined(separator: ", ")
                throw CommandFailure("unknown type: \(goQuoted(type)): must be one of \(all)")
            }
            return try kind.1()
        }
        for (_, lookup) in kinds {
            do { return try lookup() } catch let error as EngineClientError
                where error.isNotFound || error.status == 501 || error.status == 503
            { continue }
        }
        throw CommandFailure("Error: No such object: \(name)")
    }
}
