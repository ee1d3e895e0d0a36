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
        if flags.bool("verbose"), flags.string("format").isEmpty {
            try DiskUsage(usage).showEach(cli)
            return 0
        }
        try TableOutput(
            cli: cli, format: flags.string("format"),
            standard: "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
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
        _ type: String, _ total: Int, _ active: Int, _ size: Double, _ free: Double, percent: Bool = true
    ) -> Row {
        let share = size > 0 && percent ? " (\(Int(free * 100 / size))%)" : ""
        return Row(
            typeName: "*formatter.diskUsageContext",
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
            Self.row("Images", images.count, used.count, layers, layers - usedSize),
            Self.row(
                "Containers", containers.count, active.count, own(containers), own(containers) - own(active)),
            Self.row("Local Volumes", volumes.count, bound.count, size(volumes), size(volumes) - size(bound)),
            Self.row(
                "Build Cache", cache.count, busy.count, cached(cache), cached(cache) - cached(busy),
                percent: false),
        ]
    }

    /// One table a kind, with a row for each object.
    func showEach(_ cli: CLI) throws {
        cli.write("Images space usage:\n\n")
        try TableOutput(
            cli: cli, format: "",
            standard:
                "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}",
            titles: Row.imageTitles
        ).show(images.flatMap { Row.images($0, truncate: true, digests: false) })
        cli.write("\nContainers space usage:\n\n")
        try TableOutput(
            cli: cli, format: "",
            standard:
                "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}",
            titles: Row.containerTitles
        ).show(
            containers.map { container in
                // The space of the image is the image's.
                var object = container.objectValue ?? [:]
                object["SizeRootFs"] = nil
                return Row.container(.object(object), truncate: true)
            })
        cli.write("\nLocal Volumes space usage:\n\n")
        try TableOutput(
            cli: cli, format: "", standard: "{{.Name}}\t{{.Links}}\t{{.Size}}", titles: Row.volumeTitles
        )
        .show(volumes.map(Row.volume))
        let size = cache.filter { $0["Shared"]?.boolValue != true }.reduce(0) { $0 + Self.number($1, "Size") }
        cli.write("\nBuild cache usage: \(HumanUnits.size(size))\n\n")
        let header = "CACHE ID\tCACHE TYPE\tSIZE\tCREATED\tLAST USED\tUSAGE\tSHARED\n"
        cli.write(ColumnWriter().align(header + cache.map(Self.cacheRow).joined()))
    }

    private static func cacheRow(_ json: JSONValue) -> String {
        func ago(_ name: String) -> String {
            json[name]?.stringValue.flatMap(Times.parse).map { Times.ago($0.seconds) } ?? ""
        }
        let id = String((json["ID"]?.stringValue ?? "").prefix(12))
        let mark = json["InUse"]?.boolValue == true ? "*" : ""
        let cells = [
            id + mark, json["Type"]?.stringValue ?? "", HumanUnits.size(number(json, "Size")),
            ago("CreatedAt"),
            ago("LastUsedAt"), String(Int(number(json, "UsageCount"))),
            json["Shared"]?.boolValue == true ? "true" : "false",
        ]
        return cells.joined(separator: "\t") + "\n"
    }
}
