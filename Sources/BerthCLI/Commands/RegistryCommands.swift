internal import EngineClient
internal import GoTemplate
internal import Linux
internal import OrderedJSON
internal import TerminalUI

private typealias Request = EngineClient.Request

extension Command {
    static let push = Command(
        path: "push", usage: "[OPTIONS] NAME[:TAG]", summary: "Upload an image to a registry",
        aliases: ["image push", "push"],
        flags: [
            Flag("all-tags", "a", .bool, "Push every tag of the repository"),
            Flag("disable-content-trust", nil, .bool, "Make no signatures", standard: "true"),
            Flag("platform", nil, .string, "Push this platform's image only: \"os[/arch[/variant]]\""),
            Flag("quiet", "q", .bool, "Print the image's name only"),
        ], arguments: .exactly(1)
    ) { cli, flags in
        if !flags.bool("disable-content-trust") {
            throw CommandFailure("--disable-content-trust=false is not supported: berth makes no signatures")
        }
        let name = try ImageName(parsing: flags.arguments[0])
        if flags.bool("all-tags"), name.tag != nil {
            throw CommandFailure("tag can't be used with --all-tags/-a")
        }
        var query: [(String, String)] = []
        if !flags.bool("all-tags") {
            if name.tag == nil, name.digest == nil, !flags.bool("quiet") {
                cli.print("Using default tag: latest")
            }
            query.append(("tag", name.tag ?? "latest"))
        }
        if flags.has("platform") { query.append(("platform", try Platforms.json(flags.string("platform")))) }
        var request = Request("POST", "/images/\(escapePath(name.fullName))/push", query: query)
        request.headers.append(("X-Registry-Auth", Credentials(cli).header(for: name)))
        cli.flush()
        var progress = ProgressStream(cli, quiet: flags.bool("quiet"))
        try progress.show(try cli.client().send(request))
        if flags.bool("quiet") { cli.print(name.withDefaultTag) }
        return 0
    }

    static let search = Command(
        path: "search", usage: "[OPTIONS] TERM", summary: "Search Docker Hub for images",
        flags: [
            Filters.flag, Flag("format", nil, .string, "Print with a Go template"),
            Flag("limit", nil, .int, "How many results at most"),
            Flag("no-trunc", nil, .bool, "Show whole descriptions"),
        ], arguments: .exactly(1)
    ) { cli, flags in
        var query = [("term", flags.arguments[0])]
        if flags.int("limit") > 0 { query.append(("limit", String(flags.int("limit")))) }
        if let filters = Filters.text(flags.list("filter")) { query.append(("filters", filters)) }
        var request = Request("GET", "/images/search", query: query)
        request.headers.append(("X-Registry-Auth", Credentials(cli).header(server: Credentials.hub)))
        let found = try cli.client().json(request).arrayValue ?? []
        let stars = { (json: JSONValue) in json["star_count"]?.intValue ?? 0 }
        let rows = found.sorted { stars($0) > stars($1) }.map { json -> Row in
            let whole = (json["description"]?.stringValue ?? "").map { $0 == "\n" || $0 == "\r" ? " " : $0 }
            let shown =
                flags.bool("no-trunc") || whole.count <= 45 ? String(whole) : String(whole.prefix(44)) + "…"
            func mark(_ key: String) -> GoValue { .string(json[key]?.boolValue == true ? "[OK]" : "") }
            return Row(
                typeName: "*formatter.searchContext",
                columns: [
                    ("Description", { .string(shown) }), ("IsAutomated", { mark("is_automated") }),
                    ("IsOfficial", { mark("is_official") }),
                    ("Name", { .string(json["name"]?.stringValue ?? "") }),
                    ("StarCount", { .string(String(stars(json))) }),
                ])
        }
        try TableOutput(
            cli: cli, format: flags.string("format"),
            standard: "{{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}",
            titles: [
                ("Name", "NAME"), ("Description", "DESCRIPTION"), ("StarCount", "STARS"),
                ("IsOfficial", "OFFICIAL"),
                ("IsAutomated", "AUTOMATED"),
            ]
        ).show(rows)
        return 0
    }

    static let login = Command(
        path: "login", usage: "[OPTIONS] [SERVER]",
        summary: "Authenticate to a registry\nDefaults to Docker Hub where no server is named.",
        flags: [
            Flag("password", "p", .string, "Password or access token"),
            Flag("password-stdin", nil, .bool, "Read the password from standard input"),
            Flag("username", "u", .string, "Name of the user"),
        ], arguments: .atMost(1)
    ) { cli, flags in try Login(cli: cli, flags: flags).perform() }

    static let logout = Command(
        path: "logout", usage: "[SERVER]",
        summary: "Log out from a registry\nThe daemon's default where no server is named.",
        arguments: .atMost(1)
    ) { cli, flags in
        let server = Credentials.server(flags.arguments.first ?? Credentials.hub)
        cli.print("Removing login credentials for \(server)")
        do { try Credentials(cli).forget(server) } catch let error as CredentialHelper.Failure {
            cli.complain("WARNING: could not erase credentials:\n\(server): \(error.reason)")
        }
        return 0
    }
}

/// Asks for what is missing, asks the engine whether it is right, and keeps it.
struct Login {
    let cli: CLI
    let flags: ParsedFlags

    func perform() throws -> Int32 {
        var password = flags.string("password")
        var user = flags.string("username")
        if !password.isEmpty {
            cli.complain("WARNING! Using --password via the CLI is insecure. Use --password-stdin.")
        }
        if flags.bool("password-stdin") {
            if flags.has("password") {
                throw CommandFailure(
                    "conflicting options: cannot specify both --password and --password-stdin")
            }
            if user.isEmpty {
                throw CommandFailure("the --password-stdin option requires --username to be set")
            }
            password = String(decoding: try readAll(0, limitBytes: 1 << 20), as: UTF8.self)
            while password.last == "\n" || password.last == "\r" { password.removeLast() }
        }
        let server = Credentials.server(flags.arguments.first ?? Credentials.hub)
        if user.isEmpty, password.isEmpty, let known = try? Credentials(cli).known(server),
            !known.user.isEmpty
        {
            cli.complain(
                "Authenticating with existing credentials... [Username: \(known.user)]\n\n"
                    + " Info -> To login with a different account, run 'docker logout' followed by 'docker login'\n\n"
            )
            do { return try authenticate(known, server: server) } catch let error as EngineClientError {
                cli.complain("Login did not succeed, error: \(error)")
            }
        }
        if user.isEmpty || password.isEmpty {
            guard isTerminal(0) else {
                throw CommandFailure("Error: Cannot perform an interactive login from a non TTY device")
            }
            if user.isEmpty { user = try ask("Username: ", echoes: true) }
            if user.isEmpty { throw CommandFailure("username is required") }
            if password.isEmpty { password = try ask("Password: ", echoes: false) }
            if password.isEmpty { throw CommandFailure("password is required") }
        }
        return try authenticate(Credentials.Known(user: user, password: password), server: server)
    }

    private func authenticate(_ known: Credentials.Known, server: String) throws -> Int32 {
        var body: JSONObject = ["username": .string(known.user), "serveraddress": .string(server)]
        if !known.password.isEmpty { body["password"] = .string(known.password) }
        if !known.token.isEmpty { body["identitytoken"] = .string(known.token) }
        let answer = try cli.client().json(EngineClient.Request("POST", "/auth", body: .object(body)))
        var known = known
        if let token = answer["IdentityToken"]?.stringValue, !token.isEmpty {
            known.password = ""
            known.token = token
        }
        do {
            if try Credentials(cli).store(known, server: server) {
                cli.complain(
                    "\nWARNING! Your credentials are stored unencrypted in '\(cli.configurationFolder)/config.json'.\n"
                        + "Configure a credential helper to remove this warning. See\n"
                        + "https://docs.docker.com/go/credential-store/\n")
            }
        } catch let error as CredentialHelper.Failure {
            throw CommandFailure("Error saving credentials: \(error.reason)")
        }
        if let status = answer["Status"]?.stringValue, !status.isEmpty { cli.print(status) }
        return 0
    }

    /// One line from the terminal.
    private func ask(_ question: String, echoes: Bool) throws -> String {
        cli.write(question)
        cli.flush()
        let raw = echoes ? nil : RawTerminal(0)
        defer { raw?.restore() }
        var line: [UInt8] = []
        while true {
            var byte: UInt8 = 0
            let count = try withUnsafeMutableBytes(of: &byte) { try readBytes(0, into: $0) }
            if count == 0 || byte == 10 || byte == 13 { break }
            if byte == 3 { throw CommandFailure("", code: 130) }
            if byte == 127 { _ = line.popLast() } else { line.append(byte) }
        }
        if !echoes { cli.print("") }
        return String(decoding: line, as: UTF8.self)
    }
}
