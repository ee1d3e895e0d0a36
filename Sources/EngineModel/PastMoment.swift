/// Reads the moments of filters such as `until`: how long ago (`90m`, `1h30m`), a date and time, or seconds since 1970.
public enum PastMoment {
    /// The moment that `text` means, with `now` for what is counted back from and read in UTC.
    public static func parse(_ text: String, now: Timestamp) throws -> Timestamp {
        if text != "0", let length = duration(text) {
            return Timestamp(nanoseconds: now.nanoseconds &- length)
        }
        if text.contains("-"), let time = date(text) { return time }
        if let time = seconds(text) { return time }
        throw EngineError(
            .invalidParameter, "failed to parse value as time or duration: \"\(text)\"")
    }

    /// A length of time in Go's words, such as `1h30m`, in nanoseconds.
    static func duration(_ text: String) -> Int64? {
        var rest = text[...]
        let isNegative = rest.hasPrefix("-")
        if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
        if rest == "0" { return 0 }
        let units: [String: Double] = [
            "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
        ]
        var total = 0.0
        if rest.isEmpty { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            rest = rest.dropFirst(unit.count)
            guard number.contains(where: \.isNumber), number.filter({ $0 == "." }).count <= 1,
                let value = Double(
                    (number.hasPrefix(".") ? "0" : "") + number + (number.hasSuffix(".") ? "0" : "")),
                let scale = units[String(unit)]
            else { return nil }
            total += value * scale
        }
        guard total < 9.2e18 else { return nil }
        return isNegative ? -Int64(total) : Int64(total)
    }

    /// `2026-11-25`, `2026-11-25T10`, `2026-11-25T10:11:12.5`, each with a zone or without.
    private static func date(_ text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10 else { return nil }
        let day = String(decoding: bytes[..<10], as: UTF8.self)
        var clock = String(decoding: bytes[10...], as: UTF8.self)
        var zone = "Z"
        if clock.hasSuffix("Z") || clock.hasSuffix("z") {
            clock.removeLast()
        } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            zone = String(clock[sign...])
            clock = String(clock[..<sign])
        }
        if clock.isEmpty { clock = "T00" }
        guard clock.hasPrefix("T") || clock.hasPrefix("t") else { return nil }
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false).count
        if parts < 3 { clock += String(repeating: ":00", count: 3 - parts) }
        return Timestamp(rfc3339: day + clock + zone)
    }

    private static func seconds(_ text: String) -> Timestamp? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = Int64(parts[0]), !parts[0].hasPrefix("+") else { return nil }
        var fraction: Int64 = 0
        if parts.count == 2 {
            let digits = parts[1].prefix(9)
            guard !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
            fraction = (Int64(digits) ?? 0)
            for _ in digits.utf8.count..<9 { fraction *= 10 }
        }
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? nil : Timestamp(nanoseconds: scaled &+ (whole < 0 ? -fraction : fraction))
    }
}
