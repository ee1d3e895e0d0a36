internal import EngineClient
internal import Linux
internal import OrderedJSON
internal import TarFormat

/// What `--use-api-socket` gives a container: the engine's socket, and the user's credentials in a file of root's.
struct APISocket {
    private static let folder = "/run/secrets/docker"
    private let cli: CLI
    private let socketPath: String
    /// Whether the container says itself where its configuration is.
    private let hasConfiguration: Bool

    init(_ cli: CLI, _ endpoint: Endpoint, for body: ContainerBody) throws {
        guard let path = endpoint.socketPath else {
            throw CommandFailure(
                "flag --use-api-socket can only be used with unix sockets: docker endpoint \(endpoint) incompatible"
            )
        }
        (self.cli, socketPath) = (cli, path)
        hasConfiguration = (body.config["Env"]?.arrayValue ?? []).contains {
            $0.stringValue?.hasPrefix("DOCKER_CONFIG=") == true
        }
    }

    /// `body` with the mount of the socket, and the variable that leads programs to the credentials.
    func added(to body: ContainerBody) -> ContainerBody {
        var body = body
        let mount: JSONValue = [
            "Type": "bind", "Source": .string(socketPath), "Target": "/var/run/docker.sock",
            "BindOptions": [:],
        ]
        body.host["Mounts"] = .array((body.host["Mounts"]?.arrayValue ?? []) + [mount])
        if !hasConfiguration {
            let variables = body.config["Env"]?.arrayValue ?? []
            body.config["Env"] = .array(variables + [.string("DOCKER_CONFIG=\(Self.folder)")])
        }
        return body
    }

    /// Writes the credentials into the new container, if there are any.
    func putCredentials(into container: String, _ client: EngineClient) throws {
        if hasConfiguration { return }
        let auths = try Credentials(cli).all()
        if auths.members.isEmpty { return }
        let file = JSONValue.object(["auths": .object(auths)]).bytes(.indented(prefix: "", indent: "\t"))
        var request = EngineClient.Request(
            "PUT", "/containers/\(container)/archive",
            query: [("noOverwriteDirNonDir", "true"), ("path", "/")])
        request.contentType = "application/x-tar"
        let upload = try client.beginUpload(request)
        let writer = TarWriter { try upload.write($0) }
        var entry = TarEntry(kind: .file, path: RawPath(Self.folder.dropFirst() + "/config.json"))
        entry.mode = 0o600
        entry.sizeBytes = Int64(file.count)
        do {
            try writer.begin(entry)
            try file.withUnsafeBytes { try writer.write(content: $0) }
            try writer.finish()
        } catch is BodyUpload.Refused {
            // The engine has said why.
        }
        try upload.finish()
    }
}
