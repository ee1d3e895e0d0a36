internal import EngineClient
internal import GoTemplate
internal import OrderedJSON

private typealias Request = EngineClient.Request

extension Command {
    static let version = Command(
        path: "version", usage: "[OPTIONS]", summary: "Show the Docker version information",
        flags: [InspectOutput.formatFlag], arguments: .none
    ) { cli, flags in try VersionReport(cli: cli).show(format: flags.string("format")) }

    static let info = Command(
        path: "info", usage: "[OPTIONS]", summary: "Display system-wide information",
        aliases: ["system info", "info"],
        flags: [InspectOutput.formatFlag], arguments: .none
    ) { cli, flags in try InfoReport(cli: cli).show(format: flags.string("format")) }
}

/// What `version` shows of the client and the engine.
struct VersionReport {
    let cli: CLI

    func show(format: String) throws -> Int32 {
        let client = try cli.client()
        var server: JSONValue?
        var failure: (any Error)?
        var template: Template?
        if !format.isEmpty {
            do { template = try Template(format == "json" ? "{{json .}}" : format, name: "version") } catch {
                throw CommandFailure("template parsing error: \(error)", code: 64)
            }
        }
        do { server = try client.json(Request("GET", "/version")) } catch { failure = error }
        let own: JSONValue = [
            "Version": "28.2.2", "ApiVersion": .string(client.apiVersion), "DefaultAPIVersion": "1.51",
            "GitCommit": .string("berth-\(BerthMain.version)"), "GoVersion": "swift6.3", "Os": "linux",
            "Arch": .string(Self.architecture), "BuildTime": "", "Context": .string(cli.choice.contextName),
        ]
        if let template {
            let value = Strict(
                typeName: "system.versionInfo",
                members: [
                    (
                        "Client",
                        .object(Strict(typeName: "system.clientVersion", json: own, renamed: Self.renamed))
                    ),
                    ("Server", server.map(serverValue) ?? .nilPointer),
                ])
            try value.render(template, cli)
        } else {
            cli.write(clientText(own))
            if let server { cli.write(serverText(server)) }
        }
        if let failure { throw failure }
        return 0
    }

    static var architecture: String {
        #if arch(arm64)
            "arm64"
        #else
            "amd64"
        #endif
    }

    /// Go's names of members that have others on the wire.
    private static let renamed = ["ApiVersion": "APIVersion"]

    /// The engine's answer as templates see it, in the order in which docker shows it.
    private func serverValue(_ server: JSONValue) -> GoValue {
        let names = [
            "Platform", "Components", "Version", "ApiVersion", "MinAPIVersion", "GitCommit", "GoVersion",
            "Os", "Arch", "KernelVersion", "Experimental", "BuildTime",
        ]
        let members = names.map { name -> (key: String, value: GoValue) in
            switch name {
            case "Platform":
                let platform: JSONValue = ["Name": server["Platform"]?["Name"] ?? ""]
                return (name, .object(Strict(typeName: "struct { Name string }", json: platform)))
            case "Components":
                let components = (server[name]?.arrayValue ?? []).map(dated)
                return (
                    name,
                    .list(components.map { .object(Strict(typeName: "types.ComponentVersion", json: $0)) })
                )
            case "Experimental": return (name, .bool(server[name]?.boolValue ?? false))
            default: return (name, .string(server[name]?.stringValue ?? ""))
            }
        }
        return .object(
            Strict(
                typeName: "*types.Version", members: members, renamed: Self.renamed,
                omittedIfEmpty: ["MinAPIVersion", "KernelVersion", "Experimental", "BuildTime"]))
    }

    /// A component whose build time is written as docker's client does.
    private func dated(_ component: JSONValue) -> JSONValue {
        guard var object = component.objectValue, var details = object["Details"]?.objectValue,
            let built = details["BuildTime"]?.stringValue
        else { return component }
        details["BuildTime"] = .string(Times.ansi(built))
        object["Details"] = .object(details)
        return .object(object)
    }

    private func row(_ indent: String, _ name: String, _ value: String) -> String {
        let label = name + ":"
        return indent + label + String(repeating: " ", count: max(1, 18 - label.count)) + value + "\n"
    }

    private func clientText(_ client: JSONValue) -> String {
        func text(_ name: String) -> String { client[name]?.stringValue ?? "" }
        return "Client:\n" + row(" ", "Version", text("Version"))
            + row(" ", "API version", text("ApiVersion")) + row(" ", "Go version", text("GoVersion"))
            + row(" ", "Git commit", text("GitCommit")) + row(" ", "Built", text("BuildTime"))
            + row(" ", "OS/Arch", text("Os") + "/" + text("Arch")) + row(" ", "Context", text("Context"))
    }

    private func serverText(_ server: JSONValue) -> String {
        func text(_ json: JSONValue?, _ name: String) -> String { json?[name]?.stringValue ?? "" }
        let platform = text(server["Platform"], "Name")
        var output = "\nServer:\(platform.isEmpty ? "" : " " + platform)\n"
        var components = server["Components"]?.arrayValue ?? []
        if components.isEmpty {
            components = [["Name": "Engine", "Version": server["Version"] ?? "", "Details": server]]
        }
        for component in components {
            output += " \(text(component, "Name")):\n"
            output += row("  ", "Version", text(component, "Version"))
            let details = component["Details"]
            guard text(component, "Name") == "Engine" else {
                for member in (details?.objectValue?.members ?? []).sorted(by: { $0.key < $1.key }) {
                    output += row("  ", member.key, member.value.stringValue ?? "")
                }
                continue
            }
            let minimum = text(details, "MinAPIVersion")
            output += row(
                "  ", "API version",
                text(details, "ApiVersion") + (minimum.isEmpty ? "" : " (minimum version \(minimum))"))
            output += row("  ", "Go version", text(details, "GoVersion"))
            output += row("  ", "Git commit", text(details, "GitCommit"))
            output += row("  ", "Built", Times.ansi(text(details, "BuildTime")))
            output += row("  ", "OS/Arch", text(details, "Os") + "/" + text(details, "Arch"))
            output += row("  ", "Experimental", text(details, "Experimental"))
        }
        return output
    }
}

/// An object whose members are all known: another name is an error.
struct Strict: GoObject {
    let typeName: String
    let members: [(key: String, value: GoValue)]
    /// Templates' names for members that JSON calls otherwise, by JSON's name.
    var renamed: [String: String] = [:]
    /// Members that JSON leaves out when they are zero.
    var omittedIfEmpty: Set<String> = []

    var fields: [(key: String, value: GoValue)] {
        members.filter { $0.value.isTrue || !omittedIfEmpty.contains($0.key) }
    }

    var printedFields: [GoValue] { members.map(\.value) }

    func member(_ name: String, _ arguments: [GoValue]) -> GoValue? {
        members.first { (renamed[$0.key] ?? $0.key) == name }?.value
    }

    /// Prints what the template makes of the object, as far as it comes.
    func render(_ template: Template, _ cli: CLI) throws {
        var output = ""
        do { try template.render(.object(self), to: &output) } catch {
            cli.print(output)
            throw CommandFailure("\(error)")
        }
        cli.print(output)
    }
}

extension Strict {
    /// A JSON object's members.
    init(typeName: String, json: JSONValue, renamed: [String: String] = [:]) {
        self.init(
            typeName: typeName,
            members: (json.objectValue?.members ?? []).map { ($0.key, GoValue($0.value)) }, renamed: renamed)
    }
}
