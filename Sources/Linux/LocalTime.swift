internal import CLinux
internal import Glibc

/// A moment's parts on the wall clock of this machine.
public struct LocalTime: Sendable {
    public var year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0
    public var offsetSeconds = 0
    public var zone = "UTC"

    /// The local time at `seconds` since the epoch.
    public init(_ seconds: Int) {
        var fields = [Int32](repeating: 0, count: 7)
        var name = [CChar](repeating: 0, count: 16)
        guard clinux_local_time(Int64(seconds), &fields, &name, 16) == 0 else { return }
        (year, month, day) = (Int(fields[0]), Int(fields[1]), Int(fields[2]))
        (hour, minute, second) = (Int(fields[3]), Int(fields[4]), Int(fields[5]))
        offsetSeconds = Int(fields[6])
        zone = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Seconds since the epoch of a local time without an offset.
public func secondsOfLocalTime(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) -> Int {
    let fields = [year, month, day, hour, minute, second].map { Int32(truncatingIfNeeded: $0) }
    return Int(clinux_local_seconds(fields))
}

/// The time now: seconds since the epoch, and nanoseconds.
public func currentTime() -> (seconds: Int, nanoseconds: Int) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return (now.tv_sec, now.tv_nsec)
}
