internal import Linux
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// A registry that does everything wrong (`Tests/Python/hostile_registry.py`): each pull is refused with words, in
    /// bounded time and memory, and leaves nothing behind.
    @Suite(
        "A hostile registry", .engine(options: ["--max-download-attempts", "2"]),
        .requires(.registry, .ownDaemon),
        .timeLimit(.minutes(10)))
    struct HostileRegistryTests {
        private let docker: Client
        private let daemon: Daemon

        init() throws {
            let engine = try Engine.shared()
            docker = engine.client()
            daemon = try #require(engine.daemon)
        }

        /// What each repository's pull is answered with.
        private static let refusals: [(name: String, words: [String])] = [
            ("wrong-digest", ["the content has digest"]),
            ("wrong-config", ["the content has digest"]),
            ("wrong-manifest-digest", ["manifest verification failed for digest"]),
            ("wrong-size", ["bytes instead of"]),
            ("small-size", ["bytes instead of"]),
            ("negative-size", ["a size below zero"]),
            ("huge-size", ["bytes instead of"]),
            ("truncated", ["stream ended", "closed the connection"]),
            ("endless", ["more than the"]),
            ("chunk-lie", ["chunk size"]),
            ("longer", ["bytes instead of"]),
            ("shorter", ["bytes instead of"]),
            ("html-blob", ["bytes instead of"]),
            ("html-manifest", ["no manifest (text/html)"]),
            ("error-page", ["502 Bad Gateway"]),
            ("long-head", ["header"]),
            ("reset", ["reset by peer", "closed the connection"]),
            ("wrong-range", ["another range"]),
            ("gone-blob", ["blob unknown"]),
            ("redirect-link-local", ["own link"]),
            ("redirect-file", ["no address of http or https"]),
            ("redirect-loop", ["stopped after 10 redirects"]),
            ("redirect-manifest", ["stopped after 10 redirects"]),
            ("endless-manifest", ["more than"]),
            ("big-manifest", ["more than"]),
            ("big-manifest-chunked", ["more than"]),
            ("big-config", ["more than"]),
            ("auth-loop", ["pull access denied for"]),
            ("basic-loop", ["no basic auth credentials"]),
            ("token-html", ["no token"]),
            ("token-huge", ["more than"]),
            ("token-file", ["invalid realm"]),
            ("busy-always", ["slow down"]),
            ("self-index", ["manifest verification failed for digest"]),
            ("self-manifest", ["unsupported media type"]),
            ("chain", ["indexes within indexes"]),
            ("wide-index", ["more than 1000 manifests"]),
            ("empty-index", ["no matching manifest"]),
            ("many-layers", ["more than 500 layers"]),
            ("few-diff-ids", ["2 layers, but 1 diff IDs"]),
            ("wrong-diff-id", ["the uncompressed content has digest"]),
            ("path-digest", ["invalid checksum digest"]),
            ("empty", ["no manifest"]),
            ("not-json", ["no manifest"]),
            ("deep-json", ["no manifest"]),
            ("no-config", ["\"config\" is missing"]),
            ("schema1", ["schema 1 are not supported"]),
            ("text-config", ["invalid JSON"]),
            ("deep-tar", ["path of"]),
            ("huge-name", ["path of"]),
            ("climbing", ["leads out of the root"]),
            ("hard-link", ["leads out of the root"]),
            ("cut-tar", ["unexpected end of the archive"]),
            ("cut-gzip", ["unexpected end of the stream"]),
            ("gzip-tail", ["something else follows"]),
            ("no-tar", ["read tar: invalid header"]),
        ]

        private func pull(_ server: TestServer, _ name: String) async throws -> CommandResult {
            try await docker("pull", "\(server.address)/evil/\(name)", timeout: .seconds(100))
        }

        /// The store's files: of blobs, of layers, and of what is half-made.
        private func files() async throws -> Set<String> {
            Set(try await shell("cd \(daemon.dataRoot) && find blobs layers tmp -mindepth 1 ! -type d").lines)
        }

        private func peakMegabytes(_ pid: Int32) throws -> Int {
            let line = try readText("/proc/\(pid)/status").split(separator: "\n").first {
                $0.hasPrefix("VmHWM:")
            }
            return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
        }

        @Test("is refused with words, and leaves nothing behind")
        func refused() async throws {
            let server = try await TestServer.hostile()
            let pid = try #require(daemon.pid)
            let before = try await files()
            for (name, words) in Self.refusals {
                try writeFile("/proc/\(pid)/clear_refs", Array("5".utf8))
                let began = ContinuousClock.now
                let answer = try await pull(server, name)
                let took = ContinuousClock.now - began
                #expect(answer.code == 1 && !answer.timedOut, "\(name): \(answer)")
                let text = answer.stderr
                #expect(words.isEmpty || words.contains { text.contains($0) }, "\(name): \(text)")
                #expect(!text.isEmpty && text.utf8.count < 2000, "\(name): \(text)")
                #expect(took < .seconds(20), "\(name) took \(took)")
                let peak = try peakMegabytes(pid)
                #expect(peak < 150, "\(name): \(peak) MB")
                var left: Set<String> = []
                _ = try await eventually(within: .seconds(10)) {
                    left = try await files().subtracting(before)
                    return left.isEmpty
                }
                #expect(left.isEmpty, "\(name) leaves \(left.sorted())")
                #expect(daemon.pid == pid)
            }
            #expect(try await docker.must("images", "-aq", "127.0.0.1*/evil/*").isEmpty)
            #expect(!server.log.contains { $0.contains("../") || $0.contains("passwd") })
            // One that behaves is still served.
            try await docker.must("pull", "\(server.address)/evil/good")
            try await docker.must("rmi", "\(server.address)/evil/good")
        }

        @Test("that is slow, stalls, or is busy is waited for, and not for ever")
        func slow() async throws {
            let server = try await TestServer.hostile()
            let began = ContinuousClock.now
            try await docker.must("pull", "\(server.address)/evil/busy-once")
            #expect(ContinuousClock.now - began >= .seconds(1), "as Retry-After says")
            try await docker.must("rmi", "\(server.address)/evil/busy-once")
            let pull = try docker.live("pull", "\(server.address)/evil/stall-blob")
            try await Task.sleep(for: .seconds(1))
            pull.signal(2)
            #expect(try await pull.exitCode(within: .seconds(5)) == 130, "a cancelled pull ends at once")
            await withTaskGroup(of: Void.self) { group in
                for name in ["stall-manifest", "stall-blob", "token-stall"] {
                    group.addTask {
                        let answer = try? await self.docker(
                            "pull", "\(server.address)/evil/\(name)", timeout: .seconds(150))
                        #expect(
                            answer?.code == 1 && answer?.timedOut == false,
                            "\(name): \(String(describing: answer))")
                        #expect(
                            answer?.stderr.contains("timed out") == true,
                            "\(name): \(String(describing: answer))")
                    }
                }
            }
        }

        @Test("gets no credentials at another host")
        func redirected() async throws {
            let server = try await TestServer.hostile()
            let folder = try Scratch("config")
            defer { folder.remove() }
            var client = docker
            client.configuration = folder.path
            try writeFile(
                "\(folder.path)/config.json",
                Array("{\"auths\":{\"\(server.address)\":{\"auth\":\"YmVydGg6c2VjcmV0\"}}}".utf8))
            try await client.must("pull", "\(server.address)/evil/redirect-other")
            let elsewhere = server.log.filter { $0.contains("/v2/evil/good/blobs/") }
            #expect(!elsewhere.isEmpty && elsewhere.allSatisfy { $0.hasSuffix(" -") }, "\(elsewhere)")
            let answer = try await client("pull", "\(server.address)/evil/basic-loop")
            #expect(answer.code == 1 && !answer.timedOut, "\(answer)")
            #expect(server.log.filter { $0.contains("basic-loop") }.count < 12)
            #expect(!daemon.log.contains("YmVydGg6c2VjcmV0") && !answer.stderr.contains("secret"))
            try await docker.must("rmi", "\(server.address)/evil/redirect-other")
        }

        @Test("unpacks things twice into one place, as docker does")
        func twice() async throws {
            let server = try await TestServer.hostile()
            for name in ["twice", "climbing-link"] {
                let image = "\(server.address)/evil/\(name)"
                try await docker.must("pull", image)
                try await docker.must("rmi", image)
            }
            #expect(
                !fileExists("/evil") && !fileExists("\(daemon.dataRoot)/evil")
                    && !fileExists("\(daemon.directory)/evil"))
        }
    }

    @Suite("A disk that is full", .requires(.registry, .ownDaemon), .timeLimit(.minutes(5)))
    struct FullDiskTests {
        @Test("fails a pull with that reason, and gets its room back", arguments: ["noise", "bomb"])
        func pull(_ kind: String) async throws {
            let daemon = try await Daemon(options: ["--max-download-attempts", "1"], sizeMegabytes: 90)
            do {
                let hostile = try await TestServer.hostile()
                let registry = try await TestRegistry()
                _ = try await registry.fill()
                let before = try await room(daemon)
                let name =
                    kind == "noise" ? "\(registry.address)/test/big" : "\(hostile.address)/evil/gzip-bomb"
                let answer = try await daemon.client()("pull", name, timeout: .seconds(60))
                #expect(answer.code == 1 && answer.stderr.contains("no space left on device"), "\(answer)")
                // But for what a later pull goes on from, which a smaller one does not need to know of.
                let isBack = try await eventually(within: .seconds(10)) {
                    _ = try await daemon.client()("pull", "\(registry.address)/test/nosuch")
                    return try await room(daemon) > before - 4 << 10
                }
                let largest = try await shell("du -ak \(daemon.dataRoot) | sort -n | tail -12").output
                #expect(isBack, "\(largest)")
                try await daemon.client().must("pull", "\(registry.address)/test/one")
                #expect(
                    try await daemon.client().must("run", "--rm", "\(registry.address)/test/one") == "gzip")
            } catch { Issue.record(error) }
            try await daemon.remove()
        }

        @Test("fails a load, an import and a commit with that reason, and gets its room back")
        func local() async throws {
            let scratch = try Scratch("full")
            defer { scratch.remove() }
            let folder = scratch.path
            try await shellMust(
                """
                cd \(folder) && mkdir root && head -c 40000000 /dev/urandom > root/one && cp root/one root/two
                tar -C root -cf tree.tar . && gzip -1 -k tree.tar && mkdir image
                cp tree.tar image/layer.tar && cd image
                echo '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:'$(
                  sha256sum < layer.tar | cut -c1-64)'"]}}' > config.json
                echo '[{"Config":"config.json","RepoTags":["full:1"],"Layers":["layer.tar"]}]' > manifest.json
                tar -cf ../image.tar manifest.json config.json layer.tar
                """)
            let daemon = try await Daemon(sizeMegabytes: 90)
            do {
                let docker = daemon.client()
                try await TestImage.busybox.install(in: docker)
                try await docker.must(
                    "run", "--name", "full", "busybox", "sh", "-c",
                    "head -c 30000000 /dev/urandom > /one; head -c 20000000 /one > /two")
                let before = try await room(daemon)
                for arguments in [
                    ["load", "-i", "\(folder)/image.tar"], ["import", "\(folder)/tree.tar", "full:2"],
                    ["import", "\(folder)/tree.tar.gz", "full:2"], ["commit", "full", "full:3"],
                ] {
                    let answer = try await docker.run(arguments)
                    #expect(
                        answer.code == 1 && answer.stderr.contains("no space left on device"),
                        "\(arguments): \(answer)")
                    let isBack = try await eventually(within: .seconds(10)) {
                        try await room(daemon) > before - 1 << 10
                    }
                    let now = try await room(daemon)
                    #expect(isBack, "\(arguments): \(now) of \(before) kB")
                    #expect(try await docker.must("images", "-aq", "full").isEmpty)
                }
                try await docker.must("rm", "full")
                let check = try await docker("system", "check")
                #expect(check.code == 0, "\(check)")
                #expect(try await docker.must("run", "--rm", "busybox", "echo", "well") == "well")
            } catch { Issue.record(error) }
            try await daemon.remove()
        }

        /// Free kilobytes.
        private func room(_ daemon: Daemon) async throws -> Int {
            Int(try await shellMust("df -k --output=avail \(daemon.directory) | tail -1")) ?? 0
        }
    }
}
