internal import OrderedJSON

/// What the command line says.
struct CommandLineSettings {
    /// Values by ``Setting/name``.
    var values: [String: JSONValue] = [:]
    /// The flags that were given.
    var given: [Setting] = []

    /// Reads the arguments, the program's name not among them.
    init(_ arguments: [String]) throws(ConfigurationError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), argument != "-" else {
                throw .usage("berthd takes no arguments: \"\(argument)\"")
            }
            if argument.hasPrefix("--") {
                try long(argument, &rest)
            } else {
                try short(argument, &rest)
            }
        }
    }

    private mutating func long(_ argument: String, _ rest: inout ArraySlice<String>)
        throws(ConfigurationError)
    {
        let body = argument.dropFirst(2)
        let equals = body.firstIndex(of: "=")
        let name = String(body[..<(equals ?? body.endIndex)])
        guard let setting = SettingTable.named(flag: name) else { throw .usage("unknown flag: --\(name)") }
        if let equals {
            try set(setting, String(body[body.index(after: equals)...]), shown: "--\(name)")
        } else if setting.isSwitch {
            try set(setting, "true", shown: "--\(name)")
        } else if let value = rest.popFirst() {
            try set(setting, value, shown: "--\(name)")
        } else {
            throw .usage("flag needs an argument: --\(name)")
        }
    }

    private mutating func short(_ argument: String, _ rest: inout ArraySlice<String>)
        throws(ConfigurationError)
    {
        var letters = argument.dropFirst()
        while let letter = letters.popFirst() {
            guard let setting = SettingTable.all.first(where: { $0.short == letter }) else {
                throw .usage("unknown shorthand flag: '\(letter)' in -\(String(letter) + letters)")
            }
            if letters.first == "=" {
                return try set(setting, String(letters.dropFirst()), shown: "-\(letter), --\(setting.flag)")
            }
            if setting.isSwitch {
                try set(setting, "true", shown: "-\(letter), --\(setting.flag)")
                continue
            }
            guard let value = letters.isEmpty ? rest.popFirst() : String(letters) else {
                throw .usage("flag needs an argument: '\(letter)' in \(argument)")
            }
            return try set(setting, value, shown: "-\(letter), --\(setting.flag)")
        }
    }

    private mutating func set(_ setting: Setting, _ text: String, shown: String) throws(ConfigurationError) {
        do {
            values[setting.name] = try setting.kind.value(text, after: values[setting.name])
        } catch {
            throw .usage(
                "invalid argument \(SettingKind.quoted(text)) for \"\(shown)\" flag: \(error.reason)")
        }
        if !given.contains(where: { $0.flag == setting.flag }) { given.append(setting) }
    }

    /// Whether a flag that says yes or no was given as yes.
    func isOn(_ name: String) -> Bool { values[name]?.boolValue ?? false }
}

extension Setting {
    var isSwitch: Bool { if case .bool = kind { true } else { false } }
}

/// The text of `--help`.
public enum DaemonHelp {
    public static var text: String {
        var lines = [
            "Usage:  berthd [OPTIONS]", "", "The daemon of the berth container platform.", "", "Options:",
        ]
        for setting in SettingTable.all where !setting.flag.isEmpty {
            var names = setting.short.map { "  -\($0), --\(setting.flag)" } ?? "      --\(setting.flag)"
            if !setting.kind.name.isEmpty { names += " \(setting.kind.name)" }
            var help = setting.help
            if !setting.standard.isEmpty { help += " (default \(setting.standard))" }
            if case .none = setting.support { help += " (not supported)" }
            lines.append(names + String(repeating: " ", count: max(1, 46 - names.utf8.count)) + help)
        }
        return lines.joined(separator: "\n")
    }
}
