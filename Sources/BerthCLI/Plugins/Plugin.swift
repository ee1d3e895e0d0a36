internal import Linux
internal import OrderedJSON

/// A command that is a program of its own: `docker-NAME` in one of the plugin folders.
struct Plugin {
    let name: String
    let path: String
    let vendor: String
    let version: String
    let summary: String

    /// The word with which a plugin is asked what it is.
    private static let question = "docker-cli-plugin-metadata"

    /// Asks the program at `path`; nil if it is no plugin.
    init?(name: String, path: String) {
        guard let answer = Self.ask(path), let metadata = try? JSONValue(parsing: answer),
            metadata["SchemaVersion"]?.stringValue == "0.1.0",
            let vendor = metadata["Vendor"]?.stringValue, !vendor.isEmpty
        else { return nil }
        (self.name, self.path, self.vendor) = (name, path, vendor)
        version = metadata["Version"]?.stringValue ?? ""
        summary = metadata["ShortDescription"]?.stringValue ?? ""
    }

    private static func ask(_ path: String) -> [UInt8]? {
        guard let pipe = try? makePipe(), let null = try? openFile("/dev/null", [.readWrite]) else {
            return nil
        }
        let reading = OwnedDescriptor(adopting: pipe.read)
        let pid: Int32
        do {
            let writing = OwnedDescriptor(adopting: pipe.write)
            var launch = ProcessLaunch(path, [question])
            launch.standard = (null.rawValue, writing.rawValue, null.rawValue)
            guard let started = try? launch.start() else { return nil }
            pid = started
        }
        let answer = try? readAll(reading.rawValue, limitBytes: 1 << 20)
        return (try? waitForExit(pid)) == .exited(0) ? answer : nil
    }

    /// What is shown of it by `info --format json`.
    var document: JSONValue {
        [
            "SchemaVersion": "0.1.0", "Vendor": .string(vendor), "Version": .string(version),
            "ShortDescription": .string(summary), "Name": .string(name), "Path": .string(path),
        ]
    }
}

/// Where plugins are.
struct PluginFolders {
    let folders: [String]

    init(_ cli: CLI) {
        let extra = (cli.configuration["cliPluginsExtraDirs"]?.arrayValue ?? []).compactMap(\.stringValue)
        folders =
            extra + [cli.configurationFolder + "/cli-plugins"]
            + ["/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec"].map {
                $0 + "/docker/cli-plugins"
            }
    }

    /// The plugin of that name, if there is one that answers as such.
    func find(_ name: String) -> Plugin? {
        guard Self.isName(name) else { return nil }
        for folder in folders where isExecutable("\(folder)/docker-\(name)") {
            return Plugin(name: name, path: "\(folder)/docker-\(name)")
        }
        return nil
    }

    /// All of them by name; those of the first folder hide others of the same name, and commands hide them all.
    func all() -> [Plugin] {
        var names: Set<String> = []
        for folder in folders {
            for file in (try? listDirectory(folder)) ?? [] where file.hasPrefix("docker-") {
                names.insert(String(file.dropFirst("docker-".count)))
            }
        }
        return names.sorted().filter { !Registry.isCommand($0) }.compactMap(find)
    }

    /// The candidates' names, without asking them what they are.
    func names() -> [String] {
        let files = folders.flatMap { (try? listDirectory($0)) ?? [] }
        return Set(files.filter { $0.hasPrefix("docker-") }.map { String($0.dropFirst("docker-".count)) })
            .filter(Self.isName).sorted()
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (97...122).contains(first) else { return false }
        return name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
    }
}

extension Plugin {
    /// Becomes the plugin, with all the words that we were called with; returns only if that fails.
    func run(_ words: [String], _ cli: CLI) throws -> Never {
        cli.flush()
        var variables = environmentVariables().filter {
            !$0.hasPrefix("DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND=")
        }
        variables.append("DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND=\(currentProgramPath() ?? "docker")")
        // Plugins look for dockerd's socket where nobody says otherwise.
        let (endpoint, isStandard) = try cli.choice.endpoint()
        if isStandard { variables.append("DOCKER_HOST=\(endpoint)") }
        do { try executeProgram(path, [path] + words, variables) } catch {
            throw CommandFailure("fork/exec \(path): \(error.code.reason)")
        }
        exitProcess(1)
    }
}
