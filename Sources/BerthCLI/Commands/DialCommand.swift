internal import EngineClient
internal import Linux

extension Command {
    /// What `ssh://` runs on the engine's host: standard input and output become a connection to it.
    static let dialStdio = Command(
        path: "system dial-stdio", usage: "",
        summary: "Proxy the stdio stream to the daemon connection. Should not be invoked manually.",
        arguments: .none, isHidden: true
    ) { cli, _ in
        let client = try cli.client()
        // Starts the engine where it does not run yet, as any other command does.
        try client.settleVersion()
        let connection: RawEngineConnection
        do { connection = try client.endpoint.connect() } catch {
            throw CommandFailure("failed to open the raw stream connection: \(error)")
        }
        try DialRelay(engine: connection.descriptor).run()
        return 0
    }
}

/// Passes bytes between standard input and output and a socket.
struct DialRelay {
    let engine: Int32

    /// Returns when the engine has ended its side, or when our output has nobody left to read it.
    func run() throws {
        var buffer = [UInt8](repeating: 0, count: 65536)
        var inputIsOpen = true
        while true {
            var items = [PollItem(engine), PollItem(0, read: inputIsOpen)]
            _ = try waitForAny(&items)
            if items[0].isReadable {
                let count = try buffer.withUnsafeMutableBytes { try readBytes(engine, into: $0) }
                if count == 0 { return }
                do { try writeAll(1, Array(buffer[..<count])) } catch {
                    if error.code == .brokenPipe { return }
                    throw error
                }
            }
            if inputIsOpen, items[1].isReadable {
                let count = try buffer.withUnsafeMutableBytes { try readBytes(0, into: $0) }
                if count == 0 {
                    inputIsOpen = false
                    endSending(engine)
                } else {
                    try sendAll(engine, Array(buffer[..<count]))
                }
            }
        }
    }
}
