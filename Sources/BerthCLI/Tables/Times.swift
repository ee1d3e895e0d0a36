internal import Linux
internal import TerminalUI

/// Moments as docker prints and reads them.
enum Times {
    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func offset(_ seconds: Int, colon: Bool) -> String {
        let minutes = abs(seconds) / 60
        return (seconds < 0 ? "-" : "+") + two(minutes / 60) + (colon ? ":" : "") + two(minutes % 60)
    }

    /// Go's `Time.String` of local time: `2026-11-23 21:07:26 +0000 UTC`.
    static func goString(_ seconds: Int) -> String {
        let time = LocalTime(seconds)
        return
            "\(time.year)-\(two(time.month))-\(two(time.day)) \(two(time.hour)):\(two(time.minute)):\(two(time.second)) "
            + offset(time.offsetSeconds, colon: false) + " " + time.zone
    }

    /// RFC 3339 in local time, with nine digits of a second if `nanoseconds` is given.
    static func rfc3339(_ seconds: Int, nanoseconds: Int? = nil) -> String {
        let time = LocalTime(seconds)
        var text =
            "\(time.year)-\(two(time.month))-\(two(time.day))T\(two(time.hour)):\(two(time.minute)):\(two(time.second))"
        if let nanoseconds {
            let digits = String(nanoseconds)
            text += "." + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
        }
        return text + (time.offsetSeconds == 0 ? "Z" : offset(time.offsetSeconds, colon: true))
    }

    /// C's way to write a UTC date, `Tue Sep 15 11:02:57 2026`, for one in RFC 3339; other texts stay as they are.
    static func ansi(_ text: String) -> String {
        guard text.hasSuffix("Z") || text.hasSuffix("+00:00"), let time = parse(text) else { return text }
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let date = text.prefix(10).split(separator: "-"), clock = text.dropFirst(11).prefix(8)
        guard date.count == 3, let month = Int(date[1]), let day = Int(date[2]), (1...12).contains(month)
        else {
            return text
        }
        let weekday = days[((time.seconds / 86_400) % 7 + 7) % 7]
        return "\(weekday) \(months[month - 1]) \(day < 10 ? " " : "")\(day) \(clock) \(date[0])"
    }

    /// `33 minutes ago`.
    static func ago(_ seconds: Int) -> String {
        let now = currentTime()
        return HumanUnits.duration(seconds: Double(now.seconds - seconds) + Double(now.nanoseconds) / 1e9)
            + " ago"
    }

    /// Seconds since the epoch of a UTC date.
    static func seconds(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return days * 86_400 + hour * 3600 + minute * 60 + second
    }

    /// Reads RFC 3339 and its shorter forms; a time without an offset is local.
    static func parse(_ text: String) -> (seconds: Int, nanoseconds: String)? {
        let parts = text.split(maxSplits: 1) { $0 == "T" || $0 == " " }
        guard let date = parts.first else { return nil }
        let numbers = date.split(separator: "-", omittingEmptySubsequences: false)
        guard numbers.count == 3, numbers[0].count == 4, let year = Int(numbers[0]),
            let month = Int(numbers[1]),
            let day = Int(String(numbers[2].prefix { $0.isNumber })), (1...12).contains(month),
            (1...31).contains(day)
        else { return nil }
        var clock = parts.count > 1 ? parts[1] : ""
        var zone: Int?
        if let index = clock.lastIndex(where: { "Z+-".contains($0) }) {
            let text = clock[index...]
            clock = clock[..<index]
            if text == "Z" {
                zone = 0
            } else {
                let fields = text.dropFirst().split(separator: ":")
                guard fields.count == 2, let hours = Int(fields[0]), let minutes = Int(fields[1]) else {
                    return nil
                }
                zone = (hours * 60 + minutes) * 60 * (text.hasPrefix("-") ? -1 : 1)
            }
        }
        var fraction = ""
        if let dot = clock.firstIndex(of: ".") {
            fraction = String(clock[clock.index(after: dot)...])
            clock = clock[..<dot]
        }
        let times = clock.split(separator: ":").map { Int($0) ?? -1 }
        guard times.count <= 3, !times.contains(where: { $0 < 0 || $0 > 60 }), fraction.allSatisfy(\.isNumber)
        else {
            return nil
        }
        let padded = times + [Int](repeating: 0, count: 3 - times.count)
        let nanoseconds = String((fraction + "000000000").prefix(9))
        if let zone {
            let value = seconds(
                year: year, month: month, day: day, hour: padded[0], minute: padded[1], second: padded[2])
            return (value - zone, nanoseconds)
        }
        return (
            secondsOfLocalTime(
                year: year, month: month, day: day, hour: padded[0], minute: padded[1], second: padded[2]),
            nanoseconds
        )
    }

    /// What `--since` and `--until` mean, as the API takes it: seconds, or seconds and nanoseconds.
    /// The failure names the option if one is given.
    static func timestamp(_ text: String, option: String? = nil) throws -> String {
        // "0" is the beginning of time, not a duration.
        if text != "0", let nanoseconds = try? GoNumbers.duration(text) {
            return String(currentTime().seconds - nanoseconds / 1_000_000_000)
        }
        if text.contains("-"), let time = parse(text) { return "\(time.seconds).\(time.nanoseconds)" }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        if let first = parts.first, Int(first) != nil, parts.count == 1 || Int(parts[1]) != nil {
            return text
        }
        let subject = option.map { "invalid value for \(goQuoted($0)): " } ?? ""
        throw CommandFailure(
            subject + "failed to parse value as time or duration: \(goQuoted(text))")
    }
}
