internal import Linux

/// What a finished command has said and how it ended.
public struct CommandResult: Sendable, CustomStringConvertible {
    public let command: String
    /// The exit code as a shell gives it: 128 and the number for a signal.
    public let code: Int32
    public let stdout: String
    public let stderr: String
    /// Whether the command was killed because its time was up.
    public let timedOut: Bool

    /// Standard output without white space at its ends.
    public var output: String { stdout.trimmed }
    /// The lines of standard output.
    public var lines: [String] { stdout.trimmed.split(separator: "\n").map(String.init) }

    public var description: String {
        "\(command)\n  exit \(code)\(timedOut ? " (timed out)" : "")\n  stdout: \(stdout)\n  stderr: \(stderr)"
    }
}

/// A command that is run to its end with its output captured.
///
/// It gets a small environment of its own (never the tester's `DOCKER_*`) and leads a session, all of which
/// is killed when its time is up. Output goes to files: a daemon that inherits them holds nothing up.
public struct Command: Sendable {
    public var program: String
    public var arguments: [String]
    public var environment: [String: String] = [:]
    public var directory: String?
    public var input: [UInt8] = []
    public var timeout: Duration = .seconds(60)

    public init(_ program: String, _ arguments: [String]) {
        self.program = program
        self.arguments = arguments
    }

    /// Runs the command.
    public func run() async throws -> CommandResult {
        let scratch = try Scratch("command")
        defer { scratch.remove() }
        try writeFile("\(scratch.path)/in", input)
        let pid: Int32
        do {
            let stdin = try openFile("\(scratch.path)/in")
            let stdout = try openFile("\(scratch.path)/out", [.writeOnly, .create, .append])
            let stderr = try openFile("\(scratch.path)/err", [.writeOnly, .create, .append])
            var launch = ProcessLaunch(program, arguments)
            launch.environment = childEnvironment(environment)
            launch.directory = directory
            launch.newSession = true
            launch.standard = (stdin.rawValue, stdout.rawValue, stderr.rawValue)
            pid = try launch.start()
        }
        let end = try await awaitExit(pid, within: timeout)
        if end == nil { _ = try? signalProcess(-pid, 9) }
        let exit = if let end { end } else { try await awaitExit(pid, within: .seconds(10)) }
        return CommandResult(
            command: ([program] + arguments).joined(separator: " "),
            code: exit?.shellCode ?? -1,
            stdout: try readText("\(scratch.path)/out"),
            stderr: try readText("\(scratch.path)/err"),
            timedOut: end == nil)
    }
}

/// Runs `program` with `arguments`; see ``Command``.
@discardableResult
public func run(
    _ program: String, _ arguments: String..., input: String = "", timeout: Duration = .seconds(60)
) async throws -> CommandResult {
    var command = Command(program, arguments)
    command.input = Array(input.utf8)
    command.timeout = timeout
    return try await command.run()
}

/// Runs `script` with `sh -c`; see ``Command``.
@discardableResult
public func shell(_ script: String, timeout: Duration = .seconds(60)) async throws -> CommandResult {
    try await run("sh", "-c", script, timeout: timeout)
}

/// Waits for the child `pid`, which is reaped, or gives up and returns nil.
func awaitExit(_ pid: Int32, within limit: Duration) async throws -> ProcessExit? {
    let deadline = ContinuousClock.now + limit
    var pause = Duration.milliseconds(1)
    while true {
        if let exit = try exitIfEnded(pid) { return exit }
        if ContinuousClock.now >= deadline { return nil }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(16))
    }
}

/// Tries `condition` again until it holds or `limit` has passed, and reports whether it held.
public func eventually(
    within limit: Duration = .seconds(10), _ condition: () async throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while true {
        if try await condition() { return true }
        if ContinuousClock.now >= deadline { return false }
        try await Task.sleep(for: .milliseconds(20))
    }
}
