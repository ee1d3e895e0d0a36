/// A moment as image configs write it, without a calendar library: these targets import none.
public struct RFC3339: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Seconds since 1970, UTC.
    public let seconds: Int64
    public let nanoseconds: Int32

    public init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Parses `2006-01-02T15:04:05.999999999Z` or one with an offset; nil where `text` is neither.
    public init?(parsing text: String) {
        var bytes = Array(text.utf8)[...]
        func number(_ digits: Int, from: inout ArraySlice<UInt8>) -> Int64? {
            guard from.count >= digits, from.prefix(digits).allSatisfy(\.isDigit) else { return nil }
            defer { from = from.dropFirst(digits) }
            return from.prefix(digits).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }
        func skip(_ allowed: String, from: inout ArraySlice<UInt8>) -> Bool {
            guard let first = from.first, allowed.utf8.contains(first) else { return false }
            from = from.dropFirst()
            return true
        }
        guard let year = number(4, from: &bytes), skip("-", from: &bytes),
            let month = number(2, from: &bytes), (1...12).contains(month), skip("-", from: &bytes),
            let day = number(2, from: &bytes), (1...31).contains(day), skip("Tt ", from: &bytes),
            let hour = number(2, from: &bytes), hour < 24, skip(":", from: &bytes),
            let minute = number(2, from: &bytes), minute < 60, skip(":", from: &bytes),
            let second = number(2, from: &bytes), second <= 60
        else { return nil }
        var fraction: Int32 = 0
        if skip(".", from: &bytes) {
            let digits = bytes.prefix(while: \.isDigit)
            if digits.isEmpty { return nil }
            bytes = bytes[digits.endIndex...]
            fraction = (0..<9).reduce(0) { value, index in
                let digit = index < digits.count ? digits[digits.startIndex + index] - 0x30 : 0
                return value * 10 + Int32(digit)
            }
        }
        var offset: Int64 = 0
        if !skip("Zz", from: &bytes) {
            guard let sign = bytes.first, skip("+-", from: &bytes), let hours = number(2, from: &bytes),
                skip(":", from: &bytes), let minutes = number(2, from: &bytes)
            else { return nil }
            offset = (hours * 60 + minutes) * (sign == 0x2d ? -60 : 60)
        }
        guard bytes.isEmpty else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset
        nanoseconds = fraction
    }

    /// Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// As Go's `time.RFC3339Nano` prints it in UTC: no trailing zeros, no point without digits.
    public var description: String {
        var day = seconds / 86400
        var rest = seconds % 86400
        if rest < 0 { (day, rest) = (day - 1, rest + 86400) }
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        var text = "\(Self.pad(year, 4))-\(Self.pad(month, 2))-\(Self.pad(dayOfMonth, 2))"
        text += "T\(Self.pad(rest / 3600, 2)):\(Self.pad(rest / 60 % 60, 2)):\(Self.pad(rest % 60, 2))"
        if nanoseconds > 0 {
            var digits = Self.pad(Int64(nanoseconds), 9)
            while digits.last == "0" { digits.removeLast() }
            text += ".\(digits)"
        }
        return text + "Z"
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    public static func < (a: RFC3339, b: RFC3339) -> Bool {
        (a.seconds, a.nanoseconds) < (b.seconds, b.nanoseconds)
    }
}
