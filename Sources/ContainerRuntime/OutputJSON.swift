/// A JSON value to print, with its members in the order in which they are given.
indirect enum OutputJSON {
    case string(String)
    case number(Int64)
    case unsigned(UInt64)
    case bool(Bool)
    case null
    case array([OutputJSON])
    case object([(String, OutputJSON)])

    static func strings(_ values: [String]) -> OutputJSON { .array(values.map { .string($0) }) }

    static func map(_ values: [String: String]) -> OutputJSON {
        .object(values.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
    }

    /// The text; with `indent` over several lines, each level by so many spaces.
    func text(indent: Int? = nil) -> String {
        var text = ""
        write(to: &text, indent, level: 0)
        return text
    }

    private func write(to text: inout String, _ indent: Int?, level: Int) {
        func newLine(_ level: Int) {
            if let indent { text += "\n" + String(repeating: " ", count: indent * level) }
        }
        switch self {
        case .string(let value): text += Self.quoted(value)
        case .number(let value): text += String(value)
        case .unsigned(let value): text += String(value)
        case .bool(let value): text += value ? "true" : "false"
        case .null: text += "null"
        case .array(let values):
            if values.isEmpty {
                text += "[]"
                return
            }
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                newLine(level + 1)
                value.write(to: &text, indent, level: level + 1)
            }
            newLine(level)
            text += "]"
        case .object(let members):
            if members.isEmpty {
                text += "{}"
                return
            }
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                newLine(level + 1)
                text += Self.quoted(member.0) + (indent == nil ? ":" : ": ")
                member.1.write(to: &text, indent, level: level + 1)
            }
            newLine(level)
            text += "}"
        }
    }

    static func quoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
