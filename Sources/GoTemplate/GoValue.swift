/// What a template computes with: Go's values as far as templates can see them.
public indirect enum GoValue {
    /// Go's nil, and what a missing map key gives.
    case null
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case string(String)
    case list([GoValue])
    /// A list and a map that Go holds as nil: empty, and null in JSON.
    case nilList, nilMap
    /// A pointer that Go holds as nil: it prints as `<nil>` even on its own.
    case nilPointer
    /// A map with string keys in the order in which JSON shows them; ranges and printing sort them.
    case map([(key: String, value: GoValue)])
    /// A struct: its fields are known, so a missing one is an error.
    case object(any GoObject)
}

/// A value with named members, as a Go struct with methods is.
public protocol GoObject {
    /// The Go type's name, for error texts.
    var typeName: String { get }
    /// The fields in declaration order, for JSON and printing.
    var fields: [(key: String, value: GoValue)] { get }
    /// The values that printing the object shows, where they are not those of `fields`.
    var printedFields: [GoValue] { get }
    /// The field or method `name`; nil means that there is none.
    func member(_ name: String, _ arguments: [GoValue]) throws -> GoValue?
}

extension GoObject {
    public var printedFields: [GoValue] { fields.map(\.value) }
}

extension GoValue {
    /// Whether `if` takes the value for true: not the zero value of its type.
    public var isTrue: Bool {
        switch self {
        case .null, .nilPointer, .nilList, .nilMap: return false
        case .bool(let value): return value
        case .integer(let value): return value != 0
        case .float(let value): return value != 0
        case .string(let value): return !value.isEmpty
        case .list(let values): return !values.isEmpty
        case .map(let entries): return !entries.isEmpty
        case .object: return true
        }
    }

    /// Go's name for the value's type, for error texts.
    public var typeName: String {
        switch self {
        case .null, .nilPointer: return "<nil>"
        case .bool: return "bool"
        case .integer: return "int"
        case .float: return "float64"
        case .string: return "string"
        case .list, .nilList: return "[]interface {}"
        case .map, .nilMap: return "map[string]interface {}"
        case .object(let object): return object.typeName
        }
    }

    /// The value for `key` if this is a map that holds it.
    public func entry(_ key: String) -> GoValue? {
        guard case .map(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// What `fmt.Print` writes for it inside of other text.
    public var printed: String {
        switch self {
        case .null, .nilPointer: return "<nil>"
        case .nilList: return "[]"
        case .nilMap: return "map[]"
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        case .float(let value): return formatFloat(value)
        case .string(let value): return value
        case .list(let values): return "[" + values.map(\.printed).joined(separator: " ") + "]"
        case .map(let entries):
            let sorted = entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            return "map[" + sorted.map { "\($0.key):\($0.value.printed)" }.joined(separator: " ") + "]"
        case .object(let object):
            return "{" + object.printedFields.map(\.printed).joined(separator: " ") + "}"
        }
    }

    /// The value as compact JSON, escaped as Go's encoder does.
    public var json: String {
        var text = ""
        appendJSON(to: &text)
        return text
    }

    private func appendJSON(to text: inout String) {
        switch self {
        case .null, .nilPointer, .nilList, .nilMap: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .float(let value): text += formatFloat(value)
        case .string(let value): appendQuotedJSON(value, to: &text)
        case .list(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                value.appendJSON(to: &text)
            }
            text += "]"
        case .map(let entries): appendObject(entries, to: &text)
        case .object(let object): appendObject(object.fields, to: &text)
        }
    }

    private func appendObject(_ entries: [(key: String, value: GoValue)], to text: inout String) {
        text += "{"
        for (index, entry) in entries.enumerated() {
            if index > 0 { text += "," }
            appendQuotedJSON(entry.key, to: &text)
            text += ":"
            entry.value.appendJSON(to: &text)
        }
        text += "}"
    }
}

/// Appends `value` quoted as Go's JSON encoder does, with `<`, `>`, `&` and the line separators escaped.
func appendQuotedJSON(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
        switch scalar {
        case "\"": text += "\\\""
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        case "\u{08}": text += "\\b"
        case "\u{0C}": text += "\\f"
        case "<", ">", "&", "\u{2028}", "\u{2029}", "\u{00}"..."\u{1F}":
            let hex = String(scalar.value, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        default: text.unicodeScalars.append(scalar)
        }
    }
    text += "\""
}

/// A float as Go's `%v` prints it: shortest form, with an exponent only below 1e-4 and from 1e21.
func formatFloat(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    let magnitude = value.magnitude
    if value == value.rounded(), magnitude < 1e15 { return String(Int(value)) }
    var text = "\(value)"
    if let exponent = text.firstIndex(of: "e") {
        var mantissa = String(text[..<exponent])
        if mantissa.hasSuffix(".0") { mantissa.removeLast(2) }
        let power = Int(text[text.index(after: exponent)...]) ?? 0
        if power >= 21 || power < -4 {
            let digits = String(power.magnitude)
            return mantissa + "e" + (power < 0 ? "-" : "+") + (digits.count < 2 ? "0" : "") + digits
        }
        if power > 0 {
            let parts = mantissa.split(separator: ".")
            let fraction = parts.count > 1 ? String(parts[1]) : ""
            return String(parts[0]) + fraction + String(repeating: "0", count: max(0, power - fraction.count))
        }
        return mantissa + "e" + String(power)
    }
    if text.hasSuffix(".0") { text.removeLast(2) }
    return text
}
