/// An object being written, member by member.
struct ObjectEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let writer: JSONWriter
    let depth: Int
    var codingPath: [any CodingKey] { [] }

    private func begin(_ key: some CodingKey) {
        writer.close(to: depth)
        writer.key(key.stringValue)
    }

    func encodeNil(forKey key: Key) {
        begin(key)
        writer.raw("null")
    }

    func encode(_ value: Bool, forKey key: Key) {
        begin(key)
        writer.bool(value)
    }

    func encode(_ value: String, forKey key: Key) {
        begin(key)
        writer.string(value)
    }

    func encode(_ value: Double, forKey key: Key) throws {
        begin(key)
        writer.number(try goNumber(value))
    }

    func encode(_ value: Float, forKey key: Key) throws {
        begin(key)
        writer.number(try goNumber(Double("\(value)") ?? Double(value)))
    }

    private func integer(_ value: some BinaryInteger, _ key: Key) {
        begin(key)
        writer.integer(value)
    }

    func encode(_ value: Int, forKey key: Key) { integer(value, key) }
    func encode(_ value: Int8, forKey key: Key) { integer(value, key) }
    func encode(_ value: Int16, forKey key: Key) { integer(value, key) }
    func encode(_ value: Int32, forKey key: Key) { integer(value, key) }
    func encode(_ value: Int64, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt8, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt16, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt32, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt64, forKey key: Key) { integer(value, key) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        begin(key)
        try writer.encode(value)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy keyType: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        begin(key)
        return ValueEncoder(writer: writer, depth: depth)
            .container(keyedBy: keyType)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        begin(key)
        return ValueEncoder(writer: writer, depth: depth).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { nested(AnyKey(stringValue: "super")) }

    func superEncoder(forKey key: Key) -> any Encoder { nested(key) }

    private func nested(_ key: some CodingKey) -> any Encoder {
        begin(key)
        return ValueEncoder(writer: writer, depth: depth)
    }
}

/// An array being written, item by item.
struct ArrayEncoder: UnkeyedEncodingContainer {
    let writer: JSONWriter
    let depth: Int
    var codingPath: [any CodingKey] { [] }
    private(set) var count = 0

    init(writer: JSONWriter, depth: Int) {
        self.writer = writer
        self.depth = depth
    }

    private mutating func begin() {
        writer.close(to: depth)
        writer.item()
        count += 1
    }

    mutating func encodeNil() {
        begin()
        writer.raw("null")
    }

    mutating func encode<T: Encodable>(_ value: T) throws {
        begin()
        try writer.encode(value)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy keyType: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
        begin()
        return ValueEncoder(writer: writer, depth: depth).container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        begin()
        return ValueEncoder(writer: writer, depth: depth).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder {
        begin()
        return ValueEncoder(writer: writer, depth: depth)
    }
}

/// A key known only at run time.
struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init(intValue: Int) { stringValue = String(intValue) }
}
