internal import EngineClient
internal import Linux
internal import OrderedJSON

/// What every command needs: its output, the engine, the user's configuration.
///
/// Used by one thread only.
final class CLI: @unchecked Sendable {
    private var buffer: [UInt8] = []
    private(set) var globals: GlobalOptions
    private var cachedClient: EngineClient?
    private var cachedConfiguration: JSONValue?

    init(_ globals: GlobalOptions) { self.globals = globals }

    // MARK: Output

    /// Appends text to standard output.
    func write(_ text: String) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count > 32768 { flush() }
    }

    /// Appends a line to standard output.
    func print(_ line: String) { write(line + "\n") }

    func write(_ bytes: ArraySlice<UInt8>) {
        buffer.append(contentsOf: bytes)
        if buffer.count > 32768 { flush() }
    }

    /// Hands standard output to the system.
    func flush() {
        if buffer.isEmpty { return }
        do { try writeAll(1, buffer) } catch {
            buffer.removeAll()
            complain("write /dev/stdout: \(error.code.reason)")
            exitProcess(1)
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes a line to standard error, behind what standard output holds.
    func complain(_ line: String) {
        flush()
        try? writeAll(2, Array((line + "\n").utf8))
    }

    func writeError(_ bytes: ArraySlice<UInt8>) {
        flush()
        try? writeAll(2, Array(bytes))
    }

    // MARK: Engine

    /// The engine that the user means; nothing is sent before the first call.
    func client() throws -> EngineClient {
        if let cachedClient { return cachedClient }
        let (endpoint, isStandard) = try choice.endpoint()
        let version = environmentVariable("DOCKER_API_VERSION").flatMap { $0.isEmpty ? nil : $0 }
        let client = EngineClient(
            endpoint, version: version.map { $0.hasPrefix("v") ? String($0.dropFirst()) : $0 })
        client.headers = try customHeaders()
        if isStandard {
            client.startEngine = { [unowned self] in try DaemonStarter(cli: self).start(endpoint) }
        }
        cachedClient = client
        return client
    }

    /// Header fields that the user's configuration and environment add to each request.
    private func customHeaders() throws -> [(String, String)] {
        var headers: [(String, String)] = []
        for member in configuration["HttpHeaders"]?.objectValue?.members ?? [] {
            if let value = member.value.stringValue { headers.append((member.key, value)) }
        }
        for field in (environmentVariable("DOCKER_CUSTOM_HEADERS") ?? "").split(separator: ",") {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw CommandFailure(
                    "Failed to initialize: failed to parse custom headers from DOCKER_CUSTOM_HEADERS environment "
                        + "variable: missing value for header \"\(field)\"")
            }
            headers.removeAll { $0.0.lowercased() == parts[0].lowercased() }
            headers.append((parts[0], parts[1]))
        }
        // A line break would let a value write a request of its own.
        return headers.filter { !($0.0 + $0.1).utf8.contains { $0 == 10 || $0 == 13 } }
    }

    /// Which engine the user means.
    var choice: EngineChoice {
        EngineChoice(globals: globals, folder: configurationFolder, configuration: configuration)
    }

    // MARK: Configuration

    /// The folder of `config.json`.
    var configurationFolder: String {
        globals.configuration ?? GlobalOptions.standardFolder
    }

    /// The user's `config.json`; an object without members where there is none.
    var configuration: JSONValue {
        if let cachedConfiguration { return cachedConfiguration }
        let path = configurationFolder + "/config.json"
        let bytes = (try? readFile(path)) ?? []
        var value = JSONValue.object([:])
        if !bytes.isEmpty {
            do {
                value = try JSONValue(parsing: bytes)
                if let fault = ConfigurationFile.fault(value) { throw CommandFailure(fault) }
            } catch {
                value = .object([:])
                var reason = "\(error)"
                if case .syntax(let words, _)? = error as? JSONError { reason = words }
                complain("WARNING: Error parsing config file (\(path)): \(reason)")
            }
        }
        cachedConfiguration = value
        return value
    }

    /// Writes the user's `config.json` with what `change` makes of it.
    func changeConfiguration(_ change: (inout JSONObject) -> Void) throws {
        var object = configuration.objectValue ?? JSONObject()
        if object["auths"] == nil { object.members.insert(.init("auths", .object([:])), at: 0) }
        change(&object)
        try ConfigurationFile.write(object, folder: configurationFolder)
        cachedConfiguration = .object(object)
    }

    /// How to print a list: by the option, or else by the configuration's `key`, unless only ids are wanted.
    func format(_ flags: ParsedFlags, _ key: String) -> String {
        let given = flags.string("format")
        return given.isEmpty && !flags.bool("quiet") ? configuration[key]?.stringValue ?? "" : given
    }

    /// The keys that leave a container: of the option, of the configuration, or docker's.
    func detachKeys(_ option: String) -> String {
        option.isEmpty ? configuration["detachKeys"]?.stringValue ?? "" : option
    }
}

/// The options in front of the command.
struct GlobalOptions {
    var host: String?
    var configuration: String?
    var context: String?
    var usesTLS = false
    /// Whether the engine's certificate is checked.
    var verifiesTLS = false
    var authority: String?
    var certificate: String?
    var key: String?
    var debug = false

    /// Where `config.json` is unless the option says otherwise.
    static var standardFolder: String {
        environmentVariable("DOCKER_CONFIG").flatMap { $0.isEmpty ? nil : $0 }
            ?? (environmentVariable("HOME") ?? "/root") + "/.docker"
    }

    /// Where TLS files are unless options say otherwise.
    private static var certificateFolder: String {
        environmentVariable("DOCKER_CERT_PATH").flatMap { $0.isEmpty ? nil : $0 } ?? standardFolder
    }

    static var flags: [Flag] {
        [
            Flag(
                "config", nil, .string, "Folder that holds the client's configuration files",
                standard: standardFolder),
            Flag(
                "context", "c", .string,
                "Name of the context to use (stronger than DOCKER_HOST and than what \"docker context use\" has set)"
            ),
            Flag("debug", "D", .bool, "Turn debug mode on"),
            Flag("host", "H", .list, "Socket of the daemon to talk to"),
            Flag(
                "log-level", "l", .string,
                "How much to log (\"debug\", \"info\", \"warn\", \"error\", \"fatal\")", standard: "info"),
            Flag("tls", nil, .bool, "Use TLS; implied by --tlsverify"),
            Flag(
                "tlscacert", nil, .string, "Trust only certificates that this CA signed",
                standard: certificateFolder + "/ca.pem"),
            Flag("tlscert", nil, .string, "TLS certificate file", standard: certificateFolder + "/cert.pem"),
            Flag("tlskey", nil, .string, "TLS key file", standard: certificateFolder + "/key.pem"),
            Flag("tlsverify", nil, .bool, "Use TLS and check the daemon's certificate"),
            Flag("version", "v", .bool, "Print the version and quit"),
        ]
    }

    init(_ flags: ParsedFlags) throws {
        let hosts = flags.list("host")
        if hosts.count > 1 { throw CommandFailure("specify only one -H") }
        host = hosts.first
        if flags.has("config") { configuration = flags.string("config") }
        func isSet(_ name: String) -> Bool { !(environmentVariable(name) ?? "").isEmpty }
        verifiesTLS = flags.has("tlsverify") ? flags.bool("tlsverify") : isSet("DOCKER_TLS_VERIFY")
        usesTLS = verifiesTLS || flags.bool("tls") || isSet("DOCKER_TLS")
        if flags.has("tlscacert") { authority = flags.string("tlscacert") }
        if flags.has("tlscert") { certificate = flags.string("tlscert") }
        if flags.has("tlskey") { key = flags.string("tlskey") }
        debug = flags.bool("debug")
        if flags.has("context") { context = flags.string("context") }
        if context?.isEmpty == false, !hosts.isEmpty {
            throw CommandFailure("conflicting options: cannot specify both --host and --context")
        }
        let level = flags.string("log-level")
        let levels = ["panic", "fatal", "error", "warn", "warning", "info", "debug", "trace"]
        if !levels.contains(level.lowercased()) {
            throw CommandFailure("Unable to parse logging level: \(level)")
        }
    }
}
