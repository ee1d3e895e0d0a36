/// One lexical item of a template.
struct Token {
    enum Kind {
        case text, leftDelimiter, rightDelimiter, space, identifier, field, variable, string, rawString,
            character
        case number, bool, dot, nilWord, pipe, leftParen, rightParen, declare, assign, comma, keyword, end,
            bad
    }
    var kind: Kind
    var text: String
    var position: Int

    /// The item as Go's parser shows it in errors.
    var shown: String {
        switch kind {
        case .end: return "EOF"
        case .bad: return text
        case .keyword: return "<\(text)>"
        default:
            if text.unicodeScalars.count > 10 { return quoteGo(String(text.prefix(10))) + "..." }
            return quoteGo(text)
        }
    }
}

/// Splits a template into tokens; a syntax error is the last token, of kind `.bad`.
struct Lexer {
    private let source: [UInt8]
    private var position = 0
    private var parenDepth = 0
    private(set) var tokens: [Token] = []

    private static let keywords: Set<String> = [
        "block", "break", "continue", "define", "else", "end", "if", "range", "template", "with",
    ]

    init(_ text: String) {
        source = Array(text.utf8)
        lexText()
    }

    private func slice(_ range: Range<Int>) -> String { String(decoding: source[range], as: UTF8.self) }

    private mutating func add(_ kind: Token.Kind, _ range: Range<Int>) {
        tokens.append(Token(kind: kind, text: slice(range), position: range.lowerBound))
    }

    private mutating func fail(_ message: String) {
        tokens.append(Token(kind: .bad, text: message, position: position))
    }

    private func matches(_ text: StaticString, at index: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index + count <= source.count else { return false }
        for offset in 0..<count where source[index + offset] != text.utf8Start[offset] { return false }
        return true
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte == 95 || byte >= 128 || (48...57).contains(byte) || (65...90).contains(byte)
            || (97...122).contains(byte)
    }

    private mutating func lexText() {
        var start = 0
        while true {
            var index = start
            while index < source.count, !matches("{{", at: index) { index += 1 }
            guard index < source.count else {
                if start < source.count { add(.text, start..<source.count) }
                add(.end, source.count..<source.count)
                return
            }
            var textEnd = index
            position = index + 2
            let trims =
                matches("-", at: position) && position + 1 < source.count
                && Self.isSpace(source[position + 1])
            if trims {
                while textEnd > start, Self.isSpace(source[textEnd - 1]) { textEnd -= 1 }
                position += 2
            }
            if textEnd > start { add(.text, start..<textEnd) }
            if matches("/*", at: position) {
                guard let next = lexComment() else { return }
                start = next
                continue
            }
            add(.leftDelimiter, index..<index + 2)
            guard let next = lexAction() else { return }
            start = next
        }
    }

    /// Where the text goes on behind a right delimiter at `index`, spaces trimmed if it asks for that.
    private func afterDelimiter(_ index: Int, trims: Bool) -> Int {
        var next = index + 2
        if trims { while next < source.count, Self.isSpace(source[next]) { next += 1 } }
        return next
    }

    private mutating func lexComment() -> Int? {
        var index = position + 2
        while index < source.count, !matches("*/", at: index) { index += 1 }
        guard index < source.count else {
            fail("unclosed comment")
            return nil
        }
        index += 2
        if matches("}}", at: index) { return afterDelimiter(index, trims: false) }
        if index < source.count, Self.isSpace(source[index]), matches("-}}", at: index + 1) {
            return afterDelimiter(index + 2, trims: true)
        }
        fail("comment ends before closing delimiter")
        return nil
    }

    /// Reads one action and returns where the text goes on; nil after an error.
    private mutating func lexAction() -> Int? {
        parenDepth = 0
        while true {
            let start = position
            guard start < source.count else {
                fail("unclosed action")
                return nil
            }
            let byte = source[start]
            if Self.isSpace(byte), let (delimiter, trims) = delimiterAhead(start), trims {
                return closeAction(delimiter, trims: true)
            }
            if matches("}}", at: start) { return closeAction(start, trims: false) }
            guard lexToken(byte, start) else { return nil }
        }
    }

    private func delimiterAhead(_ start: Int) -> (Int, Bool)? {
        matches("-}}", at: start + 1) ? (start + 2, true) : nil
    }

    private mutating func closeAction(_ delimiter: Int, trims: Bool) -> Int? {
        if parenDepth > 0 {
            fail("unclosed left paren")
            return nil
        }
        add(.rightDelimiter, delimiter..<delimiter + 2)
        return afterDelimiter(delimiter, trims: trims)
    }

    private mutating func lexToken(_ byte: UInt8, _ start: Int) -> Bool {
        func isDigit(_ index: Int) -> Bool { index < source.count && (48...57).contains(source[index]) }
        switch byte {
        case 32, 9, 10, 13:
            position += 1
            while position < source.count, Self.isSpace(source[position]),
                delimiterAhead(position) == nil
            {
                position += 1
            }
            add(.space, start..<position)
        case UInt8(ascii: ":"):
            guard matches(":=", at: start) else {
                fail("expected :=")
                return false
            }
            position += 2
            add(.declare, start..<position)
        case UInt8(ascii: "="): single(.assign)
        case UInt8(ascii: "|"): single(.pipe)
        case UInt8(ascii: ","): single(.comma)
        case UInt8(ascii: "("):
            parenDepth += 1
            single(.leftParen)
        case UInt8(ascii: ")"):
            parenDepth -= 1
            guard parenDepth >= 0 else {
                fail("unexpected right paren")
                return false
            }
            single(.rightParen)
        case UInt8(ascii: "\""): return lexQuoted(byte, .string, "unterminated quoted string")
        case UInt8(ascii: "'"): return lexQuoted(byte, .character, "unterminated character constant")
        case UInt8(ascii: "`"):
            position += 1
            while position < source.count, source[position] != byte { position += 1 }
            guard position < source.count else {
                fail("unterminated raw quoted string")
                return false
            }
            position += 1
            add(.rawString, start..<position)
        case UInt8(ascii: "."):
            position += 1
            if isDigit(position) { return lexNumber(start) }
            lexWord()
            add(position == start + 1 ? .dot : .field, start..<position)
        case UInt8(ascii: "$"):
            position += 1
            lexWord()
            add(.variable, start..<position)
        case UInt8(ascii: "+"), UInt8(ascii: "-"), 48...57: return lexNumber(start)
        default:
            guard Self.isWord(byte) else {
                let scalar = String(decoding: source[start...], as: UTF8.self).unicodeScalars.first ?? "?"
                let hex = String(scalar.value, radix: 16, uppercase: true)
                let padded = String(repeating: "0", count: max(0, 4 - hex.count)) + hex
                fail("unexpected bad character U+\(padded) '\(scalar)' in command")
                return false
            }
            lexWord()
            let word = slice(start..<position)
            switch word {
            case "true", "false": add(.bool, start..<position)
            case "nil": add(.nilWord, start..<position)
            case let word where Self.keywords.contains(word): add(.keyword, start..<position)
            default: add(.identifier, start..<position)
            }
        }
        return true
    }

    private mutating func single(_ kind: Token.Kind) {
        position += 1
        add(kind, position - 1..<position)
    }

    private mutating func lexWord() {
        while position < source.count, Self.isWord(source[position]) { position += 1 }
    }

    private mutating func lexQuoted(_ quote: UInt8, _ kind: Token.Kind, _ message: String) -> Bool {
        let start = position
        position += 1
        while position < source.count, source[position] != quote {
            if source[position] == 10 { break }
            position += source[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard position < source.count, source[position] == quote else {
            fail(message)
            return false
        }
        position += 1
        add(kind, start..<position)
        return true
    }

    private mutating func lexNumber(_ start: Int) -> Bool {
        position = start + 1
        while position < source.count {
            let byte = source[position]
            let signed = (byte == 43 || byte == 45) && (source[position - 1] | 32) == UInt8(ascii: "e")
            guard Self.isWord(byte) || byte == 46 || signed else { break }
            position += 1
        }
        let text = slice(start..<position)
        guard parseNumber(text) != nil else {
            fail("bad number syntax: \(quoteGo(text))")
            return false
        }
        add(.number, start..<position)
        return true
    }
}

/// A number literal: integers in any of Go's bases, else a float.
func parseNumber(_ text: String) -> GoValue? {
    var digits = text.filter { $0 != "_" }[...]
    var sign = 1
    if digits.first == "-" || digits.first == "+" { sign = digits.removeFirst() == "-" ? -1 : 1 }
    let lower = digits.lowercased()
    for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] where lower.hasPrefix(prefix) {
        return Int(lower.dropFirst(2), radix: radix).map { .integer(sign * $0) }
    }
    if let value = Int(digits) { return .integer(sign * value) }
    return Double(digits).map { .float(Double(sign) * $0) }
}
