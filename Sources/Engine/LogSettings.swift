internal import ContainerLog
internal import DockerAPI
internal import EngineModel
internal import SupervisorProtocol

/// The log drivers, and what their options mean.
enum LogSettings {
    /// Docker's drivers that berth does not have.
    private static let unsupported: Set<String> = [
        "syslog", "journald", "gelf", "fluentd", "awslogs", "splunk", "gcplogs",
    ]
    private static let modeOptions: Set<String> = ["mode", "max-buffer-size"]
    private static let jsonOptions: Set<String> = [
        "max-size", "max-file", "compress", "labels", "labels-regex", "env", "env-regex", "tag",
    ]
    private static let localOptions: Set<String> = ["max-size", "max-file", "compress"]

    /// Checks the driver and the names of its options.
    ///
    /// Values are read by ``resolve(_:container:path:)`` at the start, where Docker finds bad ones, too.
    static func validate(_ config: LogConfig) throws {
        let options = config.config ?? [:]
        let known: Set<String>
        switch config.type {
        case "", "json-file": known = jsonOptions
        case "local": known = localOptions
        case "none": return
        // As with Docker's drivers that find nobody to write to, the start fails.
        case _ where unsupported.contains(config.type): return try checkMode(options)
        default:
            throw EngineError(
                .invalidParameter,
                "error looking up logging plugin \(config.type): plugin \"\(config.type)\" not found")
        }
        try checkMode(options)
        if let name = options.keys.sorted().first(where: { !known.contains($0) && !modeOptions.contains($0) })
        {
            throw EngineError(
                .invalidParameter,
                config.type == "local"
                    ? "unknown log opt '\(name)' for log driver local"
                    : "unknown log opt '\(name)' for json-file log driver")
        }
    }

    private static func checkMode(_ options: [String: String]) throws {
        func refused(_ reason: String) -> EngineError { EngineError(.invalidParameter, reason) }
        let mode = options["mode"] ?? ""
        guard ["", "blocking", "non-blocking"].contains(mode) else {
            throw refused("logger: logging mode not supported: \(mode)")
        }
        guard let size = options["max-buffer-size"] else { return }
        if mode != "non-blocking" {
            throw refused("logger: max-buffer-size option is only supported with 'mode=non-blocking'")
        }
        do throws(SizeFault) { _ = try bytes(size, unit: 1024) } catch {
            throw refused("error parsing option max-buffer-size: \(error.reason)")
        }
    }

    // MARK: At a start

    /// How the supervisor keeps the output of `container`; nil where nobody can read it later.
    static func resolve(
        _ config: LogConfig, container: LogTag, paths: (json: String, local: String)
    ) throws -> SupervisorProtocol.LogOptions? {
        let options = config.config ?? [:]
        do throws(LogFault) {
            var resolved: SupervisorProtocol.LogOptions
            switch config.type {
            case "", "json-file": resolved = try jsonFile(options, container, paths.json)
            case "local": resolved = try local(options, paths.local)
            case _ where unsupported.contains(config.type):
                throw LogFault(
                    "berth does not support the log driver \"\(config.type)\" yet: use json-file, local or none"
                )
            default: return nil
            }
            if options["mode"] == "non-blocking" {
                let size = options["max-buffer-size"].flatMap { text in try? bytes(text, unit: 1024) }
                resolved.bufferBytes = size.flatMap { $0 > 0 ? $0 : nil } ?? 1 << 20
            }
            return resolved
        } catch {
            throw EngineError(
                .system,
                "failed to create task for container: failed to initialize logging driver: \(error.reason)")
        }
    }

    private static func jsonFile(
        _ options: [String: String], _ container: LogTag, _ path: String
    ) throws(LogFault) -> SupervisorProtocol.LogOptions {
        var size: Int64?
        if let text = options["max-size"] {
            let found: Int64
            do { found = try bytes(text, unit: 1000) } catch { throw LogFault(error.reason) }
            if found <= 0 { throw LogFault("max-size must be a positive number") }
            size = found
        }
        var files = 1
        if let text = options["max-file"] {
            files = try count(text)
            if files < 1 { throw LogFault("max-file cannot be less than 1") }
        }
        let compresses = try options["compress"].map(boolean) ?? false
        if compresses && (files < 2 || size == nil) {
            throw LogFault("compress cannot be true when max-file is less than 2 or max-size is not set")
        }
        return SupervisorProtocol.LogOptions(
            path: path, maxSizeBytes: size, maxFiles: files, compresses: compresses,
            attributes: try LogAttributes.of(container, options))
    }

    private static func local(
        _ options: [String: String], _ path: String
    ) throws(LogFault) -> SupervisorProtocol.LogOptions {
        var size: Int64 = 20 << 20
        if let text = options["max-size"] {
            do { size = try bytes(text, unit: 1024) } catch {
                throw LogFault("invalid value for max-size: \(text): \(error.reason)")
            }
        }
        var files = 5
        if let text = options["max-file"] {
            do { files = try count(text) } catch {
                throw LogFault("invalid value for max-file: \(text): \(error.reason)")
            }
        }
        var compresses = true
        if let text = options["compress"] {
            do { compresses = try boolean(text) } catch {
                throw LogFault("error reading compress log option: \(error.reason)")
            }
        }
        if compresses && files <= 1 {
            throw LogFault("compression cannot be enabled when max file count is 1")
        }
        // No size at all fills a file with every record, as with Docker.
        return SupervisorProtocol.LogOptions(
            path: path, isLocal: true, maxSizeBytes: max(1, size), maxFiles: max(1, files),
            compresses: compresses)
    }

    // MARK: Values

    private static func count(_ text: String) throws(LogFault) -> Int {
        guard let count = Int(text) else {
            throw LogFault("strconv.Atoi: parsing \"\(text)\": invalid syntax")
        }
        return count
    }

    private static func boolean(_ text: String) throws(LogFault) -> Bool {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": return true
        case "0", "f", "F", "false", "FALSE", "False": return false
        default: throw LogFault("strconv.ParseBool: parsing \"\(text)\": invalid syntax")
        }
    }

    private struct SizeFault: Error {
        let reason: String
    }

    /// Reads a number with a unit: `10`, `1.5m`, `10 MB`, `10KiB`; `unit` is what a `k` stands for.
    private static func bytes(_ text: String, unit: Double) throws(SizeFault) -> Int64 {
        guard let end = text.lastIndex(where: { ("0"..."9").contains($0) || $0 == "." || $0 == " " }) else {
            throw SizeFault(reason: "invalid size: '\(text)'")
        }
        let number = text[end] == " " ? text[..<end] : text[...end]
        let suffix = text[text.index(after: end)...].lowercased()
        guard let value = Double(number), value >= 0, !number.hasPrefix("-") else {
            throw SizeFault(reason: "invalid size: '\(text)'")
        }
        var size = value
        if let letter = suffix.first, suffix != "b" {
            guard let power = Array("kmgtp").firstIndex(of: letter),
                ["", "b", "ib"].contains(String(suffix.dropFirst()))
            else { throw SizeFault(reason: "invalid suffix: '\(suffix)'") }
            for _ in 0...power { size *= unit }
        }
        if size >= 9e18 { throw SizeFault(reason: "invalid size: '\(text)'") }
        return Int64(size)
    }
}

/// Why a log driver cannot begin, in Docker's words.
struct LogFault: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

extension SupervisorProtocol.LogOptions {
    /// The same log for its reader.
    var configuration: LogConfiguration {
        LogConfiguration(
            path: path, format: isLocal ? .local : .jsonLines, maxSizeBytes: maxSizeBytes, maxFiles: maxFiles,
            compresses: compresses)
    }
}
