internal import Linux
internal import OrderedJSON

extension Command {
    private static let endpointHelp = """

        Engine of the context, as pairs of --docker:

        NAME                DESCRIPTION
        from                Take the engine of another context
        host                Where the engine is
        ca                  Trust only certificates that this CA signed
        cert                TLS certificate file
        key                 TLS key file
        skip-tls-verify     Do not check the engine's certificate
        """

    static let contextCreate = Command(
        path: "context create", usage: "[OPTIONS] CONTEXT", summary: "Create a context\n" + endpointHelp,
        flags: [
            Flag("description", nil, .string, "What the context is for"),
            Flag("docker", nil, .named("stringToString"), "The engine", standard: "[]"),
            Flag("from", nil, .string, "Take everything of another context"),
        ], arguments: .exactly(1)
    ) { cli, flags in
        let name = flags.arguments[0]
        let store = cli.choice.contexts
        try ContextStore.check(name)
        if store.contains(name) { throw CommandFailure("context \"\(name)\" already exists") }
        var draft = ContextDraft(cli: cli, context: EngineContext(name: name, host: ""))
        if flags.has("from") {
            try draft.take(from: flags.string("from"))
        } else {
            draft.context.description = ""
            if !flags.has("docker") { try draft.take(from: ContextStore.defaultName) }
        }
        if flags.has("description") { draft.context.description = flags.string("description") }
        try draft.apply(flags.list("docker"))
        try store.save(draft.context, files: draft.files ?? [:])
        cli.print(name)
        cli.complain("Successfully created context \"\(name)\"")
        return 0
    }

    static let contextUpdate = Command(
        path: "context update", usage: "[OPTIONS] CONTEXT", summary: "Update a context\n" + endpointHelp,
        flags: [
            Flag("description", nil, .string, "What the context is for"),
            Flag("docker", nil, .named("stringToString"), "The engine", standard: "[]"),
        ], arguments: .exactly(1)
    ) { cli, flags in
        let name = flags.arguments[0]
        try ContextStore.check(name)
        let store = cli.choice.contexts
        var draft = ContextDraft(cli: cli, context: try store.load(name))
        if flags.has("description") { draft.context.description = flags.string("description") }
        try draft.apply(flags.list("docker"))
        try store.save(draft.context, files: draft.files)
        cli.print(name)
        cli.complain("Successfully updated context \"\(name)\"")
        return 0
    }

    static let contextShow = Command(
        path: "context show", usage: "", summary: "Print the name of the current context", arguments: .none
    ) { cli, _ in
        cli.print(cli.choice.contextName)
        return 0
    }

    static let contextUse = Command(
        path: "context use", usage: "CONTEXT", summary: "Set the current docker context"
    ) { cli, flags in
        let count = flags.arguments.count
        if count != 1 { throw CommandFailure("accepts 1 arg(s), received \(count)") }
        let name = flags.arguments[0]
        if name != ContextStore.defaultName {
            try ContextStore.checkForm(name)
            if !cli.choice.contexts.contains(name) { _ = try cli.choice.contexts.load(name) }
        }
        try cli.changeConfiguration {
            $0["currentContext"] = name == ContextStore.defaultName ? nil : .string(name)
        }
        cli.print(name)
        if let host = environmentVariable("DOCKER_HOST"), !host.isEmpty, name != ContextStore.defaultName {
            cli.complain(
                "Warning: DOCKER_HOST environment variable overrides the active context. To use \"\(name)\", "
                    + "either set the global --context flag, or unset DOCKER_HOST environment variable.")
        }
        cli.complain("Current context is now \"\(name)\"")
        return 0
    }

    static let contextRemove = Command(
        path: "context rm", usage: "CONTEXT [CONTEXT...]", summary: "Remove one or more contexts",
        aliases: ["context rm", "context remove"],
        flags: [Flag("force", "f", .bool, "Remove a context that is in use too")], arguments: .atLeast(1)
    ) { cli, flags in
        let store = cli.choice.contexts
        let current = cli.choice.contextName
        let force = flags.bool("force")
        var failures: [String] = []
        for name in flags.arguments {
            do {
                if name == ContextStore.defaultName {
                    throw CommandFailure("context \"default\" cannot be removed")
                }
                if !store.contains(name) {
                    if !force { throw CommandFailure("context \"\(name)\" does not exist") }
                } else {
                    if name == current {
                        if !force {
                            throw CommandFailure("context \"\(name)\" is in use, set -f flag to force remove")
                        }
                        try cli.changeConfiguration { $0["currentContext"] = nil }
                    }
                    try store.remove(name)
                }
                cli.print(name)
            } catch { failures.append("\(error)") }
        }
        if failures.isEmpty { return 0 }
        throw CommandFailure(failures.joined(separator: "\n"))
    }
}

/// A context in the making.
struct ContextDraft {
    let cli: CLI
    var context: EngineContext
    /// Its TLS files by name; nil leaves those that it has.
    var files: [String: [UInt8]]?

    /// Takes everything but the name of another context.
    mutating func take(from name: String) throws {
        let source = try cli.choice.described(name)
        context.host = source.host
        context.description = source.description
        context.skipsVerification = source.skipsVerification
        context.metadata = source.metadata
        try takeFiles(of: source)
    }

    private mutating func takeFiles(of source: EngineContext) throws {
        var taken: [String: [UInt8]] = [:]
        for name in source.securityFiles {
            taken[name] = try readFile("\(cli.choice.contexts.securityFolder(source.name))/docker/\(name)")
        }
        files = taken
    }

    /// Sets what the pairs of `--docker` say.
    mutating func apply(_ options: [String]) throws {
        if options.isEmpty { return }
        func failure(_ reason: String) -> CommandFailure {
            CommandFailure("unable to create docker endpoint config: \(reason)")
        }
        var values: [String: String] = [:]
        for pair in options.flatMap({ $0.split(separator: ",") }) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            guard parts.count == 2 else { throw failure("\(pair) must be formatted as key=value") }
            values[parts[0]] = parts[1]
        }
        let known: Set<String> = ["from", "host", "ca", "cert", "key", "skip-tls-verify"]
        if let unknown = values.keys.sorted().first(where: { !known.contains($0) }) {
            throw failure("unrecognized config key: \(unknown)")
        }
        if let from = values["from"] {
            let source = try cli.choice.described(from)
            (context.host, context.skipsVerification) = (source.host, source.skipsVerification)
            try takeFiles(of: source)
            return
        }
        context.host = values["host"] ?? ""
        if !context.host.contains("://") {
            throw failure(
                "unable to apply docker endpoint options: unable to parse docker host `\(context.host)`")
        }
        if let text = values["skip-tls-verify"] {
            guard let skips = GoNumbers.bool(text) else {
                throw failure("strconv.ParseBool: parsing \(goQuoted(text)): invalid syntax")
            }
            context.skipsVerification = skips
        }
        var given: [String: [UInt8]] = [:]
        for (key, name) in [("ca", "ca.pem"), ("cert", "cert.pem"), ("key", "key.pem")] {
            guard let path = values[key], !path.isEmpty else { continue }
            do { given[name] = try readFile(path) } catch {
                throw failure("open \(path): \(error.code.reason)")
            }
        }
        files = given
    }
}

extension EngineChoice {
    /// The context of that name, the default one as it is now.
    func described(_ name: String) throws -> EngineContext {
        if name != ContextStore.defaultName { return try contexts.load(name) }
        return EngineContext(
            name: name, description: "Current DOCKER_HOST based configuration",
            host: defaultHost ?? "unix:///run/berth/berth.sock")
    }
}
