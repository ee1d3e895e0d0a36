internal import GoTemplate

func goQuoted(_ text: String) -> String { quoteGo(text) }

/// Numbers, sizes and durations as Go's parsers and docker's helpers read them.
enum GoNumbers {
    static func bool(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }

    private static func digits(_ text: Substring) -> (Substring, Int) {
        let lower = text.lowercased()
        if lower.hasPrefix("0x") { return (text.dropFirst(2), 16) }
        if lower.hasPrefix("0b") { return (text.dropFirst(2), 2) }
        if lower.hasPrefix("0o") { return (text.dropFirst(2), 8) }
        if lower.hasPrefix("0"), lower.count > 1 { return (text.dropFirst(1), 8) }
        return (text, 10)
    }

    /// Nil where the text is no number; out of range is thrown.
    static func integer(_ text: String) throws -> Int? {
        var rest = text[...]
        let negative = rest.hasPrefix("-")
        if negative || rest.hasPrefix("+") { rest = rest.dropFirst() }
        let (body, radix) = digits(rest)
        guard !body.isEmpty, body.allSatisfy({ $0.isHexDigit }), body.first != "-" else { return nil }
        if let value = Int((negative ? "-" : "") + String(body), radix: radix) { return value }
        if body.allSatisfy({ ($0.hexDigitValue ?? 99) < radix }) {
            throw FlagValueError("strconv.ParseInt: parsing \(goQuoted(text)): value out of range")
        }
        return nil
    }

    static func unsigned(_ text: String) -> UInt64? {
        let (body, radix) = digits(text[...])
        guard let first = body.first, first != "+", first != "-" else { return nil }
        return UInt64(body, radix: radix)
    }

    /// `64m`, `1.5GB`, `100`: powers of 1024, as docker's `RAMInBytes`.
    static func bytes(_ text: String) throws -> Int {
        func failure() -> FlagValueError { FlagValueError("invalid size: '\(text)'") }
        let end = text.lastIndex { "0123456789. ".contains($0) }
        guard let end else { throw failure() }
        var number = text[...end]
        var suffix = text[text.index(after: end)...].lowercased()
        if number.hasSuffix(" ") { number = number.dropLast() }
        guard !number.isEmpty, number.allSatisfy({ $0.isNumber || $0 == "." }) else { throw failure() }
        guard let value = Double(number) else {
            throw FlagValueError("strconv.ParseFloat: parsing \(goQuoted(String(number))): invalid syntax")
        }
        if suffix.isEmpty { return Int(value) }
        let units: [Character: Double] = [
            "k": 1024, "m": 1_048_576, "g": 1_073_741_824, "t": 1_099_511_627_776, "p": 1_125_899_906_842_624,
        ]
        if suffix == "b" { return Int(value) }
        let shown = suffix
        guard let unit = units[suffix.removeFirst()], ["", "b", "ib"].contains(suffix), value * unit < 9e18
        else {
            throw FlagValueError("invalid suffix: '\(shown)'")
        }
        return Int(value * unit)
    }

    /// `1.5` CPUs in billionths.
    static func nanoCPUs(_ text: String) throws -> Int {
        if let slash = text.firstIndex(of: "/"), let above = Int(text[..<slash]),
            let below = Int(text[text.index(after: slash)...]), below != 0
        {
            let product = above.multipliedReportingOverflow(by: 1_000_000_000)
            if product.overflow || product.partialValue % below != 0 {
                throw FlagValueError("value is too precise")
            }
            return product.partialValue / below
        }
        guard let value = Double(text), value.isFinite, !text.lowercased().contains("x") else {
            throw FlagValueError("failed to parse \(text) as a rational number")
        }
        let nano = value * 1_000_000_000
        guard nano.magnitude < 9e18, (nano - nano.rounded()).magnitude < 1e-3 else {
            throw FlagValueError("value is too precise")
        }
        return Int(nano.rounded())
    }

    /// `1h2m3.5s` in nanoseconds.
    static func duration(_ text: String) throws -> Int {
        func invalid() -> FlagValueError { FlagValueError("time: invalid duration \(goQuoted(text))") }
        var rest = text[...]
        let negative = rest.hasPrefix("-")
        if negative || rest.hasPrefix("+") { rest = rest.dropFirst() }
        if rest == "0" { return 0 }
        if rest.isEmpty { throw invalid() }
        let units: [String: Double] = [
            "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
        ]
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            guard let value = Double(number.hasPrefix(".") ? "0" + number : number) else { throw invalid() }
            rest = rest.dropFirst(number.count)
            let unit = String(rest.prefix { !($0.isNumber || $0 == ".") })
            if unit.isEmpty { throw FlagValueError("time: missing unit in duration \(goQuoted(text))") }
            guard let scale = units[unit] else {
                throw FlagValueError("time: unknown unit \(goQuoted(unit)) in duration \(goQuoted(text))")
            }
            rest = rest.dropFirst(unit.count)
            total += value * scale
        }
        guard total < 9.2e18 else { throw invalid() }
        return negative ? -Int(total) : Int(total)
    }
}
