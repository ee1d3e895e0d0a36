internal import Linux
internal import Synchronization

/// A command that goes on while the test talks to it, over pipes or a terminal.
///
/// It is killed when the object goes.
public final class LiveProcess: Sendable {
    public let pid: Int32
    private let scratch: Scratch
    private let input: Mutex<Int32?>
    private let terminal: PseudoTerminalBox?
    private let end = Mutex<ProcessExit?>(nil)

    /// Starts `program`; with `terminal` it runs on a pseudo terminal of its own, which it controls.
    public init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:],
        terminal wanted: Bool = false
    ) throws {
        scratch = try Scratch("live")
        var launch = ProcessLaunch(program, arguments)
        launch.environment = childEnvironment(environment)
        launch.newSession = true
        if wanted {
            let terminal = try PseudoTerminal()
            try terminal.resize(columns: 80, rows: 24)
            launch.terminal = terminal.path
            self.terminal = PseudoTerminalBox(terminal)
            input = Mutex(nil)
            pid = try launch.start()
        } else {
            let pipe = try PipeEnds()
            let stdout = try openFile("\(scratch.path)/out", [.writeOnly, .create, .append])
            let stderr = try openFile("\(scratch.path)/err", [.writeOnly, .create, .append])
            launch.standard = (pipe.reading.rawValue, stdout.rawValue, stderr.rawValue)
            terminal = nil
            pid = try launch.start()
            input = Mutex(try pipe.writing.duplicate().release())
        }
    }

    deinit {
        kill()
        closeInput()
        scratch.remove()
    }

    /// Standard output so far; all that came from the terminal when there is one.
    public var stdout: String {
        if let terminal { return terminal.drain() }
        return (try? readText("\(scratch.path)/out")) ?? ""
    }

    /// Standard error so far.
    public var stderr: String { (try? readText("\(scratch.path)/err")) ?? "" }

    /// Writes `text` to its standard input or terminal.
    public func type(_ text: String) throws {
        if let terminal { return try writeAll(terminal.descriptor, Array(text.utf8)) }
        guard let descriptor = input.withLock({ $0 }) else { return }
        try writeAll(descriptor, Array(text.utf8))
    }

    /// Ends its standard input.
    public func closeInput() {
        input.withLock { descriptor in
            if let descriptor { _ = OwnedDescriptor(adopting: descriptor) }
            descriptor = nil
        }
    }

    /// Changes the size of its terminal.
    public func resize(columns: UInt16, rows: UInt16) throws {
        try terminal?.resize(columns: columns, rows: rows)
    }

    /// Sends it the signal `number`.
    public func signal(_ number: Int32) {
        guard end.withLock({ $0 }) == nil else { return }
        _ = try? signalProcess(pid, number)
    }

    /// Kills it and its session.
    public func kill() {
        guard end.withLock({ $0 }) == nil else { return }
        _ = try? signalProcess(-pid, 9)
        _ = try? signalProcess(pid, 9)
        let exit = try? waitForExit(pid)
        end.withLock { $0 = exit ?? .signaled(9) }
    }

    /// Waits until its output holds `text`, and reports whether it came in time.
    public func prints(_ text: String, within limit: Duration = .seconds(10)) async throws -> Bool {
        try await eventually(within: limit) { stdout.contains(text) || stderr.contains(text) }
    }

    /// Waits for its end and returns the code as a shell gives it, or nil when it goes on after `limit`.
    public func exitCode(within limit: Duration = .seconds(20)) async throws -> Int32? {
        if let known = end.withLock({ $0 }) { return known.shellCode }
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            _ = terminal?.drain()  // a terminal that nobody reads stops its program
            if let exit = try exitIfEnded(pid) {
                end.withLock { $0 = exit }
                return exit.shellCode
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        return nil
    }
}

/// The master end of a terminal and what was read from it.
private final class PseudoTerminalBox: Sendable {
    private let terminal: PseudoTerminal
    private let text = Mutex<[UInt8]>([])
    var descriptor: Int32 { terminal.master.rawValue }

    init(_ terminal: consuming PseudoTerminal) { self.terminal = terminal }

    func resize(columns: UInt16, rows: UInt16) throws { try terminal.resize(columns: columns, rows: rows) }

    /// Reads what is there without waiting, and returns all so far.
    func drain() -> String {
        text.withLock { text in
            guard let poll = try? EventPoll() else { return "" }
            try? poll.add(descriptor, .readable, key: 0)
            var chunk = [UInt8](repeating: 0, count: 4096)
            while let ready = try? poll.wait(timeoutMilliseconds: 0), !ready.isEmpty {
                let count = chunk.withUnsafeMutableBytes { (try? readBytes(descriptor, into: $0)) ?? 0 }
                if count <= 0 { break }
                text.append(contentsOf: chunk[..<count])
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
}
