internal import EngineModel

/// The parameters of a request's query, read as Docker reads them.
struct QueryValues: Sendable {
    private var pairs: [(name: String, value: String)] = []

    init(_ query: String) throws {
        for pair in query.split(separator: "&") {
            if pair.contains(";") {
                throw EngineError(.invalidParameter, "invalid semicolon separator in query")
            }
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? try percentDecoded(parts[1], plus: true) : ""
            pairs.append((try percentDecoded(parts[0], plus: true), value))
        }
    }

    /// The first value of a parameter; nil if it was not sent.
    subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// A parameter that means the same absent and empty.
    func text(_ name: String) -> String? {
        guard let value = self[name], !value.isEmpty else { return nil }
        return value
    }

    /// Every value of a parameter.
    func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// Everything but "", 0, no, false and none is yes.
    func flag(_ name: String, default absent: Bool = false) -> Bool {
        guard let value = self[name] else { return absent }
        let word = value.filter { !$0.isWhitespace }.lowercased()
        return !["", "0", "no", "false", "none"].contains(word)
    }

    /// A whole number, nil if absent or empty; anything else fails in Go's words, and as with docker with 500.
    func integer(_ name: String) throws -> Int? {
        guard let value = text(name) else { return nil }
        return try Self.integer(value, call: "Atoi")
    }

    static func integer(_ value: String, call: String) throws -> Int {
        guard let number = Int(value) else {
            throw EngineError(.system, "strconv.\(call): parsing \"\(value)\": invalid syntax")
        }
        return number
    }

    /// A moment as seconds since 1970 with up to nine digits of fraction, in nanoseconds; nil if absent.
    func timestamp(_ name: String) throws -> Int64? {
        guard let value = text(name) else { return nil }
        let parts = value.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let seconds = try Self.integer(String(parts[0]), call: "ParseInt")
        var nanoseconds: Int64 = 0
        if parts.count == 2, !parts[1].isEmpty {
            let digits = String(parts[1].prefix(9))
            guard digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let fraction = Int64(digits) else {
                throw EngineError(
                    .system, "strconv.ParseInt: parsing \"\(parts[1])\": invalid syntax")
            }
            nanoseconds = fraction
            for _ in digits.utf8.count..<9 { nanoseconds *= 10 }
        }
        let (whole, isTooLarge) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (moment, isBeyond) = whole.addingReportingOverflow(seconds < 0 ? -nanoseconds : nanoseconds)
        if isTooLarge || isBeyond {
            throw EngineError(
                .system, "strconv.ParseInt: parsing \"\(value)\": value out of range")
        }
        return moment
    }
}
