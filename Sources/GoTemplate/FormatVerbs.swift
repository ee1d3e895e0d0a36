/// `fmt.Sprintf` for the verbs that templates use: `%v %s %d %q %t %x %X %c %f %g %e %T %%` with flags and width.
func formatGo(_ format: String, _ arguments: [GoValue]) -> String {
    var output = ""
    var scalars = Array(format.unicodeScalars)[...]
    var index = 0
    while let scalar = scalars.popFirst() {
        guard scalar == "%" else {
            output.unicodeScalars.append(scalar)
            continue
        }
        var spec = FormatSpec()
        while let flag = scalars.first, "-+# 0".unicodeScalars.contains(flag) {
            spec.set(flag)
            scalars.removeFirst()
        }
        func count() -> Int? {
            if scalars.first == "*", index < arguments.count, case .integer(let value) = arguments[index] {
                scalars.removeFirst()
                index += 1
                return value
            }
            var value: Int?
            while let digit = scalars.first, ("0"..."9").contains(digit) {
                value = min((value ?? 0) * 10 + Int(digit.value - 48), 10_000)
                scalars.removeFirst()
            }
            return value
        }
        spec.width = count()
        if scalars.first == "." {
            scalars.removeFirst()
            spec.precision = count() ?? 0
        }
        guard let verb = scalars.popFirst() else {
            output += "%!(NOVERB)"
            break
        }
        if verb == "%" {
            output += "%"
            continue
        }
        guard index < arguments.count else {
            output += "%!\(verb)(MISSING)"
            continue
        }
        output += spec.apply(verb, arguments[index])
        index += 1
    }
    if index < arguments.count {
        let extra = arguments[index...].map { "\($0.typeName)=\($0.printed)" }.joined(separator: ", ")
        output += "%!(EXTRA \(extra))"
    }
    return output
}

private struct FormatSpec {
    var left = false, plus = false, sharp = false, space = false, zero = false
    var width: Int?
    var precision: Int?

    mutating func set(_ flag: Unicode.Scalar) {
        switch flag {
        case "-": left = true
        case "+": plus = true
        case "#": sharp = true
        case " ": space = true
        default: zero = true
        }
    }

    func pad(_ text: String, number: Bool = false) -> String {
        let missing = (width ?? 0) - text.unicodeScalars.count
        if missing <= 0 { return text }
        if left { return text + String(repeating: " ", count: missing) }
        if zero, number {
            let signed = text.hasPrefix("-") || text.hasPrefix("+")
            return (signed ? String(text.prefix(1)) : "") + String(repeating: "0", count: missing)
                + text.dropFirst(signed ? 1 : 0)
        }
        return String(repeating: zero ? "0" : " ", count: missing) + text
    }

    private func cut(_ text: String) -> String {
        precision.map { String(text.unicodeScalars.prefix($0)) } ?? text
    }

    func apply(_ verb: Unicode.Scalar, _ value: GoValue) -> String {
        switch (verb, value) {
        case ("v", .string(let text)): return pad(sharp ? quoteGo(text) : cut(text))
        case ("v", .integer(let number)): return pad(signed(number), number: true)
        case ("v", _): return pad(value.printed)
        case ("s", .string(let text)): return pad(cut(text))
        case ("s", .list(let values)):
            return "[" + values.map { apply(verb, $0) }.joined(separator: " ") + "]"
        case ("q", .string(let text)): return pad(quoteGo(cut(text)))
        case ("q", .list(let values)):
            return "[" + values.map { apply(verb, $0) }.joined(separator: " ") + "]"
        case ("T", _): return pad(value.typeName)
        case ("t", .bool): return pad(value.printed)
        case ("d", .integer(let number)): return pad(signed(number), number: true)
        case ("b", .integer(let number)): return pad(String(number, radix: 2), number: true)
        case ("o", .integer(let number)): return pad(String(number, radix: 8), number: true)
        case ("x", .integer(let number)):
            return pad((sharp ? "0x" : "") + String(number, radix: 16), number: true)
        case ("X", .integer(let number)):
            return pad((sharp ? "0X" : "") + String(number, radix: 16, uppercase: true), number: true)
        case ("x", .string(let text)), ("X", .string(let text)):
            return pad(
                text.utf8.map { byte in
                    let hex = String(byte, radix: 16, uppercase: verb == "X")
                    return (hex.count < 2 ? "0" : "") + hex
                }.joined())
        case ("c", .integer(let number)):
            return pad(UInt32(exactly: number).flatMap(Unicode.Scalar.init).map { String($0) } ?? "\u{FFFD}")
        case ("f", .float(let number)), ("F", .float(let number)):
            return pad(fixed(number, precision ?? 6), number: true)
        case ("g", .float), ("e", .float): return pad(value.printed, number: true)
        case (_, .null): return "%!\(verb)(<nil>)"
        default: return "%!\(verb)(\(value.typeName)=\(value.printed))"
        }
    }

    private func signed(_ number: Int) -> String {
        number < 0 ? String(number) : (plus ? "+" : space ? " " : "") + String(number)
    }
}

/// `value` with exactly `digits` decimals.
func fixed(_ value: Double, _ digits: Int) -> String {
    if !value.isFinite { return formatFloat(value) }
    var scale = 1.0
    for _ in 0..<min(digits, 15) { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded(.toNearestOrEven)
    guard scaled < 9e18 else { return formatFloat(value) }
    let whole = UInt64(scaled / scale)
    var text = (value < 0 ? "-" : "") + String(whole)
    if digits > 0 {
        let fraction = String(UInt64(scaled) - whole * UInt64(scale))
        text += "." + String(repeating: "0", count: max(0, min(digits, 15) - fraction.count)) + fraction
        text += String(repeating: "0", count: max(0, digits - 15))
    }
    return text
}
