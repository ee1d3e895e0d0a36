internal import Linux
internal import OrderedJSON

/// The user's `config.json`: which JSON its members are, and how it is written.
enum ConfigurationFile {
    private static let texts: Set<String> = [
        "psFormat", "imagesFormat", "networksFormat", "pluginsFormat", "volumesFormat", "statsFormat",
        "detachKeys",
        "credsStore", "serviceInspectFormat", "servicesFormat", "tasksFormat", "secretFormat", "configFormat",
        "nodesFormat", "currentContext",
    ]
    private static let objects: Set<String> = [
        "HttpHeaders", "aliases", "proxies", "credHelpers", "plugins", "auths",
    ]

    /// What is wrong with the file's members, in the words of Go's decoder; nil if nothing is.
    static func fault(_ value: JSONValue) -> String? {
        func mismatch(_ value: JSONValue, _ key: String, _ wanted: String) -> String {
            let kind =
                switch value {
                case .null: "null"
                case .bool: "bool"
                case .number: "number"
                case .string: "string"
                case .array: "array"
                case .object: "object"
                }
            return
                "json: cannot unmarshal \(kind) into Go \(key.isEmpty ? "value" : "struct field ConfigFile.\(key)")"
                + " of type \(wanted)"
        }
        guard let object = value.objectValue else { return mismatch(value, "", "configfile.ConfigFile") }
        for member in object.members where !member.value.isNull {
            if texts.contains(member.key), member.value.stringValue == nil {
                return mismatch(member.value, member.key, "string")
            }
            if objects.contains(member.key), member.value.objectValue == nil {
                return mismatch(member.value, member.key, "map[string]string")
            }
        }
        return nil
    }

    /// Replaces the file, keeping it to its owner.
    static func write(_ object: JSONObject, folder: String) throws {
        try makeDirectories(folder, mode: 0o700)
        // A link, as some keep it among their dotfiles, stays one.
        let path = folder + "/config.json"
        let target = (try? readLink(path)).map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" } ?? path
        try replaceFile(
            target, JSONValue.object(object).bytes(.indented(prefix: "", indent: "\t")), mode: 0o600)
    }
}
