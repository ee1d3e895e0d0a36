internal import Linux
internal import OrderedJSON

/// The option `--mount key=value,…`.
enum MountSpec {
    @Sendable static func check(_ text: String) throws -> String {
        _ = try json(text)
        return text
    }

    private static func boolean(_ key: String, _ value: String?) throws -> Bool {
        guard let value else { return true }
        guard let flag = GoNumbers.bool(value) else {
            throw FlagValueError("invalid value for \(key): \(value)")
        }
        return flag
    }

    /// The mount as the API takes it.
    static func json(_ text: String) throws -> JSONValue {
        var type = "volume", source = "", target = "", readOnly = false, consistency = ""
        var bind: JSONObject = [:], volume: JSONObject = [:], driver: JSONObject = [:],
            tmpfs: JSONObject = [:]
        var image: JSONObject = [:], labels: JSONObject = [:], driverOptions: JSONObject = [:]
        var typeOptions: [String] = []
        for field in try CommaValues.fields(text) {
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                String($0)
            }
            let key = pair[0].lowercased()
            let value = pair.count > 1 ? pair[1] : nil
            let flags: Set<String> = ["readonly", "ro", "volume-nocopy", "bind-nonrecursive"]
            guard value != nil || flags.contains(key) else {
                throw FlagValueError("invalid field '\(field)' must be a key=value pair")
            }
            let given = value ?? ""
            for prefix in ["bind", "volume", "tmpfs", "image"] where key.hasPrefix(prefix + "-") {
                typeOptions.append(prefix)
            }
            switch key {
            case "type": type = given.lowercased()
            case "source", "src": source = absolute(given)
            case "target", "dst", "destination": target = given
            case "readonly", "ro": readOnly = try boolean(key, value)
            case "consistency": consistency = given.lowercased()
            case "bind-propagation": bind["Propagation"] = .string(given.lowercased())
            case "bind-nonrecursive":
                if try boolean(key, value) { bind["NonRecursive"] = true }
            case "bind-recursive":
                switch given {
                case "enabled": break
                case "disabled": bind["NonRecursive"] = true
                case "writable": bind["ReadOnlyNonRecursive"] = true
                case "readonly": bind["ReadOnlyForceRecursive"] = true
                default:
                    throw FlagValueError(
                        "invalid value for bind-recursive: \(given) (must be \"enabled\", \"disabled\", "
                            + "\"writable\", or \"readonly\")")
                }
            case "volume-subpath": volume["Subpath"] = .string(given)
            case "volume-nocopy":
                if try boolean(key, value) { volume["NoCopy"] = true }
            case "volume-label":
                let parts = given.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                labels[String(parts[0])] = .string(parts.count > 1 ? String(parts[1]) : "")
            case "volume-driver": driver["Name"] = .string(given)
            case "volume-opt":
                let parts = given.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                driverOptions[String(parts[0])] = .string(parts.count > 1 ? String(parts[1]) : "")
            case "image-subpath": image["Subpath"] = .string(given)
            case "tmpfs-size":
                guard let size = try? GoNumbers.bytes(given) else {
                    throw FlagValueError("invalid value for \(key): \(given)")
                }
                tmpfs["SizeBytes"] = .number(String(size))
            case "tmpfs-mode":
                guard let mode = Int(given, radix: 8) else {
                    throw FlagValueError("invalid value for \(key): \(given)")
                }
                tmpfs["Mode"] = .number(String(mode))
            default: throw FlagValueError("unexpected key '\(key)' in '\(field)'")
            }
        }
        if type.isEmpty { throw FlagValueError("type is required") }
        if target.isEmpty { throw FlagValueError("target is required") }
        for (prefix, own) in [("volume", "volume"), ("bind", "bind"), ("tmpfs", "tmpfs"), ("image", "image")]
        where typeOptions.contains(prefix) && type != own {
            throw FlagValueError("cannot mix '\(prefix)-*' options with mount type '\(type)'")
        }
        if bind["ReadOnlyNonRecursive"] != nil, !readOnly {
            throw FlagValueError(
                "option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction")
        }
        if bind["ReadOnlyForceRecursive"] != nil {
            if !readOnly {
                throw FlagValueError(
                    "option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction")
            }
            if bind["Propagation"]?.stringValue != "rprivate" {
                throw FlagValueError(
                    "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction"
                )
            }
        }
        if !driverOptions.isEmpty { driver["Options"] = .object(driverOptions) }
        if !labels.isEmpty { volume["Labels"] = .object(labels) }
        if typeOptions.contains("volume") { volume["DriverConfig"] = .object(driver) }
        var mount: JSONObject = ["Type": .string(type)]
        if !source.isEmpty { mount["Source"] = .string(source) }
        mount["Target"] = .string(target)
        if readOnly { mount["ReadOnly"] = true }
        if !consistency.isEmpty { mount["Consistency"] = .string(consistency) }
        if typeOptions.contains("bind") {
            let order = ["Propagation", "NonRecursive", "ReadOnlyNonRecursive", "ReadOnlyForceRecursive"]
            mount["BindOptions"] = .object(
                JSONObject(order.compactMap { key in bind[key].map { .init(key, $0) } }))
        }
        if typeOptions.contains("volume") {
            let order = ["NoCopy", "Labels", "Subpath", "DriverConfig"]
            mount["VolumeOptions"] = .object(
                JSONObject(order.compactMap { key in volume[key].map { .init(key, $0) } }))
        }
        if typeOptions.contains("image") { mount["ImageOptions"] = .object(image) }
        if typeOptions.contains("tmpfs") { mount["TmpfsOptions"] = .object(tmpfs) }
        return .object(mount)
    }

    /// A source that begins with a dot is relative to the working directory.
    private static func absolute(_ path: String) -> String {
        path == "." || path.hasPrefix("./") || path.hasPrefix("../") || path == ".."
            ? Paths.absolute(path) : path
    }
}

/// Comma-separated fields, of which quoted ones may hold commas.
enum CommaValues {
    static func fields(_ text: String) throws -> [String] {
        if text.isEmpty { throw FlagValueError("EOF") }
        var fields: [String] = [], field = "", quoted = false, rest = Array(text)[...]
        while let character = rest.popFirst() {
            switch character {
            case "\"" where quoted && rest.first == "\"":
                field.append("\"")
                rest.removeFirst()
            case "\"" where quoted: quoted = false
            case "\"" where field.isEmpty: quoted = true
            case "\"":
                throw FlagValueError(
                    "parse error on line 1, column \(text.count - rest.count): bare \" in non-quoted-field")
            case "," where !quoted:
                fields.append(field)
                field = ""
            default: field.append(character)
            }
        }
        if quoted {
            throw FlagValueError(
                "parse error on line 1, column \(text.count + 1): extraneous or missing \" in quoted-field")
        }
        return fields + [field]
    }
}

/// Paths on this machine.
enum Paths {
    /// `path` from the root, with `.` and `..` resolved by name.
    static func absolute(_ path: String) -> String {
        var parts: [Substring] = path.hasPrefix("/") ? [] : workingDirectory().split(separator: "/")
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
