/// What kind of value an option takes: its name in the help, and which texts it accepts.
enum FlagKind: Sendable {
    case bool, string, int, int64, uint16, uint64, float
    case list, strings, map, bytes, swapBytes, decimal, duration, filter
    /// A list or value whose kind has a name of its own in the help, such as `mount`.
    case named(String)

    /// How the help calls the value.
    var name: String {
        switch self {
        case .bool: ""
        case .string: "string"
        case .int, .int64: "int"
        case .uint16: "uint16"
        case .uint64: "uint"
        case .float: "float"
        case .list: "list"
        case .strings: "strings"
        case .map: "map"
        case .bytes, .swapBytes: "bytes"
        case .decimal: "decimal"
        case .duration: "duration"
        case .filter: "filter"
        case .named(let name): name
        }
    }

    /// Why `text` is no value of this kind, in Go's words.
    func check(_ text: String) throws {
        switch self {
        case .string, .list, .strings, .map, .named: return
        case .bool:
            if GoNumbers.bool(text) == nil { throw invalid("ParseBool", text) }
        case .int, .int64:
            if try GoNumbers.integer(text) == nil { throw invalid("ParseInt", text) }
        case .uint16: try checkUnsigned(text, UInt64(UInt16.max))
        case .uint64: try checkUnsigned(text, UInt64.max)
        case .float:
            if Double(text) == nil { throw invalid("ParseFloat", text) }
        case .bytes: _ = try GoNumbers.bytes(text)
        case .swapBytes: if text != "-1" { _ = try GoNumbers.bytes(text) }
        case .decimal: _ = try GoNumbers.nanoCPUs(text)
        case .duration: _ = try GoNumbers.duration(text)
        case .filter:
            if !text.isEmpty, !text.contains("=") {
                throw FlagValueError("bad format of filter (expected name=value)")
            }
        }
    }

    private func checkUnsigned(_ text: String, _ limit: UInt64) throws {
        guard let value = GoNumbers.unsigned(text) else { throw invalid("ParseUint", text) }
        if value > limit {
            throw FlagValueError("strconv.ParseUint: parsing \(goQuoted(text)): value out of range")
        }
    }

    private func invalid(_ function: String, _ text: String) -> FlagValueError {
        FlagValueError("strconv.\(function): parsing \(goQuoted(text)): invalid syntax")
    }
}

/// Why an option's value is refused.
struct FlagValueError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
