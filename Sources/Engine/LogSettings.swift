internal import DockerAPI
internal import EngineModel

/// The options of the json-file log driver.
enum LogSettings {
    private static let names: Set<String> = [
        "max-size", "max-file", "compress", "labels", "labels-regex", "env", "env-regex", "tag", "mode",
        "max-buffer-size",
    ]

    /// Checks driver and options; what berth cannot keep is an error.
    ///
    /// Docker finds bad values at the start only; they are refused at create here, in the same words.
    static func validate(_ config: LogConfig) throws {
        let options = config.config ?? [:]
        switch config.type {
        case "", "json-file": break
        case "none": return
        case "local", "syslog", "journald", "gelf", "fluentd", "awslogs", "splunk", "etwlogs", "gcplogs":
            throw EngineError(
                .notImplemented,
                "create container: berth does not support the log driver \"\(config.type)\" yet: "
                    + "use json-file or none")
        default:
            throw EngineError(
                .invalidParameter,
                "error looking up logging plugin \(config.type): plugin \"\(config.type)\" not found")
        }
        try checkMode(options)
        if let name = options.keys.sorted().first(where: { !names.contains($0) }) {
            throw EngineError(.invalidParameter, "unknown log opt '\(name)' for json-file log driver")
        }
        let size = try options["max-size"].map(maximumSize)
        let files = try options["max-file"].map(maximumFiles) ?? 1
        if let compress = options["compress"] {
            guard let isOn = boolean(compress) else {
                throw failed("strconv.ParseBool: parsing \"\(compress)\": invalid syntax")
            }
            if isOn && (files < 2 || size == nil) {
                throw failed("compress cannot be true when max-file is less than 2 or max-size is not set")
            }
            if isOn { throw unsupported("compress") }
        }
        for name in ["labels-regex", "env-regex", "tag"] where options[name]?.isEmpty == false {
            throw unsupported(name)
        }
    }

    private static func failed(_ reason: String) -> EngineError {
        EngineError(
            .system, "failed to create task for container: failed to initialize logging driver: \(reason)")
    }

    private static func unsupported(_ option: String) -> EngineError {
        EngineError(
            .notImplemented, "create container: berth does not support the log option \"\(option)\" yet")
    }

    private static func checkMode(_ options: [String: String]) throws {
        func refused(_ reason: String) -> EngineError { EngineError(.invalidParameter, reason) }
        let mode = options["mode"] ?? ""
        guard ["", "blocking", "non-blocking"].contains(mode) else {
            throw refused("logger: logging mode not supported: \(mode)")
        }
        if let size = options["max-buffer-size"] {
            if mode != "non-blocking" {
                throw refused("logger: max-buffer-size option is only supported with 'mode=non-blocking'")
            }
            if case .failure(let fault) = parse(size, unit: 1024) {
                throw refused("error parsing option max-buffer-size: \(fault.reason)")
            }
        }
        // The container writes to its log through a process of its own, which never waits for the daemon; what
        // is left to block is the disk.
        if mode == "non-blocking" { throw unsupported("mode=non-blocking") }
    }

    private static func maximumSize(_ text: String) throws -> Int64 {
        switch parse(text, unit: 1000) {
        case .success(let size) where size > 0: return size
        case .success: throw failed("max-size must be a positive number")
        case .failure(let fault): throw failed(fault.reason)
        }
    }

    private static func maximumFiles(_ text: String) throws -> Int {
        guard let count = Int(text) else {
            throw failed("strconv.Atoi: parsing \"\(text)\": invalid syntax")
        }
        if count < 1 { throw failed("max-file cannot be less than 1") }
        return count
    }

    private static func boolean(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }

    /// A `max-size` such as `10m` in bytes; nil if it is none. A `k` is 1000 bytes, as in Docker's json-file.
    static func bytes(_ text: String) -> Int64? {
        guard case .success(let size) = parse(text, unit: 1000), size > 0 else { return nil }
        return size
    }

    private struct SizeFault: Error {
        let reason: String
    }

    /// Reads a number with a unit: `10`, `1.5m`, `10 MB`, `10KiB`; `unit` is what a `k` stands for.
    private static func parse(_ text: String, unit: Double) -> Result<Int64, SizeFault> {
        guard let end = text.lastIndex(where: { ("0"..."9").contains($0) || $0 == "." || $0 == " " }) else {
            return .failure(SizeFault(reason: "invalid size: '\(text)'"))
        }
        let number = text[end] == " " ? text[..<end] : text[...end]
        let suffix = text[text.index(after: end)...].lowercased()
        guard let value = Double(number), value >= 0, !number.hasPrefix("-") else {
            return .failure(SizeFault(reason: "invalid size: '\(text)'"))
        }
        let badSuffix = Result<Int64, SizeFault>.failure(SizeFault(reason: "invalid suffix: '\(suffix)'"))
        var size = value
        if let letter = suffix.first, suffix != "b" {
            guard let power = Array("kmgtp").firstIndex(of: letter),
                ["", "b", "ib"].contains(String(suffix.dropFirst()))
            else { return badSuffix }
            for _ in 0...power { size *= unit }
        }
        return size < 9e18 ? .success(Int64(size)) : .failure(SizeFault(reason: "invalid size: '\(text)'"))
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
