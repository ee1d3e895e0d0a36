internal import Linux
internal import SupervisorProtocol

/// One attached client: its socket, and the output that it has not taken yet.
final class StreamClient {
    let socket: SharedDescriptor
    let streams: AttachStreams
    var key: UInt64 = 0
    /// Whether it can still send stdin.
    var feeds: Bool
    private var pending: [UInt8] = []
    private var sent = 0

    init(_ socket: SharedDescriptor, _ streams: AttachStreams) {
        self.socket = socket
        self.streams = streams
        feeds = streams.stdin
    }

    /// Whether output waits for the client to read.
    var isBehind: Bool { sent < pending.count }

    func takes(_ stream: OutputStream) -> Bool { stream == .stdout ? streams.stdout : streams.stderr }

    /// Sends `bytes`, or keeps them; false if the client has gone.
    func send(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if isBehind {
            pending.append(contentsOf: bytes)
            return true
        }
        guard let count = sendNow(socket.rawValue, bytes) else { return false }
        if count < bytes.count {
            pending = Array(bytes[count...])
            sent = 0
        }
        return true
    }

    /// Sends what was kept; false if the client has gone.
    func flush() -> Bool {
        while isBehind {
            let count = pending.withUnsafeBytes { bytes in
                sendNow(socket.rawValue, UnsafeRawBufferPointer(rebasing: bytes[sent...]))
            }
            guard let count else { return false }
            if count == 0 { return true }
            sent += count
        }
        pending = []
        sent = 0
        return true
    }
}
