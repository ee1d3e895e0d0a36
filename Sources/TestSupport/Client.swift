internal import Linux
public import Testing

/// The programs that speak to an engine in these tests.
public enum ClientKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// Our own, from the folder under test.
    case berth
    /// The stock docker CLI of this machine.
    case docker

    /// Where the program is, or nil.
    public var path: String? {
        switch self {
        case .berth: fileExists("\(programsFolder)/berth") ? "\(programsFolder)/berth" : nil
        case .docker: findProgram("docker")
        }
    }

    /// Those that this machine has.
    public static var available: [ClientKind] { allCases.filter { $0.path != nil } }

    public var testDescription: String { "\(rawValue) CLI" }
}

/// A client bound to one engine.
public struct Client: Sendable {
    public let kind: ClientKind
    /// As in `DOCKER_HOST`.
    public let host: String
    /// The folder of the client's `config.json`.
    public var configuration = "/nonexistent"

    public init(_ kind: ClientKind, host: String) {
        self.kind = kind
        self.host = host
    }

    /// What the client's processes have in their environment: the host, and no configuration of the tester's.
    public var environment: [String: String] { ["DOCKER_HOST": host, "DOCKER_CONFIG": configuration] }

    /// Runs one command line, whatever its exit code.
    @discardableResult
    public func callAsFunction(
        _ arguments: String..., input: String = "", timeout: Duration = .seconds(60)
    ) async throws -> CommandResult {
        try await run(arguments, input: Array(input.utf8), timeout: timeout)
    }

    /// Runs one command line, whatever its exit code.
    public func run(
        _ arguments: [String], input: [UInt8] = [], timeout: Duration = .seconds(60)
    ) async throws -> CommandResult {
        var command = Command(kind.path ?? kind.rawValue, arguments)
        command.environment = environment
        command.input = input
        command.timeout = timeout
        return try await command.run()
    }

    /// Runs one command line that has to succeed, and returns its output without white space around it.
    @discardableResult
    public func must(
        _ arguments: String..., input: String = "", timeout: Duration = .seconds(60)
    ) async throws -> String {
        try await must(arguments, input: Array(input.utf8), timeout: timeout)
    }

    /// Runs one command line that has to succeed, and returns its output without white space around it.
    @discardableResult
    public func must(
        _ arguments: [String], input: [UInt8] = [], timeout: Duration = .seconds(60)
    ) async throws -> String {
        let result = try await run(arguments, input: input, timeout: timeout)
        guard result.code == 0 else { throw CommandFailure(result: result) }
        return result.output
    }

    /// Starts a command line that the test talks to.
    public func live(_ arguments: String..., terminal: Bool = false) throws -> LiveProcess {
        try live(arguments, terminal: terminal)
    }

    /// Starts a command line that the test talks to.
    public func live(_ arguments: [String], terminal: Bool = false) throws -> LiveProcess {
        try LiveProcess(
            kind.path ?? kind.rawValue, arguments, environment: environment, terminal: terminal)
    }

    /// Removes every container of the engine, and every volume.
    public func removeContainers() async throws {
        let ids = try await must("ps", "-aq").split(separator: "\n").map(String.init)
        if !ids.isEmpty { _ = try await run(["rm", "-f", "-v"] + ids) }
        let volumes = try await callAsFunction("volume", "ls", "-q").lines
        if !volumes.isEmpty { _ = try await run(["volume", "rm", "-f"] + volumes) }
    }
}

/// A command that had to succeed and did not.
public struct CommandFailure: Error, CustomStringConvertible {
    public let result: CommandResult
    public var description: String { "command failed: \(result)" }
}
