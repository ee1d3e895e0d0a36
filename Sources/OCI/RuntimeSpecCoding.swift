/// Keys of a runtime spec's object, in which a list, map or flag may be missing and then is empty or false.
///
/// The overloads below are what the compiler's synthesised Codable conformances call in this module.
protocol SpecKey: CodingKey {}

extension KeyedDecodingContainer where Key: SpecKey {
    func decode<Element: Decodable>(_ type: [Element].Type, forKey key: Key) throws -> [Element] {
        try decodeIfPresent(type, forKey: key) ?? []
    }

    func decode(_ type: [String: String].Type, forKey key: Key) throws -> [String: String] {
        try decodeIfPresent(type, forKey: key) ?? [:]
    }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
        try decodeIfPresent(type, forKey: key) ?? false
    }
}

extension KeyedEncodingContainer where Key: SpecKey {
    mutating func encode<Element: Encodable>(_ value: [Element], forKey key: Key) throws {
        try encodeIfPresent(value.isEmpty ? nil : value, forKey: key)
    }

    mutating func encode(_ value: [String: String], forKey key: Key) throws {
        try encodeIfPresent(value.isEmpty ? nil : value, forKey: key)
    }

    mutating func encode(_ value: Bool, forKey key: Key) throws {
        try encodeIfPresent(value ? true : nil, forKey: key)
    }
}
