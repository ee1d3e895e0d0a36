internal import GoTemplate
internal import Linux
internal import OrderedJSON

extension Command {
    static let contextList = Command(
        path: "context ls", usage: "[OPTIONS]", summary: "List contexts",
        aliases: ["context ls", "context list"],
        flags: [TableOutput.formatFlag, Flag("quiet", "q", .bool, "Show names only")], arguments: .none
    ) { cli, flags in
        let choice = cli.choice
        let current = choice.contextName
        var contexts = [try choice.described(ContextStore.defaultName)] + choice.contexts.all()
        var missing: [String: String] = [:]
        if !contexts.contains(where: { $0.name == current }) {
            do { _ = try choice.contexts.load(current) } catch { missing[current] = "\(error)" }
            contexts.append(EngineContext(name: current, host: ""))
        }
        contexts.sort { $0.name < $1.name }
        let isTable = flags.string("format").isEmpty || flags.string("format").hasPrefix("table")
        let rows = contexts.map { context in
            Row.context(
                context, isCurrent: context.name == current, error: missing[context.name] ?? "",
                shortens: isTable)
        }
        try TableOutput(
            cli: cli, format: flags.string("format"), quiet: flags.bool("quiet"),
            standard: "{{.Name}}{{if .Current}} *{{end}}\t{{.Description}}\t{{.DockerEndpoint}}\t{{.Error}}",
            quietField: "{{.Name}}",
            titles: [
                ("Name", "NAME"), ("Description", "DESCRIPTION"), ("DockerEndpoint", "DOCKER ENDPOINT"),
                ("Error", "ERROR"),
            ]
        ).show(rows)
        if let host = environmentVariable("DOCKER_HOST"), !host.isEmpty, isTable, !flags.bool("quiet"),
            cli.globals.context == nil
        {
            cli.complain(
                "Warning: DOCKER_HOST environment variable overrides the active context. To use a context, either "
                    + "set the global --context flag, or unset DOCKER_HOST environment variable.")
        }
        return 0
    }

    static let contextInspect = Command(
        path: "context inspect", usage: "[OPTIONS] [CONTEXT] [CONTEXT...]",
        summary: "Display detailed information on one or more contexts", flags: [InspectOutput.formatFlag]
    ) { cli, flags in
        let choice = cli.choice
        let names = flags.arguments.isEmpty ? [choice.contextName] : flags.arguments
        return try InspectOutput(cli: cli, format: flags.string("format")).show(names) { name in
            let context = try choice.described(name)
            let inMemory = name == ContextStore.defaultName
            var material = JSONObject()
            if !context.securityFiles.isEmpty {
                material["docker"] = .array(context.securityFiles.map { .string($0) })
            }
            var document = context.document.objectValue ?? JSONObject()
            if inMemory { document["Metadata"] = .object(JSONObject()) }
            document["TLSMaterial"] = .object(material)
            document["Storage"] = [
                "MetadataPath": .string(inMemory ? "<IN MEMORY>" : choice.contexts.metadataFolder(name)),
                "TLSPath": .string(inMemory ? "<IN MEMORY>" : choice.contexts.securityFolder(name)),
            ]
            return InspectedObject(type: "Context", json: .object(document))
        }
    }
}

extension Row {
    /// One context; a table shows an error's beginning only.
    static func context(_ context: EngineContext, isCurrent: Bool, error: String, shortens: Bool) -> Row {
        let shown = shortens && error.count > 45 ? error.prefix(44) + "…" : error[...]
        return Row(
            typeName: "*formatter.clientContextContext",
            columns: [
                ("Current", { .bool(isCurrent) }), ("Description", { .string(context.description) }),
                ("DockerEndpoint", { .string(context.host) }), ("Error", { .string(String(shown)) }),
                ("Name", { .string(context.name) }),
            ])
    }
}
