/// Writes times as RFC 3339 in UTC with as many digits of the fraction as it takes: Go's `RFC3339Nano`.
///
/// Remembers the last second, as records come in bursts.
struct TimeText {
    private var second: Int64 = .min
    private var secondText: [UInt8] = []

    mutating func append(_ nanoseconds: Int64, to bytes: inout [UInt8]) {
        let (whole, fraction) = (
            floorDivide(nanoseconds, 1_000_000_000), floorModulo(nanoseconds, 1_000_000_000)
        )
        if whole != second {
            second = whole
            secondText = Self.text(second: whole)
        }
        bytes.append(contentsOf: secondText)
        if fraction != 0 {
            var digits = (
                UInt8(0), UInt8(0), UInt8(0), UInt8(0), UInt8(0), UInt8(0), UInt8(0), UInt8(0), UInt8(0)
            )
            withUnsafeMutableBytes(of: &digits) { buffer in
                var rest = fraction
                for index in stride(from: 8, through: 0, by: -1) {
                    buffer[index] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                var count = 9
                while buffer[count - 1] == UInt8(ascii: "0") { count -= 1 }
                bytes.append(UInt8(ascii: "."))
                bytes.append(contentsOf: buffer[..<count])
            }
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    private static func text(second: Int64) -> [UInt8] {
        let date = CivilDate(daysSince1970: floorDivide(second, 86400))
        let time = floorModulo(second, 86400)
        var text: [UInt8] = []
        func append(_ value: Int64, digits: Int, then separator: String) {
            let number = String(value)
            text += Array(repeating: UInt8(ascii: "0"), count: max(0, digits - number.count))
            text += Array(number.utf8) + Array(separator.utf8)
        }
        append(date.year, digits: 4, then: "-")
        append(date.month, digits: 2, then: "-")
        append(date.day, digits: 2, then: "T")
        append(time / 3600, digits: 2, then: ":")
        append(time / 60 % 60, digits: 2, then: ":")
        append(time % 60, digits: 2, then: "")
        return text
    }

    /// The time that `text` names, in nanoseconds since 1970; nil if it is none. Any offset from UTC is
    /// understood.
    static func nanoseconds(parsing text: some Collection<UInt8>) -> Int64? {
        var input = Array(text)[...]
        func number(_ digits: Int) -> Int64? {
            guard input.count >= digits else { return nil }
            var value: Int64 = 0
            for byte in input.prefix(digits) {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            input = input.dropFirst(digits)
            return value
        }
        func skip(_ character: Unicode.Scalar) -> Bool {
            guard input.first == UInt8(ascii: character) else { return false }
            input = input.dropFirst()
            return true
        }
        guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
            skip("T"),
            let hour = number(2), skip(":"), let minute = number(2), skip(":"), let second = number(2),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction: Int64 = 0
        if skip(".") {
            var scale: Int64 = 100_000_000
            while let digit = number(1) {
                fraction += digit * scale
                scale /= 10
            }
        }
        var offset: Int64 = 0
        if !skip("Z") {
            let isBehind = input.first == UInt8(ascii: "-")
            guard skip("+") || skip("-"), let hours = number(2), skip(":"), let minutes = number(2) else {
                return nil
            }
            offset = (hours * 60 + minutes) * (isBehind ? -60 : 60)
        }
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        // Sixty-four bits of nanoseconds end in 2262 and begin in 1677: what lies beyond is no time of a log.
        let (product, overflow) = (days * 86400 + hour * 3600 + minute * 60 + second - offset)
            .multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = product.addingReportingOverflow(fraction)
        return overflow || carry ? nil : sum
    }
}

/// A day of the Gregorian calendar; the arithmetic counts years from March, so that leap days come last.
struct CivilDate: Equatable {
    var year: Int64
    var month: Int64
    var day: Int64

    init(year: Int64, month: Int64, day: Int64) { (self.year, self.month, self.day) = (year, month, day) }

    init(daysSince1970: Int64) {
        let days = daysSince1970 + 719_468
        let era = floorDivide(days, 146_097)
        let dayOfEra = floorModulo(days, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}

func floorModulo(_ value: Int64, _ divisor: Int64) -> Int64 {
    let rest = value % divisor
    return rest < 0 ? rest + divisor : rest
}

/// A time as RFC 3339 in UTC with as many digits of the fraction as it takes, such as
/// `2026-11-23T20:00:00.12Z`.
public func formatTime(nanoseconds: Int64) -> String {
    var clock = TimeText()
    var bytes: [UInt8] = []
    clock.append(nanoseconds, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
}
