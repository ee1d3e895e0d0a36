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
        if globals.usesTLS {
            throw CommandFailure("TLS to the engine is not supported yet: use a unix socket or plain tcp")
        }
        let given = globals.host ?? environmentVariable("DOCKER_HOST").flatMap { $0.isEmpty ? nil : $0 }
        let endpoint: Endpoint
        do { endpoint = try given.map(Endpoint.init(parsing:)) ?? .standard } catch {
            throw CommandFailure("Failed to initialize: unable to resolve docker endpoint: \(error)")
        }
        let version = environmentVariable("DOCKER_API_VERSION").flatMap { $0.isEmpty ? nil : $0 }
        let client = EngineClient(
            endpoint, version: version.map { $0.hasPrefix("v") ? String($0.dropFirst()) : $0 })
        if given == nil {
            client.startEngine = { [unowned self] in try DaemonStarter(cli: self).start(endpoint) }
        }
        cachedClient = client
        return client
    }

    // MARK: Configuration

    /// The folder of `config.json`.
    var configurationFolder: String {
        globals.configuration ?? environmentVariable("DOCKER_CONFIG")
            ?? (environmentVariable("HOME") ?? "/root") + "/.docker"
    }

    /// The user's `config.json`; an object without members where there is none.
    var configuration: JSONValue {
        if let cachedConfiguration { return cachedConfiguration }
        let bytes = (try? readFile(configurationFolder + "/config.json")) ?? []
        let value = bytes.isEmpty ? .object([:]) : (try? JSONValue(parsing: bytes)) ?? .object([:])
        cachedConfiguration = value
        return value
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
    var usesTLS = false
    var debug = false

    static let flags: [Flag] = [
        Flag(
            "config", nil, .string, "Folder that holds the client's configuration files",
            standard: "/root/.docker"),
        Flag("context", "c", .string, "Name of the connection to use; berth knows none but \"default\""),
        Flag("debug", "D", .bool, "Turn debug mode on"),
        Flag("host", "H", .list, "Socket of the daemon to talk to"),
        Flag(
            "log-level", "l", .string,
            "How much to log (\"debug\", \"info\", \"warn\", \"error\", \"fatal\")", standard: "info"),
        Flag("tls", nil, .bool, "Use TLS; implied by --tlsverify"),
        Flag(
            "tlscacert", nil, .string, "Trust only certificates that this CA signed",
            standard: "/root/.docker/ca.pem"),
        Flag("tlscert", nil, .string, "TLS certificate file", standard: "/root/.docker/cert.pem"),
        Flag("tlskey", nil, .string, "TLS key file", standard: "/root/.docker/key.pem"),
        Flag("tlsverify", nil, .bool, "Use TLS and check the daemon's certificate"),
        Flag("version", "v", .bool, "Print the version and quit"),
    ]

    init(_ flags: ParsedFlags) throws {
        let hosts = flags.list("host")
        if hosts.count > 1 { throw CommandFailure("specify only one -H") }
        host = hosts.first
        if flags.has("config") { configuration = flags.string("config") }
        usesTLS =
            flags.bool("tls") || flags.bool("tlsverify")
            || !(environmentVariable("DOCKER_TLS_VERIFY") ?? "").isEmpty
        debug = flags.bool("debug")
        let context = flags.string("context")
        if !context.isEmpty, context != "default" {
            throw CommandFailure(
                "context \"\(context)\": context not found: berth knows no contexts beside \"default\"")
        }
    }
}
