/// The frames of a WebSocket as a server reads and writes them; see RFC 6455, section 5.
public enum WebSocketFrame {
    public enum Opcode: UInt8, Sendable {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10

        var isControl: Bool { rawValue >= 8 }
    }

    /// A whole frame; a server does not mask.
    public static func encode(_ opcode: Opcode, _ payload: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = [0x80 | opcode.rawValue]
        switch payload.count {
        case ..<126: frame.append(UInt8(payload.count))
        case ..<65536: frame += [126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default:
            frame.append(127)
            for shift in stride(from: 56, through: 0, by: -8) {
                frame.append(UInt8(payload.count >> shift & 255))
            }
        }
        return frame + payload
    }

    /// A close frame with a status code, such as 1000 for a good end and 1002 for a broken rule.
    public static func close(_ code: UInt16) -> [UInt8] {
        encode(.close, [UInt8(code >> 8), UInt8(code & 255)])
    }
}

/// Reads a client's frames out of bytes that come in any pieces.
///
/// The payload of messages is handed on as it comes, so a frame of any length takes no memory; a control frame
/// holds 125 bytes at most. After an error nothing more is read.
public struct WebSocketDecoder: Sendable {
    public enum Event: Hashable, Sendable {
        /// A part of a message's payload, which may be cut anywhere.
        case data([UInt8])
        case ping([UInt8])
        case pong
        case close
    }

    /// The client has broken a rule: the connection is to be closed with 1002.
    public struct ProtocolError: Error, Hashable, Sendable {
        public let reason: String
    }

    private struct Header {
        var opcode: WebSocketFrame.Opcode
        var mask: [UInt8]
        var left: UInt64
        /// How much of the payload was taken; the mask goes on from there.
        var position = 0
        var control: [UInt8] = []
    }

    private var input: [UInt8] = []
    private var start = 0
    private var frame: Header?
    private var isInMessage = false

    public init() {}

    /// Takes `bytes` in and returns what they complete.
    public mutating func read(_ bytes: [UInt8]) throws(ProtocolError) -> [Event] {
        input = Array(input[start...]) + bytes
        start = 0
        var events: [Event] = []
        while true {
            if frame == nil {
                guard let header = try readHeader() else { return events }
                frame = header
            }
            guard var current = frame else { return events }
            let payload = take(&current)
            if current.opcode.isControl {
                current.control += payload
            } else if !payload.isEmpty {
                events.append(.data(payload))
            }
            frame = current
            if current.left > 0 { return events }
            frame = nil
            switch current.opcode {
            case .ping: events.append(.ping(current.control))
            case .pong: events.append(.pong)
            case .close:
                if current.control.count == 1 { throw ProtocolError(reason: "half a status code") }
                events.append(.close)
                return events
            case .continuation, .text, .binary: continue
            }
        }
    }

    /// Unmasks what is there of the frame's payload.
    private mutating func take(_ frame: inout Header) -> [UInt8] {
        let count = Int(min(frame.left, UInt64(input.count - start)))
        var payload = Array(input[start..<(start + count)])
        for index in payload.indices { payload[index] ^= frame.mask[(frame.position + index) & 3] }
        start += count
        frame.left -= UInt64(count)
        frame.position = (frame.position + count) & 3
        return payload
    }

    private mutating func readHeader() throws(ProtocolError) -> Header? {
        let rest = input.count - start
        guard rest >= 2 else { return nil }
        let (first, second) = (input[start], input[start + 1])
        guard first & 0x70 == 0 else { throw ProtocolError(reason: "reserved bits are set") }
        guard let opcode = WebSocketFrame.Opcode(rawValue: first & 15) else {
            throw ProtocolError(reason: "unknown opcode \(first & 15)")
        }
        guard second & 0x80 != 0 else { throw ProtocolError(reason: "a client's frame has to be masked") }
        let isFinal = first & 0x80 != 0
        let short = Int(second & 127)
        if opcode.isControl, !isFinal || short > 125 {
            throw ProtocolError(reason: "a control frame is too long")
        }
        let extra = short == 126 ? 2 : short == 127 ? 8 : 0
        guard rest >= 2 + extra + 4 else { return nil }
        let lengthBytes = input[(start + 2)..<(start + 2 + extra)]
        let length = extra == 0 ? UInt64(short) : lengthBytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length >> 63 == 0 else { throw ProtocolError(reason: "the length has its highest bit set") }
        switch opcode {
        case .continuation where !isInMessage: throw ProtocolError(reason: "nothing to continue")
        case .text where isInMessage, .binary where isInMessage:
            throw ProtocolError(reason: "a message within a message")
        case .continuation, .text, .binary: isInMessage = !isFinal
        case .close, .ping, .pong: break
        }
        let mask = Array(input[(start + 2 + extra)..<(start + 6 + extra)])
        start += 6 + extra
        return Header(opcode: opcode, mask: mask, left: length)
    }
}
