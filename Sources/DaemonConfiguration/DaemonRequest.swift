internal import OrderedJSON

/// What the command line of `berthd` asks for.
public enum DaemonRequest: Sendable {
    case serve(DaemonSettings, ConfigurationSource)
    /// The configuration is fine, which is all that was asked.
    case validated
    case help
    case version

    /// Reads the arguments, the program's name not among them, and the file that they name.
    public init(_ arguments: [String]) throws(ConfigurationError) {
        let source = ConfigurationSource(flags: try CommandLineSettings(arguments))
        if source.flags.isOn("help") {
            self = .help
            return
        }
        if source.flags.isOn("version") {
            self = .version
            return
        }
        let settings = try source.read()
        self = source.flags.isOn("validate") ? .validated : .serve(settings, source)
    }
}

/// Where the daemon's settings come from: its flags, which stay, and a file that may change.
public struct ConfigurationSource: Sendable {
    let flags: CommandLineSettings

    /// The file's path.
    var path: String { flags.values["config-file"]?.stringValue ?? SettingsFile.standardPath }

    /// Reads the file and puts it together with the flags.
    public func read() throws(ConfigurationError) -> DaemonSettings {
        do {
            let file = try SettingsFile(
                path: path, mustExist: flags.values["config-file"] != nil, flags: flags)
            return try settings(file)
        } catch {
            guard case .refused(let reason) = error else { throw error }
            throw .refused("unable to configure the Docker daemon with file \(path): \(reason)")
        }
    }

    /// The settings of flags and file together.
    func settings(_ file: SettingsFile) throws(ConfigurationError) -> DaemonSettings {
        var values = flags.values
        for member in file.values.members {
            if let own = values[member.key]?.objectValue, let more = member.value.objectValue {
                // Runtimes and features of both.
                var all = more
                for entry in own.members { all[entry.key] = entry.value }
                values[member.key] = .object(all)
            } else if !member.value.isNull {
                values[member.key] = member.value
            }
        }
        try SettingRules(values: values).check()
        var settings = DaemonSettings(values)
        if settings.hosts.isEmpty { settings.hosts = ["unix:///run/berth/berth.sock"] }
        return settings
    }
}
