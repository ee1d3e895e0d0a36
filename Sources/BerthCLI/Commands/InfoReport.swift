internal import EngineClient
internal import GoTemplate
internal import OrderedJSON
internal import TerminalUI

/// What `info` shows.
struct InfoReport {
    let cli: CLI

    func show(format: String) throws -> Int32 {
        var template: Template?
        if !format.isEmpty {
            do { template = try Template(format == "json" ? "{{json .}}" : format) } catch {
                throw CommandFailure("template parsing error: \(error)", code: 64)
            }
        }
        let plugins = PluginFolders(cli).all()
        let client: JSONValue = [
            "Debug": .bool(cli.globals.debug), "Version": "28.2.2",
            "GitCommit": .string("berth-\(BerthMain.version)"),
            "GoVersion": "swift6.3", "Os": "linux", "Arch": .string(VersionReport.architecture),
            "BuildTime": "",
            "Context": .string(cli.choice.contextName), "Plugins": .array(plugins.map(\.document)),
            "Warnings": nil,
        ]
        var server: JSONValue?
        var failure: (any Error)?
        do { server = try cli.client().json(EngineClient.Request("GET", "/info")) } catch { failure = error }
        if let template {
            if let failure { throw failure }
            var all = server?.objectValue ?? [:]
            all["ClientInfo"] = client
            try Strict(typeName: "system.dockerInfo", json: .object(all)).render(template, cli)
            return 0
        }
        cli.write(
            "Client:\n Version:    28.2.2\n Context:    \(cli.choice.contextName)\n"
                + " Debug Mode: \(cli.globals.debug)\n" + Self.text(plugins) + "\nServer:\n"
        )
        if let failure { throw CommandFailure("\(failure)") }
        if let server { cli.write(text(server)) }
        for warning in server?["Warnings"]?.arrayValue ?? [] { cli.complain(warning.stringValue ?? "") }
        return 0
    }

    private static func text(_ plugins: [Plugin]) -> String {
        if plugins.isEmpty { return "" }
        return " Plugins:\n"
            + plugins.map { plugin in
                "  \(plugin.name): \(plugin.summary) (\(plugin.vendor))\n"
                    + (plugin.version.isEmpty ? "" : "    Version:  \(plugin.version)\n")
                    + "    Path:     \(plugin.path)\n"
            }.joined()
    }

    private func text(_ info: JSONValue) -> String {
        var output = ""
        func string(_ name: String) -> String { info[name]?.stringValue ?? "" }
        func number(_ name: String) -> String { String(info[name]?.intValue ?? 0) }
        func bool(_ name: String) -> String { info[name]?.boolValue == true ? "true" : "false" }
        func list(_ json: JSONValue?) -> [String] { (json?.arrayValue ?? []).compactMap(\.stringValue) }
        func line(_ text: String) { output += " \(text)\n" }
        line("Containers: \(number("Containers"))")
        line(" Running: \(number("ContainersRunning"))")
        line(" Paused: \(number("ContainersPaused"))")
        line(" Stopped: \(number("ContainersStopped"))")
        line("Images: \(number("Images"))")
        for (label, name) in [("Server Version", "ServerVersion"), ("Storage Driver", "Driver")]
        where !string(name).isEmpty {
            line("\(label): \(string(name))")
        }
        for pair in info["DriverStatus"]?.arrayValue ?? [] {
            line(" \(pair[0]?.stringValue ?? ""): \(pair[1]?.stringValue ?? "")")
        }
        for (label, name) in [
            ("Logging Driver", "LoggingDriver"), ("Cgroup Driver", "CgroupDriver"),
            ("Cgroup Version", "CgroupVersion"),
        ] where !string(name).isEmpty { line("\(label): \(string(name))") }
        let plugins = info["Plugins"]
        line("Plugins:")
        line(" Volume: " + list(plugins?["Volume"]).joined(separator: " "))
        line(" Network: " + list(plugins?["Network"]).joined(separator: " "))
        if !list(plugins?["Authorization"]).isEmpty {
            line(" Authorization: " + list(plugins?["Authorization"]).joined(separator: " "))
        }
        line(" Log: " + list(plugins?["Log"]).joined(separator: " "))
        let folders = list(info["CDISpecDirs"])
        if !folders.isEmpty {
            line("CDI spec directories:")
            for folder in folders { line(" " + folder) }
        }
        if let devices = info["DiscoveredDevices"]?.arrayValue, !devices.isEmpty {
            line("Discovered Devices:")
            for device in devices {
                line(" \(device["Source"]?.stringValue ?? ""): \(device["ID"]?.stringValue ?? "")")
            }
        }
        line("Swarm: \(info["Swarm"]?["LocalNodeState"]?.stringValue ?? "inactive")")
        if let runtimes = info["Runtimes"]?.objectValue, !runtimes.isEmpty {
            line("Runtimes: " + runtimes.keys.sorted().joined(separator: " "))
            line("Default Runtime: \(string("DefaultRuntime"))")
        }
        line("Init Binary: \(string("InitBinary"))")
        for (label, name) in [
            ("containerd", "ContainerdCommit"), ("runc", "RuncCommit"), ("init", "InitCommit"),
        ]
        where info[name] != nil { line("\(label) version: \(info[name]?["ID"]?.stringValue ?? "")") }
        let security = list(info["SecurityOptions"])
        if !security.isEmpty {
            line("Security Options:")
            for option in security { output += Self.security(option) }
        }
        for (label, name) in [
            ("Kernel Version", "KernelVersion"), ("Operating System", "OperatingSystem"),
            ("OSType", "OSType"),
            ("Architecture", "Architecture"),
        ] { line("\(label): \(string(name))") }
        line("CPUs: \(number("NCPU"))")
        line("Total Memory: \(HumanUnits.binarySize(info["MemTotal"]?.doubleValue ?? 0))")
        line("Name: \(string("Name"))")
        line("ID: \(string("ID"))")
        line("Docker Root Dir: \(string("DockerRootDir"))")
        line("Debug Mode: \(bool("Debug"))")
        for (label, name) in [
            ("HTTP Proxy", "HttpProxy"), ("HTTPS Proxy", "HttpsProxy"), ("No Proxy", "NoProxy"),
        ]
        where !string(name).isEmpty { line("\(label): \(string(name))") }
        let labels = list(info["Labels"])
        if !labels.isEmpty {
            line("Labels:")
            for label in labels { line(" " + label) }
        }
        line("Experimental: \(bool("ExperimentalBuild"))")
        output += registries(info["RegistryConfig"])
        line("Live Restore Enabled: \(bool("LiveRestoreEnabled"))")
        if !string("ProductLicense").isEmpty { line("Product License: \(string("ProductLicense"))") }
        for pool in info["DefaultAddressPools"]?.arrayValue ?? [] {
            if pool == info["DefaultAddressPools"]?[0] { line("Default Address Pools:") }
            line("  Base: \(pool["Base"]?.stringValue ?? ""), Size: \(pool["Size"]?.intValue ?? 0)")
        }
        return output + "\n"
    }

    private static func security(_ option: String) -> String {
        var text = ""
        for (index, field) in option.split(separator: ",").enumerated() {
            let pair = field.split(separator: "=", maxSplits: 1).map { String($0) }
            guard pair.count == 2 else { continue }
            text +=
                index == 0 && pair[0] == "name"
                ? "  \(pair[1])\n" : "   \(pair[0].capitalizedFirst): \(pair[1])\n"
        }
        return text
    }

    private func registries(_ config: JSONValue?) -> String {
        var names: [String] = []
        for member in config?["IndexConfigs"]?.objectValue?.members ?? []
        where member.value["Secure"]?.boolValue == false {
            names.append(member.value["Name"]?.stringValue ?? "")
        }
        names =
            names.sorted() + (config?["InsecureRegistryCIDRs"]?.arrayValue ?? []).compactMap(\.stringValue)
        var text = names.isEmpty ? "" : " Insecure Registries:\n" + names.map { "  \($0)\n" }.joined()
        let mirrors = (config?["Mirrors"]?.arrayValue ?? []).compactMap(\.stringValue)
        if !mirrors.isEmpty { text += " Registry Mirrors:\n" + mirrors.map { "  \($0)\n" }.joined() }
        return text
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
