internal import OrderedJSON

/// What a scalar of YAML 1.1 stands for; see yaml.org/type.
enum YAMLScalar {
    // The single letters y and n, which YAML 1.1 reads as truths, are names to most who write them.
    private static let truths: Set<String> = [
        "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON",
    ]
    private static let untruths: Set<String> = [
        "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF",
    ]
    private static let nulls: Set<String> = ["", "~", "null", "Null", "NULL"]

    /// Quoted scalars and those tagged as strings are strings whatever they look like.
    static func value(_ text: String, isPlain: Bool, tag: String?) -> JSONValue {
        if tag == "tag:yaml.org,2002:str" || tag == "!" || (!isPlain && tag == nil) { return .string(text) }
        if nulls.contains(text) { return .null }
        if truths.contains(text) { return .bool(true) }
        if untruths.contains(text) { return .bool(false) }
        if let number = integer(text) ?? decimal(text) { return .number(number) }
        return .string(text)
    }

    /// An integer as JSON writes it: `0x1F`, `0o17`, `017`, `0b101` and `1_000` are numbers, too.
    private static func integer(_ text: String) -> String? {
        var rest = text.filter { $0 != "_" }[...]
        guard let first = text.first, first.isASCII, first.isNumber || first == "-" || first == "+" else {
            return nil
        }
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest = rest.dropFirst() }
        guard rest.first?.isNumber == true else { return nil }
        var radix = 10
        for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] where rest.hasPrefix(prefix) {
            radix = base
            rest = rest.dropFirst(2)
        }
        if radix == 10, rest.count > 1, rest.first == "0" { radix = 8 }
        guard let value = UInt64(rest, radix: radix) else { return nil }
        return (isNegative && value != 0 ? "-" : "") + String(value)
    }

    private static func decimal(_ text: String) -> String? {
        let plain = text.filter { $0 != "_" }
        var rest = plain[...]
        if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
        guard let first = rest.first, first.isASCII, first.isNumber || first == ".",
            rest.allSatisfy({ $0.isASCII && ($0.isNumber || ".eE+-".contains($0)) }),
            let number = Double(plain), number.isFinite
        else { return nil }
        let whole = number.rounded()
        return whole == number && abs(number) < 1e15 ? String(Int64(whole)) : "\(number)"
    }
}
