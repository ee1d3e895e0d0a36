extension FunctionEntry {
    /// Go's built-in functions and those that docker adds.
    static var standard: [String: FunctionEntry] {
        [
            "not": FunctionEntry(1) { .bool(!$0[0].isTrue) },
            "len": FunctionEntry(1, length),
            "index": FunctionEntry(atLeast: 1, element),
            "slice": FunctionEntry(atLeast: 1, part),
            "print": FunctionEntry(atLeast: 0) { .string(printGo($0)) },
            "println": FunctionEntry(atLeast: 0) {
                .string($0.map(\.printed).joined(separator: " ") + "\n")
            },
            "printf": FunctionEntry(atLeast: 1) {
                .string(formatGo(try text($0, 0), Array($0.dropFirst())))
            },
            "html": FunctionEntry(atLeast: 0) { .string(escapeHTML(printGo($0))) },
            "urlquery": FunctionEntry(atLeast: 0) { .string(escapeQuery(printGo($0))) },
            "eq": FunctionEntry(atLeast: 1, equalAny),
            "ne": FunctionEntry(2) { .bool(!(try isEqual($0[0], $0[1]))) },
            "lt": FunctionEntry(2) { .bool(try isLess($0[0], $0[1])) },
            "le": FunctionEntry(2) { .bool(try isLess($0[0], $0[1]) || isEqual($0[0], $0[1])) },
            "gt": FunctionEntry(2) { .bool(try isLess($0[1], $0[0])) },
            "ge": FunctionEntry(2) { .bool(try isLess($0[1], $0[0]) || isEqual($0[0], $0[1])) },
            // docker's own
            "json": FunctionEntry(1) { .string($0[0].json) },
            "split": FunctionEntry(2) {
                .list(splitGo(try text($0, 0), try text($0, 1)).map(GoValue.string))
            },
            "join": FunctionEntry(2) { arguments in
                let separator = try text(arguments, 1)
                return .string(try strings(arguments, 0).joined(separator: separator))
            },
            "title": FunctionEntry(1) { .string(titleCase(try text($0, 0))) },
            "lower": FunctionEntry(1) { .string(try text($0, 0).lowercased()) },
            "upper": FunctionEntry(1) { .string(try text($0, 0).uppercased()) },
            "pad": FunctionEntry(3) { arguments in
                let value = try text(arguments, 0)
                if value.isEmpty { return .string(value) }
                func spaces(_ index: Int) throws -> String {
                    String(repeating: " ", count: max(0, try number(arguments, index)))
                }
                return .string(try spaces(1) + value + spaces(2))
            },
            "truncate": FunctionEntry(2) { arguments in
                .string(
                    String(try text(arguments, 0).unicodeScalars.prefix(max(0, try number(arguments, 1)))))
            },
        ]
    }

    /// What a table's header row uses instead, so that `json` and `truncate` leave the headers whole.
    public static var headerFunctions: [String: FunctionEntry] {
        [
            "json": FunctionEntry(1) { $0[0] },
            "title": FunctionEntry(1) { $0[0] },
            "lower": FunctionEntry(1) { $0[0] },
            "upper": FunctionEntry(1) { $0[0] },
            "truncate": FunctionEntry(2) { $0[0] },
        ]
    }
}

// MARK: Arguments

private func text(_ arguments: [GoValue], _ index: Int) throws -> String {
    if case .string(let value) = arguments[index] { return value }
    if case .null = arguments[index] { return "" }
    throw ArgumentTypeError(
        index: index, message: "wrong type for value; expected string; got \(arguments[index].typeName)")
}

private func number(_ arguments: [GoValue], _ index: Int) throws -> Int {
    if case .integer(let value) = arguments[index] { return value }
    throw ArgumentTypeError(
        index: index, message: "wrong type for value; expected int; got \(arguments[index].typeName)")
}

private func strings(_ arguments: [GoValue], _ index: Int) throws -> [String] {
    switch arguments[index] {
    case .null, .nilList: return []
    case .list(let values): return values.map(\.printed)
    default:
        throw ArgumentTypeError(
            index: index, message: "wrong type for value; expected []string; got \(arguments[index].typeName)"
        )
    }
}

// MARK: Go's functions

private func length(_ arguments: [GoValue]) throws -> GoValue {
    switch arguments[0] {
    case .string(let value): return .integer(value.utf8.count)
    case .list(let values): return .integer(values.count)
    case .map(let entries): return .integer(entries.count)
    case .nilList, .nilMap: return .integer(0)
    case .null, .nilPointer: throw TemplateError("len of nil pointer")
    default: throw TemplateError("len of type \(arguments[0].typeName)")
    }
}

private func element(_ arguments: [GoValue]) throws -> GoValue {
    var value = arguments[0]
    for key in arguments.dropFirst() {
        switch value {
        case .null, .nilPointer: throw TemplateError("index of untyped nil")
        case .nilList: throw TemplateError("index out of range: \(try position(key))")
        case .nilMap: value = .string("")
        case .list(let values):
            let index = try position(key)
            if !values.indices.contains(index) { throw TemplateError("index out of range: \(index)") }
            value = values[index]
        case .string(let string):
            let index = try position(key), bytes = Array(string.utf8)
            if !bytes.indices.contains(index) { throw TemplateError("index out of range: \(index)") }
            value = .integer(Int(bytes[index]))
        case .map:
            guard case .string(let name) = key else {
                throw TemplateError("value has type \(key.typeName); should be string")
            }
            // Go gives the zero value of the map's type, which prints as nothing for strings.
            value = value.entry(name) ?? .string("")
        case .object(let object): throw TemplateError("can't index item of type \(object.typeName)")
        default: throw TemplateError("can't index item of type \(value.typeName)")
        }
    }
    return value
}

private func position(_ key: GoValue) throws -> Int {
    switch key {
    case .integer(let index): return index
    case .null: throw TemplateError("cannot index slice/array with nil")
    default: throw TemplateError("cannot index slice/array with type \(key.typeName)")
    }
}

private func part(_ arguments: [GoValue]) throws -> GoValue {
    if arguments.count > 4 {
        throw TemplateError("too many slice indexes: \(arguments.count - 1)")
    }
    let bounds = try arguments.dropFirst().map(position)
    func range(_ count: Int) throws -> Range<Int> {
        let low = bounds.first ?? 0, high = bounds.count > 1 ? bounds[1] : count
        for bound in [low, high] where bound < 0 || bound > count {
            throw TemplateError("index out of range: \(bound)")
        }
        if low > high { throw TemplateError("invalid slice index: \(low) > \(high)") }
        return low..<high
    }
    switch arguments[0] {
    case .string(let string):
        let bytes = Array(string.utf8)
        return .string(String(decoding: bytes[try range(bytes.count)], as: UTF8.self))
    case .list(let values): return .list(Array(values[try range(values.count)]))
    case .nilList: return .list(Array([GoValue]()[try range(0)]))
    case .null, .nilPointer: throw TemplateError("slice of untyped nil")
    default: throw TemplateError("can't slice item of type \(arguments[0].typeName)")
    }
}

/// `fmt.Sprint`: spaces only between two operands that are both no strings.
func printGo(_ values: [GoValue]) -> String {
    func isString(_ value: GoValue) -> Bool { if case .string = value { true } else { false } }
    var text = ""
    for (index, value) in values.enumerated() {
        if index > 0, !isString(value), !isString(values[index - 1]) { text += " " }
        text += value.printed
    }
    return text
}

private func splitGo(_ text: String, _ separator: String) -> [String] {
    if separator.isEmpty { return text.unicodeScalars.map { String($0) } }
    let bytes = Array(text.utf8), pattern = Array(separator.utf8)
    var parts: [String] = [], start = 0, index = 0
    while index + pattern.count <= bytes.count {
        if bytes[index..<index + pattern.count].elementsEqual(pattern) {
            parts.append(String(decoding: bytes[start..<index], as: UTF8.self))
            index += pattern.count
            start = index
        } else {
            index += 1
        }
    }
    return parts + [String(decoding: bytes[start...], as: UTF8.self)]
}

private func titleCase(_ text: String) -> String {
    var result = "", starts = true
    for character in text {
        result += starts ? character.uppercased() : String(character)
        starts = !(character.isLetter || character.isNumber || character == "_" || character == "'")
    }
    return result
}

private func escapeHTML(_ text: String) -> String {
    var result = ""
    for character in text {
        switch character {
        case "\"": result += "&#34;"
        case "'": result += "&#39;"
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        default: result.append(character)
        }
    }
    return result
}

private func escapeQuery(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
        switch byte {
        case 48...57, 65...90, 97...122, 45, 46, 95, 126: result.unicodeScalars.append(Unicode.Scalar(byte))
        case 32: result += "+"
        default:
            let hex = String(byte, radix: 16, uppercase: true)
            result += "%" + (hex.count < 2 ? "0" : "") + hex
        }
    }
    return result
}
