internal import Linux
internal import OrderedJSON

/// The kind of a setting's value: how a flag's text becomes one, and which JSON is one.
enum SettingKind: Sendable {
    case bool, int, string, bytes, ip
    case list, ips, map, flags
    case ulimits, runtimes, pools
    /// An object that berth has no use for.
    case object

    /// How the help calls the value.
    var name: String {
        switch self {
        case .bool: ""
        case .int: "int"
        case .string: "string"
        case .bytes: "bytes"
        case .ip: "ip"
        case .list: "list"
        case .ips: "ipSlice"
        case .map, .flags: "map"
        case .ulimits: "ulimit"
        case .runtimes: "runtime"
        case .pools: "pool-options"
        case .object: "object"
        }
    }

    /// Whether each further flag adds to those before it.
    var gathers: Bool {
        switch self {
        case .list, .ips, .map, .flags, .ulimits, .runtimes, .pools: true
        default: false
        }
    }

    // MARK: Flags

    /// What a flag's `text` adds to `before`.
    func value(_ text: String, after before: JSONValue?) throws(SettingFault) -> JSONValue {
        let items = before?.arrayValue ?? []
        var object = before?.objectValue ?? JSONObject()
        switch self {
        case .bool:
            guard let flag = Self.boolean(text) else {
                throw SettingFault("strconv.ParseBool: parsing \(Self.quoted(text)): invalid syntax")
            }
            return .bool(flag)
        case .int:
            guard let number = Int(text) else {
                throw SettingFault("strconv.ParseInt: parsing \(Self.quoted(text)): invalid syntax")
            }
            return .number(String(number))
        case .string: return .string(text)
        case .bytes: return .number(String(try Self.bytes(text)))
        case .ip: return .string(try Self.address(text, "failed to parse IP: \(Self.quoted(text))"))
        case .list: return .array(items + [.string(text)])
        case .ips:
            return .array(
                try items
                    + text.split(separator: ",").map { part throws(SettingFault) in
                        .string(
                            try Self.address(
                                String(part), "invalid string being converted to IP address: \(part)"))
                    })
        case .map, .flags:
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? String(parts[1]) : ""
            if case .flags = self {
                guard let flag = Self.boolean(parts.count > 1 ? value : "true") else {
                    throw SettingFault("strconv.ParseBool: parsing \(Self.quoted(value)): invalid syntax")
                }
                object[String(parts[0])] = .bool(flag)
            } else {
                object[String(parts[0])] = .string(value)
            }
            return .object(object)
        case .ulimits:
            let limit = try Ulimit(parsing: text)
            object[limit.name] = limit.json
            return .object(object)
        case .runtimes:
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw SettingFault("invalid runtime argument: \(text)")
            }
            object[parts[0]] = ["path": .string(parts[1])]
            return .object(object)
        case .pools:
            return .array(items + [try Self.pool(text)])
        case .object: throw SettingFault("belongs in the configuration file")
        }
    }

    static func boolean(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }

    static func quoted(_ text: String) -> String {
        String(decoding: JSONValue.string(text).bytes(escapesHTML: false), as: UTF8.self)
    }

    private static func address(_ text: String, _ failure: String) throws(SettingFault) -> String {
        guard IPAddress(text) != nil else { throw SettingFault(failure) }
        return text
    }

    /// `base=10.0.0.0/8,size=24`.
    private static func pool(_ text: String) throws(SettingFault) -> JSONValue {
        var object = JSONObject()
        for field in text.split(separator: ",") {
            let parts = field.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw SettingFault("invalid field '\(field)' must be a key=value pair")
            }
            switch parts[0].lowercased() {
            case "base": object["base"] = .string(parts[1])
            case "size":
                guard let size = Int(parts[1]) else {
                    throw SettingFault("invalid size value: \(parts[1]) (must be integer)")
                }
                object["size"] = .number(String(size))
            default: throw SettingFault("unexpected key '\(parts[0])' in '\(field)'")
            }
        }
        return .object(object)
    }

    /// A number of bytes: `64m`, `1.5GiB`, `67108864`.
    static func bytes(_ text: String) throws(SettingFault) -> Int64 {
        guard let end = text.lastIndex(where: { ("0"..."9").contains($0) || $0 == "." || $0 == " " }) else {
            throw SettingFault("invalid size: '\(text)'")
        }
        let number = text[end] == " " ? text[..<end] : text[...end]
        let suffix = text[text.index(after: end)...].lowercased()
        guard var size = Double(number), size >= 0, !number.hasPrefix("-") else {
            throw SettingFault("invalid size: '\(text)'")
        }
        if let letter = suffix.first, suffix != "b" {
            guard let power = Array("kmgtp").firstIndex(of: letter),
                ["", "b", "ib"].contains(String(suffix.dropFirst()))
            else { throw SettingFault("invalid suffix: '\(suffix)'") }
            for _ in 0...power { size *= 1024 }
        }
        guard size < 9e18 else { throw SettingFault("invalid size: '\(text)'") }
        return Int64(size)
    }
}

/// Why a text or a JSON value is no value of its kind, in Go's words.
struct SettingFault: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}
