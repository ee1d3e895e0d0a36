internal import EngineClient
internal import OrderedJSON

private typealias Request = EngineClient.Request

extension Command {
    static let ps = Command(
        path: "ps", usage: "[OPTIONS]", summary: "List containers",
        aliases: ["container ls", "container list", "container ps", "ps"],
        flags: [
            Flag("all", "a", .bool, "Show containers that do not run too"), Filters.flag,
            TableOutput.formatFlag,
            Flag("last", "n", .int, "Show the newest n containers, in any state", standard: "-1"),
            Flag("latest", "l", .bool, "Show the newest container, in any state"),
            Flag("no-trunc", nil, .bool, "Show whole ids, commands and names"),
            Flag("quiet", "q", .bool, "Show ids only"),
            Flag("size", "s", .bool, "Show the sizes of the containers' files"),
        ], arguments: .none
    ) { cli, flags in
        var format = flags.string("format")
        if format.isEmpty, !flags.bool("quiet") { format = cli.configuration["psFormat"]?.stringValue ?? "" }
        if flags.bool("quiet"), !format.isEmpty {
            cli.complain("WARNING: Ignoring custom format, because both --format and --quiet are set.")
        }
        try TableOutput.check(format, with: Row.container([:], truncate: true))
        if flags.bool("quiet"), !format.isEmpty {
            format = format == "raw" ? "container_id: {{.ID}}" : ""
        }
        let size = flags.bool("size") || format.contains(".Size") || format.contains("json .}")
        var query: [(String, String)] = []
        if flags.bool("all") { query.append(("all", "1")) }
        var limit = flags.int("last")
        if flags.bool("latest"), limit == -1 { limit = 1 }
        if limit > 0 { query.append(("limit", String(limit))) }
        if size { query.append(("size", "1")) }
        if let filters = Filters.text(flags.list("filter")) { query.append(("filters", filters)) }
        let list = try cli.client().json(Request("GET", "/containers/json", query: query)).arrayValue ?? []
        let columns =
            "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"
        let raw = """
            container_id: {{.ID}}
            image: {{.Image}}
            command: {{.Command}}
            created_at: {{.CreatedAt}}
            state: {{- pad .State 1 0}}
            status: {{- pad .Status 1 0}}
            names: {{.Names}}
            labels: {{- pad .Labels 1 0}}
            ports: {{- pad .Ports 1 0}}\(flags.bool("size") ? "\nsize: {{.Size}}" : "")

            """
        try TableOutput(
            cli: cli, format: format, quiet: flags.bool("quiet"),
            standard: columns + (flags.bool("size") ? "\t{{.Size}}" : ""), raw: raw,
            titles: Row.containerTitles
        ).show(list.lazy.map { Row.container($0, truncate: !flags.bool("no-trunc")) })
        return 0
    }

    static let images = Command(
        path: "images", usage: "[OPTIONS] [REPOSITORY[:TAG]]", summary: "List images",
        aliases: ["image ls", "image list", "images"],
        flags: [
            Flag("all", "a", .bool, "Show intermediate images too"),
            Flag("digests", nil, .bool, "Show digests"), Filters.flag, TableOutput.formatFlag,
            Flag("no-trunc", nil, .bool, "Show whole ids"), Flag("quiet", "q", .bool, "Show ids only"),
            Flag(
                "tree", nil, .bool, "Show each image's platforms below it (experimental; not supported yet)"),
        ], arguments: .atMost(1)
    ) { cli, flags in
        if flags.bool("tree") { throw CommandFailure("--tree is not supported yet") }
        var filters = flags.list("filter")
        if let name = flags.arguments.first { filters.append("reference=\(name)") }
        var query: [(String, String)] = []
        if flags.bool("all") { query.append(("all", "1")) }
        if let text = Filters.text(filters) { query.append(("filters", text)) }
        let list = try cli.client().json(Request("GET", "/images/json", query: query)).arrayValue ?? []
        var format = flags.string("format")
        if format.isEmpty, !flags.bool("quiet") {
            format = cli.configuration["imagesFormat"]?.stringValue ?? ""
        }
        let digests = flags.bool("digests") || format.contains(".Digest")
        let created = "{{if .CreatedSince }}{{.CreatedSince}}{{else}}N/A{{end}}"
        let rows = list.lazy.flatMap { Row.images($0, truncate: !flags.bool("no-trunc"), digests: digests) }
        try TableOutput(
            cli: cli, format: format, quiet: flags.bool("quiet"),
            standard:
                "{{.Repository}}\t{{.Tag}}\t\(flags.bool("digests") ? "{{.Digest}}\t" : ""){{.ID}}\t\(created)\t{{.Size}}",
            titles: Row.imageTitles
        ).show(rows)
        return 0
    }

    static let history = Command(
        path: "history", usage: "[OPTIONS] IMAGE", summary: "Show the history of an image",
        aliases: ["image history", "history"],
        flags: [
            TableOutput.formatFlag,
            Flag("human", "H", .bool, "Show sizes and times in words", standard: "true"),
            Flag("no-trunc", nil, .bool, "Show whole ids and commands"),
            Flag(
                "platform", nil, .string,
                "Platform to choose where the image has several: os[/arch[/variant]]"),
            Flag("quiet", "q", .bool, "Show ids only"),
        ], arguments: .exactly(1)
    ) { cli, flags in
        var query: [(String, String)] = []
        if flags.has("platform") { query.append(("platform", try Platforms.json(flags.string("platform")))) }
        let path = "/images/\(escapePath(flags.arguments[0]))/history"
        let list = try cli.client().json(Request("GET", path, query: query)).arrayValue ?? []
        let human = flags.bool("human")
        var titles = Row.historyTitles
        if !human { titles[1].value = "CREATED AT" }
        try TableOutput(
            cli: cli, format: flags.string("format"), quiet: flags.bool("quiet"),
            standard: "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}", titles: titles
        ).show(list.lazy.map { Row.history($0, truncate: !flags.bool("no-trunc"), human: human) })
        return 0
    }

    static let volumeList = Command(
        path: "volume ls", usage: "[OPTIONS]", summary: "List volumes",
        aliases: ["volume ls", "volume list"],
        flags: [
            Filters.flag, TableOutput.formatFlag, Flag("quiet", "q", .bool, "Show names only"),
            Flag("cluster", nil, .bool, "Show cluster volumes only", hidden: true),
        ],
        arguments: .none
    ) { cli, flags in
        if flags.bool("cluster") { throw CommandFailure("cluster volumes are not supported") }
        let query = Filters.text(flags.list("filter")).map { [("filters", $0)] } ?? []
        let list =
            try cli.client().json(Request("GET", "/volumes", query: query))["Volumes"]?.arrayValue ?? []
        let sorted = list.sorted { ($0["Name"]?.stringValue ?? "") < ($1["Name"]?.stringValue ?? "") }
        try TableOutput(
            cli: cli, format: cli.format(flags, "volumesFormat"), quiet: flags.bool("quiet"),
            standard: "{{.Driver}}\t{{.Name}}", quietField: "{{.Name}}", titles: Row.volumeTitles
        ).show(sorted.map(Row.volume))
        return 0
    }

    static let networkList = Command(
        path: "network ls", usage: "[OPTIONS]", summary: "List networks",
        aliases: ["network ls", "network list"],
        flags: [
            Filters.flag, TableOutput.formatFlag, Flag("no-trunc", nil, .bool, "Show whole ids"),
            Flag("quiet", "q", .bool, "Show ids only"),
        ], arguments: .none
    ) { cli, flags in
        let query = Filters.text(flags.list("filter")).map { [("filters", $0)] } ?? []
        let list = try cli.client().json(Request("GET", "/networks", query: query)).arrayValue ?? []
        let sorted = list.sorted { ($0["Name"]?.stringValue ?? "") < ($1["Name"]?.stringValue ?? "") }
        try TableOutput(
            cli: cli, format: cli.format(flags, "networksFormat"), quiet: flags.bool("quiet"),
            standard: "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}", titles: Row.networkTitles
        ).show(sorted.map { Row.network($0, truncate: !flags.bool("no-trunc")) })
        return 0
    }
}
