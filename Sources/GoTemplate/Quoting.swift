/// `text` in double quotes with Go's escapes (`%q`).
public func quoteGo(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case "\u{07}": result += "\\a"
        case "\u{08}": result += "\\b"
        case "\u{0B}": result += "\\v"
        case "\u{0C}": result += "\\f"
        case "\u{00}"..."\u{1F}", "\u{7F}":
            let hex = String(scalar.value, radix: 16)
            result += "\\x" + (hex.count < 2 ? "0" : "") + hex
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// The text that a Go string, raw string or character literal stands for; nil if it is malformed.
func unquoteGo(_ literal: String) -> String? {
    guard literal.utf8.count >= 2, let quote = literal.first else { return nil }
    let body = literal.dropFirst().dropLast()
    if quote == "`" { return String(body) }
    var result = String.UnicodeScalarView()
    var scalars = Array(body.unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
        guard scalar == "\\" else {
            result.append(scalar)
            continue
        }
        guard let escape = scalars.popFirst() else { return nil }
        var digits = 0
        switch escape {
        case "n": result.append("\n")
        case "t": result.append("\t")
        case "r": result.append("\r")
        case "a": result.append("\u{07}")
        case "b": result.append("\u{08}")
        case "f": result.append("\u{0C}")
        case "v": result.append("\u{0B}")
        case "\\", "\"", "'": result.append(escape)
        case "x": digits = 2
        case "u": digits = 4
        case "U": digits = 8
        default: return nil
        }
        if digits > 0 {
            var hex = String.UnicodeScalarView()
            for _ in 0..<digits { if let digit = scalars.popFirst() { hex.append(digit) } }
            guard hex.count == digits, let value = UInt32(String(hex), radix: 16),
                let scalar = Unicode.Scalar(value)
            else { return nil }
            result.append(scalar)
        }
    }
    return String(result)
}
