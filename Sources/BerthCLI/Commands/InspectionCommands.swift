internal import EngineClient
internal import OrderedJSON
internal import TerminalUI

private typealias Request = EngineClient.Request

extension Command {
    static let top = Command(
        path: "top", usage: "CONTAINER [ps OPTIONS]", summary: "Display the running processes of a container",
        aliases: ["container top", "top"], arguments: .atLeast(1), stopsAtArgument: true
    ) { cli, flags in
        let options = flags.arguments.dropFirst().joined(separator: " ")
        let query = options.isEmpty ? [] : [("ps_args", options)]
        let path = "/containers/\(escapePath(flags.arguments[0]))/top"
        let answer = try cli.client().json(Request("GET", path, query: query))
        func row(_ json: JSONValue?) -> String {
            (json?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: "\t") + "\n"
        }
        let rows = [answer["Titles"] ?? []] + (answer["Processes"]?.arrayValue ?? [])
        cli.write(ColumnWriter(minimumWidth: 20).align(rows.map(row).joined()))
        return 0
    }

    static let diff = Command(
        path: "diff", usage: "CONTAINER",
        summary: "Inspect changes to files or directories on a container's filesystem",
        aliases: ["container diff", "diff"], arguments: .exactly(1)
    ) { cli, flags in
        let name = flags.arguments[0]
        if name.isEmpty { throw CommandFailure("Container name cannot be empty") }
        let answer = try cli.client().json(Request("GET", "/containers/\(escapePath(name))/changes"))
        for change in answer.arrayValue ?? [] {
            let kind = ["C", "A", "D"]
            let index = change["Kind"]?.intValue ?? 0
            cli.print(
                "\(kind.indices.contains(index) ? kind[index] : "?") \(change["Path"]?.stringValue ?? "")")
        }
        return 0
    }

    static let commit = Command(
        path: "commit", usage: "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
        summary: "Create a new image from a container's changes", aliases: ["container commit", "commit"],
        flags: [
            Flag("author", "a", .string, "Who made the image"),
            Flag("change", "c", .list, "Dockerfile instruction to apply to the image"),
            Flag("message", "m", .string, "Message for the image's history"),
            Flag("pause", "p", .bool, "Pause the container meanwhile", standard: "true"),
        ], arguments: .between(1, 2)
    ) { cli, flags in
        var query = [("container", flags.arguments[0])]
        if flags.arguments.count > 1 {
            let name = try ImageName(parsing: flags.arguments[1])
            if name.digest != nil { throw CommandFailure("refusing to create a tag with a digest reference") }
            query += [("repo", name.fullName), ("tag", name.tag ?? "latest")]
        } else {
            query += [("repo", ""), ("tag", "")]
        }
        if !flags.string("author").isEmpty { query.append(("author", flags.string("author"))) }
        if !flags.string("message").isEmpty { query.append(("comment", flags.string("message"))) }
        for change in flags.list("change") { query.append(("changes", change)) }
        if !flags.bool("pause") { query.append(("pause", "0")) }
        let answer = try cli.client().json(Request("POST", "/commit", query: query, body: .null))
        cli.print(answer["Id"]?.stringValue ?? "")
        return 0
    }

    static let update = Command(
        path: "update", usage: "[OPTIONS] CONTAINER [CONTAINER...]",
        summary: "Update configuration of one or more containers", aliases: ["container update", "update"],
        flags: RunFlags.update, arguments: .atLeast(1)
    ) { cli, flags in
        if flags.order.isEmpty {
            throw CommandFailure("you must provide one or more flags when using this command")
        }
        var body: JSONObject = [:]
        try ResourceFields.add(flags, to: &body)
        for key in ["MemorySwappiness", "OomKillDisable"] { body[key] = .null }
        if !flags.has("pids-limit") { body["PidsLimit"] = nil }
        body["RestartPolicy"] = .object(try ContainerBody.restartPolicy(flags.string("restart")))
        let client = try cli.client()
        var warnings: [String] = [], failures: [String] = []
        for name in flags.arguments {
            do {
                let request = Request("POST", "/containers/\(escapePath(name))/update", body: .object(body))
                let answer = try client.json(request)
                cli.print(name)
                warnings += (answer["Warnings"]?.arrayValue ?? []).compactMap(\.stringValue)
            } catch let error as EngineClientError where error.status != nil { failures.append("\(error)") }
        }
        if !warnings.isEmpty { cli.print(warnings.joined(separator: "\n")) }
        if !failures.isEmpty { throw CommandFailure(failures.joined(separator: "\n")) }
        return 0
    }
}
