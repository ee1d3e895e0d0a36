internal import EngineClient
internal import Linux
internal import OrderedJSON

extension Command {
    static let run = Command(
        path: "run", usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
        summary: "Create and run a new container from an image",
        aliases: ["container run", "run"], flags: RunFlags.run, arguments: .atLeast(1), stopsAtArgument: true
    ) { cli, flags in
        do {
            return try RunContainer(cli, flags).run()
        } catch let error as PlainFailure {
            throw CommandFailure(error.message)
        } catch {
            throw runFailure(error)
        }
    }

    static let create = Command(
        path: "create", usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]", summary: "Create a new container",
        aliases: ["container create", "create"], flags: RunFlags.create, arguments: .atLeast(1),
        stopsAtArgument: true
    ) { cli, flags in
        let body: ContainerBody
        do throws(PlainFailure) { try refuseForeign(flags) } catch { throw CommandFailure(error.message) }
        do {
            try CreateContainer.checkPullPolicy(flags)
            body = try ContainerBody(flags)
        } catch {
            throw CommandFailure(
                "docker: \(error)\n\nRun 'docker create --help' for more information", code: 125)
        }
        cli.print(try CreateContainer(cli, flags, body).create())
        return 0
    }
}

/// A failure that docker tells without the program's name, with code 1.
private struct PlainFailure: Error {
    let message: String
}

private func refuseForeign(_ flags: ParsedFlags) throws(PlainFailure) {
    guard let name = RunFlags.foreign(in: flags) else { return }
    throw PlainFailure(
        message:
            "\"--\(name)\" is only supported on a Docker daemon running on windows, but the Docker daemon is "
            + "running on linux")
}

/// A failure of `run` in docker's words, with 127 where there is no such program, 126 where it cannot be executed.
private func runFailure(_ error: any Error) -> CommandFailure {
    let message = "\(error)"
    var code: Int32 = 125
    if let failure = error as? CommandFailure, failure.code != 1 { code = failure.code }
    return CommandFailure("docker: \(message)\n\nRun 'docker run --help' for more information", code: code)
}

/// One `run`: create, attach, wait, start, and stay until the end.
struct RunContainer {
    private let cli: CLI
    private let flags: ParsedFlags
    private let detaches: Bool

    init(_ cli: CLI, _ flags: ParsedFlags) {
        (self.cli, self.flags) = (cli, flags)
        detaches = flags.bool("detach")
    }

    func run() throws -> Int32 {
        try refuseForeign(flags)
        try CreateContainer.checkPullPolicy(flags)
        var body = try ContainerBody(flags)
        if detaches {
            if flags.has("attach") {
                throw PlainFailure(message: "conflicting options: cannot specify both --attach and --detach")
            }
            for name in ["AttachStdin", "AttachStdout", "AttachStderr", "StdinOnce"] {
                body.config[name] = false
            }
        } else if body.flag("AttachStdin"), body.flag("Tty"), !isTerminal(0) {
            throw PlainFailure(message: "the input device is not a TTY")
        }
        if let size = terminalSize(1), isTerminal(1) {
            body.host["ConsoleSize"] = [.number(String(size.rows)), .number(String(size.columns))]
        }
        let client = try cli.client()
        let id = try CreateContainer(cli, flags, body).create()
        let hasTerminal = body.flag("Tty")
        let attaches = body.flag("AttachStdin") || body.flag("AttachStdout") || body.flag("AttachStderr")
        if !attaches {
            cli.print(id)
            cli.flush()
        }
        guard attaches else {
            try start(client, id)
            return 0
        }
        return try runAttached(client, id, body, hasTerminal)
    }

    private func runAttached(
        _ client: EngineClient, _ id: String, _ body: ContainerBody, _ hasTerminal: Bool
    ) throws -> Int32 {
        let resizes = hasTerminal && isTerminal(1)
        let window = WindowSize(client: client, kind: "containers", id: id)
        let signals = try SignalHandling(
            client, container: id, forward: flags.bool("sig-proxy") && !hasTerminal,
            resize: resizes ? { window.send() } : nil)
        var query = [("stream", "1")]
        for (field, name) in [
            ("AttachStdin", "stdin"), ("AttachStdout", "stdout"), ("AttachStderr", "stderr"),
        ]
        where body.flag(field) { query.append((name, "1")) }
        let keys = cli.detachKeys(flags.string("detach-keys"))
        if !keys.isEmpty { query.append(("detachKeys", keys)) }
        let (stream, exit) = try client.attachAndWait(
            id, query: query, condition: flags.bool("rm") ? "removed" : "next-exit")
        let attachment = try Attachment(
            cli, stream, terminal: hasTerminal, input: body.flag("AttachStdin"), keys: keys, signals: signals)
        do {
            try start(client, id)
        } catch {
            attachment.finish()
            if flags.bool("rm") { _ = try? exit.readAll() }
            throw error
        }
        if resizes { window.send() }
        if try attachment.run() == .detached { return 0 }
        return try ExitCode.wait(for: exit, cli, signals)
    }

    private func start(_ client: EngineClient, _ id: String) throws {
        do {
            try client.startContainer(id)
        } catch let error as EngineClientError {
            throw CommandFailure("\(error)", code: ExitCode.ofStartFailure(error.message))
        }
    }
}

/// What a container's end means for ours.
enum ExitCode {
    /// 127 for no such program, 126 for one that cannot be executed, 125 for anything else.
    static func ofStartFailure(_ message: String) -> Int32 {
        for words in [
            "executable file not found", "no such file or directory", "system cannot find the file specified",
        ]
        where message.contains(words) { return 127 }
        for words in ["permission denied", "is a directory"] where message.contains(words) { return 126 }
        return 125
    }

    /// Waits for the answer to a wait request, passing signals on meanwhile.
    static func wait(for response: HTTPResponse, _ cli: CLI, _ signals: SignalHandling?) throws -> Int32 {
        while let signals, !response.hasBuffered {
            var items = [PollItem(response.descriptor), PollItem(signals.descriptor)]
            _ = try waitForAny(&items)
            if items[1].isReadable { signals.handle() }
            if items[0].isReadable { break }
        }
        let bytes = try response.readAll()
        guard let answer = try? JSONValue(parsing: bytes) else {
            cli.complain("Error waiting for container: unexpected EOF")
            return 125
        }
        if let message = answer["Error"]?["Message"]?.stringValue, !message.isEmpty {
            cli.complain("Error waiting for container: \(message)")
            return 125
        }
        return Int32(truncatingIfNeeded: answer["StatusCode"]?.intValue ?? 125)
    }
}
