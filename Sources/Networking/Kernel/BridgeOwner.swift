internal import Linux

/// Whose a bridge is, as it stands in the bridge's alias: `berth:INSTANCE:PID:STARTED:PIDNAMESPACE`.
struct BridgeOwner: Hashable, Sendable, CustomStringConvertible {
    /// The daemon's id, the same after a restart.
    let instance: String
    /// The process that set the bridge up, with the time that tells it from a later one of its number.
    let pid: Int32
    let started: String
    let pidNamespace: String

    /// This process, as the daemon called `instance`.
    init(ownInstance instance: String) {
        self.instance = String(instance.map { $0 == ":" ? "_" : $0 }.prefix(128))
        pid = Self.ownPID
        started = Self.startTime(of: pid) ?? ""
        pidNamespace = Self.ownNamespace
    }

    /// Reads an alias; nil for one that is not ours.
    init?(alias: String?) {
        let parts = (alias ?? "").split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[0] == "berth", let pid = Int32(parts[2]) else { return nil }
        instance = parts[1]
        self.pid = pid
        started = parts[3]
        pidNamespace = parts[4]
    }

    var description: String { "berth:\(instance):\(pid):\(started):\(pidNamespace)" }

    /// Whether the daemon has ended, as far as that can be told from here: never for one that counts
    /// processes otherwise.
    var isGone: Bool {
        pidNamespace == Self.ownNamespace && Self.startTime(of: pid) != started
    }

    private static let ownPID: Int32 =
        (try? readText("/proc/self/stat")).flatMap { $0.split(separator: " ").first }.flatMap { Int32($0) }
        ?? 0

    private static let ownNamespace: String =
        (try? readLink("/proc/self/ns/pid")).map { "\($0)" }?
        .filter(\.isNumber) ?? ""

    /// The start of process `pid` in the kernel's ticks; nil if there is no such process.
    private static func startTime(of pid: Int32) -> String? {
        guard let text = try? readText("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
            return nil
        }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? String(fields[19]) : nil
    }
}
