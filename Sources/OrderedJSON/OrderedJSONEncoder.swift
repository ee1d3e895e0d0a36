/// Writes `Encodable` values as Go's `json.Marshal` writes structs: members in the order of declaration,
/// dictionaries sorted by key.
///
/// A type decides itself what is left out and what is `null`.
public struct OrderedJSONEncoder: Sendable {
    public enum Format: Sendable, Hashable {
        case compact
        /// As Go's `json.Indent`: empty objects and arrays stay on their line.
        case indented(prefix: String = "", indent: String)
    }

    public var format: Format
    /// Whether `<`, `>` and `&` are written as `\u003c` and so on: Go's default, which dockerd turns off.
    public var escapesHTML: Bool

    public init(format: Format = .compact, escapesHTML: Bool = true) {
        self.format = format
        self.escapesHTML = escapesHTML
    }

    /// The document's bytes, with no newline at the end.
    public func encode(_ value: some Encodable) throws -> [UInt8] {
        let writer = JSONWriter(format: format, escapesHTML: escapesHTML)
        try writer.encode(value)
        return writer.bytes
    }

    /// The document as a string.
    public func encodeToString(_ value: some Encodable) throws -> String {
        String(decoding: try encode(value), as: UTF8.self)
    }
}

extension JSONValue {
    /// The value of an `Encodable`, members in order.
    public init(encoding value: some Encodable) throws {
        self = try JSONValue(parsing: OrderedJSONEncoder().encode(value))
    }

    /// The document's text.
    public func text(_ format: OrderedJSONEncoder.Format = .compact, escapesHTML: Bool = true) -> String {
        String(decoding: bytes(format, escapesHTML: escapesHTML), as: UTF8.self)
    }

    /// The document's bytes.
    public func bytes(_ format: OrderedJSONEncoder.Format = .compact, escapesHTML: Bool = true) -> [UInt8] {
        let writer = JSONWriter(format: format, escapesHTML: escapesHTML)
        writer.value(self)
        return writer.bytes
    }
}

/// A dictionary that knows how to write itself sorted.
private protocol SortedByKey {
    func write(to writer: JSONWriter) throws
}

extension Dictionary: SortedByKey where Key == String, Value: Encodable {
    fileprivate func write(to writer: JSONWriter) throws {
        let outer = writer.depth
        writer.open(object: true)
        for (key, value) in sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            writer.key(key)
            try writer.encode(value)
        }
        writer.close(to: outer)
    }
}

extension JSONWriter {
    /// Writes `value` at a place that is ready for it: after a key, or after ``item()``.
    func encode<Value: Encodable>(_ value: Value) throws {
        // Comparing types first costs nothing; casts that fail would.
        if Value.self == String.self, let text = value as? String { return string(text) }
        if Value.self == Bool.self, let flag = value as? Bool { return bool(flag) }
        if Value.self == Int.self, let number = value as? Int { return integer(number) }
        if Value.self == JSONValue.self, let document = value as? JSONValue { return self.value(document) }
        let type = ObjectIdentifier(Value.self)
        if !plainTypes.contains(type) {
            if let dictionary = value as? any SortedByKey { return try dictionary.write(to: self) }
            plainTypes.insert(type)
        }
        let outer = depth
        let before = count
        try value.encode(to: ValueEncoder(writer: self, depth: outer))
        close(to: outer)
        if count == before { raw("{}") }
    }
}

/// The encoder of one value, whose containers open at `depth`.
struct ValueEncoder: Encoder {
    let writer: JSONWriter
    let depth: Int
    /// Always empty: errors of ours name values, and keeping paths would cost an array a member.
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    private func open(object: Bool) {
        // A second container of the same value goes on with the first.
        if writer.depth > depth { writer.close(to: depth + 1) } else { writer.open(object: object) }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        open(object: true)
        return KeyedEncodingContainer(
            ObjectEncoder<Key>(writer: writer, depth: depth + 1))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        open(object: false)
        return ArrayEncoder(writer: writer, depth: depth + 1)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension ValueEncoder: SingleValueEncodingContainer {
    func encodeNil() { writer.raw("null") }
    func encode(_ value: Bool) { writer.bool(value) }
    func encode(_ value: String) { writer.string(value) }
    func encode(_ value: Double) throws { writer.number(try goNumber(value)) }
    func encode(_ value: Float) throws { writer.number(try goNumber(Double("\(value)") ?? Double(value))) }
    func encode(_ value: Int) { writer.integer(value) }
    func encode(_ value: Int8) { writer.integer(value) }
    func encode(_ value: Int16) { writer.integer(value) }
    func encode(_ value: Int32) { writer.integer(value) }
    func encode(_ value: Int64) { writer.integer(value) }
    func encode(_ value: UInt) { writer.integer(value) }
    func encode(_ value: UInt8) { writer.integer(value) }
    func encode(_ value: UInt16) { writer.integer(value) }
    func encode(_ value: UInt32) { writer.integer(value) }
    func encode(_ value: UInt64) { writer.integer(value) }
    func encode<T: Encodable>(_ value: T) throws { try writer.encode(value) }
}
