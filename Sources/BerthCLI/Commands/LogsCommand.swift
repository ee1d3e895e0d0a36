internal import EngineClient
internal import OrderedJSON

extension Command {
    static let logs = Command(
        path: "logs", usage: "[OPTIONS] CONTAINER", summary: "Fetch the logs of a container",
        aliases: ["container logs", "logs"],
        flags: [
            Flag("details", nil, .bool, "Show the attributes that were given to the log"),
            Flag("follow", "f", .bool, "Go on with what is logged from now on"),
            Flag(
                "since", nil, .string,
                "Show what was logged since a time (\"2013-01-02T13:23:37Z\") or for a while (\"42m\")"),
            Flag("tail", "n", .string, "Number of lines to show from the end", standard: "all"),
            Flag("timestamps", "t", .bool, "Show when each line was logged"),
            Flag(
                "until", nil, .string,
                "Show what was logged before a time (\"2013-01-02T13:23:37Z\") or until a while ago (\"42m\")"
            ),
        ], arguments: .exactly(1)
    ) { cli, flags in
        var query = [("stdout", "1"), ("stderr", "1")]
        for option in ["since", "until"] where !flags.string(option).isEmpty {
            query.append((option, try Times.timestamp(flags.string(option), option: option)))
        }
        for option in ["timestamps", "follow", "details"] where flags.bool(option) {
            query.append((option, "1"))
        }
        query.append(("tail", flags.string("tail")))
        let client = try cli.client(), name = flags.arguments[0]
        let path = "/containers/\(escapePath(name))/logs"
        let response = try client.send(EngineClient.Request("GET", path, query: query))
        let type = response.header("content-type") ?? ""
        var framed = type == "application/vnd.docker.multiplexed-stream"
        if !framed, type != "application/vnd.docker.raw-stream" {
            framed = try client.inspectContainer(name)["Config"]?["Tty"]?.boolValue != true
        }
        var frames = StreamFrames()
        while let bytes = try response.read() {
            if framed {
                try frames.feed(bytes) { stream, piece in
                    if stream == 2 { cli.writeError(piece) } else { cli.write(piece) }
                }
            } else {
                cli.write(bytes[...])
            }
            if !response.hasBuffered { cli.flush() }
        }
        return 0
    }
}
