internal import EngineClient
internal import Linux
internal import OrderedJSON

/// One engine that the user has given a name.
struct EngineContext {
    var name: String
    var description = ""
    var host: String
    var skipsVerification = false
    /// What the file holds beside the description.
    var metadata = JSONObject()
    /// The names of its TLS files for the engine.
    var securityFiles: [String] = []

    /// The document that is kept of it.
    var document: JSONValue {
        var metadata = metadata
        metadata["Description"] = description.isEmpty ? nil : .string(description)
        return [
            "Name": .string(name), "Metadata": .object(metadata),
            "Endpoints": ["docker": ["Host": .string(host), "SkipTLSVerify": .bool(skipsVerification)]],
        ]
    }
}

/// The user's contexts, in the folder `contexts` of the configuration.
struct ContextStore {
    let folder: String

    init(configuration: String) { folder = configuration + "/contexts" }

    static let defaultName = "default"

    func metadataFolder(_ name: String) -> String { "\(folder)/meta/\(FolderName.of(name))" }
    func securityFolder(_ name: String) -> String { "\(folder)/tls/\(FolderName.of(name))" }

    static func notFound(_ name: String, _ path: String) -> CommandFailure {
        CommandFailure("context \"\(name)\": context not found: open \(path): no such file or directory")
    }

    /// The context of that name; none is an error in docker's words.
    func load(_ name: String) throws -> EngineContext {
        let path = metadataFolder(name) + "/meta.json"
        guard let bytes = try? readFile(path) else { throw Self.notFound(name, path) }
        let document: JSONValue
        do { document = try JSONValue(parsing: bytes) } catch {
            throw CommandFailure("context \"\(name)\": parsing \(path): \(error)")
        }
        return context(document, name: name)
    }

    /// The context that a document describes.
    func context(_ document: JSONValue, name: String) -> EngineContext {
        let endpoint = document["Endpoints"]?["docker"]
        var metadata = document["Metadata"]?.objectValue ?? JSONObject()
        let description = metadata["Description"]?.stringValue ?? ""
        metadata["Description"] = nil
        return EngineContext(
            name: document["Name"]?.stringValue ?? name, description: description,
            host: endpoint?["Host"]?.stringValue ?? "",
            skipsVerification: endpoint?["SkipTLSVerify"]?.boolValue ?? false, metadata: metadata,
            securityFiles: ((try? listDirectory(securityFolder(name) + "/docker")) ?? []).sorted())
    }

    /// All contexts, by name.
    func all() -> [EngineContext] {
        let names = (try? listDirectory(folder + "/meta")) ?? []
        return names.compactMap { name -> EngineContext? in
            guard let bytes = try? readFile("\(folder)/meta/\(name)/meta.json"),
                let document = try? JSONValue(parsing: bytes)
            else { return nil }
            return context(document, name: document["Name"]?.stringValue ?? "")
        }.sorted { $0.name < $1.name }
    }

    func contains(_ name: String) -> Bool { fileExists(metadataFolder(name) + "/meta.json") }

    /// Keeps `context`; `files` replace its TLS files where they are given.
    func save(_ context: EngineContext, files: [String: [UInt8]]?) throws {
        let folder = metadataFolder(context.name)
        try makeDirectories(folder)
        try replaceFile(folder + "/meta.json", context.document.bytes(), mode: 0o644)
        guard let files else { return }
        let security = securityFolder(context.name)
        if fileExists(security) { try removeSecurity(security) }
        if files.isEmpty { return }
        try makeDirectories(security + "/docker", mode: 0o700)
        for (name, bytes) in files { try writeFile("\(security)/docker/\(name)", bytes, mode: 0o600) }
    }

    func remove(_ name: String) throws {
        let folder = metadataFolder(name)
        try removeFile(folder + "/meta.json")
        try removeDirectory(folder)
        let security = securityFolder(name)
        if fileExists(security) { try removeSecurity(security) }
    }

    private func removeSecurity(_ folder: String) throws {
        for endpoint in try listDirectory(folder) {
            for name in try listDirectory("\(folder)/\(endpoint)") {
                try removeFile("\(folder)/\(endpoint)/\(name)")
            }
            try removeDirectory("\(folder)/\(endpoint)")
        }
        try removeDirectory(folder)
    }

    /// Refuses names that docker refuses for a context of one's own.
    static func check(_ name: String) throws {
        if name.isEmpty { throw CommandFailure("context name cannot be empty") }
        if name == defaultName { throw CommandFailure("\"default\" is a reserved context name") }
        try checkForm(name)
    }

    /// Refuses what cannot be a name.
    static func checkForm(_ name: String) throws {
        let bytes = Array(name.utf8)
        func isWord(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        let isValid =
            bytes.count > 1 && isWord(bytes[0])
            && bytes.dropFirst().allSatisfy { isWord($0) || "_.+-".utf8.contains($0) }
        if !isValid {
            throw CommandFailure(
                "context name \"\(name)\" is invalid, names are validated against regexp \"^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$\""
            )
        }
    }
}
