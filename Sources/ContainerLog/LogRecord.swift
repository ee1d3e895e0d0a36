internal import Linux

/// One record of a container's log: a line, or 16 KiB of a longer one.
public struct LogRecord: Sendable, Hashable {
    public var stream: LogStream
    /// The text with its newline, if the container wrote one.
    public var bytes: [UInt8]
    /// The time as the log has it: RFC 3339 in UTC, with as many digits of the fraction as it takes.
    public var time: String
    /// The `attrs` object's JSON text; empty where the log has none.
    public var attributesJSON: [UInt8]

    /// The time in nanoseconds since 1970; nil if the log's text is no time.
    public var timeNanoseconds: Int64? { TimeText.nanoseconds(parsing: time.utf8) }

    /// The time with nine digits of the fraction, as `docker logs --timestamps` prints it.
    public var timeWithNineDigits: String {
        guard time.utf8.last == UInt8(ascii: "Z") else { return time }
        let parts = time.dropLast().split(separator: ".", maxSplits: 1)
        let fraction = parts.count > 1 ? parts[1] : ""
        let zeros = String(repeating: "0", count: max(0, 9 - fraction.utf8.count))
        return "\(parts.first ?? "").\(fraction)\(zeros)Z"
    }

    /// Labels, environment and tag of the record, sorted by name.
    public var attributes: [(name: String, value: String)] {
        attributesJSON.withUnsafeBytes { buffer in
            var parser = RecordParser(buffer)
            return (parser.stringMembers() ?? []).sorted { $0.name < $1.name }
        }
    }

    /// Reads one line of a log, without its newline; nil if it is no record.
    static func parse(_ line: UnsafeRawBufferPointer) -> LogRecord? {
        var parser = RecordParser(line)
        return parser.record()
    }
}

/// Reads the JSON of one log record; the members may come in any order, unknown ones are passed over.
struct RecordParser {
    private let text: UnsafeRawBufferPointer
    private var at = 0

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    mutating func record() -> LogRecord? {
        var record = LogRecord(stream: .stdout, bytes: [], time: "", attributesJSON: [])
        guard skip("{") else { return nil }
        while true {
            guard let name = string(), skip(":") else { return nil }
            switch name.count {
            case 3 where name.elementsEqual("log".utf8):
                guard let value = string() else { return nil }
                record.bytes = value
            case 4 where name.elementsEqual("time".utf8):
                guard let value = string() else { return nil }
                record.time = String(decoding: value, as: UTF8.self)
            case 6 where name.elementsEqual("stream".utf8):
                guard let value = string() else { return nil }
                guard let stream = LogStream(rawValue: String(decoding: value, as: UTF8.self)) else {
                    return nil
                }
                record.stream = stream
            case 5 where name.elementsEqual("attrs".utf8):
                let start = at
                guard skipValue(depth: 0) else { return nil }
                record.attributesJSON = Array(text[start..<at])
            default:
                guard skipValue(depth: 0) else { return nil }
            }
            if skip(",") { continue }
            guard skip("}"), at == text.count || isBlank(from: at), !record.time.isEmpty else { return nil }
            return record
        }
    }

    mutating func stringMembers() -> [(name: String, value: String)]? {
        var members: [(name: String, value: String)] = []
        guard skip("{") else { return nil }
        if skip("}") { return members }
        while true {
            guard let name = string(), skip(":"), let value = string() else { return nil }
            members.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
            if skip(",") { continue }
            return skip("}") ? members : nil
        }
    }

    private func isBlank(from start: Int) -> Bool {
        text[start...].allSatisfy { $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        while at < text.count, text[at] == 0x20 || text[at] == 0x09 { at += 1 }
        guard at < text.count, text[at] == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    /// The bytes of the JSON string that starts here.
    private mutating func string() -> [UInt8]? {
        guard skip("\"") else { return nil }
        var bytes: [UInt8] = []
        var start = at
        while at < text.count {
            switch text[at] {
            case UInt8(ascii: "\""):
                if bytes.isEmpty {
                    bytes = Array(text[start..<at])
                } else {
                    bytes.append(contentsOf: text[start..<at])
                }
                at += 1
                return bytes
            case UInt8(ascii: "\\"):
                if bytes.isEmpty { bytes.reserveCapacity(at - start + 16) }
                bytes.append(contentsOf: text[start..<at])
                at += 1
                guard at < text.count, appendEscape(to: &bytes) else { return nil }
                start = at
            case 0..<0x20: return nil
            default: at += 1
            }
        }
        return nil
    }

    /// Adds what the escape means whose letter is next.
    private mutating func appendEscape(to bytes: inout [UInt8]) -> Bool {
        let letter = text[at]
        at += 1
        switch letter {
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(letter)
        case UInt8(ascii: "u"):
            guard var code = hexadecimal() else { return false }
            if code >> 10 == 0x36, at + 6 <= text.count, text[at] == UInt8(ascii: "\\"),
                text[at + 1] == UInt8(ascii: "u")
            {
                let saved = at
                at += 2
                if let low = hexadecimal(), low >> 10 == 0x37 {
                    code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF)
                } else {
                    at = saved
                }
            }
            let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
            bytes.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
        default: return false
        }
        return true
    }

    private mutating func hexadecimal() -> UInt32? {
        guard at + 4 <= text.count else { return nil }
        var value: UInt32 = 0
        for byte in text[at..<at + 4] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"):
                value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        at += 4
        return value
    }

    private mutating func skipValue(depth: Int) -> Bool {
        guard depth < 16 else { return false }
        if skip("{") {
            if skip("}") { return true }
            repeat {
                guard string() != nil, skip(":"), skipValue(depth: depth + 1) else { return false }
            } while skip(",")
            return skip("}")
        }
        if skip("[") {
            if skip("]") { return true }
            repeat { guard skipValue(depth: depth + 1) else { return false } } while skip(",")
            return skip("]")
        }
        if at < text.count, text[at] == UInt8(ascii: "\"") { return string() != nil }
        let start = at
        while at < text.count, !",}] ".utf8.contains(text[at]) { at += 1 }
        return at > start
    }
}
