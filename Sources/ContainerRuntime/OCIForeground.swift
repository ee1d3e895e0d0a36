internal import Glibc
internal import Linux

/// Waits for a container's or an exec's process, passes signals on to it, and moves its terminal's bytes.
struct OCIForeground {
    let pid: Int32
    let pidfd: SharedDescriptor
    let terminal: SharedDescriptor?

    /// Returns the exit status as a shell gives it. All signals must be blocked.
    func wait() throws -> Int32 {
        let numbers = (1...31).filter { ![SIGKILL, SIGSTOP, SIGURG].contains($0) }
        let signals = try signalDescriptor(numbers)
        let poll = try EventPoll()
        try poll.add(signals.rawValue, .readable, key: 1)
        var mode: TerminalState?
        defer { if let mode { restoreTerminal(0, mode) } }
        if let terminal {
            resize(terminal.rawValue)
            try setNonBlocking(terminal.rawValue)
            if isTerminal(0) { mode = try makeTerminalRaw(0) }
            try poll.add(terminal.rawValue, .readable, key: 2)
            try? poll.add(0, .readable, key: 3)
        }
        var ended: ChildExit?
        while ended == nil {
            for ready in try poll.wait() {
                switch ready.key {
                case 1: ended = try handle(signals.rawValue) ?? ended
                case 2:
                    if !copy(from: terminal?.rawValue ?? -1, to: 1) {
                        try poll.remove(terminal?.rawValue ?? -1)
                    }
                default: if !copy(from: 0, to: terminal?.rawValue ?? -1) { try poll.remove(0) }
                }
            }
        }
        if let terminal { while copy(from: terminal.rawValue, to: 1) {} }
        guard let ended else { return 1 }
        return ended.signalled ? 128 + ended.status : ended.status
    }

    private func handle(_ signals: Int32) throws -> ChildExit? {
        var ended: ChildExit?
        while let signal = nextSignal(signals) {
            switch signal.number {
            case SIGCHLD:
                while let child = try reapChild() { if child.pid == pid { ended = child } }
            case SIGWINCH: if let terminal { resize(terminal.rawValue) }
            default: _ = try? signalProcess(pidfd: pidfd.rawValue, signal.number)
            }
        }
        return ended
    }

    private func resize(_ descriptor: Int32) {
        guard let size = terminalSize(0) else { return }
        try? setTerminalSize(
            descriptor, rows: UInt16(clamping: size.rows), columns: UInt16(clamping: size.columns))
    }

    /// Moves what is there; false at the end.
    private func copy(from source: Int32, to target: Int32) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 16384)
        let count = chunk.withUnsafeMutableBytes { buffer -> Int in
            do throws(SystemError) { return try readBytes(source, into: buffer) } catch {
                return error.code == .again ? -1 : 0
            }
        }
        // Nothing now: the terminal is at its end only once its last user has gone, which is an error to
        // the reader.
        if count < 0 { return source == 0 }
        if count == 0 { return false }
        try? writeAll(target, Array(chunk[..<count]))
        return true
    }
}
