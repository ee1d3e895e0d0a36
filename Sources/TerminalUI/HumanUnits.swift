/// Sizes and durations in the words that docker uses.
public enum HumanUnits {
    private static let decimal = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"]
    private static let binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]

    /// `1.98MB`: powers of 1000, with that many significant digits.
    public static func size(_ bytes: Double, digits: Int = 4) -> String {
        scaled(bytes, 1000, decimal, digits)
    }

    /// `1.5GiB`: powers of 1024.
    public static func binarySize(_ bytes: Double) -> String { scaled(bytes, 1024, binary, 4) }

    private static func scaled(_ bytes: Double, _ base: Double, _ units: [String], _ digits: Int) -> String {
        var value = bytes, unit = 0
        while value >= base, unit < units.count - 1 {
            value /= base
            unit += 1
        }
        return significant(value, digits) + units[unit]
    }

    /// `%.<digits>g`: significant digits without trailing zeros, with an exponent where there are not enough of them.
    public static func significant(_ value: Double, _ digits: Int) -> String {
        if value == 0 { return "0" }
        var exponent = 0, magnitude = value.magnitude
        while magnitude >= 10 { magnitude /= 10; exponent += 1 }
        while magnitude < 1 { magnitude *= 10; exponent -= 1 }
        func power(_ count: Int) -> Double { (0..<count).reduce(1.0) { result, _ in result * 10 } }
        let decimals = digits - 1 - exponent
        var scaled = decimals >= 0 ? value.magnitude * power(decimals) : value.magnitude / power(-decimals)
        scaled = scaled.rounded(.toNearestOrEven)
        if scaled >= power(digits) {
            scaled /= 10
            exponent += 1
        }
        var text = String(UInt64(scaled))
        let sign = value < 0 ? "-" : ""
        if exponent < -4 || exponent >= digits {
            while text.count > 1, text.hasSuffix("0") { text.removeLast() }
            let fraction = text.dropFirst()
            let power = String(exponent.magnitude)
            return sign + text.prefix(1) + (fraction.isEmpty ? "" : "." + fraction) + "e"
                + (exponent < 0 ? "-" : "+") + (power.count < 2 ? "0" : "") + power
        }
        if exponent < 0 { text = String(repeating: "0", count: -exponent) + text }
        let whole = max(1, exponent + 1)
        var fraction = String(text.dropFirst(whole))
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return sign + text.prefix(whole) + (fraction.isEmpty ? "" : "." + fraction)
    }

    /// `About a minute`, `3 days`: a duration in one rough unit.
    public static func duration(seconds total: Double) -> String {
        let seconds = Int(total), minutes = Int(total / 60), hours = Int(total / 3600 + 0.5)
        if seconds < 1 { return "Less than a second" }
        if seconds == 1 { return "1 second" }
        if seconds < 60 { return "\(seconds) seconds" }
        if minutes == 1 { return "About a minute" }
        if minutes < 60 { return "\(minutes) minutes" }
        if hours == 1 { return "About an hour" }
        if hours < 48 { return "\(hours) hours" }
        if hours < 24 * 7 * 2 { return "\(hours / 24) days" }
        if hours < 24 * 30 * 2 { return "\(hours / 24 / 7) weeks" }
        if hours < 24 * 365 * 2 { return "\(hours / 24 / 30) months" }
        return "\(Int(total / 3600) / 24 / 365) years"
    }

    /// `text` cut to `width` characters, the last of them an ellipsis.
    public static func ellipsis(_ text: String, _ width: Int) -> String {
        let scalars = text.unicodeScalars
        if scalars.count <= width || width <= 0 { return width <= 0 ? "" : text }
        return String(scalars.prefix(width - 1)) + "…"
    }
}
