internal import Linux
public import Testing

/// The engine that the tests of a suite share.
///
/// A `berthd` of the suite's own, or, with `BERTH_E2E_HOST`, any Docker host: a test that fails there has
/// a wrong expectation.
public struct Engine: Sendable {
    @TaskLocal public static var current: Engine?

    public let host: String
    /// Nil when the tests run against somebody else's engine.
    public let daemon: Daemon?

    /// A client of the engine: our own unless `kind` or `BERTH_E2E_CLIENT` says otherwise.
    public func client(_ kind: ClientKind? = nil) -> Client {
        let chosen = environmentVariable("BERTH_E2E_CLIENT").flatMap { ClientKind(rawValue: $0) }
        return Client(kind ?? chosen ?? (daemon == nil ? .docker : .berth), host: host)
    }

    /// The shared engine of the running suite.
    public static func shared() throws -> Engine {
        guard let current else { throw DaemonFailure(reason: "the suite has no .engine trait", log: "") }
        return current
    }
}

/// Gives a suite an engine with the busybox image, ends it afterwards, and counts what is left behind.
public struct EngineTrait: SuiteTrait, TestTrait, TestScoping {
    let options: [String]
    var environment: [String: String] = [:]

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        if let host = environmentVariable("BERTH_E2E_HOST") {
            let engine = Engine(host: host, daemon: nil)
            try await TestImage.busybox.install(in: engine.client())
            return try await Engine.$current.withValue(engine, operation: function)
        }
        let before = try await KernelObjects.now()
        let daemon = try await Daemon(options: options, environment: environment)
        let engine = Engine(host: daemon.host, daemon: daemon)
        var failure: (any Error)?
        do {
            try await TestImage.busybox.install(in: engine.client())
            try await Engine.$current.withValue(engine, operation: function)
        } catch {
            failure = error
        }
        let log = daemon.log
        do { try await daemon.remove() } catch { Issue.record(error) }
        let left = try await KernelObjects.leftovers(since: before)
        #expect(left.isEmpty, "left behind by \(test.name); the daemon's log ends:\n\(log.suffix(1500))")
        if let failure { throw failure }
    }
}

extension Trait where Self == EngineTrait {
    /// One engine for all tests of the suite.
    public static var engine: Self { EngineTrait(options: []) }

    /// One engine for all tests of the suite, its daemon started with `options`.
    public static func engine(options: [String], environment: [String: String] = [:]) -> Self {
        EngineTrait(options: options, environment: environment)
    }
}
