internal import EngineClient
internal import Linux
internal import OrderedJSON

/// Creates a container out of the options of `run` or `create`: pulls, cidfile, warnings.
struct CreateContainer {
    let cli: CLI
    let flags: ParsedFlags
    let body: ContainerBody

    init(_ cli: CLI, _ flags: ParsedFlags, _ body: ContainerBody) throws {
        (self.cli, self.flags, self.body) = (cli, flags, body)
    }

    static func checkPullPolicy(_ flags: ParsedFlags) throws {
        let policy = flags.string("pull")
        if !["always", "missing", "never", ""].contains(policy) {
            throw CommandFailure(
                "invalid pull option: '\(policy)': must be one of \"always\", \"missing\" or \"never\"")
        }
    }

    /// The new container's id.
    func create() throws -> String {
        let cidfile = flags.string("cidfile")
        if !cidfile.isEmpty {
            if fileExists(cidfile) {
                throw CommandFailure(
                    "container ID file found, make sure the other container isn't running or delete \(cidfile)"
                )
            }
            do { _ = try openFile(cidfile, [.writeOnly, .create, .exclusive]) } catch {
                throw CommandFailure(
                    "failed to create the container ID file: open \(cidfile): \(error.code.reason)")
            }
        }
        do {
            let id = try createOrPull()
            if !cidfile.isEmpty {
                do { try writeFile(cidfile, id) } catch {
                    throw CommandFailure("failed to write the container ID (\(id)) to the file: \(error)")
                }
            }
            return id
        } catch {
            if !cidfile.isEmpty { try? removeFile(cidfile) }
            throw error
        }
    }

    private func createOrPull() throws -> String {
        let isID =
            body.image.count == 64 && body.image.allSatisfy(\.isHexDigit) || body.image.hasPrefix("sha256:")
        let reference = isID ? nil : try ImageName(parsing: body.image)
        let policy = flags.string("pull")
        if policy == "always", let reference { try pull(reference) }
        let client = try cli.client()
        do {
            return try create(client)
        } catch let error as EngineClientError where error.isNotFound && policy == "missing" {
            // Also one that is there for another platform only.
            guard let reference else { throw error }
            if !flags.bool("quiet") {
                cli.complain("Unable to find image '\(reference.withDefaultTag)' locally")
            }
            try pull(reference)
            return try create(client)
        }
    }

    private func create(_ client: EngineClient) throws -> String {
        let platform = flags.string("platform")
        if !platform.isEmpty {
            do { _ = try Platforms.parse(platform) } catch {
                throw CommandFailure("error parsing specified platform: \(error)")
            }
        }
        for server in flags.list("dns") where server.hasPrefix("127.") || server.hasPrefix("::1") {
            cli.complain("WARNING: Localhost DNS (\(server)) may fail in containers.")
        }
        let socket =
            flags.bool("use-api-socket") ? try APISocket(cli, client.endpoint, for: body) : nil
        let body = socket?.added(to: body) ?? body
        let answer = try client.createContainer(
            ProxyVariables(cli.configuration, host: client.endpoint.description).added(to: body.json),
            name: flags.string("name"), platform: platform)
        for warning in answer.warnings { cli.complain("WARNING: \(warning)") }
        try socket?.putCredentials(into: answer.id, client)
        return answer.id
    }

    private func pull(_ reference: ImageName) throws {
        try ImagePull(cli: cli).pull(
            reference, platform: flags.string("platform"), quiet: flags.bool("quiet"), toError: true)
    }
}
