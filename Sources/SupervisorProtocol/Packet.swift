public import Linux

/// One message with the descriptors beside it, as it travels on a `SOCK_SEQPACKET` connection.
///
/// The first byte is the protocol's version, the second says where the rest is: 0 in the packet, 1 in a
/// memory file that comes before the message's own descriptors (a socket takes no packet over some 200 KiB).
public enum Packet {
    /// Raised with every change that an older supervisor would misread.
    public static let version: UInt8 = 3
    static let longestInline = 60 << 10
    /// The longest message that is accepted.
    public static let limitBytes = 16 << 20

    /// Sends `payload`; with `wait` false a full connection is an `EAGAIN` failure.
    static func send(
        _ socket: Int32, _ payload: [UInt8], descriptors: [Int32], wait: Bool
    ) throws(SystemError) {
        if payload.count <= longestInline {
            try sendMessage(socket, [version, 0] + payload, descriptors: descriptors, wait: wait)
        } else {
            let file = try memoryFile("berth-message", payload)
            try sendMessage(socket, [version, 1], descriptors: [file.rawValue] + descriptors, wait: wait)
        }
    }

    /// Receives one message; nil when the peer has gone.
    static func receive(
        _ socket: Int32, wait: Bool
    ) throws -> (payload: [UInt8], offset: Int, descriptors: [SharedDescriptor])? {
        guard let message = try receiveMessage(socket, limitBytes: longestInline + 2, wait: wait) else {
            return nil
        }
        guard message.bytes.count >= 2 else { throw WireError("message of \(message.bytes.count) bytes") }
        guard message.bytes[0] == version else {
            throw WireError("protocol version \(message.bytes[0]), this program speaks \(version)")
        }
        if message.bytes[1] == 0 { return (message.bytes, 2, message.descriptors) }
        guard let file = message.descriptors.first else { throw WireError("message file is missing") }
        return (try readAll(file.rawValue, limitBytes: limitBytes), 0, Array(message.descriptors.dropFirst()))
    }
}

extension WireValue {
    func payload() -> [UInt8] {
        var writer = WireWriter()
        write(to: &writer)
        return writer.bytes
    }

    static func decode(_ payload: [UInt8], from offset: Int) throws(WireError) -> Self {
        var reader = WireReader(payload, from: offset)
        let value = try Self(from: &reader)
        try reader.finish()
        return value
    }
}

/// A message that was received, with its descriptors.
public struct Received<Message: Sendable>: Sendable {
    public var message: Message
    public var descriptors: [SharedDescriptor]
}

extension LaunchRequest {
    /// Sends this over `socket` with `descriptors` in the order of the type's description.
    public func send(_ socket: Int32, descriptors: [Int32], wait: Bool = true) throws(SystemError) {
        try Packet.send(socket, payload(), descriptors: descriptors, wait: wait)
    }

    /// Receives a request without reading it yet; nil when the daemon has gone.
    public static func receiveUndecoded(_ socket: Int32) throws -> UndecodedLaunch? {
        guard let (payload, offset, descriptors) = try Packet.receive(socket, wait: true) else { return nil }
        return UndecodedLaunch(payload: payload, offset: offset, descriptors: descriptors)
    }
}

/// A launch request as the launcher passes it on: only the supervisor reads it.
public struct UndecodedLaunch: Sendable {
    let payload: [UInt8]
    let offset: Int
    public let descriptors: [SharedDescriptor]

    /// Reads the request.
    public func decode() throws(WireError) -> LaunchRequest {
        try LaunchRequest.decode(payload, from: offset)
    }
}

extension DaemonMessage {
    /// Sends this over `socket`; with `wait` false a full connection is an `EAGAIN` failure.
    public func send(_ socket: Int32, descriptors: [Int32] = [], wait: Bool = true) throws(SystemError) {
        try Packet.send(socket, payload(), descriptors: descriptors, wait: wait)
    }

    /// Receives one message; nil when the peer has gone.
    public static func receive(_ socket: Int32, wait: Bool = true) throws -> Received<DaemonMessage>? {
        guard let (payload, offset, descriptors) = try Packet.receive(socket, wait: wait) else { return nil }
        return Received(message: try decode(payload, from: offset), descriptors: descriptors)
    }
}

extension SupervisorMessage {
    /// Sends this over `socket`; with `wait` false a full connection is an `EAGAIN` failure.
    public func send(_ socket: Int32, descriptors: [Int32] = [], wait: Bool = true) throws(SystemError) {
        try Packet.send(socket, payload(), descriptors: descriptors, wait: wait)
    }

    /// Receives one message; nil when the peer has gone.
    public static func receive(_ socket: Int32, wait: Bool = true) throws -> Received<SupervisorMessage>? {
        guard let (payload, offset, descriptors) = try Packet.receive(socket, wait: wait) else { return nil }
        return Received(message: try decode(payload, from: offset), descriptors: descriptors)
    }
}
