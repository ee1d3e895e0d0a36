internal import Linux
internal import OrderedJSON

/// Which JSON a setting of each kind takes.
extension SettingKind {
    /// `value` as it is kept; another kind of JSON is refused in the words of Go's decoder.
    func checked(_ value: JSONValue, key: String) throws(SettingFault) -> JSONValue {
        func mismatch(_ found: JSONValue, _ wanted: String) -> SettingFault {
            let kind =
                switch found {
                case .null: "null"
                case .bool: "bool"
                case .number(let text):
                    wanted == "int" && text.contains(where: { ".eE".contains($0) })
                        ? "number \(text)" : "number"
                case .string: "string"
                case .array: "array"
                case .object: "object"
                }
            return SettingFault(
                "json: cannot unmarshal \(kind) into Go struct field Config.\(key) of type \(wanted)")
        }
        if value.isNull { return value }
        switch self {
        case .bool:
            guard value.boolValue != nil else { throw mismatch(value, "bool") }
            return value
        case .int:
            guard value.intValue != nil else { throw mismatch(value, "int") }
            return value
        case .string:
            guard value.stringValue != nil else { throw mismatch(value, "string") }
            return value
        case .bytes:
            if case .number = value { return value }
            guard let text = value.stringValue else {
                throw SettingFault("invalid size: '\(SettingText.shown(value))'")
            }
            return .number(String(try Self.bytes(text)))
        case .ip:
            guard let text = value.stringValue else { throw mismatch(value, "string") }
            if !text.isEmpty, IPAddress(text) == nil { throw SettingFault("invalid IP address: \(text)") }
            return value
        case .list, .ips:
            guard let items = value.arrayValue else { throw mismatch(value, "[]string") }
            for item in items {
                guard let text = item.stringValue else { throw mismatch(item, "string") }
                if case .ips = self, IPAddress(text) == nil {
                    throw SettingFault("invalid IP address: \(text)")
                }
            }
            return value
        case .map, .flags:
            let isText = if case .map = self { true } else { false }
            guard let object = value.objectValue else {
                throw mismatch(value, isText ? "map[string]string" : "map[string]bool")
            }
            for member in object.members {
                let fits = isText ? member.value.stringValue != nil : member.value.boolValue != nil
                if !fits { throw mismatch(member.value, isText ? "string" : "bool") }
            }
            return value
        case .ulimits: return try ulimits(value, mismatch)
        case .runtimes: return try runtimes(value, mismatch)
        case .pools: return try pools(value, mismatch)
        case .object:
            guard value.objectValue != nil else { throw mismatch(value, "object") }
            return value
        }
    }

    private func ulimits(
        _ value: JSONValue, _ mismatch: (JSONValue, String) -> SettingFault
    ) throws(SettingFault) -> JSONValue {
        guard let object = value.objectValue else { throw mismatch(value, "map[string]*container.Ulimit") }
        var kept = JSONObject()
        for member in object.members {
            guard let fields = member.value.objectValue else {
                throw mismatch(member.value, "container.Ulimit")
            }
            func field(_ name: String) -> JSONValue? {
                fields.members.last { $0.key.lowercased() == name.lowercased() }?.value
            }
            for name in ["Hard", "Soft"] {
                if let number = field(name), number.intValue == nil { throw mismatch(number, "int64") }
            }
            kept[member.key] =
                Ulimit(
                    name: field("Name")?.stringValue ?? member.key, soft: Int64(field("Soft")?.intValue ?? 0),
                    hard: Int64(field("Hard")?.intValue ?? 0)
                ).json
        }
        return .object(kept)
    }

    private func runtimes(
        _ value: JSONValue, _ mismatch: (JSONValue, String) -> SettingFault
    ) throws(SettingFault) -> JSONValue {
        guard let object = value.objectValue else { throw mismatch(value, "map[string]system.Runtime") }
        for member in object.members {
            guard let runtime = member.value.objectValue else {
                throw mismatch(member.value, "system.Runtime")
            }
            if let path = runtime["path"], path.stringValue == nil { throw mismatch(path, "string") }
            for argument in runtime["runtimeArgs"]?.arrayValue ?? [] where argument.stringValue == nil {
                throw mismatch(argument, "string")
            }
        }
        return value
    }

    private func pools(
        _ value: JSONValue, _ mismatch: (JSONValue, String) -> SettingFault
    ) throws(SettingFault) -> JSONValue {
        guard let items = value.arrayValue else { throw mismatch(value, "[]*ipamutils.NetworkToSplit") }
        for item in items {
            guard let base = item["base"]?.stringValue else {
                throw mismatch(item, "ipamutils.NetworkToSplit")
            }
            guard base.contains("/") else { throw SettingFault("netip.ParsePrefix(\"\(base)\"): no '/'") }
            guard AddressRange(parsing: base) != nil else {
                throw SettingFault("netip.ParsePrefix(\"\(base)\"): ParseAddr: unable to parse IP")
            }
            if let size = item["size"], size.intValue == nil { throw mismatch(size, "int") }
        }
        return value
    }
}

/// An address with the length of its network's prefix.
struct AddressRange {
    let address: IPAddress
    let prefix: Int

    init?(parsing text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0])), let prefix = Int(parts[1]),
            (0...(parts[0].contains(":") ? 128 : 32)).contains(prefix)
        else { return nil }
        (self.address, self.prefix) = (address, prefix)
    }
}
