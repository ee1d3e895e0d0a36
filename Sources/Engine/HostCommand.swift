internal import AsyncPrimitives
internal import EngineModel
internal import Linux
internal import RuntimeClient

/// Runs a small program of the host to its end and keeps what it says.
enum HostCommand {
    struct Output: Sendable {
        var exit: ProcessExit
        var output = ""
        var error = ""
    }

    private static let limitBytes = 8 << 20

    /// Runs `program`, found in `PATH`; one that takes longer than `limit` is killed, and fails the call.
    static func run(
        _ program: String, _ arguments: [String], limit: Duration = .seconds(20)
    ) async throws -> Output {
        let (outputEnd, errorEnd, pid) = try start(program, arguments)
        defer {
            outputEnd.close()
            errorEnd.close()
        }
        let alarm = Task {
            try await Task.sleep(for: limit)
            _ = try? signalProcess(pid, 9)
            // One that cannot be killed must not hold its reader.
            outputEnd.close()
            errorEnd.close()
        }
        async let errorText = text(errorEnd)
        let outputText = await text(outputEnd)
        let words = await errorText
        alarm.cancel()
        // Reaped by another thread, which a process that cannot end holds alone.
        let exit = OneShot<ProcessExit?>()
        BlockingPool.shared.submit { exit.set(try? waitForExit(pid)) }
        let giveUp = Task {
            try await Task.sleep(for: .seconds(2))
            exit.set(nil)
        }
        defer { giveUp.cancel() }
        guard let ended = try await exit.value() else {
            throw EngineError(.system, "run \"\(program)\": it does not end")
        }
        if ended == .signaled(9) {
            throw EngineError(.system, "run \"\(program)\": it took longer than \(limit)")
        }
        return Output(exit: ended, output: outputText, error: words)
    }

    private static func start(
        _ program: String, _ arguments: [String]
    ) throws -> (output: AsyncDescriptor, error: AsyncDescriptor, pid: Int32) {
        let output = try makePipe()
        let outputWriter = OwnedDescriptor(adopting: output.write)
        let outputEnd = try AsyncDescriptor(OwnedDescriptor(adopting: output.read))
        let error = try makePipe()
        let errorWriter = OwnedDescriptor(adopting: error.write)
        let errorEnd = try AsyncDescriptor(OwnedDescriptor(adopting: error.read))
        let null = try openFile("/dev/null")
        var launch = ProcessLaunch(program, arguments)
        launch.directory = "/"
        launch.newSession = true
        launch.standard = (null.rawValue, outputWriter.rawValue, errorWriter.rawValue)
        do {
            return (outputEnd, errorEnd, try launch.start())
        } catch {
            outputEnd.close()
            errorEnd.close()
            guard error.code == .noEntry else { throw error }
            throw EngineError(
                .system, "exec: \"\(program)\": executable file not found in $PATH", cause: error)
        }
    }

    private static func text(_ end: AsyncDescriptor) async -> String {
        var bytes: [UInt8] = []
        while let more = try? await end.read() {
            if bytes.count < limitBytes { bytes += more }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
