internal import EngineClient
internal import GoTemplate
internal import Linux

/// The program: finds the command, carries it out, and turns failures into words and exit codes.
public enum BerthMain {
    /// The version that the program tells.
    public static let version = "0.1.0"

    /// Carries out a command line without the program's own name, and returns the exit code.
    public static func run(_ words: [String]) -> Int32 {
        ignoreBrokenPipes()
        do {
            return try dispatch(words)
        } catch {
            try? writeAll(2, Array("\(error)\n".utf8))
            return (error as? CommandFailure)?.code ?? 1
        }
    }

    private static func dispatch(_ words: [String]) throws -> Int32 {
        let parsed: ParsedFlags
        do {
            parsed = try ParsedFlags(words, flags: GlobalOptions.flags, stopsAtArgument: true)
        } catch let error as FlagError {
            if error.description.isEmpty || error.description == "-h" { return say(Help.root()) }
            throw CommandFailure(
                "\(error)\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n\n"
                    + "Run 'docker --help' for more information", code: 125)
        }
        let cli = CLI(try GlobalOptions(parsed))
        if parsed.bool("version") { return say("Docker version 28.2.2, build berth-\(version)\n") }
        guard let first = parsed.arguments.first else { return say(Help.root()) }
        if first == "help" { return try help(Array(parsed.arguments.dropFirst())) }
        let rest = parsed.arguments.dropFirst()
        if let group = Registry.groups.first(where: { $0.name == first }) {
            return try dispatch(group, rest, cli)
        }
        guard let command = Registry.find(first) else {
            throw CommandFailure(
                "docker: unknown command: docker \(first)\n\nRun 'docker --help' for more information")
        }
        return perform(command, rest, cli)
    }

    private static func dispatch(
        _ group: Registry.Group, _ words: ArraySlice<String>, _ cli: CLI
    ) throws -> Int32 {
        guard let name = words.first, name != "--help", name != "-h" else { return say(group.help) }
        if name.hasPrefix("-") {
            throw CommandFailure(
                "unknown \(name.hasPrefix("--") ? "flag: \(name)" : "shorthand flag: '\(name.dropFirst().prefix(1))' in \(name)")"
                    + "\n\nUsage:  docker \(group.name)\n\nRun 'docker \(group.name) --help' for more information",
                code: 125)
        }
        if name == "help" { return try help([group.name] + words.dropFirst()) }
        guard let command = group.find(name) else {
            throw CommandFailure(
                "docker: unknown command: docker \(group.name) \(name)\n\nUsage:  docker \(group.name)\n\n"
                    + "Run 'docker \(group.name) --help' for more information")
        }
        return perform(command, words.dropFirst(), cli)
    }

    private static func help(_ words: [String]) throws -> Int32 {
        guard let first = words.first else { return say(Help.root()) }
        if let group = Registry.groups.first(where: { $0.name == first }) {
            guard words.count > 1 else { return say(group.help) }
            if let command = group.find(words[1]) { return say(Help.text(command)) }
        } else if let command = Registry.find(first) {
            return say(Help.text(command))
        }
        throw CommandFailure("unknown help topic: \(words.joined(separator: " "))")
    }

    private static func perform(_ command: Command, _ words: ArraySlice<String>, _ cli: CLI) -> Int32 {
        defer { cli.flush() }
        do {
            let flags = try ParsedFlags(words, flags: command.flags, stopsAtArgument: command.stopsAtArgument)
            if let complaint = command.arguments.complaint(flags.arguments.count) {
                throw CommandFailure(
                    "docker: 'docker \(command.path)' \(complaint.text)\n\nUsage:  \(command.usageLine)\n\n"
                        + "\(complaint.see) 'docker \(command.path) --help' for more information")
            }
            return try command.run(cli, flags)
        } catch let error as FlagError {
            if error.description.isEmpty {
                cli.write(Help.text(command))
                return 0
            }
            if error.description == "-h" {
                cli.write("Flag shorthand -h has been deprecated, use --help\n" + Help.text(command))
                return 0
            }
            cli.complain(
                "\(error)\n\nUsage:  \(command.usageLine)\n\nRun 'docker \(command.path) --help' for more information"
            )
            return 125
        } catch let error as CommandFailure {
            if !error.message.isEmpty { cli.complain(error.message) }
            return error.code
        } catch {
            cli.complain("\(error)")
            return 1
        }
    }

    private static func say(_ text: String) -> Int32 {
        try? writeAll(1, Array(text.utf8))
        return 0
    }
}
