internal import CLinux
internal import Glibc

/// Whether `descriptor` is a terminal.
public func isTerminal(_ descriptor: Int32) -> Bool { clinux_is_terminal(descriptor) == 1 }

/// A terminal's width and height in characters; nil if `descriptor` is none.
public func terminalSize(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
    var columns: UInt16 = 0, rows: UInt16 = 0
    guard clinux_terminal_size(descriptor, &columns, &rows) == 0 else { return nil }
    return (Int(columns), Int(rows))
}

/// What a terminal's settings were before it was made raw.
public struct TerminalState: Sendable {
    fileprivate var bytes: [UInt8]
}

/// Makes the terminal pass on every key as it is typed, without echo, and returns its former settings.
public func makeTerminalRaw(_ descriptor: Int32) throws(SystemError) -> TerminalState {
    var bytes = [UInt8](repeating: 0, count: clinux_terminal_state_size)
    try checked("tcsetattr", "fd \(descriptor)") { clinux_terminal_raw(descriptor, &bytes) }
    return TerminalState(bytes: bytes)
}

/// Gives the terminal its former settings back.
public func restoreTerminal(_ descriptor: Int32, _ state: TerminalState) {
    _ = clinux_terminal_restore(descriptor, state.bytes)
}
