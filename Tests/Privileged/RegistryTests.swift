internal import Linux
internal import OrderedJSON
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// Pulls from the real `docker-registry`, by our client and by the stock docker CLI.
    @Suite("Pulling images", .engine, .requires(.registry, .ownDaemon), .timeLimit(.minutes(5)))
    struct RegistryTests {
        private let engine: Engine
        private let docker: Client
        private let daemon: Daemon

        init() throws {
            engine = try Engine.shared()
            docker = engine.client()
            daemon = try #require(engine.daemon)
        }

        private func removeImages(_ registry: String) async throws {
            let names = try await docker.must("images", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}")
            for line in names.split(separator: "\n") where line.hasPrefix(registry) {
                let words = line.split(separator: " ").map(String.init)
                _ = try await docker("rmi", "-f", words[0].hasSuffix("<none>") ? words[1] : words[0])
            }
            // Those that lost their names to another platform's.
            try await docker.must("image", "prune", "-f")
        }

        /// The blobs that the relay has seen asked for, without configurations' manifests: how often each.
        private func fetches(_ relay: TestServer) -> [String: Int] {
            var found: [String: Int] = [:]
            for line in relay.log {
                let words = line.split(separator: " ").map(String.init)
                guard words.count == 5, words[0] == "GET", words[1].contains("/blobs/") else { continue }
                found[String(words[1].split(separator: "/").last ?? ""), default: 0] += 1
            }
            return found
        }

        @Test("by tag, by digest and again, in docker's words", arguments: ClientKind.available)
        func words(_ kind: ClientKind) async throws {
            let registry = try await TestRegistry()
            let digests = try await registry.fill()
            let client = engine.client(kind)
            let name = "\(registry.address)/test/one"
            let digest = try #require(digests["test/one:gzip"])
            let first = try await client.must("pull", "\(name):gzip")
            #expect(first.hasPrefix("gzip: Pulling from test/one\n"))
            #expect(
                first.hasSuffix(
                    "Digest: \(digest)\nStatus: Downloaded newer image for \(name):gzip\n\(name):gzip"))
            #expect(try await client.must("run", "--rm", "\(name):gzip") == "gzip")
            #expect(
                try await client.must("pull", "\(name):gzip")
                    == "gzip: Pulling from test/one\nDigest: \(digest)\nStatus: Image is up to date for \(name):gzip\n\(name):gzip"
            )
            let latest = try await client.must("pull", name)
            #expect(latest.hasPrefix("Using default tag: latest\nlatest: Pulling from test/one\n"))
            #expect(latest.contains("Status: Downloaded newer image for \(name):latest"))
            #expect(try await client.must("pull", "-q", "\(name):gzip") == "\(name):gzip")
            try await removeImages(registry.address)
            let byDigest = try await client.must("pull", "\(name)@\(digest)")
            #expect(byDigest.hasPrefix("\(name)@\(digest): Pulling from test/one\n"), "\(byDigest)")
            #expect(
                byDigest.hasSuffix("Status: Downloaded newer image for \(name)@\(digest)\n\(name)@\(digest)"))
            #expect(
                try await client.must(
                    "inspect", "-f", "{{json .RepoDigests}} {{json .RepoTags}}", "\(name)@\(digest)")
                    == "[\"\(name)@\(digest)\"] []")
            try await removeImages(registry.address)
        }

        @Test(
            "of every kind of layer and manifest, and an image runs",
            arguments: ["gzip", "zstd", "plain", "schema2"])
        func kinds(_ tag: String) async throws {
            let registry = try await TestRegistry()
            let digests = try await registry.fill()
            let name = "\(registry.address)/test/one:\(tag)"
            try await docker.must("pull", name)
            #expect(try await docker.must("run", "--rm", name) == tag)
            #expect(
                try await docker.must("inspect", "-f", "{{index .RepoDigests 0}}", name)
                    == "\(registry.address)/test/one@\(digests["test/one:\(tag)"] ?? "")")
            try await removeImages(registry.address)
        }

        @Test(
            "of an index: our platform's, another's, and none where there is none",
            arguments: ClientKind.available)
        func platforms(_ kind: ClientKind) async throws {
            let registry = try await TestRegistry()
            let digests = try await registry.fill()
            let client = engine.client(kind)
            let name = "\(registry.address)/test/multi"
            let format = "{{.Architecture}} {{.RepoDigests}}"
            for tag in ["latest", "list"] {
                let digest = "\(name)@\(digests["test/multi:\(tag)"] ?? "")"
                try await client.must("pull", "\(name):\(tag)")
                let known = try await client.must("inspect", "-f", format, "\(name):\(tag)")
                #expect(known.hasPrefix("amd64 ") && known.contains(digest), "\(known)")
                #expect(try await client.must("run", "--rm", "\(name):\(tag)") == "amd64")
            }
            try await client.must("pull", "--platform", "linux/arm64", "\(name):latest")
            #expect(try await client.must("inspect", "-f", "{{.Architecture}}", "\(name):latest") == "arm64")
            try await client.must("pull", "--platform", "linux/arm/v7", "\(name):latest")
            #expect(try await client.must("inspect", "-f", "{{.Architecture}}", "\(name):latest") == "arm")
            for (arguments, platform) in [
                (["\(name):arm"], "linux/amd64"), (["--platform", "linux/s390x", name], "linux/s390x"),
            ] {
                let answer = try await client.run(["pull"] + arguments)
                #expect(answer.code == 1)
                #expect(
                    answer.stderr.contains(
                        "no matching manifest for \(platform) in the manifest list entries"), "\(answer)")
            }
            try await removeImages(registry.address)
        }

        @Test("with all tags", arguments: ClientKind.available)
        func allTags(_ kind: ClientKind) async throws {
            let registry = try await TestRegistry()
            _ = try await registry.fill()
            let name = "\(registry.address)/test/tags"
            let answer = try await engine.client(kind).must("pull", "-a", name)
            for number in 1...5 { #expect(answer.contains("t\(number): Pulling from test/tags")) }
            #expect(answer.hasSuffix("Status: Downloaded newer image for \(name)\n\(name)"), "\(answer)")
            let tags = try await docker.must("images", "--format", "{{.Tag}}", name).split(separator: "\n")
                .sorted()
            #expect(tags == ["t1", "t2", "t3", "t4", "t5"])
            try await removeImages(registry.address)
        }

        @Test(
            "of things that are no image, or that nobody has, is refused with words",
            arguments: ClientKind.available)
        func refused(_ kind: ClientKind) async throws {
            let registry = try await TestRegistry()
            _ = try await registry.fill()
            for (name, words) in [
                ("test/odd:foreign", "foreign"), ("test/odd:unknown", "application/vnd.example.layer"),
                ("test/odd:lzma", "tar+xz"),
                ("test/odd:artifact", "unsupported media type application/vnd.oci.empty.v1+json"),
                (
                    "test/one:nosuch",
                    "manifest for \(registry.address)/test/one:nosuch not found: manifest unknown"
                ),
                ("test/nosuch:latest", "manifest for \(registry.address)/test/nosuch:latest not found"),
            ] {
                let answer = try await engine.client(kind)("pull", "\(registry.address)/\(name)")
                #expect(answer.code == 1, "\(name)")
                #expect(answer.stderr.contains(words), "\(answer)")
            }
            let nobody = try await engine.client(kind)("pull", "127.0.0.1:1/one")
            #expect(nobody.code == 1 && nobody.stderr.contains("connect: connection refused"), "\(nobody)")
            #expect(try await docker.must("images", "-aq", "\(registry.address)/*/*").isEmpty)
            #expect(try await StoreFiles(daemon).isQuiet())
        }

        @Test("asks for nothing twice: layers that are there, whoever brought them, and pulls at once")
        func shared() async throws {
            let registry = try await TestRegistry()
            _ = try await registry.fill()
            let relay = try await TestServer.relay(to: registry.address)
            let host = relay.address
            try await docker.must("pull", "\(host)/test/shared:a")
            let first = fetches(relay)
            #expect(
                first.count == 4 && first.values.allSatisfy { $0 == 1 }, "three layers and a config: \(first)"
            )
            try await docker.must("pull", "\(host)/test/shared:b")
            #expect(fetches(relay).count == 6, "one layer and a config more")
            try await docker.must("pull", "\(host)/test/other:c")
            #expect(fetches(relay).count == 8)
            #expect(fetches(relay).values.allSatisfy { $0 == 1 }, "\(fetches(relay))")
            try relay.clearLog()
            try await docker.must("pull", "\(host)/test/other:c")
            #expect(fetches(relay).isEmpty)
            #expect(relay.log.count == 1, "\(relay.log)")

            // Four at once of one image, and one of its neighbour.
            try await removeImages(host)
            try relay.clearLog()
            try relay.setRules(#"[{"path": "/blobs/", "do": "slow", "seconds": 0.5}]"#)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<5 {
                    group.addTask {
                        try await docker.must("pull", "\(host)/test/shared:\(index == 4 ? "b" : "a")")
                    }
                }
                try await group.waitForAll()
            }
            // Configurations, which are small, are read by each.
            let configs = try await docker.must("images", "--no-trunc", "-q").split(separator: "\n").map(
                String.init)
            let layers = fetches(relay).filter { !configs.contains($0.key) }
            #expect(layers.count == 4 && layers.values.allSatisfy { $0 == 1 }, "\(layers)")
            #expect(try await docker.must("run", "--rm", "\(host)/test/shared:b") == "b")
            try await removeImages(host)
        }

        /// How many bytes of blobs the relay has sent.
        private func sentBytes(_ relay: TestServer) -> Int {
            relay.log.filter { $0.contains("/blobs/") }.reduce(0) {
                $0 + (Int($1.split(separator: " ").last ?? "") ?? 0)
            }
        }

        @Test("goes on where a download broke off, by ranges")
        func broken() async throws {
            let registry = try await TestRegistry()
            _ = try await registry.fill()
            let relay = try await TestServer.relay(to: registry.address)
            try relay.setRules(#"[{"path": "/blobs/", "do": "cut", "after": 10000000, "times": 3}]"#)
            try await docker.must("pull", "\(relay.address)/test/big")
            #expect(relay.log.contains { $0.contains(" bytes=") }, "\(relay.log)")
            #expect(sentBytes(relay) < 56_000_000, "\(relay.log)")
            #expect(
                try await docker.must("run", "--rm", "\(relay.address)/test/big", "ls", "-l", "/noise0")
                    .contains("25165824"))
            try await removeImages(relay.address)
        }

        @Test("goes on where it was cancelled, or where its daemon was killed")
        func cancelled() async throws {
            let registry = try await TestRegistry()
            _ = try await registry.fill()
            let relay = try await TestServer.relay(to: registry.address)
            let name = "\(relay.address)/test/big"
            let slow = #"[{"path": "/blobs/", "do": "slow", "seconds": 0.1}]"#
            for kind in ["cancel", "kill"] {
                try relay.setRules(slow)
                try relay.clearLog()
                let pull = try docker.live("pull", name)
                // Some ten megabytes of each of two layers.
                try await Task.sleep(for: .seconds(2))
                if kind == "cancel" {
                    pull.signal(2)
                    #expect(try await pull.exitCode() == 130)
                    try await Task.sleep(for: .seconds(1))
                } else {
                    try await daemon.crash()
                    #expect(try await pull.exitCode() == 1)
                    try await daemon.start()
                }
                #expect(try await docker.must("images", "-q", name).isEmpty)
                try relay.setRules("[]")
                try await docker.must("pull", name)
                let ranges = relay.log.filter { $0.contains(" bytes=") && $0.contains(" 206 ") }
                #expect(ranges.count == 2, "\(kind): \(relay.log)")
                // The layer that was whole when the pull ended is not asked for again.
                let whole = relay.log.filter { $0.contains("/blobs/") && !$0.contains(" bytes=") }
                #expect(whole.count == 5, "\(kind): \(whole)")
                #expect(try await docker.must("run", "--rm", name, "ls", "/noise1") == "/noise1")
                try await docker.must("rmi", name)
            }
            #expect(try await StoreFiles(daemon).isQuiet())
        }

        @Test("from a registry with TLS asks for its authority in certs.d")
        func tls() async throws {
            let registry = try await TestRegistry(.basic, tls: true)
            _ = try await registry.fill()
            let name = "\(registry.address)/test/one:gzip"
            var client = docker
            let config = try Scratch("config")
            defer { config.remove() }
            client.configuration = config.path
            let stranger = try await client("pull", name)
            #expect(
                stranger.code == 1 && stranger.stderr.contains("tls: failed to verify certificate"),
                "\(stranger)")
            let folder = "/etc/berth/certs.d/\(registry.address)"
            try await shellMust(
                "mkdir -p \(folder) && cp \(try #require(registry.authority)) \(folder)/ca.crt")
            do {
                let nobody = try await client("pull", name)
                #expect(nobody.code == 1 && nobody.stderr.contains("no basic auth credentials"), "\(nobody)")
                let login = try await client(
                    "login", "-u", TestRegistry.user, "--password-stdin", registry.address,
                    input: TestRegistry.password)
                #expect(login.code == 0 && login.stdout.hasSuffix("Login Succeeded\n"), "\(login)")
                try await client.must("pull", name)
                #expect(try await client.must("run", "--rm", name) == "gzip")
            } catch {
                Issue.record(error)
            }
            try await shellMust("rm -rf '\(folder)'; rmdir -p /etc/berth/certs.d 2>/dev/null || true")
            try await removeImages(registry.address)
        }
    }
}

/// What a daemon's store holds on disk.
struct StoreFiles {
    let dataRoot: String

    init(_ daemon: Daemon) { dataRoot = daemon.dataRoot }

    func names(_ folder: String) async throws -> [String] {
        try await shell("cd \(dataRoot)/\(folder) 2>/dev/null && find . -mindepth 1 -printf '%P\\n'").lines
    }

    /// Whether nothing half-made is left after a moment.
    func isQuiet() async throws -> Bool {
        try await eventually(within: .seconds(5)) { try await names("tmp").allSatisfy { $0.hasPrefix(".") } }
    }
}
