internal import EngineClient
internal import GoTemplate
internal import OrderedJSON
internal import TerminalUI

extension Command {
    static let diskUsage = Command(
        path: "system df", usage: "[OPTIONS]", summary: "Show docker disk usage",
        flags: [TableOutput.formatFlag, Flag("verbose", "v", .bool, "Show each object")], arguments: .none
    ) { cli, flags in
        let usage = try cli.client().json(EngineClient.Request("GET", "/system/df"))
        if flags.bool("verbose") {
            try DiskUsage(usage).showEach(cli, format: flags.string("format"))
            return 0
        }
        try TableOutput(
            cli: cli, format: flags.string("format"),
            standard: "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
            raw: """
                type: {{.Type}}
                total: {{.TotalCount}}
                active: {{.Active}}
                size: {{.Size}}
                reclaimable: {{.Reclaimable}}

                """,
            titles: [
                ("Type", "TYPE"), ("TotalCount", "TOTAL"), ("Active", "ACTIVE"), ("Size", "SIZE"),
                ("Reclaimable", "RECLAIMABLE"),
            ]
        ).show(DiskUsage(usage).rows)
        return 0
    }
}

/// What takes space, by kind.
struct DiskUsage {
    private let images: [JSONValue], containers: [JSONValue], volumes: [JSONValue], cache: [JSONValue]
    private let layers: Double

    init(_ json: JSONValue) {
        func list(_ name: String) -> [JSONValue] { json[name]?.arrayValue ?? [] }
        (images, containers, volumes, cache) = (
            list("Images"), list("Containers"), list("Volumes"), list("BuildCache")
        )
        layers = json["LayersSize"]?.doubleValue ?? 0
    }

    private static func number(_ json: JSONValue?, _ name: String) -> Double { json?[name]?.doubleValue ?? 0 }

    private static func row(
        _ type: String, _ name: String, _ total: Int, _ active: Int, _ size: Double, _ free: Double,
        percent: Bool = true
    ) -> Row {
        let share = size > 0 && percent ? " (\(Int(free * 100 / size))%)" : ""
        return Row(
            typeName: "*formatter.diskUsage\(name)Context",
            columns: [
                ("Active", { .string(String(active)) }),
                ("Reclaimable", { .string(HumanUnits.size(free) + share) }),
                ("Size", { .string(HumanUnits.size(size)) }), ("TotalCount", { .string(String(total)) }),
                ("Type", { .string(type) }),
            ])
    }

    /// The four rows of the summary.
    var rows: [Row] {
        let used = images.filter { Self.number($0, "Containers") > 0 }
        let usedSize = used.reduce(0) { $0 + Self.number($1, "Size") - Self.number($1, "SharedSize") }
        let live: Set<String> = ["running", "paused", "restarting"]
        let active = containers.filter { live.contains($0["State"]?.stringValue ?? "") }
        func own(_ list: [JSONValue]) -> Double { list.reduce(0) { $0 + Self.number($1, "SizeRw") } }
        func size(_ list: [JSONValue]) -> Double {
            list.reduce(0) { $0 + max(0, Self.number($1["UsageData"], "Size")) }
        }
        let bound = volumes.filter { Self.number($0["UsageData"], "RefCount") > 0 }
        let busy = cache.filter { $0["InUse"]?.boolValue == true }
        func cached(_ list: [JSONValue]) -> Double {
            list.filter { $0["Shared"]?.boolValue != true }.reduce(0) { $0 + Self.number($1, "Size") }
        }
        return [
            Self.row("Images", "Images", images.count, used.count, layers, layers - usedSize),
            Self.row(
                "Containers", "Containers", containers.count, active.count, own(containers),
                own(containers) - own(active)),
            Self.row(
                "Local Volumes", "Volumes", volumes.count, bound.count, size(volumes),
                size(volumes) - size(bound)),
            Self.row(
                "Build Cache", "Builder", cache.count, busy.count, cached(cache),
                cached(cache) - cached(busy),
                percent: false),
        ]
    }

    /// One row for each image: docker takes its first name here.
    private var imageRows: [Row] {
        images.compactMap { Row.images($0, truncate: true, digests: false).first }
    }

    private func containerRow(_ json: JSONValue, truncate: Bool) -> Row {
        // The space of the image is the image's.
        var object = json.objectValue ?? [:]
        object["SizeRootFs"] = nil
        return Row.container(.object(object), truncate: truncate)
    }

    /// Every object of each kind: as tables, or in the user's format.
    func showEach(_ cli: CLI, format: String) throws {
        switch format {
        case "", "table": try showTables(cli)
        case "raw": cli.write(try rawText())
        default:
            let text = format.hasPrefix("table") ? String(format.dropFirst(5)).trimmedSpace : format
            try DiskUsageDetails(
                images: images.compactMap { Row.images($0, truncate: false, digests: false).first },
                containers: containers.map { containerRow($0, truncate: false) },
                volumes: volumes.map(Row.volume), cache: cache
            ).show(cli, text == "json" ? "{{json .}}" : text)
        }
    }

    private func rawText() throws -> String {
        func all(_ rows: [Row], _ lines: String) throws -> String {
            let template = try Template("type: " + lines + "\n\n")
            return try rows.map { try template.render(.object($0)) }.joined()
        }
        let details = DiskUsageDetails(images: [], containers: [], volumes: [], cache: cache)
        return try all(
            images.compactMap { Row.images($0, truncate: false, digests: false).first },
            """
            Image
            repository: {{.Repository}}
            tag: {{.Tag}}
            digest: {{.Digest}}
            image_id: {{.ID}}
            created_at: {{.CreatedAt}}
            virtual_size: {{.Size}}
            """)
            + all(
                containers.map { containerRow($0, truncate: false) },
                """
                Container
                container_id: {{.ID}}
                image: {{.Image}}
                command: {{.Command}}
                created_at: {{.CreatedAt}}
                state: {{.State}}
                status: {{.Status}}
                names: {{.Names}}
                labels:{{- pad .Labels 1 0}}
                ports:{{- pad .Ports 1 0}}
                size: {{.Size}}
                """)
            + all(volumes.map(Row.volume), "Volume\nname: {{.Name}}\ndriver: {{.Driver}}")
            + all(
                details.cacheRows,
                """
                Build Cache
                cache_id: {{.ID}}
                cache_type: {{.CacheType}}
                size: {{.Size}}
                created: {{.CreatedSince}}
                last_used: {{.LastUsedSince}}
                usage_count: {{.UsageCount}}
                shared: {{.Shared}}
                """)
    }

    /// One table a kind, with a row for each object.
    private func showTables(_ cli: CLI) throws {
        cli.write("Images space usage:\n\n")
        try TableOutput(
            cli: cli, format: "",
            standard:
                "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}",
            titles: Row.imageTitles
        ).show(imageRows)
        cli.write("\nContainers space usage:\n\n")
        try TableOutput(
            cli: cli, format: "",
            standard:
                "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}",
            titles: Row.containerTitles
        ).show(containers.map { containerRow($0, truncate: true) })
        cli.write("\nLocal Volumes space usage:\n\n")
        try TableOutput(
            cli: cli, format: "", standard: "{{.Name}}\t{{.Links}}\t{{.Size}}", titles: Row.volumeTitles
        )
        .show(volumes.map(Row.volume))
        let size = cache.filter { $0["Shared"]?.boolValue != true }.reduce(0) { $0 + Self.number($1, "Size") }
        cli.write("\nBuild cache usage: \(HumanUnits.size(size))\n\n")
        let rows = DiskUsageDetails(images: [], containers: [], volumes: [], cache: cache).cacheRows
        let columns = ["ID", "CacheType", "Size", "CreatedSince", "LastUsedSince", "UsageCount", "Shared"]
        var text = "CACHE ID\tCACHE TYPE\tSIZE\tCREATED\tLAST USED\tUSAGE\tSHARED\n"
        for row in rows {
            text +=
                try columns.map { try Template("{{.\($0)}}").render(.object(row)) }.joined(separator: "\t")
                + "\n"
        }
        cli.write(ColumnWriter().align(text))
    }
}
