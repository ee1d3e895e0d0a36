internal import EngineClient
internal import Linux
internal import OrderedJSON

extension Command {
    static let stats = Command(
        path: "stats", usage: "[OPTIONS] [CONTAINER...]",
        summary: "Display a live stream of container(s) resource usage statistics",
        aliases: ["container stats", "stats"],
        flags: [
            Flag("all", "a", .bool, "Show containers that do not run too"), TableOutput.formatFlag,
            Flag("no-stream", nil, .bool, "Show one sample and end"),
            Flag("no-trunc", nil, .bool, "Show whole ids"),
        ]
    ) { cli, flags in
        var format = flags.string("format")
        if format.isEmpty { format = cli.configuration["statsFormat"]?.stringValue ?? "" }
        let watch = StatsWatch(
            client: try cli.client(), all: flags.bool("all"), streams: !flags.bool("no-stream"))
        let truncate = !flags.bool("no-trunc")
        func table() throws -> String {
            try TableOutput(
                cli: cli, format: format,
                standard:
                    "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}",
                titles: Row.statsTitles
            ).text(watch.entries.map { Row.stats($0, truncate: truncate) })
        }
        try watch.begin(flags.arguments)
        if flags.bool("no-stream") {
            cli.write(try table())
            return 0
        }
        while true {
            if try !watch.wait(milliseconds: 500) { return 0 }
            cli.write(StatsScreen.frame(try table()))
            cli.flush()
        }
    }
}

/// One picture of `stats` for a terminal: over the former one, without blanking it first.
enum StatsScreen {
    static func frame(_ table: String) -> String {
        let text = "\u{1B}[H" + table
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return text + lines.map { "\($0) \u{1B}[K\n" }.joined() + "\u{1B}[J"
    }
}
