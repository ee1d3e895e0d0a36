internal import OCI
internal import OrderedJSON

/// `--ulimit name=soft[:hard]`.
enum Ulimit {
    private static let names: Set<String> = [
        "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
        "rtprio",
        "rttime", "sigpending", "stack",
    ]

    @Sendable static func check(_ text: String) throws -> String {
        _ = try json(text)
        return text
    }

    static func json(_ text: String) throws -> JSONValue {
        let pair = text.split(separator: "=", omittingEmptySubsequences: false)
        guard pair.count == 2 else { throw FlagValueError("invalid ulimit argument: \(text)") }
        let name = String(pair[0])
        guard names.contains(name) else { throw FlagValueError("invalid ulimit type: \(name)") }
        let limits = pair[1].split(separator: ":", omittingEmptySubsequences: false)
        if limits.count > 2 {
            throw FlagValueError(
                "too many limit value arguments - \(pair[1]), can only have up to two, `soft[:hard]`")
        }
        func number(_ text: Substring) throws -> Int {
            guard let value = Int(text) else {
                throw FlagValueError("strconv.ParseInt: parsing \(goQuoted(String(text))): invalid syntax")
            }
            return value
        }
        let soft = try number(limits[0])
        let hard = limits.count > 1 ? try number(limits[1]) : soft
        if hard != -1, soft == -1 {
            throw FlagValueError(
                "ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: \(hard)"
            )
        }
        if hard != -1, soft > hard {
            throw FlagValueError(
                "ulimit soft limit must be less than or equal to hard limit: \(soft) > \(hard)")
        }
        return ["Name": .string(name), "Hard": .number(String(hard)), "Soft": .number(String(soft))]
    }
}

/// Weights and rates of block devices.
enum DeviceRates {
    @Sendable static func checkWeight(_ text: String) throws -> String {
        _ = try weight(text)
        return text
    }

    @Sendable static func checkBytes(_ text: String) throws -> String {
        _ = try bytes(text)
        return text
    }

    @Sendable static func checkOperations(_ text: String) throws -> String {
        _ = try operations(text)
        return text
    }

    private static func parts(_ text: String) throws -> (path: String, value: String) {
        guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else {
            throw FlagValueError("bad format: \(text)")
        }
        let path = String(text[..<colon])
        if !path.hasPrefix("/dev/") { throw FlagValueError("bad format for device path: \(text)") }
        return (path, String(text[text.index(after: colon)...]))
    }

    static func weight(_ text: String) throws -> JSONValue {
        let (path, value) = try parts(text)
        guard let weight = Int(value), weight == 0 || (10...1000).contains(weight) else {
            throw FlagValueError("invalid weight for device: \(text)")
        }
        return ["Path": .string(path), "Weight": .number(String(weight))]
    }

    static func bytes(_ text: String) throws -> JSONValue {
        let (path, value) = try parts(text)
        guard let rate = try? GoNumbers.bytes(value) else {
            throw FlagValueError(
                "invalid rate for device: \(text). The correct format is <device-path>:<number>[<unit>]. "
                    + "Number must be a positive integer. Unit is optional and can be kb, mb, or gb")
        }
        return ["Path": .string(path), "Rate": .number(String(rate))]
    }

    static func operations(_ text: String) throws -> JSONValue {
        let (path, value) = try parts(text)
        guard let rate = UInt64(value) else {
            throw FlagValueError(
                "invalid rate for device: \(text). The correct format is <device-path>:<number>. "
                    + "Number must be a positive integer")
        }
        return ["Path": .string(path), "Rate": .number(String(rate))]
    }
}

/// `--device host[:container][:permissions]`, or a CDI name.
enum DeviceMapping {
    /// Whether `text` names a device of the container device interface: `vendor.com/class=name`.
    static func isCDI(_ text: String) -> Bool { QualifiedDeviceName(text) != nil }

    static func json(_ text: String) throws -> JSONValue {
        if text.isEmpty { throw CommandFailure("bad format for path: ") }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
        func isMode(_ text: String) -> Bool { !text.isEmpty && text.allSatisfy { "rwm".contains($0) } }
        var source = parts[0], target = parts[0], mode = "rwm"
        switch parts.count {
        case 3: (source, target, mode) = (parts[0], parts[1], parts[2])
        case 2: if isMode(parts[1]) { mode = parts[1] } else { target = parts[1] }
        case 1: break
        default: throw CommandFailure("bad format for path: \(text)")
        }
        if !source.hasPrefix("/") || (!target.hasPrefix("/") && !target.isEmpty) {
            throw CommandFailure("\(source.hasPrefix("/") ? target : source) is not an absolute path")
        }
        if target.isEmpty { target = source }
        if !isMode(mode) { throw CommandFailure("bad mode specified: \(mode)") }
        return [
            "PathOnHost": .string(source), "PathInContainer": .string(target),
            "CgroupPermissions": .string(mode),
        ]
    }
}

/// `--gpus all`, `--gpus 2`, `--gpus device=0,capabilities=compute`.
enum GPURequest {
    @Sendable static func check(_ text: String) throws -> String {
        _ = try json(text)
        return text
    }

    static func json(_ text: String) throws -> JSONValue {
        var driver = "", count = 0, devices: [String] = [], capabilities = ["gpu"], options: JSONObject = [:]
        for field in try CommaValues.fields(text) {
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                String($0)
            }
            guard pair.count == 2 else {
                count = try number(field)
                continue
            }
            switch pair[0] {
            case "driver": driver = pair[1]
            case "count": count = try number(pair[1])
            case "device": devices = pair[1].split(separator: ",").map { String($0) }
            case "capabilities":
                capabilities = pair[1].split(separator: ",").map { String($0) }
                if !capabilities.contains("gpu") { capabilities.append("gpu") }
            case "options":
                for option in pair[1].split(separator: ",") {
                    let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    options[String(parts[0])] = .string(parts.count > 1 ? String(parts[1]) : "")
                }
            default: throw FlagValueError("unexpected key '\(pair[0])' in '\(field)'")
            }
        }
        if devices.isEmpty, count == 0 { count = 1 }
        return [
            "Driver": .string(driver), "Count": .number(String(count)),
            "DeviceIDs": devices.isEmpty ? .null : .array(devices.map { .string($0) }),
            "Capabilities": .array([.array(capabilities.map { .string($0) })]), "Options": .object(options),
        ]
    }

    private static func number(_ text: String) throws -> Int {
        if text == "all" { return -1 }
        guard let count = Int(text) else {
            throw FlagValueError(
                "invalid count (\(text)): value must be either \"all\" or an integer: invalid syntax")
        }
        return count
    }
}
