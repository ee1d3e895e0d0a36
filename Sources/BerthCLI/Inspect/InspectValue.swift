internal import GoTemplate
internal import OrderedJSON

/// An inspected object with Go's types: every member exists, whatever JSON leaves out.
struct TypedObject: GoObject {
    let typeName: String
    private let json: JSONValue
    private let members: [Substring]

    init(_ type: String, _ json: JSONValue) {
        typeName = "types." + type
        self.json = json
        members = (InspectSchema.types[type] ?? "").split(separator: "|")
    }

    /// For JSON: what the engine sent, as it sent it.
    var fields: [(key: String, value: GoValue)] {
        (json.objectValue?.members ?? []).map { ($0.key, GoValue($0.value)) }
    }

    /// For printing: Go's members, all of them.
    var printedFields: [GoValue] {
        members.map { member in
            if member.hasPrefix("+") { return .object(TypedObject(String(member.dropFirst()), json)) }
            let parts = member.split(separator: " ")
            return Self.value(parts[1], json[Self.names(parts[0]).wire])
        }
    }

    func member(_ name: String, _ arguments: [GoValue]) throws -> GoValue? {
        for member in members {
            if member.hasPrefix("+") {
                if let value = try TypedObject(String(member.dropFirst()), json).member(name, arguments) {
                    return value
                }
                continue
            }
            let parts = member.split(separator: " ")
            let names = Self.names(parts[0])
            if names.go == name { return Self.value(parts[1], json[names.wire]) }
        }
        return nil
    }

    private static func names(_ text: Substring) -> (go: String, wire: String) {
        let parts = text.split(separator: "=").map { String($0) }
        return (parts[0], parts.count > 1 ? parts[1] : parts[0])
    }

    /// `json` as a value of that Go type.
    private static func value(_ type: Substring, _ json: JSONValue?) -> GoValue {
        if type.hasPrefix("*") {
            guard let json, !json.isNull else { return .nilPointer }
            return value(type.dropFirst(), json)
        }
        if type.hasPrefix("[]") {
            guard let items = json?.arrayValue else { return .nilList }
            return .list(items.map { value(type.dropFirst(2), $0) })
        }
        if type.hasPrefix("map:") {
            guard let object = json?.objectValue else { return .nilMap }
            return .map(object.members.map { ($0.key, value(type.dropFirst(4), $0.value)) })
        }
        switch type {
        case "s": return .string(json?.stringValue ?? "")
        case "i": return .integer(json?.intValue ?? 0)
        case "b": return .bool(json?.boolValue ?? false)
        case "T": return .string(Row.goTime(json?.stringValue ?? "0001-01-01T00:00:00Z"))
        case "?": return json.map(GoValue.init) ?? .null
        default: return .object(TypedObject(String(type), json ?? .null))
        }
    }
}
