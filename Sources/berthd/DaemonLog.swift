internal import EngineModel
internal import Linux
internal import Logging
internal import OrderedJSON
internal import Synchronization

/// How much is logged; a hang-up signal may change it.
final class LogLevel: Sendable {
    private let level: Mutex<Logger.Level>

    init(_ name: String) { level = Mutex(Self.level(name)) }

    var current: Logger.Level { level.withLock { $0 } }

    func set(_ name: String) { level.withLock { $0 = Self.level(name) } }

    /// dockerd's names for them.
    static func level(_ name: String) -> Logger.Level {
        switch name {
        case "trace": .trace
        case "debug": .debug
        case "warn": .warning
        case "error": .error
        case "fatal": .critical
        default: .info
        }
    }

    static func name(_ level: Logger.Level) -> String {
        switch level {
        case .trace: "trace"
        case .debug: "debug"
        case .info, .notice: "info"
        case .warning: "warning"
        case .error: "error"
        case .critical: "fatal"
        }
    }
}

/// Writes the daemon's log to standard error: lines of words and values, or of JSON.
struct DaemonLog: LogHandler {
    let level: LogLevel
    let writesJSON: Bool
    var metadata: Logger.Metadata = [:]

    init(level: LogLevel, writesJSON: Bool) { (self.level, self.writesJSON) = (level, writesJSON) }

    /// The level of the whole daemon: a logger has none of its own.
    var logLevel: Logger.Level {
        get { level.current }
        set { _ = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let values = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
        let time = Timestamp.now.rfc3339
        let name = LogLevel.name(event.level)
        var line: [UInt8]
        if writesJSON {
            var object = JSONObject()
            for (key, value) in values { object[key] = .string("\(value)") }
            object["level"] = .string(name)
            object["msg"] = .string("\(event.message)")
            object["time"] = .string(time)
            line = JSONValue.object(object).bytes(escapesHTML: false)
        } else {
            var text = "time=\"\(time)\" level=\(name) msg=\(Self.quoted("\(event.message)"))"
            for (key, value) in values { text += " \(key)=\(Self.word("\(value)"))" }
            line = Array(text.utf8)
        }
        line.append(10)
        try? writeAll(2, line)
    }

    /// `text` as it is where it is one plain word, else in quotes.
    private static func word(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || "-._/@^+:".utf8.contains(byte)
            }
        return isPlain ? text : quoted(text)
    }

    private static func quoted(_ text: String) -> String {
        String(decoding: JSONValue.string(text).bytes(escapesHTML: false), as: UTF8.self)
    }
}
