/// An object being read.
struct ObjectReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let object: JSONObject
    let path: PathNode?
    let root: String

    var codingPath: [any CodingKey] { path?.codingPath ?? [] }
    var allKeys: [Key] { object.members.compactMap { Key(stringValue: $0.key) } }

    func contains(_ key: Key) -> Bool { object.matching(key.stringValue) != nil }

    /// The reader of a member; an absent one reads as null, which gives the zero value.
    private func reader(_ key: some CodingKey) -> ValueReader {
        let name = key.stringValue
        return ValueReader(value: object.matching(name) ?? .null, path: path, key: name, root: root)
    }

    func decodeNil(forKey key: Key) throws -> Bool { reader(key).value == .null }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try reader(key).bool() }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try reader(key).string() }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try reader(key).float() }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { Float(try reader(key).float()) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try reader(key).integer(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try reader(key).integer(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try reader(key).integer(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try reader(key).integer(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try reader(key).integer(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try reader(key).integer(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try reader(key).integer(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try reader(key).integer(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try reader(key).integer(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try reader(key).integer(type) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try reader(key).read(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try reader(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try reader(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { reader(AnyKey(stringValue: "super")) }
    func superDecoder(forKey key: Key) throws -> any Decoder { reader(key) }
}

/// An array being read.
struct ArrayReader: UnkeyedDecodingContainer {
    let items: [JSONValue]
    let path: PathNode?
    let root: String
    private(set) var currentIndex = 0

    init(items: [JSONValue], path: PathNode?, root: String) {
        self.items = items
        self.path = path
        self.root = root
    }

    var codingPath: [any CodingKey] { path?.codingPath ?? [] }
    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex == items.count }

    private mutating func next() throws -> ValueReader {
        guard currentIndex < items.count else {
            throw JSONError.invalid("array ended", path: path?.names.joined(separator: ".") ?? "")
        }
        defer { currentIndex += 1 }
        return ValueReader(value: items[currentIndex], path: path, key: nil, root: root)
    }

    mutating func decodeNil() throws -> Bool {
        guard currentIndex < items.count, items[currentIndex] == .null else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().read(type) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next().unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder { try next() }
}
