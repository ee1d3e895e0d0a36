internal import Linux
internal import OrderedJSON

/// What `daemon.json` says.
struct SettingsFile {
    /// Values by key, in the order of the file.
    var values = JSONObject()

    /// Where it is unless the command line says otherwise; it need not be there then.
    static let standardPath = "/etc/berth/daemon.json"

    /// Reads the file and checks it against the flags that were given.
    init(path: String, mustExist: Bool, flags: CommandLineSettings) throws(ConfigurationError) {
        var bytes: [UInt8] = []
        do {
            bytes = try readFile(path, limitBytes: 1 << 20)
        } catch {
            if error.code != .noEntry || mustExist { throw .refused("open \(path): \(error.code.reason)") }
        }
        try self.init(bytes, flags: flags)
    }

    /// Reads the file's bytes; none at all are an empty object.
    init(_ bytes: [UInt8], flags: CommandLineSettings) throws(ConfigurationError) {
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        if text.allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) }) { return }
        let document: JSONValue
        do { document = try JSONValue(parsing: text) } catch { throw .refused("invalid JSON: \(error)") }
        guard case .object(let object) = document else {
            throw .refused(
                "invalid JSON: json: cannot unmarshal \(document.goKind) into Go value of type map[string]interface {}"
            )
        }
        let members = try Self.flattened(object)
        let unknown = members.filter { SettingTable.named(key: $0.key) == nil }.map(\.key)
        if unknown.contains("api-cors-header") {
            throw .refused(
                Self.merged(
                    "DEPRECATED: The \"api-cors-header\" config parameter and the dockerd \"--api-cors-header\" option "
                        + "have been removed; use a reverse proxy if you need CORS headers"))
        }
        if !unknown.isEmpty {
            throw .refused(
                "the following directives don't match any configuration option: "
                    + Set(unknown).sorted().joined(separator: ", "))
        }
        try checkConflicts(members, flags)
        for member in members {
            guard let setting = SettingTable.named(key: member.key) else { continue }
            do { values[member.key] = try setting.kind.checked(member.value, key: member.key) } catch {
                throw .refused("invalid JSON: \(error.reason)")
            }
        }
    }

    /// The members with those of `proxies` among them.
    private static func flattened(_ object: JSONObject) throws(ConfigurationError) -> [JSONObject.Member] {
        var members: [JSONObject.Member] = []
        for member in object.members {
            guard member.key == "proxies", let proxies = member.value.objectValue else {
                members.append(member)
                continue
            }
            members += proxies.members
        }
        return members
    }

    /// Settings that are put together from flags and file instead.
    private static let gathered: Set<String> = ["runtimes", "features"]

    private func checkConflicts(
        _ members: [JSONObject.Member], _ flags: CommandLineSettings
    ) throws(ConfigurationError) {
        var conflicts: [String] = []
        for setting in flags.given.sorted(by: { $0.flag < $1.flag }) where !setting.key.isEmpty {
            guard let member = members.last(where: { $0.key == setting.key }),
                !Self.gathered.contains(setting.key),
                let value = flags.values[setting.name]
            else { continue }
            conflicts.append(
                "\(setting.key): (from flag: \(SettingText.shown(value)), from file: \(SettingText.shown(member.value)))"
            )
        }
        if conflicts.isEmpty { return }
        throw .refused(
            "the following directives are specified both as a flag and in the configuration file: "
                + conflicts.joined(separator: ", "))
    }

    /// The words for a rule that does not hold once flags and file are put together.
    static func merged(_ reason: String) -> String {
        "merged configuration validation from file and command line flags failed: \(reason)"
    }
}

extension JSONValue {
    /// What Go's decoder calls this kind of value.
    var goKind: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
