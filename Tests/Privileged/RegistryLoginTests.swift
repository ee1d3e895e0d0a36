internal import Linux
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// Who may pull and push, with docker's words and docker's files.
    @Suite("Logging in to registries", .engine, .requires(.registry, .ownDaemon), .timeLimit(.minutes(5)))
    struct RegistryLoginTests {
        private let engine: Engine
        private let daemon: Daemon

        init() throws {
            engine = try Engine.shared()
            daemon = try #require(engine.daemon)
        }

        /// A client with a configuration of its own.
        private func client(_ kind: ClientKind, _ folder: Scratch) -> Client {
            var client = engine.client(kind)
            client.configuration = folder.path
            return client
        }

        @Test(
            "is asked for, kept, used and forgotten", arguments: ClientKind.available,
            [TestRegistry.Access.basic, .token])
        func login(_ kind: ClientKind, _ access: TestRegistry.Access) async throws {
            let registry = try await TestRegistry(access)
            _ = try await registry.fill()
            let folder = try Scratch("config")
            defer { folder.remove() }
            let docker = client(kind, folder)
            let name = "\(registry.address)/test/one:gzip"
            let nobody = try await docker("pull", name)
            #expect(nobody.code == 1)
            let words = access == .basic ? "no basic auth credentials" : "access denied"
            #expect(nobody.stderr.contains(words), "\(nobody)")
            if access == .token { try await docker.must("pull", "\(registry.address)/open/one") }

            let wrong = try await docker(
                "login", "-u", TestRegistry.user, "--password-stdin", registry.address,
                input: "not-the-secret")
            let refusal =
                access == .basic ? "401 Unauthorized" : "unauthorized: incorrect username or password"
            #expect(wrong.code == 1 && wrong.stderr.contains(refusal), "\(wrong)")
            #expect(!fileExists("\(folder.path)/config.json"))
            let right = try await docker(
                "login", "-u", TestRegistry.user, "--password-stdin", registry.address,
                input: TestRegistry.password)
            #expect(right.code == 0 && right.stdout.hasSuffix("Login Succeeded\n"), "\(right)")
            #expect(right.stderr.contains("stored unencrypted in '\(folder.path)/config.json'"))
            #expect(
                try readText("\(folder.path)/config.json")
                    == "{\n\t\"auths\": {\n\t\t\"\(registry.address)\": {\n\t\t\t\"auth\": \"YmVydGg6c2VjcmV0\"\n\t\t}\n\t}\n}"
            )
            let again = try await docker("login", registry.address)
            #expect(
                again.stderr.contains("Authenticating with existing credentials... [Username: berth]"),
                "\(again)")
            try await docker.must("pull", name)
            #expect(try await docker.must("run", "--rm", name) == "gzip")
            if access == .token {
                #expect(registry.tokens?.log.contains("berth repository:test/one:pull") == true)
            }
            try await docker.must("logout", registry.address)
            #expect(!(try readText("\(folder.path)/config.json")).contains("YmVydGg6c2VjcmV0"))
            #expect(try await docker("pull", "\(registry.address)/test/one:zstd").code == 1)
            // Neither the daemon's log nor any answer holds what is secret.
            for secret in ["secret", "YmVydGg6c2VjcmV0", "eyJ0eXAi", "not-the-secret"] {
                #expect(!daemon.log.contains(secret), "\(secret)")
                #expect(!(wrong.stderr + nobody.stderr + again.stdout).contains(secret))
            }
        }

        @Test(
            "asks docker's credential helpers", arguments: ClientKind.available,
            ["credsStore", "credHelpers"])
        func helpers(_ kind: ClientKind, _ key: String) async throws {
            let registry = try await TestRegistry(.basic)
            _ = try await registry.fill()
            let folder = try Scratch("config")
            defer { folder.remove() }
            let docker = client(kind, folder)
            let store = "\(folder.path)/store"
            try writeFile(
                "\(folder.path)/docker-credential-berthtest",
                Array(
                    """
                    #!/bin/sh
                    input=$(cat)
                    echo "$1 $#" >> \(folder.path)/calls
                    case $1 in
                    get) [ -s \(store) ] && cat \(store) || { echo "credentials not found in native keychain"; exit 1; } ;;
                    store) echo "$input" > \(store) ;;
                    erase) rm -f \(store) ;;
                    esac

                    """.utf8))
            try await shellMust("chmod +x \(folder.path)/docker-credential-berthtest")
            let setting = key == "credsStore" ? "\"berthtest\"" : "{\"\(registry.address)\": \"berthtest\"}"
            try writeFile("\(folder.path)/config.json", Array("{\"\(key)\": \(setting)}".utf8))
            func run(_ arguments: [String], input: String = "") async throws -> CommandResult {
                var command = Command(try #require(kind.path), arguments)
                command.environment = docker.environment
                command.environment["PATH"] = folder.path + ":/usr/bin:/bin"
                command.input = Array(input.utf8)
                return try await command.run()
            }
            let name = "\(registry.address)/test/one:gzip"
            #expect(try await run(["pull", name]).stderr.contains("no basic auth credentials"))
            let login = try await run(
                ["login", "-u", TestRegistry.user, "--password-stdin", registry.address],
                input: TestRegistry.password)
            #expect(login.code == 0 && !login.stderr.contains("unencrypted"), "\(login)")
            #expect(!(try readText("\(folder.path)/config.json")).contains("YmVydGg6c2VjcmV0"))
            #expect(
                try readText(store).trimmed
                    == "{\"ServerURL\":\"\(registry.address)\",\"Username\":\"berth\",\"Secret\":\"secret\"}")
            #expect(try await run(["pull", "-q", name]).code == 0)
            #expect(try await run(["logout", registry.address]).code == 0)
            #expect(!fileExists(store))
            #expect(try await run(["pull", "\(registry.address)/test/one:zstd"]).code == 1)
            let calls = try readText("\(folder.path)/calls").split(separator: "\n")
            #expect(calls.allSatisfy { $0.hasSuffix(" 1") }, "secrets are never arguments: \(calls)")
            _ = try await docker("rmi", name)
        }

        @Test("by the API answers as dockerd does")
        func api() async throws {
            let registry = try await TestRegistry(.basic)
            _ = try await registry.fill()
            let api = try EngineAPI()
            func auth(_ user: String, _ password: String, _ server: String) async throws -> EngineAPI.Answer {
                try await api(
                    "POST", "/auth",
                    body:
                        "{\"username\":\"\(user)\",\"password\":\"\(password)\",\"serveraddress\":\"\(server)\"}"
                )
            }
            let fine = try await auth("berth", "secret", registry.address)
            #expect(fine.description == "200 {\"IdentityToken\":\"\",\"Status\":\"Login Succeeded\"}")
            let wrong = try await auth("berth", "x", registry.address)
            #expect(
                wrong.message
                    == "login attempt to http://\(registry.address)/v2/ failed with status: 401 Unauthorized",
                "\(wrong)")
            let nobody = try await auth("a", "b", "127.0.0.1:1")
            #expect(
                nobody.message
                    == "Get \"http://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused",
                "\(nobody)")
            let open = try await TestRegistry()
            let digests = try await open.fill()
            let found = try await api("GET", "/distribution/\(open.address)/test/multi/json")
            let digest = digests["test/multi:latest"] ?? ""
            #expect(
                found.body.hasPrefix(
                    "{\"Descriptor\":{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"digest\":\"\(digest)\",\"size\":"
                ), "\(found)")
            #expect(
                found.body.hasSuffix(
                    "\"Platforms\":[{\"architecture\":\"amd64\",\"os\":\"linux\"},{\"architecture\":\"arm64\",\"os\":\"linux\","
                        + "\"variant\":\"v8\"},{\"architecture\":\"arm\",\"os\":\"linux\",\"variant\":\"v7\"},"
                        + "{\"architecture\":\"unknown\",\"os\":\"unknown\"}]}"), "\(found)")
            let none = try await api("GET", "/distribution/\(open.address)/test/nosuch/json")
            #expect(none.message == "manifest unknown: manifest unknown", "\(none)")
        }
    }
}
