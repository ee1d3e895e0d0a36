internal import CLinux
internal import Glibc

/// Makes a pty from the `ptmx` file at `path`: its master, and the number of its slave.
public func openTerminal(ptmx path: String) throws(SystemError) -> (master: Int32, number: Int32) {
    var number: Int32 = 0
    let master = try checked("open", path) { clinux_open_terminal(path, &number) }
    return (master, number)
}

/// The slave side of a pty, whatever lies at its path (Linux 4.13).
public func openTerminalPeer(_ master: Int32) throws(SystemError) -> Int32 {
    try checked("ioctl", "TIOCGPTPEER") { clinux_terminal_peer(master) }
}

/// Sets a terminal's size in characters.
public func setTerminalSize(_ terminal: Int32, rows: UInt16, columns: UInt16) throws(SystemError) {
    try checked("ioctl", "TIOCSWINSZ") { clinux_set_window_size(terminal, rows, columns) }
}

/// Makes `terminal` the controlling one of the session that this process leads.
public func setControllingTerminal(_ terminal: Int32) throws(SystemError) {
    try checked("ioctl", "TIOCSCTTY") { clinux_set_controlling_terminal(terminal) }
}

/// Sends what a stream socket takes at once; -1 with `EAGAIN` is 0, and a peer that has gone is nil.
public func sendNow(_ socket: Int32, _ bytes: UnsafeRawBufferPointer) -> Int? {
    while true {
        let sent = clinux_send_now(socket, bytes.baseAddress, bytes.count)
        if sent >= 0 { return sent }
        if errno == EINTR { continue }
        return errno == EAGAIN ? 0 : nil
    }
}

/// What ``readNow(_:into:)`` found.
public enum ReadResult: Hashable, Sendable {
    case bytes(Int)
    case nothingYet
    /// The other side has ended, or the file cannot be read any more.
    case end
}

/// Reads what a non-blocking file has at once; a hung-up terminal's `EIO` is the end.
public func readNow(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> ReadResult {
    while true {
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        if count > 0 { return .bytes(count) }
        if count == 0 { return .end }
        if errno == EINTR { continue }
        return errno == EAGAIN ? .nothingYet : .end
    }
}

/// Receives what a stream socket has at once.
public func receiveNow(_ socket: Int32, into buffer: UnsafeMutableRawBufferPointer) -> ReadResult {
    while true {
        let count = Glibc.recv(socket, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
        if count > 0 { return .bytes(count) }
        if count == 0 { return .end }
        if errno == EINTR { continue }
        return errno == EAGAIN ? .nothingYet : .end
    }
}

/// Writes what a non-blocking file takes at once; nil if nobody reads any more.
public func writeNow(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int? {
    while true {
        let count = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        if count >= 0 { return count }
        if errno == EINTR { continue }
        return errno == EAGAIN ? 0 : nil
    }
}

/// Tells the peer of a connected socket that nothing more will come.
public func endWriting(_ socket: Int32) { _ = clinux_shutdown(socket, 1) }
