internal import EngineClient
internal import GoTemplate
internal import Linux
internal import OrderedJSON

/// The program: finds the command, carries it out, and turns failures into words and exit codes.
public enum BerthMain {
    /// The version that the program tells.
    public static let version = "0.1.0"

    /// Carries out a command line without the program's own name, and returns the exit code.
    public static func run(_ words: [String]) -> Int32 {
        ignoreBrokenPipes()
        if let first = words.first, first == "__complete" || first == "__completeNoDesc" {
            return Completer.run(Array(words.dropFirst()), describes: first == "__complete")
        }
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
            if error.description.isEmpty || error.description == "-h" { return sayHelp() }
            throw CommandFailure(
                "\(error)\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n\n"
                    + "Run 'docker --help' for more information", code: 125)
        }
        let cli = CLI(try GlobalOptions(parsed))
        if parsed.bool("version") { return say("Docker version 28.2.2, build berth-\(version)\n") }
        guard let first = parsed.arguments.first else {
            try? writeAll(2, Array(Help.root(plugins: PluginFolders(cli).all()).utf8))
            return 0
        }
        if first == "help" { return try help(Array(parsed.arguments.dropFirst()), cli) }
        try checkAliases(cli)
        if let forwarded = BuildForwarding.words(parsed.arguments) {
            guard let plugin = PluginFolders(cli).find("buildx") else { throw BuildForwarding.isMissing }
            try plugin.run(words.dropLast(parsed.arguments.count) + forwarded, cli)
        }
        let rest = parsed.arguments.dropFirst()
        if let group = Registry.group(first) {
            return try dispatch(group, rest, cli)
        }
        guard let command = Registry.find(first) else {
            if let plugin = PluginFolders(cli).find(first) { try plugin.run(words, cli) }
            throw CommandFailure(
                "docker: unknown command: docker \(first)\n\nRun 'docker --help' for more information")
        }
        return perform(command, rest, cli)
    }

    private static func dispatch(
        _ group: Registry.Group, _ words: ArraySlice<String>, _ cli: CLI
    ) throws -> Int32 {
        guard let name = words.first else {
            try? writeAll(2, Array(group.help.utf8))
            return 0
        }
        if name == "--help" || name == "-h" { return say(group.help) }
        if name.hasPrefix("--help=") {
            do { _ = try ParsedFlags([name], flags: [], stopsAtArgument: true) } catch {
                if "\(error)".isEmpty { return say(group.help) }
                throw CommandFailure(
                    "\(error)\n\nUsage:  docker \(group.usage)\n\nRun 'docker \(group.name) --help' for more information",
                    code: 125)
            }
        }
        if name.hasPrefix("-") {
            throw CommandFailure(
                "unknown \(name.hasPrefix("--") ? "flag: \(name)" : "shorthand flag: '\(name.dropFirst().prefix(1))' in \(name)")"
                    + "\n\nUsage:  docker \(group.usage)\n\nRun 'docker \(group.name) --help' for more information",
                code: 125)
        }
        if name == "help" { return try help([group.name] + words.dropFirst(), cli) }
        guard let command = group.find(name) else {
            if group.isHidden { return say(group.help) }
            throw CommandFailure(
                "docker: unknown command: docker \(group.name) \(name)\n\nUsage:  docker \(group.usage)\n\n"
                    + "Run 'docker \(group.name) --help' for more information")
        }
        return perform(command, words.dropFirst(), cli)
    }

    /// Refuses aliases in the configuration that docker refuses.
    private static func checkAliases(_ cli: CLI) throws {
        for key in (cli.configuration["aliases"]?.objectValue?.keys ?? []).sorted() where key != "builder" {
            throw CommandFailure(
                "not allowed to alias \"\(key)\" (allowed: map[string]struct {}{\"builder\":struct {}{}})")
        }
    }

    private static func sayHelp(_ cli: CLI? = nil) -> Int32 {
        let cli =
            cli
            ?? (try? GlobalOptions(ParsedFlags([], flags: GlobalOptions.flags, stopsAtArgument: true))).map(
                CLI.init)
        return say(Help.root(plugins: cli.map { PluginFolders($0).all() } ?? []))
    }

    private static func help(_ words: [String], _ cli: CLI) throws -> Int32 {
        guard let first = words.first else { return sayHelp(cli) }
        if let group = Registry.group(first) {
            guard words.count > 1 else { return say(group.help) }
            if let command = group.find(words[1]) { return say(Help.text(command)) }
        } else if let command = Registry.find(first) {
            return say(Help.text(command))
        } else if let plugin = PluginFolders(cli).find(first) {
            try plugin.run(["help"] + words, cli)
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
