internal import DockerAPI
internal import EngineModel

/// The options of the json-file log driver.
enum LogSettings {
    private static let names: Set<String> = [
        "max-size", "max-file", "compress", "labels", "labels-regex", "env", "env-regex", "tag", "mode",
        "max-buffer-size",
    ]

    /// Checks driver and options; what berth cannot keep is an error.
    static func validate(_ config: LogConfig) throws {
        let options = config.config ?? [:]
        switch config.type {
        case "", "json-file": break
        case "none":
            if let name = options.keys.sorted().first {
                throw EngineError(.invalidParameter, "unknown log opt '\(name)' for none log driver")
            }
            return
        case "local", "syslog", "journald", "gelf", "fluentd", "awslogs", "splunk", "etwlogs", "gcplogs":
            throw EngineError(
                .notImplemented,
                "create container: berth does not support the log driver \"\(config.type)\" yet: use json-file or none")
        default:
            throw EngineError(
                .invalidParameter, "logger: no log driver named '\(config.type)' is registered")
        }
        if let name = options.keys.sorted().first(where: { !names.contains($0) }) {
            throw EngineError(.invalidParameter, "unknown log opt '\(name)' for json-file log driver")
        }
        for name in ["compress", "labels-regex", "env-regex", "tag", "mode", "max-buffer-size"] {
            if let value = options[name], !(name == "compress" && value == "false"),
                !(name == "mode" && value == "blocking")
            {
                throw EngineError(
                    .notImplemented, "create container: berth does not support the log option \"\(name)\" yet")
            }
        }
        if let size = options["max-size"], bytes(size) == nil {
            throw EngineError(.invalidParameter, "invalid value for max-size: invalid size: '\(size)'")
        }
        if let files = options["max-file"] {
            guard let count = Int(files) else {
                throw EngineError(
                    .invalidParameter, "strconv.Atoi: parsing \"\(files)\": invalid syntax")
            }
            if count < 1 { throw EngineError(.invalidParameter, "max-file cannot be less than 1") }
            if count > 1 && options["max-size"] == nil {
                throw EngineError(.invalidParameter, "max-file cannot be set without max-size")
            }
        }
    }

    /// A size such as `10m` in bytes; nil if it is none.
    static func bytes(_ text: String) -> Int64? {
        var digits = Substring(text.lowercased())
        if digits.hasSuffix("b") { digits = digits.dropLast() }
        var factor: Double = 1
        if let unit = digits.last, let power = "kmgt".firstIndex(of: unit) {
            factor = Double(Int64(1) << (10 * ("kmgt".distance(from: "kmgt".startIndex, to: power) + 1)))
            digits = digits.dropLast()
        }
        guard let value = Double(digits), value > 0, value * factor < 9e18 else { return nil }
        return Int64(value * factor)
    }

    /// The labels and variables that go with every record.
    static func attributes(_ options: [String: String], config: ContainerConfig) -> [String: String] {
        var found: [String: String] = [:]
        for label in (options["labels"] ?? "").split(separator: ",").map(String.init) {
            if let value = config.labels?[label] { found[label] = value }
        }
        let wanted = Set((options["env"] ?? "").split(separator: ",").map(String.init))
        for variable in config.env ?? [] {
            let name = String(variable.prefix { $0 != "=" })
            if wanted.contains(name) { found[name] = String(variable.dropFirst(name.count + 1)) }
        }
        return found
    }
}
