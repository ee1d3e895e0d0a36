internal import Linux
internal import OrderedJSON
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// Pushes to the real `docker-registry`, and what others make of it.
    @Suite("Pushing images", .engine, .requires(.registry, .ownDaemon), .timeLimit(.minutes(5)))
    struct RegistryPushTests {
        private let engine: Engine
        private let docker: Client
        private let daemon: Daemon

        init() throws {
            engine = try Engine.shared()
            docker = engine.client()
            daemon = try #require(engine.daemon)
        }

        private func manifest(_ registry: TestRegistry, _ name: String, _ reference: String) async throws
            -> String
        {
            try await shellMust(
                "curl -sf -H 'Accept: application/vnd.oci.image.index.v1+json' "
                    + "-H 'Accept: application/vnd.oci.image.manifest.v1+json' "
                    + "-H 'Accept: application/vnd.docker.distribution.manifest.v2+json' "
                    + "-H 'Accept: application/vnd.docker.distribution.manifest.list.v2+json' "
                    + "http://\(registry.address)/v2/\(name)/manifests/\(reference)")
        }

        @Test("all platforms of a name, under an index of them; and so they are saved, loaded and removed")
        func platforms() async throws {
            let registry = try await TestRegistry()
            _ = try await registry.fill()
            let source = "\(registry.address)/test/multi:latest"
            let name = "\(registry.address)/new/many:1"
            for platform in ["linux/arm64", "linux/amd64"] {
                try await docker.must("pull", "--platform", platform, source)
            }
            func architecture(_ client: Client, _ platform: String?) async throws -> String {
                let chosen = platform.map { ["--platform", $0] } ?? []
                return try await client.must(
                    ["image", "inspect", "-f", "{{.Architecture}}"] + chosen + [name])
            }
            try await docker.must("tag", source, name)
            #expect(try await docker.must("run", "--rm", name) == "amd64")
            #expect(try await docker.must("run", "--rm", "--platform", "linux/amd64", name) == "amd64")
            let own = engine.client(.berth)
            let clients = [docker, own]
            for client in clients {
                #expect(try await architecture(client, nil) == "amd64")
                #expect(try await architecture(client, "linux/arm64") == "arm64")
            }
            let made = try await docker.must("create", "--platform", "linux/arm64", name)
            let used = try await docker.must("inspect", "-f", "{{.Image}}", made)
            let arm = try await docker.must(
                "image", "inspect", "-f", "{{.Id}}", "--platform", "linux/arm64", name)
            #expect(used == arm)
            #expect(
                try await docker.must("ps", "-a", "--filter", "id=\(made)", "--format", "{{.Image}}") == name)
            try await docker.must("rm", made)

            let pushed = try await docker.must("push", name)
            let index = try JSONValue(parsing: Array(try await manifest(registry, "new/many", "1").utf8))
            let entries = index["manifests"]?.arrayValue ?? []
            #expect(entries.count == 2, "\(pushed)")
            let whole = try JSONValue(
                parsing: Array(try await manifest(registry, "test/multi", "latest").utf8))
            let known = (whole["manifests"]?.arrayValue ?? []).compactMap { $0["digest"]?.stringValue }
            for entry in entries { #expect(known.contains(entry["digest"]?.stringValue ?? "")) }

            let scratch = try Scratch("web")
            defer { scratch.remove() }
            let archive = "\(scratch.path)/many.tar"
            for client in clients {
                try await client.must("save", "-o", archive, name)
                try await client.must("rmi", name, source)
                #expect(try await docker.must("images", "-q", source).isEmpty)
                #expect(try await client.must("load", "-i", archive).hasSuffix("Loaded image: \(name)"))
                #expect(try await architecture(client, "linux/arm64") == "arm64")
                try await client.must("tag", name, source)
                try await client.must("rmi", "--platform", "linux/arm64", source)
                #expect(try await client("image", "inspect", "--platform", "linux/arm64", source).code == 1)
                #expect(try await architecture(client, "linux/arm64") == "arm64")
            }
            try await own.must("save", "-o", archive, "--platform", "linux/arm64", name)
            try await docker.must("rmi", name, source)
            try await own.must("load", "-i", archive)
            #expect(try await architecture(docker, nil) == "arm64")
            try await docker.must("rmi", name)
            try await docker.must("pull", "--platform", "linux/arm64", name)
            #expect(try await architecture(docker, nil) == "arm64")
            try await docker.must("rmi", name)
        }

        @Test(
            "in docker's words: what is new, what is there, and what is not", arguments: ClientKind.available)
        func words(_ kind: ClientKind) async throws {
            let registry = try await TestRegistry()
            let client = engine.client(kind)
            let name = "\(registry.address)/new/one"
            try await client.must("tag", "busybox", "\(name):x")
            let first = try await client.must("push", "\(name):x")
            #expect(first.hasPrefix("The push refers to repository [\(name)]\n"), "\(first)")
            #expect(first.contains(": Pushed\nx: digest: sha256:"), "\(first)")
            let second = try await client.must("push", "\(name):x")
            #expect(second.contains(": Layer already exists\nx: digest: sha256:"), "\(second)")
            #expect(first.split(separator: "\n").last == second.split(separator: "\n").last)
            #expect(try await client.must("push", "-q", "\(name):x") == "\(name):x")
            let none = try await client("push", name)
            #expect(
                none.code == 1 && none.stderr.trimmed == "tag does not exist: \(name):latest"
                    && none.stdout == "Using default tag: latest\nThe push refers to repository [\(name)]\n",
                "\(none)")
            let nothing = try await client("push", "\(registry.address)/nosuch/one")
            #expect(
                nothing.code == 1
                    && nothing.stderr.trimmed
                        == "An image does not exist locally with the tag: \(registry.address)/nosuch/one",
                "\(nothing)")
            let nobody = "127.0.0.1:1/one"
            try await client.must("tag", "busybox", nobody)
            let refused = try await client("push", nobody)
            #expect(refused.code == 1 && refused.stderr.contains("connect: connection refused"), "\(refused)")
            for tag in ["y", "z"] { try await client.must("tag", "busybox", "\(name):\(tag)") }
            let all = try await client.must("push", "-a", name)
            for tag in ["x", "y", "z"] { #expect(all.contains("\(tag): digest: sha256:")) }
            try await client.must("rmi", nobody, "\(name):x", "\(name):y", "\(name):z")
            #expect(try await client.must("run", "--rm", "\(name):y", "echo", "back") == "back")
            _ = try await client("rmi", "\(name):y")
        }

        @Test("sends the exact bytes that were pulled", arguments: ["gzip", "zstd", "plain", "schema2"])
        func exact(_ tag: String) async throws {
            let (from, to) = (try await TestRegistry(), try await TestRegistry())
            let digests = try await from.fill()
            // Whose layer, imported, would be taken for that of the same content.
            try await docker.must("rmi", "-f", "busybox")
            try await docker.must("pull", "\(from.address)/test/one:\(tag)")
            try await docker.must("tag", "\(from.address)/test/one:\(tag)", "\(to.address)/copy/one:\(tag)")
            let said = try await docker.must("push", "\(to.address)/copy/one:\(tag)")
            #expect(said.contains("digest: \(digests["test/one:\(tag)"] ?? "")"), "\(said)")
            #expect(try await manifest(from, "test/one", tag) == (try await manifest(to, "copy/one", tag)))
            try await docker.must("rmi", "\(from.address)/test/one:\(tag)", "\(to.address)/copy/one:\(tag)")
            try await TestImage.busybox.install(in: docker)
        }

        @Test("mounts what the registry has in another repository")
        func mounts() async throws {
            let registry = try await TestRegistry()
            _ = try await registry.fill()
            let relay = try await TestServer.relay(to: registry.address)
            try await docker.must("rmi", "-f", "busybox")
            try await docker.must("pull", "\(relay.address)/test/big")
            try await docker.must("tag", "\(relay.address)/test/big", "\(relay.address)/other/big")
            try relay.clearLog()
            let said = try await docker.must("push", "\(relay.address)/other/big")
            #expect(said.contains(": Mounted from test/big"), "\(said)")
            #expect(
                relay.log.contains {
                    $0.hasPrefix("POST ") && $0.contains("mount=sha256%3A") && $0.contains(" 201 ")
                })
            // Only the configuration is sent.
            #expect(relay.log.filter { $0.hasPrefix("PATCH ") }.count == 1, "\(relay.log)")
            try await docker.must("rmi", "\(relay.address)/test/big", "\(relay.address)/other/big")
            try await TestImage.busybox.install(in: docker)
        }

        @Test("are read by docker, podman and skopeo, and theirs by us", .requires(.peers))
        func peers() async throws {
            let registry = try await TestRegistry()
            let name = "\(registry.address)/peers/ours"
            try await docker.must("run", "--name", "built", "busybox", "sh", "-c", "echo made here > /made")
            try await docker.must("commit", "built", name)
            try await docker.must("rm", "built")
            try await docker.must("push", name)
            let peer = Client(.docker, host: "unix://\(peerDockerSocket)")
            try await peer.must("pull", name)
            #expect(try await peer.must("run", "--rm", name, "cat", "/made") == "made here")
            try await peer.must("tag", name, "\(registry.address)/peers/docker")
            try await peer.must("push", "\(registry.address)/peers/docker")
            try await peer.must("rmi", name, "\(registry.address)/peers/docker")
            let inside = "chroot \(peersRoot)"
            try await shellMust(
                "\(inside) skopeo copy --src-tls-verify=false --dest-tls-verify=false docker://\(name) "
                    + "docker://\(registry.address)/peers/skopeo")
            try await shellMust("\(inside) podman pull --tls-verify=false \(name)")
            try await shellMust(
                "\(inside) podman push --tls-verify=false \(name) docker://\(registry.address)/peers/podman")
            try await shellMust("\(inside) podman rmi \(name)")
            try await docker.must("rmi", name)
            for other in ["docker", "skopeo", "podman"] {
                let image = "\(registry.address)/peers/\(other)"
                try await docker.must("pull", image)
                #expect(try await docker.must("run", "--rm", image, "cat", "/made") == "made here")
                try await docker.must("rmi", image)
            }
        }
    }
}
