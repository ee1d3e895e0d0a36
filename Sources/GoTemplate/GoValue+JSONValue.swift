public import OrderedJSON

extension GoValue {
    /// The value that a decoded JSON document has in a template.
    public init(_ json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .number(let text): self = Int(text).map(GoValue.integer) ?? .float(Double(text) ?? 0)
        case .string(let value): self = .string(value)
        case .array(let values): self = .list(values.map(GoValue.init))
        case .object(let object): self = .map(object.members.map { ($0.key, GoValue($0.value)) })
        }
    }
}
