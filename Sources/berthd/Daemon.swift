internal import APIServer
internal import AsyncPrimitives
internal import DaemonConfiguration
internal import Engine
internal import EngineModel
internal import HTTPServer
internal import Linux
internal import Logging
internal import Synchronization

/// Wires the engine to the sockets and serves until a signal says stop.
final class Daemon: Sendable {
    private let settings: Mutex<DaemonSettings>
    private let source: ConfigurationSource
    private let level: LogLevel
    private let engine = Mutex<ContainerEngine?>(nil)
    /// Hang-ups that wait for their turn.
    private let reloads = AsyncGate()
    let logger: Logger

    init(_ settings: DaemonSettings, _ source: ConfigurationSource) {
        self.settings = Mutex(settings)
        self.source = source
        let level = LogLevel(settings.logLevel)
        self.level = level
        let writesJSON = settings.logsJSON
        LoggingSystem.bootstrap { _ in DaemonLog(level: level, writesJSON: writesJSON) }
        logger = Logger(label: "berthd")
    }

    /// Serves; returns once a signal asked for the end and everything is closed.
    func run(until stop: OneShot<Int32>) async throws {
        ignoreBrokenPipes()
        raiseFileLimit()
        let settings = settings.withLock { $0 }
        let listening = Listening(settings, logger: logger)
        let addresses = try listening.addresses()
        for address in addresses { try listening.security(of: address)?.check() }
        try claimPIDFile(settings.pidFile)
        defer { if let path = settings.pidFile { try? removeFile(path) } }

        let engine = try await ContainerEngine.open(try engineOptions(settings), logger: logger)
        self.engine.withLock { $0 = engine }
        let api = APIServer(EngineControls(engine), version: ContainerEngine.version, logger: logger)
        let memory = IdleMemory()
        let server = HTTPServer(logger: logger) { request in
            memory.noteRequest()
            return await api.respond(to: request)
        }
        let metrics = settings.metricsAddress.map { _ in
            HTTPServer(logger: logger) { request in await MetricsPage.answer(request, engine) }
        }
        do {
            for address in addresses {
                let bound = try await server.listen(on: address, security: listening.security(of: address))
                logger.info("API listen on \(bound)")
            }
            if let metrics, let address = settings.metricsAddress {
                let bound = try await metrics.listen(on: try Listening.metrics(address))
                logger.info("metrics API listening on \(bound.dropFirst("tcp://".count))")
            }
        } catch {
            await engine.shutdown()
            throw error
        }
        logger.info("daemon has completed initialization")
        let releases = Task { await memory.watch() }
        defer { releases.cancel() }
        let signal = try await stop.value()
        logger.info("stopping", metadata: ["signal": "\(signal)"])
        let timeout = self.settings.withLock { $0.shutdownTimeout }
        await metrics?.shutdown(grace: .zero)
        await server.shutdown(grace: timeout < 0 ? .seconds(1 << 30) : .seconds(timeout))
        await engine.shutdown()
        for case .unix(let path, _) in addresses { try? removeFile(path) }
    }

    /// Reads the configuration again, soon; what cannot be changed now stays as it is.
    func askForReload() {
        Task { [self] in
            await reloads.enter()
            defer { reloads.leave() }
            guard let engine = engine.withLock({ $0 }) else { return }
            logger.info("Got signal to reload configuration, reloading")
            do {
                let new = try source.read()
                let merged = settings.withLock { settings in
                    settings = settings.reloaded(new)
                    return settings
                }
                level.set(merged.logLevel)
                engine.reload(liveSettings(merged), attributes: merged.reloadAttributes)
                logger.info("Reloaded configuration", metadata: ["attributes": "\(merged.reloadAttributes)"])
            } catch {
                logger.error("configuration not reloaded", metadata: ["reason": "\(error)"])
            }
        }
    }

    private func claimPIDFile(_ path: String?) throws {
        guard let path else { return }
        if let text = try? readText(path, limitBytes: 64),
            let pid = Int32(text.prefix { $0.isNumber }), pid != currentProcessID(),
            fileExists("/proc/\(pid)")
        {
            throw EngineError(
                .conflict,
                "process with PID \(pid) is still running: stop it, or remove \"\(path)\" if it is no berthd")
        }
        try replaceFile(path, Array("\(currentProcessID())".utf8))
    }
}

/// Writes a line to standard error.
func writeError(_ text: String) { try? writeAll(2, Array((text + "\n").utf8)) }
