internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// Images found and fetched from web servers that are no registries, and archives in every compression.
    @Suite("Finding and fetching", .engine)
    struct SearchTests {
        private let engine: Engine
        private let docker: Client

        init() throws {
            engine = try Engine.shared()
            docker = engine.client()
        }

        private func index(_ folder: String = "/nonexistent") async throws -> TestServer {
            try await TestServer("search_index.py") { ["\($0)/port", "\($0)/log", folder] }
        }

        @Test("a registry's index is searched, with filters and a limit", arguments: ClientKind.available)
        func search(_ kind: ClientKind) async throws {
            let server = try await index()
            let client = engine.client(kind)
            let term = "\(server.address)/busybox"
            let lines = try await client.must("search", term).split(separator: "\n").map { line in
                line.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
            }
            #expect(
                lines == [
                    "NAME DESCRIPTION STARS OFFICIAL", "busybox Busybox base image. 3000 [OK]",
                    "someone/busybox A busybox of somebody's own, with a descript… 12",
                    "other/busybox-tools 0",
                ])
            for (arguments, expected) in [
                (["--filter", "stars=10"], "busybox\nsomeone/busybox"),
                (["--filter", "is-official=true"], "busybox"), (["--limit", "1"], "busybox"),
                (["--filter", "is-automated=true"], ""),
                (["--filter", "is-official=false", "--filter", "stars=1"], "someone/busybox"),
            ] {
                #expect(
                    try await client.must(["search", "--format", "{{.Name}}"] + arguments + [term])
                        == expected,
                    "\(arguments)")
            }
            for (arguments, words) in [
                (["--limit", "101"], "limit 101 is outside the range of [1, 100]"),
                (["--filter", "is-official=perhaps"], "invalid filter 'is-official=[perhaps]'"),
                (["--filter", "stars=many"], "invalid filter 'stars=[many]'"),
                (["--filter", "colour=red"], "invalid filter 'colour'"),
            ] {
                let answer = try await client.run(["search"] + arguments + [term])
                #expect(answer.code == 1 && answer.stderr.contains(words), "\(answer)")
            }
            let nobody = try await client("search", "127.0.0.1:1/busybox")
            #expect(nobody.code == 1)
            #expect(nobody.stderr.contains("invalid registry endpoint"), "\(nobody)")
            #expect(nobody.stderr.contains("connection refused"), "\(nobody)")
        }

        @Test("an image is imported from the web, whatever the compression", arguments: ClientKind.available)
        func importFromTheWeb(_ kind: ClientKind) async throws {
            let scratch = try Scratch("web")
            defer { scratch.remove() }
            let folder = scratch.path
            try await shellMust(
                """
                cd \(folder) && cp \(TestImage.busybox.tar()) plain && gzip -1 -c plain > gz && zstd -q -1 plain -o zst
                xz -0 -c plain > xz; bzip2 -1 -c plain > bz2; head -c 100000 xz > broken
                """)
            let server = try await index(folder)
            let client = engine.client(kind)
            var layers: Set<String> = []
            for name in ["plain", "gz", "zst", "xz", "bz2"] {
                let image = "web:\(name)"
                let answer = try await client.must(
                    "import", "-c", "CMD echo hello", "http://\(server.address)/\(name)", image)
                #expect(answer.contains("Downloading from http://\(server.address)/\(name)"), "\(answer)")
                #expect(answer.contains("sha256:"), "\(answer)")
                #expect(try await client.must("run", "--rm", image) == "hello")
                layers.insert(try await client.must("inspect", "-f", "{{.RootFS.Layers}}", image))
                #expect(
                    try await client.must("inspect", "-f", "{{.Comment}}", image)
                        == "Imported from http://\(server.address)/\(name)")
                // From a pipe it is the same.
                try await client.must("import", "\(folder)/\(name)", "pipe:\(name)")
                layers.insert(try await client.must("inspect", "-f", "{{.RootFS.Layers}}", "pipe:\(name)"))
                try await client.must("rmi", image, "pipe:\(name)")
            }
            #expect(layers.count == 1, "one layer, however it came: \(layers)")
            for (name, words) in [("nothing", "404"), ("broken", "xz")] {
                let answer = try await client("import", "http://\(server.address)/\(name)", "web:bad")
                #expect(answer.code == 1 && answer.stderr.contains(words), "\(answer)")
            }
            #expect(try await client("inspect", "web:bad").code == 1)
        }

        @Test("an archive is loaded, whatever the compression")
        func load() async throws {
            let scratch = try Scratch("load")
            defer { scratch.remove() }
            let folder = scratch.path
            try await docker.must("tag", "busybox", "loaded:one")
            try await docker.must("save", "-o", "\(folder)/plain", "loaded:one")
            try await shellMust(
                "cd \(folder) && xz -0 -k plain && bzip2 -1 -k plain && zstd -q -1 plain -o plain.zst")
            for name in ["plain", "plain.xz", "plain.bz2", "plain.zst"] {
                try await docker.must("rmi", "loaded:one")
                let answer = try await docker.must("load", "-i", "\(folder)/\(name)")
                #expect(answer.hasSuffix("Loaded image: loaded:one"), "\(name): \(answer)")
            }
            try await docker.must("rmi", "loaded:one")
        }

        @Test("images are listed by age, with their manifests, and for one platform only")
        func listed() async throws {
            try await docker.must("tag", "busybox", "listed:one")
            let api = try EngineAPI()
            func names(_ filter: String) async throws -> String {
                try await docker.must("images", "-q", "--filter", "reference=listed", "--filter", filter)
            }
            #expect(try await names("until=1h").isEmpty)
            #expect(!(try await names("until=2100-01-01T00:00:00")).isEmpty)
            let bad = try await docker("images", "--filter", "until=soon")
            #expect(bad.stderr.contains("failed to parse value as time or duration: \"soon\""), "\(bad)")

            let arm = #"%7B%22os%22:%22linux%22,%22architecture%22:%22arm64%22%7D"#
            let words =
                "image with reference listed:one was found but its platform (linux/amd64) does not match"
            for path in ["json", "history"] {
                let answer = try await api("GET", "/images/listed:one/\(path)?platform=\(arm)")
                #expect(answer.status == 404 && answer.body.contains(words), "\(answer)")
            }
            let removal = try await api("DELETE", "/images/listed:one?platforms=\(arm)")
            #expect(removal.status == 404 && removal.body.contains(words), "\(removal)")
            let own = try await api(
                "GET", "/images/listed:one/json?platform=\(arm)".replacing("arm64", with: "amd64"))
            #expect(own.status == 200, "\(own)")
            let manifests = try await api("GET", "/images/listed:one/json?manifests=1")
            #expect(manifests.status == 200 && manifests.body.contains("\"Manifests\":["), "\(manifests)")
            try await docker.must("rmi", "listed:one")
        }
    }
}
