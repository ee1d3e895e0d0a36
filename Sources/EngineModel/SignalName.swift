/// A Linux signal, named as the API and the CLI name them.
public struct SignalName: Hashable, Sendable, CustomStringConvertible {
    /// The number, 1 to 64.
    public let number: Int32

    public static let kill = SignalName(unchecked: 9)
    public static let terminate = SignalName(unchecked: 15)

    private init(unchecked number: Int32) { self.number = number }

    /// Reads `9`, `KILL`, `SIGKILL` and `RTMIN+3`, in any case; an unknown one is an error in Docker's words.
    public init(parsing text: String) throws {
        if let value = Int32(text), value != 0 {
            guard (1...64).contains(value) else {
                throw EngineError(.invalidParameter, "the linux daemon does not support signal \(value)")
            }
            number = value
        } else if let value = Self.number(text) {
            number = value
        } else {
            throw EngineError(.invalidParameter, "invalid signal: \(text)")
        }
    }

    public var description: String {
        if let index = Self.names.firstIndex(where: { $0.1 == number }) { return "SIG" + Self.names[index].0 }
        switch number {
        case 34: return "SIGRTMIN"
        case 35...49: return "SIGRTMIN+\(number - 34)"
        case 50...63: return "SIGRTMAX-\(64 - number)"
        case 64: return "SIGRTMAX"
        default: return String(number)
        }
    }

    private static func number(_ text: String) -> Int32? {
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        if let found = names.first(where: { $0.0 == name }) { return found.1 }
        if name == "RTMIN" { return 34 }
        if name == "RTMAX" { return 64 }
        // As far as the shells' names go: the two halves meet at 49 and 50.
        if name.hasPrefix("RTMIN+"), let offset = Int32(name.dropFirst(6)), (1...15).contains(offset) {
            return 34 + offset
        }
        if name.hasPrefix("RTMAX-"), let offset = Int32(name.dropFirst(6)), (1...14).contains(offset) {
            return 64 - offset
        }
        return nil
    }

    /// signal(7) on every architecture that berth builds for.
    private static let names: [(String, Int32)] = [
        ("HUP", 1), ("INT", 2), ("QUIT", 3), ("ILL", 4), ("TRAP", 5), ("ABRT", 6), ("IOT", 6), ("BUS", 7),
        ("FPE", 8),
        ("KILL", 9), ("USR1", 10), ("SEGV", 11), ("USR2", 12), ("PIPE", 13), ("ALRM", 14), ("TERM", 15),
        ("STKFLT", 16), ("CHLD", 17), ("CLD", 17), ("CONT", 18), ("STOP", 19), ("TSTP", 20), ("TTIN", 21),
        ("TTOU", 22), ("URG", 23), ("XCPU", 24), ("XFSZ", 25), ("VTALRM", 26), ("PROF", 27), ("WINCH", 28),
        ("IO", 29), ("POLL", 29), ("PWR", 30), ("SYS", 31),
    ]
}
