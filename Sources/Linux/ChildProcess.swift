internal import CLinux
internal import Glibc

/// How a process came to its end.
public enum ProcessExit: Hashable, Sendable {
    /// It called `exit` with this code.
    case exited(Int32)
    /// This signal ended it.
    case signaled(Int32)

    /// The code as a shell gives it: 128 and the signal's number for a killed process.
    public var shellCode: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }
}

/// A program to start; see `posix_spawn(3)`.
public struct ProcessLaunch: Sendable {
    /// A path, or a name that is looked for in `PATH`.
    public var program: String
    /// All arguments, the program's own name among them.
    public var arguments: [String]
    /// `NAME=value` strings; nil passes on the caller's environment.
    public var environment: [String]?
    /// The working directory; nil keeps the caller's.
    public var directory: String?
    /// Whether the process leads a session of its own.
    public var newSession = false
    /// A terminal's path that becomes standard input, output and error (and controls the new session).
    public var terminal: String?
    /// Standard input, output and error; -1 passes on the caller's.
    public var standard: (input: Int32, output: Int32, error: Int32) = (-1, -1, -1)

    public init(_ program: String, _ arguments: [String]) {
        self.program = program
        self.arguments = [program] + arguments
    }

    /// Starts the program and returns its pid, a child that the caller must wait for.
    public func start() throws(SystemError) -> Int32 {
        var argv = stringVector(arguments)
        var envp = environment.map(stringVector)
        defer {
            for string in argv + (envp ?? []) { free(string) }
        }
        let pid = envp.withMutableBase { variables in
            clinux_child_spawn(
                program, &argv, variables ?? environ, standard.input, standard.output, standard.error,
                terminal, newSession ? 1 : 0, directory)
        }
        if pid < 0 { throw SystemError.last("start", program) }
        return pid
    }
}

private func stringVector(_ strings: [String]) -> [UnsafeMutablePointer<CChar>?] {
    strings.map { strdup($0) } + [nil]
}

extension Optional where Wrapped == [UnsafeMutablePointer<CChar>?] {
    fileprivate mutating func withMutableBase<Result>(
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Result
    ) -> Result {
        guard var strings = self else { return body(nil) }
        return strings.withUnsafeMutableBufferPointer { body($0.baseAddress) }
    }
}

/// Waits until the child `pid` ends, and takes its exit.
public func waitForExit(_ pid: Int32) throws(SystemError) -> ProcessExit {
    var status: Int32 = 0
    try checked("waitpid", "\(pid)") { clinux_child_wait(pid, 0, &status) }
    return ProcessExit(waitStatus: status)
}

/// Takes the exit of the child `pid` if it has ended, without waiting.
public func exitIfEnded(_ pid: Int32) throws(SystemError) -> ProcessExit? {
    var status: Int32 = 0
    return try checked("waitpid", "\(pid)") { clinux_child_wait(pid, 1, &status) } == 0
        ? nil : ProcessExit(waitStatus: status)
}

extension ProcessExit {
    /// Reads a status of `wait(2)`.
    public init(waitStatus status: Int32) {
        let signal = status & 0x7f
        self = signal == 0 ? .exited((status >> 8) & 0xff) : .signaled(signal)
    }
}

/// A new pseudo terminal: its master end, and the path of the end for a program.
public struct PseudoTerminal: ~Copyable, Sendable {
    public let master: OwnedDescriptor
    public let path: String

    public init() throws(SystemError) {
        var name = [CChar](repeating: 0, count: 64)
        master = OwnedDescriptor(adopting: try checked("openpt") { clinux_child_terminal(&name, 64) })
        path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Tells the terminal its size, which sends its foreground processes a `SIGWINCH`.
    public borrowing func resize(columns: UInt16, rows: UInt16) throws(SystemError) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        let raw = master.rawValue
        try checked("ioctl", "TIOCSWINSZ") { clinux_ioctl_pointer(raw, 0x5414, &size) }
    }
}

/// The two ends of a new pipe, both `CLOEXEC`.
public struct PipeEnds: ~Copyable, Sendable {
    public let reading: OwnedDescriptor
    public let writing: OwnedDescriptor

    public init() throws(SystemError) {
        var ends: (Int32, Int32) = (-1, -1)
        try checked("pipe2") { clinux_child_pipe(&ends.0, &ends.1) }
        reading = OwnedDescriptor(adopting: ends.0)
        writing = OwnedDescriptor(adopting: ends.1)
    }
}

/// Sends the signal `number` to `pid`, and reports whether there was such a process.
///
/// Only for processes that the caller has not reaped yet, or whose pid file it trusts: others may be recycled.
public func signalProcess(_ pid: Int32, _ number: Int32) throws(SystemError) -> Bool {
    do {
        try checked("kill", "\(pid)") { Glibc.kill(pid, number) }
        return true
    } catch let error where error.code == .noProcess {
        return false
    }
}
