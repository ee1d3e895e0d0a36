internal import Linux

/// A relayed TCP connection: bytes and ends pass both ways, each way on its own.
///
/// A side is read only while nothing waits to be written to the other, so a slow reader slows its peer down
/// and an idle connection holds no memory.
final class StreamFlow {
    final class Side {
        let descriptor: OwnedDescriptor
        let key: UInt64
        var interest: EventPoll.Events
        /// What the other side has said and this one has not taken.
        var pending: [UInt8] = []
        var readEnded = false

        init(_ descriptor: consuming OwnedDescriptor, key: UInt64, interest: EventPoll.Events) {
            self.descriptor = descriptor
            self.key = key
            self.interest = interest
        }
    }

    let client: Side
    let server: Side
    weak var port: ProxyLoop.Port?
    private var connected = false

    init(
        client: consuming OwnedDescriptor, clientKey: UInt64, server: consuming OwnedDescriptor,
        serverKey: UInt64,
        port: ProxyLoop.Port
    ) {
        setNoDelay(client.rawValue)
        setNoDelay(server.rawValue)
        self.client = Side(client, key: clientKey, interest: [])
        self.server = Side(server, key: serverKey, interest: .writable)
        self.port = port
    }

    /// What to wait for at `side`.
    func interest(of side: Side) -> EventPoll.Events {
        guard connected else { return side === server ? .writable : [] }
        let other = side === client ? server : client
        var wanted: EventPoll.Events = []
        if !side.readEnded && other.pending.isEmpty { wanted.insert(.readable) }
        if !side.pending.isEmpty { wanted.insert(.writable) }
        return wanted
    }

    /// Goes on after `events` at one side; false once there is nothing left to relay.
    func advance(isClient: Bool, _ events: EventPoll.Events, buffer: inout [UInt8]) -> Bool {
        let side = isClient ? client : server
        let other = isClient ? server : client
        if !connected {
            if isClient { return !events.contains(.error) && !events.contains(.hangUp) }
            if socketError(server.descriptor.rawValue) != nil { return false }
            connected = true
            return true
        }
        if events.contains(.writable) && !flush(side, after: other) { return false }
        if side.readEnded {
            // Nothing more is read here: an error can only mean that the connection is gone.
            if events.contains(.error) || events.contains(.hangUp) { return false }
        } else if !events.isDisjoint(with: [.readable, .hangUp, .error]) && other.pending.isEmpty {
            if !pump(from: side, to: other, &buffer) { return false }
        }
        return !(client.readEnded && server.readEnded && client.pending.isEmpty && server.pending.isEmpty)
    }

    private func pump(from side: Side, to other: Side, _ buffer: inout [UInt8]) -> Bool {
        // A few rounds, then the others' turn.
        for _ in 0..<8 {
            let count: Int
            do throws(SystemError) {
                count = try receiveStream(side.descriptor.rawValue, into: &buffer)
            } catch {
                return error.code == .again
            }
            if count == 0 {
                side.readEnded = true
                return endWriting(other)
            }
            guard let sent = send(other, buffer[..<count]) else { return false }
            if sent < count {
                other.pending = Array(buffer[sent..<count])
                return true
            }
        }
        return true
    }

    /// Writes what waits at `side`, then passes on the end that `other` has reached meanwhile.
    private func flush(_ side: Side, after other: Side) -> Bool {
        guard !side.pending.isEmpty else { return true }
        guard let sent = send(side, side.pending[...]) else { return false }
        side.pending.removeFirst(sent)
        if side.pending.isEmpty && other.readEnded { return endWriting(side) }
        return true
    }

    private func endWriting(_ side: Side) -> Bool {
        Linux.endWriting(side.descriptor.rawValue)
        return true
    }

    /// How many bytes `side` took; nil if it is gone.
    private func send(_ side: Side, _ bytes: ArraySlice<UInt8>) -> Int? {
        let result: Result<Int, SystemError> = bytes.withUnsafeBytes { raw in
            do throws(SystemError) { return .success(try sendStream(side.descriptor.rawValue, raw)) } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let count): return count
        case .failure(let error): return error.code == .again ? 0 : nil
        }
    }
}
