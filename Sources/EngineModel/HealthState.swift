/// What a container's health checks have come to: pure, so that each rule can be tested as a table.
public struct HealthState: Codable, Sendable, Hashable {
    /// The API's words.
    public enum Status: String, Codable, Sendable {
        case starting, healthy, unhealthy
    }

    /// When to probe and how to judge, with nothing left open.
    public struct Settings: Sendable, Hashable {
        public var interval: Duration
        public var timeout: Duration
        /// How long failures of a container that was never healthy do not count.
        public var startPeriod: Duration
        /// The interval within the start period.
        public var startInterval: Duration
        /// Failures in a row that make it unhealthy.
        public var retries: Int

        /// Docker's defaults take the place of what is zero.
        public init(
            interval: Duration = .zero, timeout: Duration = .zero, startPeriod: Duration = .zero,
            startInterval: Duration = .zero, retries: Int = 0
        ) {
            self.interval = interval > .zero ? interval : .seconds(30)
            self.timeout = timeout > .zero ? timeout : .seconds(30)
            self.startPeriod = max(startPeriod, .zero)
            self.startInterval = startInterval > .zero ? startInterval : .seconds(5)
            self.retries = retries > 0 ? retries : 3
        }
    }

    /// One probe and its outcome.
    public struct Probe: Codable, Sendable, Hashable {
        public var start: Timestamp
        public var end: Timestamp
        /// 0 is healthy; -1 stands for a probe that could not be started or took too long.
        public var exitCode: Int
        public var output: String

        public init(start: Timestamp, end: Timestamp, exitCode: Int, output: String) {
            self.start = start
            self.end = end
            self.exitCode = exitCode
            self.output = output
        }
    }

    /// How many probes are kept for inspect.
    public static let logLimit = 5
    /// How many bytes of a probe's output are kept.
    public static let outputLimitBytes = 4096

    public private(set) var status = Status.starting
    public private(set) var failingStreak = 0
    /// The last probes, oldest first; those of an earlier run of the container stay among them.
    public private(set) var log: [Probe] = []

    public init() {}

    /// The container was started: judge it anew.
    public mutating func begin() {
        status = .starting
        failingStreak = 0
    }

    /// Nobody probes any more: it ended or is paused, which Docker calls unhealthy.
    public mutating func end() { status = .unhealthy }

    /// How long to wait before the next probe, `age` after the container's start.
    public func wait(_ settings: Settings, age: Duration) -> Duration {
        status == .starting && age < settings.startPeriod ? settings.startInterval : settings.interval
    }

    /// Takes in a probe that began `age` after the container's start; true if the status changed.
    public mutating func record(_ probe: Probe, _ settings: Settings, age: Duration) -> Bool {
        log.append(probe)
        if log.count > Self.logLimit { log.removeFirst(log.count - Self.logLimit) }
        let before = status
        if probe.exitCode == 0 {
            failingStreak = 0
            status = .healthy
        } else if status != .starting || age >= settings.startPeriod {
            failingStreak += 1
            if failingStreak >= settings.retries { status = .unhealthy }
        }
        return status != before
    }

    /// The part of a probe's output that is kept: its beginning, with dots where more followed.
    public static func kept(_ output: [UInt8]) -> String {
        if output.count <= outputLimitBytes { return String(decoding: output, as: UTF8.self) }
        return String(decoding: output[..<outputLimitBytes], as: UTF8.self) + "..."
    }

    /// What the log says of a probe that took longer than it may.
    public static func timeoutText(_ timeout: Duration, output: String) -> String {
        "Health check exceeded timeout (\(DurationText.go(timeout)))" + (output.isEmpty ? "" : ": " + output)
    }
}

/// Lengths of time as Go prints them, for messages that clients know.
public enum DurationText {
    /// `1.5s`, `300ms`, `1m30s`, `2h0m0s`.
    public static func go(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let (total, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let nanoseconds =
            overflow ? (seconds < 0 ? Int64.min : Int64.max) : total + attoseconds / 1_000_000_000
        if nanoseconds < 0 { return "-" + positive(nanoseconds.magnitude) }
        return positive(nanoseconds.magnitude)
    }

    private static func positive(_ nanoseconds: UInt64) -> String {
        switch nanoseconds {
        case 0: return "0s"
        case ..<1000: return "\(nanoseconds)ns"
        case ..<1_000_000: return decimal(nanoseconds, 1000) + "µs"
        case ..<1_000_000_000: return decimal(nanoseconds, 1_000_000) + "ms"
        default: break
        }
        let minutes = nanoseconds / 60_000_000_000
        let rest = decimal(nanoseconds % 60_000_000_000, 1_000_000_000) + "s"
        if minutes == 0 { return rest }
        return minutes < 60 ? "\(minutes)m\(rest)" : "\(minutes / 60)h\(minutes % 60)m\(rest)"
    }

    /// `value / unit` without trailing zeros.
    private static func decimal(_ value: UInt64, _ unit: UInt64) -> String {
        var fraction = String(String(value % unit + unit).dropFirst())
        while fraction.last == "0" { fraction.removeLast() }
        return fraction.isEmpty ? "\(value / unit)" : "\(value / unit).\(fraction)"
    }
}
