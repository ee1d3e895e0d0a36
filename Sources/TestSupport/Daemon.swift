internal import Linux
internal import Synchronization

/// A `berthd` of a test's own: private data root (on tmpfs), exec root, socket and pid file.
///
/// Several run side by side. ``remove()`` ends it, all its containers and every file of it.
public final class Daemon: Sendable {
    public let id: String
    /// What holds everything of this daemon.
    public let directory: String
    public let options: [String]
    /// What its environment has beside, or in the place of, the tests' own.
    private let environment: [String: String]
    private let process = Mutex<Int32?>(nil)

    public var socket: String { "\(directory)/berth.sock" }
    public var dataRoot: String { "\(directory)/data" }
    public var execRoot: String { "\(directory)/exec" }
    public var pidFile: String { "\(directory)/berthd.pid" }
    public var logFile: String { "\(directory)/berthd.log" }
    public var host: String { "unix://\(socket)" }
    public var pid: Int32? { process.withLock { $0 } }
    /// What it has logged.
    public var log: String { (try? readText(logFile)) ?? "" }

    /// Makes the folders and starts the daemon; with `sizeMegabytes`, everything that it has lies on a disk of that size.
    public init(
        options: [String] = [], environment: [String: String] = [:], sizeMegabytes: Int? = nil
    ) async throws {
        id = uniqueName()
        self.environment = environment
        directory = "/run/berth-tests/\(id)"
        self.options = options
        try makeDirectories(directory)
        let size = sizeMegabytes.map { ",size=\($0)m" } ?? ""
        try await shellMust("mount -t tmpfs -o mode=755\(size) berth-test \(directory)")
        do { try await start() } catch {
            try? await remove()
            throw error
        }
    }

    /// A client of it.
    public func client(_ kind: ClientKind = .berth) -> Client { Client(kind, host: host) }

    /// Starts the daemon (again) and waits until it answers.
    public func start() async throws {
        do {
            let log = try openFile(logFile, [.writeOnly, .create, .append])
            var launch = ProcessLaunch(
                "\(programsFolder)/berthd",
                [
                    "-H", host, "--data-root", dataRoot, "--exec-root", execRoot, "--pidfile", pidFile,
                    "--runtime-program", runtimeProgram,
                ] + options)
            launch.environment = childEnvironment(environment)
            launch.newSession = true
            let null = try openFile("/dev/null")
            launch.standard = (null.rawValue, log.rawValue, log.rawValue)
            let pid = try launch.start()
            process.withLock { $0 = pid }
        }
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            if let pid, let exit = try exitIfEnded(pid) {
                process.withLock { $0 = nil }
                throw DaemonFailure(reason: "berthd ended with \(exit)", log: log)
            }
            if fileExists(socket), try await client()("version", timeout: .seconds(5)).code == 0 { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw DaemonFailure(reason: "berthd does not answer", log: log)
    }

    /// Ends the daemon at once, as a crash does; its containers go on.
    public func crash() async throws { try await end(with: 9) }

    /// Asks the daemon to end and waits; its containers go on.
    public func stop() async throws { try await end(with: 15) }

    private func end(with signal: Int32) async throws {
        guard let pid else { return }
        _ = try signalProcess(pid, signal)
        if try await awaitExit(pid, within: .seconds(20)) == nil {
            _ = try signalProcess(pid, 9)
            _ = try await awaitExit(pid, within: .seconds(5))
            process.withLock { $0 = nil }
            throw DaemonFailure(reason: "berthd did not end on signal \(signal)", log: log)
        }
        process.withLock { $0 = nil }
    }

    /// Removes the containers, ends the daemon, and removes its files.
    public func remove() async throws {
        let bridge = try? await bridge()
        if pid != nil { try? await client().removeContainers() }
        try? await end(with: 15)
        try await endLeftovers()
        // As with dockerd, the bridge and its rules outlive the daemon, for the containers that do.
        if let bridge, bridge.hasPrefix("berth") {
            try await shell("ip link delete \(bridge); nft delete table ip \(bridge)")
        }
        let gone = try await eventually(within: .seconds(5)) {
            try await shell("umount \(directory)").code == 0
        }
        if !gone { try await shell("umount -l \(directory)") }
        try? removeDirectory(directory)
        if !gone { throw DaemonFailure(reason: "\(directory) was still in use", log: "") }
    }

    /// The name of this daemon's bridge.
    private func bridge() async throws -> String? {
        let answer = try await shell("curl -s --unix-socket \(socket) http://localhost/networks/bridge")
        let mark = "com.docker.network.bridge.name\":\""
        guard let start = answer.stdout.firstRange(of: mark)?.upperBound else { return nil }
        return String(answer.stdout[start...].prefix { $0 != "\"" })
    }

    /// Ends what names this daemon's folder in its command line: launcher and supervisors that outlived it.
    private func endLeftovers() async throws {
        for name in try listDirectory("/proc") {
            guard let pid = Int32(name), let line = try? readText("/proc/\(pid)/cmdline") else { continue }
            if line.contains("\(directory)/") { _ = try? signalProcess(pid, 9) }
        }
    }
}

/// A daemon that did not do what the test needs of it, with its log.
public struct DaemonFailure: Error, CustomStringConvertible {
    public let reason: String
    public let log: String
    public var description: String { "\(reason); its log:\n\(log.suffix(4000))" }
}

/// ``shell(_:timeout:)`` for what has to succeed.
@discardableResult
public func shellMust(_ script: String, timeout: Duration = .seconds(120)) async throws -> String {
    let result = try await shell(script, timeout: timeout)
    guard result.code == 0 else { throw CommandFailure(result: result) }
    return result.output
}
