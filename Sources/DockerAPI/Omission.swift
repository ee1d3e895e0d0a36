/// A JSON object without members, where Go has `struct{}`.
public struct EmptyObject: Codable, Hashable, Sendable {
    public init() {}

    public init(from decoder: any Decoder) throws {}

    public func encode(to encoder: any Encoder) throws {
        _ = encoder.container(keyedBy: NoKey.self)
    }

    private enum NoKey: CodingKey {}
}

/// A value that is written as `null` when there is none, as Go writes nil slices, maps and pointers.
@propertyWrapper
public struct Nullable<Value: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
    public var wrappedValue: Value?

    public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }
    public init() { wrappedValue = nil }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

/// A value that Go's `omitempty` may leave out.
public protocol GoEmpty {
    /// The value that absence stands for.
    static var goEmpty: Self { get }
    var isGoEmpty: Bool { get }
}

extension String: GoEmpty {
    public static var goEmpty: String { "" }
    public var isGoEmpty: Bool { isEmpty }
}

extension Bool: GoEmpty {
    public static var goEmpty: Bool { false }
    public var isGoEmpty: Bool { !self }
}

extension FixedWidthInteger where Self: GoEmpty {
    public static var goEmpty: Self { 0 }
    public var isGoEmpty: Bool { self == 0 }
}

extension Int: GoEmpty {}
extension Int64: GoEmpty {}
extension UInt64: GoEmpty {}
extension UInt16: GoEmpty {}

extension Array: GoEmpty {
    public static var goEmpty: [Element] { [] }
    public var isGoEmpty: Bool { isEmpty }
}

extension Dictionary: GoEmpty {
    public static var goEmpty: [Key: Value] { [:] }
    public var isGoEmpty: Bool { isEmpty }
}

/// A value that is left out while it is empty.
@propertyWrapper
public struct OmitEmpty<Value: GoEmpty & Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
    public var wrappedValue: Value

    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? .goEmpty : try container.decode(Value.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue)
    }
}

/// A list that older clients may send as one string; written as a list, or `null`.
@propertyWrapper
public struct StringOrList: Codable, Hashable, Sendable {
    public var wrappedValue: [String]?

    public init(wrappedValue: [String]?) { self.wrappedValue = wrappedValue }
    public init() { wrappedValue = nil }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            wrappedValue = nil
        } else if let one = try? container.decode(String.self) {
            wrappedValue = [one]
        } else {
            wrappedValue = try container.decode([String].self)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

/// ``StringOrList`` that is left out while it is absent or empty.
@propertyWrapper
public struct OmitEmptyList: Codable, Hashable, Sendable {
    public var wrappedValue: [String]?

    public init(wrappedValue: [String]?) { self.wrappedValue = wrappedValue }
    public init() { wrappedValue = nil }

    public init(from decoder: any Decoder) throws {
        wrappedValue = try StringOrList(from: decoder).wrappedValue
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue ?? [])
    }
}

/// Two numbers, whatever was sent: Go's `[2]uint`, where missing ones are 0 and further ones are dropped.
@propertyWrapper
public struct Pair: Codable, Hashable, Sendable {
    public var wrappedValue: [Int]

    public init(wrappedValue: [Int]) { self.wrappedValue = Array((wrappedValue + [0, 0]).prefix(2)) }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self.init(wrappedValue: container.decodeNil() ? [] : try container.decode([Int].self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue)
    }
}

/// A struct whose absence reads as its zero value, as in Go.
protocol GoZero { init() }

// The compiler's own Codable code calls these in place of the standard library's, because this module
// declares them: that is how absence and `null` read as zero values by any decoder, and how empty values
// are left out by any encoder.

extension KeyedDecodingContainer {
    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        try decodeIfPresent(type, forKey: key) ?? ""
    }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
        try decodeIfPresent(type, forKey: key) ?? false
    }

    func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
        try decodeIfPresent(type, forKey: key) ?? 0
    }

    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 {
        try decodeIfPresent(type, forKey: key) ?? 0
    }

    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
        try decodeIfPresent(type, forKey: key) ?? 0
    }

    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 {
        try decodeIfPresent(type, forKey: key) ?? 0
    }

    func decode<T: Decodable>(_ type: [T].Type, forKey key: Key) throws -> [T] {
        try decodeIfPresent(type, forKey: key) ?? []
    }

    func decode<T: Decodable>(_ type: [String: T].Type, forKey key: Key) throws -> [String: T] {
        try decodeIfPresent(type, forKey: key) ?? [:]
    }

    func decode<T: Decodable & GoZero>(_ type: T.Type, forKey key: Key) throws -> T {
        try decodeIfPresent(type, forKey: key) ?? T()
    }

    func decode<T>(_ type: Nullable<T>.Type, forKey key: Key) throws -> Nullable<T> {
        Nullable(wrappedValue: try decodeIfPresent(T.self, forKey: key))
    }

    func decode<T>(_ type: OmitEmpty<T>.Type, forKey key: Key) throws -> OmitEmpty<T> {
        OmitEmpty(wrappedValue: try decodeIfPresent(T.self, forKey: key) ?? .goEmpty)
    }

    func decode(_ type: Pair.Type, forKey key: Key) throws -> Pair {
        try decodeIfPresent(type, forKey: key) ?? Pair(wrappedValue: [])
    }

    func decode(_ type: StringOrList.Type, forKey key: Key) throws -> StringOrList {
        try decodeIfPresent(type, forKey: key) ?? StringOrList()
    }

    func decode(_ type: OmitEmptyList.Type, forKey key: Key) throws -> OmitEmptyList {
        try decodeIfPresent(type, forKey: key) ?? OmitEmptyList()
    }
}

extension KeyedEncodingContainer {
    mutating func encode<T>(_ value: OmitEmpty<T>, forKey key: Key) throws {
        if !value.wrappedValue.isGoEmpty { try encode(value.wrappedValue, forKey: key) }
    }

    mutating func encode(_ value: OmitEmptyList, forKey key: Key) throws {
        if let list = value.wrappedValue, !list.isEmpty { try encode(list, forKey: key) }
    }
}
