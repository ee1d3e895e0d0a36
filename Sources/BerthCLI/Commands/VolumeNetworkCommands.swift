internal import EngineClient
internal import OrderedJSON

private typealias Request = EngineClient.Request

extension Command {
    static let volumeCreate = Command(
        path: "volume create", usage: "[OPTIONS] [VOLUME]", summary: "Create a volume",
        flags: [
            Flag("driver", "d", .string, "Volume driver", standard: "local"),
            Flag("label", nil, .list, "Label of the volume", convert: Validate.label),
            Flag("name", nil, .string, "Name of the volume", hidden: true),
            Flag("opt", "o", .map, "Option of the driver", standard: "map[]"),
        ], arguments: .atMost(1)
    ) { cli, flags in
        if flags.arguments.count == 1, flags.has("name") {
            throw CommandFailure(
                "conflicting options: cannot specify a volume-name through both --name and as a positional arg"
            )
        }
        var body: JSONObject = ["Driver": .string(flags.string("driver"))]
        if flags.has("opt") { body["DriverOpts"] = ContainerBody.pairs(flags.list("opt")) }
        if flags.has("label") { body["Labels"] = ContainerBody.pairs(flags.list("label")) }
        let name = flags.arguments.first ?? flags.string("name")
        if !name.isEmpty { body["Name"] = .string(name) }
        let answer = try cli.client().json(Request("POST", "/volumes/create", body: .object(body)))
        cli.print(answer["Name"]?.stringValue ?? "")
        return 0
    }

    private static func removal(
        _ kind: String, _ usage: String, _ summary: String, _ help: String
    ) -> Command {
        Command(
            path: "\(kind) rm", usage: usage, summary: summary, aliases: ["\(kind) rm", "\(kind) remove"],
            flags: [Flag("force", "f", .bool, help)], arguments: .atLeast(1)
        ) { cli, flags in
            let force = flags.bool("force")
            let isNetwork = kind == "network"
            return try ManyObjects(cli: cli, isQuiet: isNetwork, ending: isNetwork ? "\nexit status 1" : "")
                .perform(
                    flags.arguments, success: cli.print, ignoring: { force && $0.isNotFound }
                ) {
                    Request(
                        "DELETE", "/\(kind)s/\(escapePath($0))",
                        query: force && !isNetwork ? [("force", "1")] : [])
                }
        }
    }

    static let volumeRemove = removal(
        "volume", "[OPTIONS] VOLUME [VOLUME...]",
        "Remove one or more volumes. You cannot remove a volume that is in use by a container.",
        "Do not fail on volumes that do not exist")

    static let networkRemove = removal(
        "network", "NETWORK [NETWORK...]", "Remove one or more networks",
        "Do not fail on networks that do not exist")
}
