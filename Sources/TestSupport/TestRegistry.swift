internal import Linux
internal import Synchronization

/// A server of `Tests/Python` that writes its port to a file once it listens; ended with the object.
public final class TestServer: Sendable {
    public let port: UInt16
    private let scratch: Scratch
    private let process: LiveProcess

    /// The server's own log of its requests, one a line.
    public var log: [String] {
        ((try? readText("\(scratch.path)/log")) ?? "").split(separator: "\n").map(String.init)
    }

    /// What it reads again for each request; see the script.
    public func setRules(_ json: String) throws { try writeFile("\(scratch.path)/rules", Array(json.utf8)) }

    /// Begins the log anew.
    public func clearLog() throws { try writeFile("\(scratch.path)/log", []) }

    public var address: String { "127.0.0.1:\(port)" }

    /// Starts `script` with the arguments that `arguments` makes of its folder: port file, log and rules lie there.
    public init(_ script: String, _ arguments: (String) -> [String]) async throws {
        scratch = try Scratch("server")
        let folder = scratch.path
        process = try LiveProcess(
            "python3", ["\(sourceTree)/Tests/Python/\(script)"] + arguments(folder))
        let isUp = try await eventually(within: .seconds(60)) { fileExists("\(folder)/port") }
        guard isUp, let port = UInt16(try readText("\(folder)/port")) else {
            throw DaemonFailure(reason: "\(script) does not listen", log: process.stderr)
        }
        self.port = port
    }

    deinit {
        process.kill()
        scratch.remove()
    }

    /// The registry that does everything wrong.
    public static func hostile() async throws -> TestServer {
        try await TestServer("hostile_registry.py") { ["\($0)/port", "\($0)/log"] }
    }

    /// Stands before `upstream` and tells of each request.
    public static func relay(to upstream: String) async throws -> TestServer {
        try await TestServer("registry_relay.py") { [upstream, "\($0)/port", "\($0)/log", "\($0)/rules"] }
    }
}

/// The real `docker-registry`, on tmpfs; ended with the object.
public final class TestRegistry: Sendable {
    /// Who may do what. The user is `berth`, the password `secret`.
    public enum Access: String, Sendable, CaseIterable { case open, basic, token }

    public static let user = "berth"
    public static let password = "secret"
    /// bcrypt of ``password``.
    private static let passwordLine = "berth:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n"

    public let access: Access
    /// Host and port, as in image names.
    public let address: String
    public let scratch: Scratch
    /// The authority to put into certs.d, if the registry speaks TLS.
    public let authority: String?
    /// Gives the tokens, where that is how one gets in.
    public let tokens: TestServer?
    private let process: Mutex<LiveProcess>

    public var storage: String { "\(scratch.path)/data" }

    /// Starts an empty registry; with `tls` at this machine's own address, as no registry on loopback is verified.
    public init(_ access: Access = .open, tls: Bool = false) async throws {
        self.access = access
        scratch = try Scratch("registry")
        let folder = scratch.path
        var host = "127.0.0.1"
        if tls {
            host = try await shellMust(
                "ip -4 -o addr show scope global | awk '{print $4}' | cut -d/ -f1 | head -1")
            if host.isEmpty {
                throw DaemonFailure(reason: "this machine has no address for a TLS registry", log: "")
            }
        }
        let port = try Self.freePort(host)
        address = "\(host):\(port)"
        try await Self.makeKeys(folder, host: host)
        var settings = """
            version: 0.1
            log: {level: warn, accesslog: {disabled: true}}
            storage: {filesystem: {rootdirectory: \(folder)/data}, delete: {enabled: true}}
            http:
              addr: "\(address)"

            """
        if tls { settings += "  tls: {certificate: \(folder)/server.crt, key: \(folder)/server.key}\n" }
        switch access {
        case .open: tokens = nil
        case .basic:
            tokens = nil
            try writeFile("\(folder)/htpasswd", Array(Self.passwordLine.utf8))
            settings += "auth: {htpasswd: {realm: berth, path: \(folder)/htpasswd}}\n"
        case .token:
            let tokens = try await TestServer("token_service.py") {
                ["\(folder)/token.key", "\(folder)/token.crt", "\($0)/port", "\($0)/log"]
            }
            self.tokens = tokens
            settings += "auth: {token: {realm: \"http://\(tokens.address)/token\", service: registry, "
            settings += "issuer: berth-test, rootcertbundle: \(folder)/token.crt}}\n"
        }
        authority = tls ? "\(folder)/ca.crt" : nil
        try writeFile("\(folder)/config.yml", Array(settings.utf8))
        process = Mutex(try LiveProcess("docker-registry", ["serve", "\(folder)/config.yml"]))
        let scheme = tls ? "https" : "http"
        let isUp = try await eventually(within: .seconds(20)) { [address] in
            try await shell("curl -sk -o /dev/null \(scheme)://\(address)/v2/").code == 0
        }
        if !isUp {
            throw DaemonFailure(
                reason: "docker-registry does not answer", log: process.withLock { $0.stderr })
        }
    }

    deinit {
        process.withLock { $0.kill() }
        scratch.remove()
    }

    private static func freePort(_ host: String) throws -> UInt16 {
        guard let address = IPAddress(host) else { return 0 }
        let socket = try listenInternet(SocketAddress(address, 0), kind: .stream)
        return try localPort(socket.rawValue)
    }

    private static func makeKeys(_ folder: String, host: String) async throws {
        try await shellMust(
            """
            cd \(folder) && exec 2>/dev/null
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=berth-test-authority -keyout ca.key -out ca.crt
            openssl req -newkey rsa:2048 -nodes -subj /CN=registry -keyout server.key -out server.csr
            printf 'subjectAltName=IP:\(host)\\nextendedKeyUsage=serverAuth\\n' > ext
            openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out server.crt
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=tokens -keyout token.key -out token.crt
            """)
    }

    /// Fills the registry with the images of `registry_fixture.py`, and returns their digests by name.
    ///
    /// What they make of a registry's storage is kept beside the test images, and copied from there the next time.
    public func fill() async throws -> [String: String] {
        let busybox = try await TestImage.busybox.tar()
        let script = "\(sourceTree)/Tests/Python/registry_fixture.py"
        let key = try await shellMust("(cat \(script); echo \(busybox)) | sha256sum | cut -c1-12")
        let kept = "\(busybox.split(separator: "/").dropLast().map { "/" + $0 }.joined())/registry-\(key)"
        if fileExists("\(kept)/digests") {
            try await shellMust("mkdir -p \(storage) && cp -a \(kept)/data/. \(storage)/")
            return Self.digests(try readText("\(kept)/digests"))
        }
        let scheme = authority == nil ? "http" : "https"
        var command = Command(
            "python3",
            [
                script, "\(scheme)://\(address)", busybox,
                access != .open ? "\(Self.user):\(Self.password)" : "", authority ?? "",
            ])
        command.timeout = .seconds(120)
        let result = try await command.run()
        guard result.code == 0 else { throw CommandFailure(result: result) }
        try await shellMust("rm -rf \(kept).new && mkdir -p \(kept).new && cp -a \(storage) \(kept).new/data")
        try writeFile("\(kept).new/digests", Array(result.output.utf8))
        try await shellMust("rm -rf \(kept) && mv \(kept).new \(kept)")
        return Self.digests(result.output)
    }

    /// One flat object of plain strings.
    private static func digests(_ json: String) -> [String: String] {
        let words = json.split(separator: "\"").map(String.init)
        var found: [String: String] = [:]
        for index in stride(from: 1, to: words.count - 2, by: 4) { found[words[index]] = words[index + 2] }
        return found
    }
}
