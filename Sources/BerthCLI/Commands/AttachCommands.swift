internal import EngineClient
internal import Linux
internal import OrderedJSON

extension Command {
    private static let keysFlag = Flag(
        "detach-keys", nil, .string, "Keys that leave the container, instead of ctrl-p,ctrl-q")

    static let attach = Command(
        path: "attach", usage: "[OPTIONS] CONTAINER",
        summary: "Attach local standard input, output, and error streams to a running container",
        aliases: ["container attach", "attach"],
        flags: [
            keysFlag, Flag("no-stdin", nil, .bool, "Do not attach STDIN"),
            Flag("sig-proxy", nil, .bool, "Pass received signals on to the process", standard: "true"),
        ], arguments: .exactly(1)
    ) { cli, flags in
        let name = flags.arguments[0], client = try cli.client()
        let exit = try client.waitContainer(name)
        let container = try client.inspectContainer(name)
        try AttachedContainer.checkRunning(container["State"] ?? .null)
        let session = AttachedContainer(
            cli: cli, client: client, id: name, container: container,
            input: !flags.bool("no-stdin") && container["Config"]?["OpenStdin"]?.boolValue == true,
            keys: cli.detachKeys(flags.string("detach-keys")))
        return try session.run(forward: flags.bool("sig-proxy"), exit: exit, begin: nil)
    }

    static let start = Command(
        path: "start", usage: "[OPTIONS] CONTAINER [CONTAINER...]",
        summary: "Start one or more stopped containers",
        aliases: ["container start", "start"],
        flags: [
            Flag("attach", "a", .bool, "Attach STDOUT and STDERR, and pass signals on"), keysFlag,
            Flag("interactive", "i", .bool, "Attach the container's STDIN"),
            Flag("checkpoint", nil, .string, "Restore from this checkpoint", hidden: true),
            Flag("checkpoint-dir", nil, .string, "Folder of the checkpoints", hidden: true),
        ], arguments: .atLeast(1)
    ) { cli, flags in
        if flags.bool("attach") || flags.bool("interactive") {
            guard flags.arguments.count == 1 else {
                throw CommandFailure("you cannot start and attach multiple containers at once")
            }
            return try startAttached(cli, flags)
        }
        var query: [(String, String)] = []
        if flags.has("checkpoint") { query.append(("checkpoint", flags.string("checkpoint"))) }
        if flags.has("checkpoint-dir") { query.append(("checkpoint-dir", flags.string("checkpoint-dir"))) }
        var failed: [String] = []
        for name in flags.arguments {
            do {
                try cli.client().startContainer(name, query: query)
                cli.print(name)
            } catch let error as EngineClientError {
                cli.complain("\(error)")
                failed.append(name)
            }
        }
        if failed.isEmpty { return 0 }
        throw CommandFailure("Error: failed to start containers: \(failed.joined(separator: ", "))")
    }

    private static func startAttached(_ cli: CLI, _ flags: ParsedFlags) throws -> Int32 {
        let client = try cli.client()
        let container = try client.inspectContainer(flags.arguments[0])
        let id = container["Id"]?.stringValue ?? flags.arguments[0]
        let removes = container["HostConfig"]?["AutoRemove"]?.boolValue == true
        let session = AttachedContainer(
            cli: cli, client: client, id: id, container: container,
            input: flags.bool("interactive") && container["Config"]?["OpenStdin"]?.boolValue == true,
            keys: cli.detachKeys(flags.string("detach-keys")))
        return try session.run(
            forward: true, exit: nil, begin: { try client.startContainer(id) },
            condition: removes ? "removed" : "next-exit")
    }
}

/// A container that exists already, and our streams joined to it.
struct AttachedContainer {
    let cli: CLI
    let client: EngineClient
    let id: String
    let container: JSONValue
    let input: Bool
    let keys: String

    static func checkRunning(_ state: JSONValue) throws {
        if state["Running"]?.boolValue != true {
            throw CommandFailure("You cannot attach to a stopped container, start it first")
        }
        if state["Paused"]?.boolValue == true {
            throw CommandFailure("You cannot attach to a paused container, unpause it first")
        }
        if state["Restarting"]?.boolValue == true {
            throw CommandFailure("You cannot attach to a restarting container, wait until it is running")
        }
    }

    /// Attaches, starts the container if `begin` does so, and stays until its end; the code is the container's.
    func run(forward: Bool, exit: HTTPResponse?, begin: (() throws -> Void)?, condition: String = "") throws
        -> Int32
    {
        let hasTerminal = container["Config"]?["Tty"]?.boolValue == true
        if input, hasTerminal, !isTerminal(0) { throw CommandFailure("the input device is not a TTY") }
        let resizes = hasTerminal && isTerminal(1)
        let window = WindowSize(client: client, kind: "containers", id: id)
        let signals = try SignalHandling(
            client, container: id, forward: forward && !hasTerminal, resize: resizes ? { window.send() } : nil
        )
        var query = [("stream", "1"), ("stdout", "1"), ("stderr", "1")]
        if input { query.append(("stdin", "1")) }
        if !keys.isEmpty { query.append(("detachKeys", keys)) }
        let stream = try client.attachContainer(id, query: query)
        let exit = try exit ?? client.waitContainer(id, condition: condition)
        let attachment = try Attachment(
            cli, stream, terminal: hasTerminal, input: input, keys: keys, signals: signals)
        do { try begin?() } catch {
            attachment.finish()
            throw error
        }
        if resizes { window.send() }
        if try attachment.run() == .detached {
            if begin == nil { throw CommandFailure("read escape sequence") }
            return 0
        }
        return try ExitCode.wait(for: exit, cli, signals)
    }
}
