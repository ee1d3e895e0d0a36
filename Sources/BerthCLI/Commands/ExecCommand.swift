internal import EngineClient
internal import Linux
internal import OrderedJSON

extension Command {
    static let exec = Command(
        path: "exec", usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
        summary: "Execute a command in a running container",
        aliases: ["container exec", "exec"],
        flags: [
            Flag("detach", "d", .bool, "Run the command in the background"),
            Flag("detach-keys", nil, .string, "Keys that leave the command, instead of ctrl-p,ctrl-q"),
            Flag("env", "e", .list, "Environment variable", convert: Validate.environment),
            Flag("env-file", nil, .list, "File of environment variables"),
            Flag("interactive", "i", .bool, "Keep STDIN open even if not attached"),
            Flag("privileged", nil, .bool, "Give the command all the host's privileges"),
            Flag("tty", "t", .bool, "Allocate a pseudo terminal"),
            Flag("user", "u", .string, "User and group: \"<name|uid>[:<group|gid>]\""),
            Flag("workdir", "w", .string, "Working directory inside the container"),
        ], arguments: .atLeast(2), stopsAtArgument: true
    ) { cli, flags in try ExecSession(cli: cli, flags: flags).run() }
}

/// One command that is run in a container.
private struct ExecSession {
    let cli: CLI
    let flags: ParsedFlags

    func run() throws -> Int32 {
        let detaches = flags.bool("detach"), terminal = flags.bool("tty")
        let input = flags.bool("interactive") && !detaches
        if !detaches, input, terminal, !isTerminal(0) {
            throw CommandFailure("the input device is not a TTY")
        }
        let client = try cli.client()
        let keys = cli.detachKeys(flags.string("detach-keys"))
        let size: JSONValue? =
            terminal
            ? terminalSize(1).map { [.number(String($0.rows)), .number(String($0.columns))] } : nil
        let id = try client.createExec(flags.arguments[0], try createBody(keys, size, input: input, detaches))
        if id.isEmpty { throw CommandFailure("exec ID empty") }
        var body: JSONObject = ["Detach": .bool(detaches), "Tty": .bool(terminal)]
        if let size { body["ConsoleSize"] = size }
        let request = EngineClient.Request("POST", "/exec/\(id)/start", body: .object(body))
        if detaches {
            try client.json(request)
            return 0
        }
        let resizes = terminal && isTerminal(1)
        let window = WindowSize(client: client, kind: "exec", id: id)
        let signals = try SignalHandling(
            client, container: "", forward: false, resize: resizes ? { window.send() } : nil)
        let stream = try client.hijack(request)
        let attachment = try Attachment(
            cli, stream, terminal: terminal, input: input, keys: keys, signals: signals)
        if resizes { window.send() }
        if try attachment.run() == .detached { throw CommandFailure("read escape sequence") }
        let end = try client.json(EngineClient.Request("GET", "/exec/\(id)/json"))
        return Int32(truncatingIfNeeded: end["ExitCode"]?.intValue ?? 0)
    }

    private func createBody(
        _ keys: String, _ size: JSONValue?, input: Bool, _ detaches: Bool
    ) throws -> JSONValue {
        let environment = try KeyValueFiles.environment(flags.list("env-file"), flags.list("env"))
        var body: JSONObject = [
            "User": .string(flags.string("user")), "Privileged": .bool(flags.bool("privileged")),
            "Tty": .bool(flags.bool("tty")),
        ]
        if let size { body["ConsoleSize"] = size }
        body["AttachStdin"] = .bool(input)
        body["AttachStderr"] = .bool(!detaches)
        body["AttachStdout"] = .bool(!detaches)
        body["Detach"] = .bool(detaches)
        body["DetachKeys"] = .string(keys)
        body["Env"] = ContainerBody.strings(environment)
        body["WorkingDir"] = .string(flags.string("workdir"))
        body["Cmd"] = ContainerBody.array(Array(flags.arguments.dropFirst()))
        return .object(body)
    }
}
