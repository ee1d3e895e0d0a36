internal import APIServer
internal import AsyncPrimitives
internal import Engine
internal import EngineModel
internal import HTTPServer
internal import Linux
internal import Logging

/// Wires the engine to the sockets and serves until a signal says stop.
struct Daemon {
    let options: DaemonOptions
    let logger: Logger

    init(_ options: DaemonOptions) {
        self.options = options
        let level: Logger.Level =
            switch options.logLevel {
            case "trace": .trace
            case "debug": .debug
            case "warn": .warning
            case "error": .error
            case "fatal": .critical
            default: .info
            }
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        logger = Logger(label: "berthd")
    }

    /// Serves; returns once a signal asked for the end and everything is closed.
    func run(until stop: OneShot<Int32>) async throws {
        ignoreBrokenPipes()
        raiseFileLimit()
        let addresses = try options.hosts.flatMap(address)
        try claimPIDFile()
        defer { if let path = options.pidFile { try? removeFile(path) } }

        var engineOptions = EngineOptions(
            paths: EnginePaths(dataRoot: options.dataRoot, execRoot: options.execRoot),
            runtimeProgram: try runtimeProgram())
        engineOptions.bridge = options.bridge
        engineOptions.bridgeAddress = options.bridgeAddress
        engineOptions.mtu = options.mtu
        engineOptions.dns = options.dns
        engineOptions.dnsSearch = options.dnsSearch
        engineOptions.dnsOptions = options.dnsOptions
        engineOptions.usesInit = options.usesInit
        engineOptions.isDebugging = options.logLevel == "debug" || options.logLevel == "trace"
        let engine = try await ContainerEngine.open(engineOptions, logger: logger)

        let api = APIServer(EngineControls(engine), version: ContainerEngine.version, logger: logger)
        let server = HTTPServer(logger: logger) { request in await api.respond(to: request) }
        do {
            for address in addresses {
                let bound = try await server.listen(on: address)
                logger.info("API listen on \(bound)")
            }
        } catch {
            await engine.shutdown()
            throw error
        }
        logger.info("daemon has completed initialization")
        let signal = try await stop.value()
        logger.info("stopping", metadata: ["signal": "\(signal)"])
        await server.shutdown()
        await engine.shutdown()
        for case .unix(let path, _) in addresses { try? removeFile(path) }
    }

    /// What one `-H` means.
    private func address(_ host: String) throws -> [ListenAddress] {
        if host.hasPrefix("unix://") {
            let path = String(host.dropFirst("unix://".count))
            guard path.hasPrefix("/") else {
                throw EngineError(.invalidParameter, "invalid bind address (\(host)): a socket's path is absolute")
            }
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
                try makeDirectories(String(path[..<slash]))
            }
            return [.unix(path: path, group: options.group ?? "docker")]
        }
        if host.hasPrefix("tcp://") {
            let rest = host.dropFirst("tcp://".count)
            guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...]) else {
                throw EngineError(.invalidParameter, "invalid bind address (\(host)): tcp://HOST:PORT")
            }
            var name = String(rest[..<colon])
            if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
            if !["127.0.0.1", "::1", "localhost"].contains(name) {
                logger.warning(
                    "the API is served over TCP without authentication: whoever reaches it is root on this host",
                    metadata: ["address": "\(host)"])
            }
            return [.tcp(host: name, port: port)]
        }
        if host.hasPrefix("fd://") {
            guard environmentVariable("LISTEN_PID").flatMap({ Int32($0) }) == currentProcessID(),
                let count = environmentVariable("LISTEN_FDS").flatMap({ Int32($0) }), count > 0
            else {
                throw EngineError(
                    .invalidParameter, "no sockets found via socket activation: make sure berthd was started by systemd")
            }
            return (3..<3 + count).map { .inherited($0) }
        }
        throw EngineError(
            .invalidParameter, "invalid bind address (\(host)): use unix:///path, tcp://host:port or fd://")
    }

    private func claimPIDFile() throws {
        guard let path = options.pidFile else { return }
        if let text = try? readText(path, limitBytes: 64),
            let pid = Int32(text.prefix { $0.isNumber }), pid != currentProcessID(), fileExists("/proc/\(pid)")
        {
            throw EngineError(
                .conflict, "process with PID \(pid) is still running: stop it, or remove \"\(path)\" if it is no berthd")
        }
        try replaceFile(path, Array("\(currentProcessID())".utf8))
    }

    /// berth-runtime: as told, beside this program, or in PATH.
    private func runtimeProgram() throws -> String {
        if let told = options.runtimeProgram { return told }
        if let own = currentProgramPath(), let slash = own.lastIndex(of: "/") {
            let beside = own[..<slash] + "/berth-runtime"
            if isExecutable(String(beside)) { return String(beside) }
        }
        for directory in (environmentVariable("PATH") ?? "").split(separator: ":") {
            let candidate = "\(directory)/berth-runtime"
            if isExecutable(candidate) { return candidate }
        }
        throw EngineError(
            .notFound, "berth-runtime was not found beside berthd or in PATH: give its path with --runtime-program")
    }
}

/// Writes a line to standard error.
func writeError(_ text: String) { try? writeAll(2, Array((text + "\n").utf8)) }
