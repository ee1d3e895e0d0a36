extension JSONValue {
    /// Reads one document that fills `bytes`, spaces around it aside.
    ///
    /// Throws ``JSONError``. Text that is not UTF-8 is replaced by U+FFFD inside strings, as in Go.
    public init(
        parsing bytes: [UInt8], maximumDepth: Int = 200, maximumBytes: Int = 64 << 20
    ) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { JSONValue.parse($0, maximumDepth, maximumBytes) }.get()
    }

    /// Reads one document from a string.
    public init(parsing text: String, maximumDepth: Int = 200) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), maximumDepth: maximumDepth)
    }

    /// Reads the document that `bytes` starts with, and tells how many bytes it took.
    ///
    /// Returns nil if it is not complete yet: for streams of documents with nothing between them.
    public static func prefix(
        of bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int = 200
    ) throws(JSONError) -> (value: JSONValue, length: Int)? {
        var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
        do {
            parser.skipSpaces()
            if parser.offset == bytes.count { return nil }
            let value = try parser.value(depth: 0)
            // A number at the very end may go on in the next chunk.
            if case .number = value, parser.offset == bytes.count { return nil }
            return (value, parser.offset)
        } catch .unexpectedEnd {
            return nil
        }
    }

    private static func parse(
        _ buffer: UnsafeBufferPointer<UInt8>, _ maximumDepth: Int, _ maximumBytes: Int
    ) -> Result<JSONValue, JSONError> {
        do {
            if buffer.count > maximumBytes { throw JSONError.tooLarge(limit: maximumBytes) }
            var parser = JSONParser(bytes: buffer, maximumDepth: maximumDepth)
            let value = try parser.value(depth: 0)
            parser.skipSpaces()
            if parser.offset < buffer.count { throw parser.unexpected("after top-level value") }
            return .success(value)
        } catch let error as JSONError {
            return .failure(error)
        } catch {
            return .failure(.syntax("\(error)", offset: 0))
        }
    }
}

/// A recursive-descent reader over bytes that outlive it.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let maximumDepth: Int
    var offset = 0

    init(bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func skipSpaces() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x0A, 0x0D, 0x09: offset += 1
            default: return
            }
        }
    }

    func unexpected(_ context: String) -> JSONError {
        guard offset < bytes.count else { return .unexpectedEnd }
        let byte = bytes[offset]
        let shown =
            switch byte {
            case 0x27: #"'\''"#
            case 0x5C: #"'\\'"#
            case 0x0A: #"'\n'"#
            case 0x0D: #"'\r'"#
            case 0x09: #"'\t'"#
            case 0x20..<0x7F: "'\(Character(Unicode.Scalar(byte)))'"
            default: "'\\x\(String(byte, radix: 16))'"
            }
        return .syntax("invalid character \(shown) \(context)", offset: offset)
    }

    mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        skipSpaces()
        guard offset < bytes.count else { throw .unexpectedEnd }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw unexpected("looking for beginning of value")
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard offset < bytes.count else { throw .unexpectedEnd }
            guard bytes[offset] == word.utf8Start[index] else { throw unexpected("in literal \(word)") }
            offset += 1
        }
        return value
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        if depth > maximumDepth { throw .tooDeep(limit: maximumDepth) }
        offset += 1
        var items: [JSONValue] = []
        skipSpaces()
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "]") {
            offset += 1
            return .array(items)
        }
        while true {
            items.append(try value(depth: depth))
            skipSpaces()
            guard offset < bytes.count else { throw .unexpectedEnd }
            switch bytes[offset] {
            case UInt8(ascii: ","): offset += 1
            case UInt8(ascii: "]"):
                offset += 1
                return .array(items)
            default: throw unexpected("after array element")
            }
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        if depth > maximumDepth { throw .tooDeep(limit: maximumDepth) }
        offset += 1
        var members: [JSONObject.Member] = []
        skipSpaces()
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "}") {
            offset += 1
            return .object(JSONObject())
        }
        while true {
            skipSpaces()
            guard offset < bytes.count else { throw .unexpectedEnd }
            guard bytes[offset] == UInt8(ascii: "\"") else {
                throw unexpected("looking for beginning of object key string")
            }
            let key = try string()
            skipSpaces()
            guard offset < bytes.count else { throw .unexpectedEnd }
            guard bytes[offset] == UInt8(ascii: ":") else { throw unexpected("after object key") }
            offset += 1
            members.append(JSONObject.Member(key, try value(depth: depth)))
            skipSpaces()
            guard offset < bytes.count else { throw .unexpectedEnd }
            switch bytes[offset] {
            case UInt8(ascii: ","): offset += 1
            case UInt8(ascii: "}"):
                offset += 1
                return .object(JSONObject(members))
            default: throw unexpected("after object key:value pair")
            }
        }
    }
}
