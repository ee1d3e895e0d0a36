/// Reads `Decodable` values from JSON with the tolerance of Go's `json.Unmarshal`.
///
/// Keys match exactly or else without regard to case; unknown keys are ignored; `null` and absence give
/// the zero value ("" , 0, false, empty) where the property is not optional. Throws ``JSONError``.
public struct OrderedJSONDecoder: Sendable {
    /// What the outermost struct is called in errors, in place of its Swift name.
    public var rootName: String?

    public init(rootName: String? = nil) { self.rootName = rootName }

    public func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try decode(type, from: JSONValue(parsing: bytes))
    }

    public func decode<Value: Decodable>(_ type: Value.Type, from value: JSONValue) throws -> Value {
        do {
            return try ValueReader(value: value, path: nil, key: nil, root: rootName ?? "\(type)").read(type)
        } catch let error as DecodingError {
            throw JSONError(error)
        }
    }
}

extension JSONValue {
    /// Reads a `Decodable` out of the document.
    public func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try OrderedJSONDecoder().decode(type, from: self)
    }
}

extension JSONError {
    /// What a type's own `init(from:)` complained of.
    init(_ error: DecodingError) {
        switch error {
        case .dataCorrupted(let context), .keyNotFound(_, let context), .typeMismatch(_, let context),
            .valueNotFound(_, let context):
            self = .invalid(
                context.debugDescription, path: context.codingPath.map(\.stringValue).joined(separator: "."))
        @unknown default: self = .invalid("\(error)", path: "")
        }
    }
}

/// The way from the root to a container, shared by what is inside it.
final class PathNode: Sendable {
    let parent: PathNode?
    let key: String

    init(parent: PathNode?, key: String) {
        self.parent = parent
        self.key = key
    }

    var names: [String] { (parent?.names ?? []) + [key] }
    var codingPath: [any CodingKey] { names.map(AnyKey.init(stringValue:)) }
}

/// The decoder of one value.
struct ValueReader: Decoder {
    let value: JSONValue
    /// The container that the value is in, and its key there.
    let path: PathNode?
    let key: String?
    let root: String
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    var codingPath: [any CodingKey] { names.map(AnyKey.init(stringValue:)) }

    private var names: [String] { (path?.names ?? []) + (key.map { [$0] } ?? []) }

    /// The place of a container that is this value.
    private var node: PathNode? { key.map { PathNode(parent: path, key: $0) } ?? path }

    func read<T: Decodable>(_ type: T.Type) throws -> T {
        if type == JSONValue.self, let document = value as? T { return document }
        if type == String.self, let text = try string() as? T { return text }
        return try T(from: self)
    }

    func mismatch(_ wanted: String, found: String? = nil) -> JSONError {
        let path = names.joined(separator: ".")
        return .typeMismatch(
            found: found ?? value.kindName, wanted: wanted, path: path.isEmpty ? "" : "\(root).\(path)")
    }

    func string() throws -> String {
        switch value {
        case .string(let text): return text
        case .null: return ""
        default: throw mismatch("string")
        }
    }

    func bool() throws -> Bool {
        switch value {
        case .bool(let flag): return flag
        case .null: return false
        default: throw mismatch("bool")
        }
    }

    func integer<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
        switch value {
        case .number(let text):
            guard let number = T(text) else {
                throw mismatch("\(T.self)".lowercased(), found: "number \(text)")
            }
            return number
        case .null: return 0
        default: throw mismatch("\(T.self)".lowercased())
        }
    }

    func float() throws -> Double {
        switch value {
        case .number(let text):
            guard let number = Double(text), number.isFinite else {
                throw mismatch("float64", found: "number \(text)")
            }
            return number
        case .null: return 0
        default: throw mismatch("float64")
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        let object: JSONObject
        switch value {
        case .object(let members): object = members
        case .null: object = JSONObject()
        default: throw mismatch(names.isEmpty ? root : "object")
        }
        return KeyedDecodingContainer(ObjectReader<Key>(object: object, path: node, root: root))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        switch value {
        case .array(let items): return ArrayReader(items: items, path: node, root: root)
        case .null: return ArrayReader(items: [], path: node, root: root)
        default: throw mismatch("array")
        }
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }
}

extension ValueReader: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value == .null }
    func decode(_ type: Bool.Type) throws -> Bool { try bool() }
    func decode(_ type: String.Type) throws -> String { try string() }
    func decode(_ type: Double.Type) throws -> Double { try float() }
    func decode(_ type: Float.Type) throws -> Float { Float(try float()) }
    func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try read(type) }
}
