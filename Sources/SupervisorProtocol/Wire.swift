/// Why a message could not be understood.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// A value with a compact binary form: integers as variable-length quantities, everything else by parts.
///
/// The form is ours alone. It is not self-describing: reader and writer are of one protocol version.
protocol WireValue {
    func write(to writer: inout WireWriter)
    init(from reader: inout WireReader) throws(WireError)
}

/// Builds a message.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(4096) }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func put<Value: WireValue>(_ value: Value) { value.write(to: &self) }

    mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            unsigned(UInt64(utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }
}

/// Takes a message apart.
struct WireReader {
    private let bytes: [UInt8]
    private var offset: Int

    init(_ bytes: [UInt8], from offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    mutating func byte() throws(WireError) -> UInt8 {
        guard offset < bytes.count else { throw WireError("message ends early") }
        offset += 1
        return bytes[offset - 1]
    }

    mutating func unsigned() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            if shift == 63 && next > 1 { throw WireError("integer is too long") }
            value |= UInt64(next & 0x7f) << shift
            if next & 0x80 == 0 { return value }
            shift += 7
            if shift > 63 { throw WireError("integer is too long") }
        }
    }

    /// A count of things that are at least a byte each.
    mutating func count() throws(WireError) -> Int {
        let value = try unsigned()
        guard value <= UInt64(bytes.count - offset) else { throw WireError("count \(value) is past the end") }
        return Int(value)
    }

    mutating func text() throws(WireError) -> String {
        let length = try count()
        defer { offset += length }
        return String(decoding: bytes[offset..<(offset + length)], as: UTF8.self)
    }

    mutating func get<Value: WireValue>(_ type: Value.Type = Value.self) throws(WireError) -> Value {
        try Value(from: &self)
    }

    func finish() throws(WireError) {
        guard offset == bytes.count else {
            throw WireError("\(bytes.count - offset) bytes follow the message")
        }
    }
}

extension String: WireValue {
    func write(to writer: inout WireWriter) { writer.put(self) }
    init(from reader: inout WireReader) throws(WireError) { self = try reader.text() }
}

extension Bool: WireValue {
    func write(to writer: inout WireWriter) { writer.byte(self ? 1 : 0) }
    init(from reader: inout WireReader) throws(WireError) { self = try reader.byte() != 0 }
}

extension WireValue where Self: FixedWidthInteger & UnsignedInteger {
    func write(to writer: inout WireWriter) { writer.unsigned(UInt64(self)) }
    init(from reader: inout WireReader) throws(WireError) {
        guard let value = Self(exactly: try reader.unsigned()) else {
            throw WireError("integer out of range")
        }
        self = value
    }
}

extension WireValue where Self: FixedWidthInteger & SignedInteger {
    func write(to writer: inout WireWriter) {
        let wide = Int64(self)
        writer.unsigned(UInt64(bitPattern: (wide << 1) ^ (wide >> 63)))
    }
    init(from reader: inout WireReader) throws(WireError) {
        let raw = try reader.unsigned()
        let wide = Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
        guard let value = Self(exactly: wide) else { throw WireError("integer out of range") }
        self = value
    }
}

extension UInt16: WireValue {}
extension UInt32: WireValue {}
extension UInt64: WireValue {}
extension UInt: WireValue {}
extension Int32: WireValue {}
extension Int64: WireValue {}
extension Int: WireValue {}

extension Optional: WireValue where Wrapped: WireValue {
    func write(to writer: inout WireWriter) {
        switch self {
        case .none: writer.byte(0)
        case .some(let value):
            writer.byte(1)
            value.write(to: &writer)
        }
    }
    init(from reader: inout WireReader) throws(WireError) {
        self = try reader.byte() == 0 ? .none : .some(try Wrapped(from: &reader))
    }
}

extension Array: WireValue where Element: WireValue {
    func write(to writer: inout WireWriter) {
        writer.unsigned(UInt64(count))
        for element in self { element.write(to: &writer) }
    }
    init(from reader: inout WireReader) throws(WireError) {
        let count = try reader.count()
        self = []
        reserveCapacity(count)
        for _ in 0..<count { append(try Element(from: &reader)) }
    }
}

extension Dictionary: WireValue where Key == String, Value: WireValue {
    func write(to writer: inout WireWriter) {
        writer.unsigned(UInt64(count))
        for (key, value) in self {
            writer.put(key)
            value.write(to: &writer)
        }
    }
    init(from reader: inout WireReader) throws(WireError) {
        let count = try reader.count()
        self = [:]
        for _ in 0..<count {
            let key = try reader.text()
            self[key] = try Value(from: &reader)
        }
    }
}

/// An enum of strings travels as its word.
extension WireValue where Self: RawRepresentable, RawValue == String {
    func write(to writer: inout WireWriter) { writer.put(rawValue) }
    init(from reader: inout WireReader) throws(WireError) {
        let word = try reader.text()
        guard let value = Self(rawValue: word) else { throw WireError("unknown word \"\(word)\"") }
        self = value
    }
}
