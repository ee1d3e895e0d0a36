internal import EngineClient
internal import Linux
internal import OrderedJSON

/// Which engine the user means: by option, by environment, by context, or the one that is there.
struct EngineChoice {
    let globals: GlobalOptions
    /// The folder of the client's configuration.
    let folder: String
    let configuration: JSONValue

    var contexts: ContextStore { ContextStore(configuration: folder) }

    private static func variable(_ name: String) -> String? {
        environmentVariable(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The name of the context in use.
    var contextName: String {
        if let context = globals.context, !context.isEmpty { return context }
        if globals.host != nil || Self.variable("DOCKER_HOST") != nil { return ContextStore.defaultName }
        if let context = Self.variable("DOCKER_CONTEXT") { return context }
        return configuration["currentContext"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
            ?? ContextStore.defaultName
    }

    /// The host that the default context stands for; nil where nobody has named one.
    var defaultHost: String? { globals.host ?? Self.variable("DOCKER_HOST") }

    /// Where the engine is, and whether nobody has said so.
    func endpoint() throws -> (Endpoint, isStandard: Bool) {
        do {
            let name = contextName
            if name == ContextStore.defaultName {
                let endpoint = try defaultHost.map(Endpoint.init(parsing:)) ?? .standard
                guard let security = try globalSecurity() else { return (endpoint, defaultHost == nil) }
                return (try secured(endpoint, security), defaultHost == nil)
            }
            let context = try contexts.load(name)
            let endpoint = try Endpoint(parsing: context.host)
            guard let security = security(of: context) else { return (endpoint, false) }
            return (try secured(endpoint, security), false)
        } catch {
            let words = "\(error)"
            throw CommandFailure(
                words.hasPrefix("ssh host")
                    ? "Failed to initialize: \(words)"
                    : "Failed to initialize: unable to resolve docker endpoint: \(words)")
        }
    }

    private func secured(_ endpoint: Endpoint, _ security: ClientSecurity) throws -> Endpoint {
        guard let program = DaemonStarter.findProgram() else {
            throw CommandFailure(
                "TLS is spoken by berthd, which was found neither beside berth nor in PATH: install it, "
                    + "or use a unix socket or ssh://")
        }
        return endpoint.secured(security, program: program)
    }

    /// What the global options and the environment say of TLS; nil where it is not asked for.
    private func globalSecurity() throws -> ClientSecurity? {
        guard globals.usesTLS else { return nil }
        let folder = Self.variable("DOCKER_CERT_PATH") ?? folder
        let authority = globals.authority ?? folder + "/ca.pem"
        _ = try opened(authority)
        var files: [String] = []
        for (given, name) in [(globals.certificate, "cert.pem"), (globals.key, "key.pem")] {
            let path = given ?? "\(folder)/\(name)"
            if given == nil, !fileExists(path) { continue }
            _ = try opened(path)
            files.append(path)
        }
        return ClientSecurity(
            authority: authority, identity: files.count == 2 ? (files[0], files[1]) : nil,
            verifies: globals.verifiesTLS)
    }

    private func opened(_ path: String) throws -> Bool {
        do { _ = try openFile(path) } catch { throw CommandFailure("open \(path): \(error.code.reason)") }
        return true
    }

    private func security(of context: EngineContext) -> ClientSecurity? {
        if context.securityFiles.isEmpty && !context.skipsVerification { return nil }
        let folder = contexts.securityFolder(context.name) + "/docker"
        let files = Set(context.securityFiles)
        return ClientSecurity(
            authority: files.contains("ca.pem") ? folder + "/ca.pem" : nil,
            identity: files.isSuperset(of: ["cert.pem", "key.pem"])
                ? (folder + "/cert.pem", folder + "/key.pem") : nil,
            verifies: !context.skipsVerification)
    }
}
