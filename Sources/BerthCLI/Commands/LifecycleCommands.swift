internal import EngineClient
internal import OrderedJSON

private typealias Request = EngineClient.Request

/// Carries the same operation out on several objects, at once where the engine can.
struct ManyObjects {
    let cli: CLI
    /// Whether ignored failures are not even told.
    var isQuiet = false
    /// What docker prints behind the failures.
    var ending = ""

    /// Sends the requests for all `names`, prints each name that succeeded; failures are told, and make the code 1.
    func perform(
        _ names: [String], success: (String) -> Void, ignoring: (EngineClientError) -> Bool = { _ in false },
        request: (String) -> EngineClient.Request
    ) throws -> Int32 {
        let client = try cli.client()
        var failures: [String] = []
        var rest = names[...]
        while !rest.isEmpty {
            let some = rest.prefix(50)
            rest = rest.dropFirst(some.count)
            var pending: [(String, EngineClient.Pending)] = []
            for name in some {
                do { pending.append((name, try client.begin(request(name)))) } catch let error
                    as EngineClientError
                {
                    // Nobody answers: docker says so for each of them.
                    guard case .cannotConnect = error else { throw error }
                    failures.append("\(error)")
                }
            }
            for (name, request) in pending {
                do {
                    _ = try client.finish(request).readAll()
                    success(name)
                } catch let error as EngineClientError {
                    guard error.status != nil else { throw error }
                    if !ignoring(error) {
                        failures.append("\(error)")
                    } else if !isQuiet {
                        cli.complain("\(error)")
                    }
                }
            }
        }
        if failures.isEmpty { return 0 }
        throw CommandFailure(failures.joined(separator: "\n") + ending)
    }
}

extension Command {
    private static let signalFlag = Flag("signal", "s", .string, "Signal to send to the container")

    private static func containers(
        _ name: String, _ usage: String, _ summary: String, flags: [Flag] = [], aliases: [String]? = nil,
        run: @escaping @Sendable (CLI, ParsedFlags) throws -> Int32
    ) -> Command {
        Command(
            path: name, usage: usage, summary: summary, aliases: aliases ?? ["container \(name)", name],
            flags: flags,
            arguments: .atLeast(1), run: run)
    }

    private static func stopping(_ name: String, _ summary: String) -> Command {
        containers(
            name, "[OPTIONS] CONTAINER [CONTAINER...]", summary,
            flags: [
                signalFlag, Flag("timeout", "t", .int, "Seconds to wait before the container is killed"),
                Flag("time", nil, .int, "Seconds to wait before the container is killed", hidden: true),
            ]
        ) { cli, flags in
            var query: [(String, String)] = []
            if flags.has("timeout"), flags.has("time") {
                throw CommandFailure("conflicting options: cannot specify both --timeout and --time")
            }
            for option in ["timeout", "time"] where flags.has(option) {
                query.append(("t", String(flags.int(option))))
            }
            if !flags.string("signal").isEmpty { query.append(("signal", flags.string("signal"))) }
            return try ManyObjects(cli: cli).perform(flags.arguments, success: cli.print) {
                Request("POST", "/containers/\(escapePath($0))/\(name)", query: query)
            }
        }
    }

    static let stop = stopping("stop", "Stop one or more running containers")
    static let restart = stopping("restart", "Restart one or more containers")

    static let kill = containers(
        "kill", "[OPTIONS] CONTAINER [CONTAINER...]", "Kill one or more running containers",
        flags: [signalFlag]
    ) { cli, flags in
        let signal = flags.string("signal")
        return try ManyObjects(cli: cli).perform(flags.arguments, success: cli.print) {
            Request(
                "POST", "/containers/\(escapePath($0))/kill",
                query: signal.isEmpty ? [] : [("signal", signal)])
        }
    }

    private static func simple(_ name: String, _ summary: String) -> Command {
        containers(name, "CONTAINER [CONTAINER...]", summary) { cli, flags in
            try ManyObjects(cli: cli).perform(flags.arguments, success: cli.print) {
                Request("POST", "/containers/\(escapePath($0))/\(name)")
            }
        }
    }

    static let pause = simple("pause", "Pause all processes within one or more containers")
    static let unpause = simple("unpause", "Unpause all processes within one or more containers")

    static let rm = containers(
        "rm", "[OPTIONS] CONTAINER [CONTAINER...]", "Remove one or more containers",
        flags: [
            Flag("force", "f", .bool, "Remove a running container too, with SIGKILL"),
            Flag("link", "l", .bool, "Remove the link of that name"),
            Flag("volumes", "v", .bool, "Remove the container's anonymous volumes too"),
        ], aliases: ["container rm", "container remove", "rm"]
    ) { cli, flags in
        var query: [(String, String)] = []
        if flags.bool("volumes") { query.append(("v", "1")) }
        if flags.bool("link") { query.append(("link", "1")) }
        if flags.bool("force") { query.append(("force", "1")) }
        let ignores = flags.bool("force")
        return try ManyObjects(cli: cli).perform(
            flags.arguments, success: cli.print, ignoring: { ignores && $0.isNotFound }
        ) { name in
            Request("DELETE", "/containers/\(escapePath(String(name.drop { $0 == "/" })))", query: query)
        }
    }

    static let wait = containers(
        "wait", "CONTAINER [CONTAINER...]",
        "Block until one or more containers stop, then print their exit codes"
    ) { cli, flags in
        let client = try cli.client()
        var failures: [String] = []
        for name in flags.arguments {
            do {
                let bytes = try client.waitContainer(name).readAll()
                let answer = try JSONValue(parsing: bytes)
                if let message = answer["Error"]?["Message"]?.stringValue, !message.isEmpty {
                    failures.append(message)
                } else {
                    cli.print(String(answer["StatusCode"]?.intValue ?? 0))
                    cli.flush()
                }
            } catch { failures.append("\(error)") }
        }
        if !failures.isEmpty { throw CommandFailure(failures.joined(separator: "\n")) }
        return 0
    }

    static let rename = Command(
        path: "rename", usage: "CONTAINER NEW_NAME", summary: "Rename a container",
        aliases: ["container rename", "rename"], arguments: .exactly(2)
    ) { cli, flags in
        let old = flags.arguments[0].trimmedSpace, new = flags.arguments[1].trimmedSpace
        if old.isEmpty || new.isEmpty {
            throw CommandFailure("Error: Neither old nor new names may be empty")
        }
        do {
            try cli.client().postContainer(old, "rename", query: [("name", new)])
        } catch let error as EngineClientError where error.status != nil {
            throw CommandFailure("\(error)\nError: failed to rename container named \(old)")
        }
        return 0
    }

    static let port = Command(
        path: "port", usage: "CONTAINER [PRIVATE_PORT[/PROTO]]",
        summary: "List port mappings or a specific mapping for the container",
        aliases: ["container port", "port"],
        arguments: .between(1, 2)
    ) { cli, flags in
        let name = flags.arguments[0]
        let ports = try cli.client().inspectContainer(name)["NetworkSettings"]?["Ports"]?.objectValue ?? [:]
        func lines(_ bindings: JSONValue, _ prefix: String) -> [String] {
            (bindings.arrayValue ?? []).map { binding in
                let address = binding["HostIp"]?.stringValue ?? "",
                    port = binding["HostPort"]?.stringValue ?? ""
                return "\(prefix)\(PortList.host(address)):\(port)"
            }
        }
        if flags.arguments.count > 1 {
            var wanted = flags.arguments[1]
            if !wanted.contains("/") { wanted += "/tcp" }
            guard let bindings = ports[wanted], !bindings.isNull else {
                throw CommandFailure("Error: No public port '\(flags.arguments[1])' published for \(name)")
            }
            for line in lines(bindings, "") { cli.print(line) }
            return 0
        }
        func order(_ member: JSONObject.Member) -> (Int, String) {
            let parts = member.key.split(separator: "/")
            return (parts.first.flatMap { Int($0) } ?? 0, parts.last.map { String($0) } ?? "")
        }
        for member in ports.members.sorted(by: { order($0) < order($1) }) {
            for line in lines(member.value, "\(member.key) -> ") { cli.print(line) }
        }
        return 0
    }
}
