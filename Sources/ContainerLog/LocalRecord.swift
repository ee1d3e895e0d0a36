internal import Linux

/// Records of Docker's `local` log: a big-endian length, a protocol buffer, and the length again.
///
/// The message has the fields source (1), time in nanoseconds (2), text without its newline (3), whether it is
/// a piece of a line (4), and of such a piece (5) whether it is the last (1), an id (2) and its number (3).
enum LocalRecord {
    /// Lengths around each message.
    static let overheadBytes = 8
    /// The longest message that is looked at.
    static let longestMessage = 1 << 20

    /// Appends a record; `piece` is 0 for a whole line, else the number of the piece in its line.
    static func append(
        _ stream: LogStream, _ text: UnsafeRawBufferPointer, endsLine: Bool, piece: Int, lineID: [UInt8],
        timeNanoseconds: Int64, to bytes: inout [UInt8]
    ) {
        var message: [UInt8] = []
        message.reserveCapacity(text.count + 128)
        appendField(1, Array(stream.rawValue.utf8), to: &message)
        message.append(2 << 3)
        appendNumber(UInt64(bitPattern: timeNanoseconds), to: &message)
        if !text.isEmpty {
            message.append(3 << 3 | 2)
            appendNumber(UInt64(text.count), to: &message)
            message.append(contentsOf: text)
        }
        if piece > 0 {
            message += [4 << 3, 1]
            var metadata: [UInt8] = endsLine ? [1 << 3, 1] : []
            appendField(2, lineID, to: &metadata)
            metadata.append(3 << 3)
            appendNumber(UInt64(piece), to: &metadata)
            appendField(5, metadata, to: &message)
        }
        let length = withUnsafeBytes(of: UInt32(message.count).bigEndian) { Array($0) }
        bytes += length
        bytes += message
        bytes += length
    }

    private static func appendField(_ number: UInt8, _ value: [UInt8], to message: inout [UInt8]) {
        message.append(number << 3 | 2)
        appendNumber(UInt64(value.count), to: &message)
        message += value
    }

    private static func appendNumber(_ number: UInt64, to message: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            message.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        message.append(UInt8(rest))
    }

    /// A length as it stands at `offset`.
    static func length(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int {
        Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }

    /// Reads one message; nil if it is none.
    static func parse(_ message: UnsafeRawBufferPointer) -> LogRecord? {
        var fields = ProtobufFields(message)
        var record = LogRecord(stream: .stdout, bytes: [], time: "", attributesJSON: [])
        var isOpen = false
        while let (number, value) = fields.next() {
            switch (number, value) {
            case (1, .bytes(let text)):
                guard let stream = LogStream(rawValue: String(decoding: text, as: UTF8.self)) else {
                    return nil
                }
                record.stream = stream
            case (2, .number(let time)):
                var clock = TimeText()
                var text: [UInt8] = []
                clock.append(Int64(bitPattern: time), to: &text)
                record.time = String(decoding: text, as: UTF8.self)
            case (3, .bytes(let text)): record.bytes = Array(text)
            case (5, .bytes(let metadata)):
                isOpen = true
                var inner = ProtobufFields(metadata)
                while let (number, value) = inner.next() {
                    if number == 1, case .number(1) = value { isOpen = false }
                }
                if inner.isDamaged { return nil }
            default: break
            }
        }
        if fields.isDamaged || record.time.isEmpty { return nil }
        if !isOpen { record.bytes.append(UInt8(ascii: "\n")) }
        return record
    }
}

/// The fields of a protocol buffer, one after the other.
private struct ProtobufFields {
    enum Value {
        case number(UInt64)
        case bytes(UnsafeRawBufferPointer)
    }

    private let text: UnsafeRawBufferPointer
    private var at = 0
    private(set) var isDamaged = false

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    mutating func next() -> (number: UInt64, value: Value)? {
        guard at < text.count, !isDamaged else { return nil }
        guard let key = number() else { return damaged() }
        switch key & 7 {
        case 0: return number().map { (key >> 3, .number($0)) } ?? damaged()
        case 1: return skip(8, key)
        case 2:
            guard let count = number(), count <= UInt64(text.count - at) else { return damaged() }
            let bytes = UnsafeRawBufferPointer(rebasing: text[at..<at + Int(count)])
            at += Int(count)
            return (key >> 3, .bytes(bytes))
        case 5: return skip(4, key)
        default: return damaged()
        }
    }

    private mutating func damaged() -> (number: UInt64, value: Value)? {
        isDamaged = true
        return nil
    }

    private mutating func skip(_ count: Int, _ key: UInt64) -> (number: UInt64, value: Value)? {
        guard count <= text.count - at else { return damaged() }
        at += count
        return (key >> 3, .number(0))
    }

    private mutating func number() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < text.count, shift < 64 {
            let byte = text[at]
            at += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
