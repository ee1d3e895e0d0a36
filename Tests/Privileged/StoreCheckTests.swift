internal import Linux
internal import OrderedJSON
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// `system check`, with the store broken on purpose; archives out and in again.
    @Suite("The image store", .engine, .requires(.ownDaemon), .timeLimit(.minutes(5)))
    struct StoreCheckTests {
        private let engine: Engine
        private let docker: Client
        private let berth: Client
        private let data: String

        init() throws {
            engine = try Engine.shared()
            docker = engine.client()
            berth = engine.client(.berth)
            data = try #require(engine.daemon).dataRoot
        }

        /// An image of two layers of its own, saved and loaded so that both have blobs.
        private func makeImage(_ name: String) async throws {
            try await docker.must(
                "run", "--name", "maker", "--net", "none", "busybox", "sh", "-c", "echo hi > /made")
            try await docker.must("commit", "maker", name)
            try await docker.must("rm", "maker")
        }

        private func layerDirectories() throws -> [String] { try listDirectory(data + "/layers").sorted() }

        @Test("is found whole when nothing is wrong")
        func whole() async throws {
            try await makeImage("whole:1")
            let result = try await berth("system", "check")
            #expect(result.code == 0, "\(result)")
            #expect(result.output.contains("checked "))
            try await docker.must("rmi", "whole:1")
        }

        @Test("tells of a changed file, a lost directory and a stray, and mends them")
        func layers() async throws {
            let before = Set(try layerDirectories())
            try await makeImage("broken:1")
            let archive = data + "/../broken.tar"
            try await docker.must("save", "-o", archive, "broken:1")
            let made = try #require(try layerDirectories().first { !before.contains($0) })
            try writeFile("\(data)/layers/\(made)/made", Array("ho\n".utf8))
            let changed = try await berth("system", "check")
            #expect(changed.code == 1, "\(changed)")
            #expect(changed.output.contains("is broken: \"made\""), "\(changed)")
            let mended = try await berth("system", "check", "--repair")
            #expect(mended.code == 0 && mended.output.contains("unpacked anew"), "\(mended)")
            #expect(try await docker.must("run", "--rm", "--net", "none", "broken:1", "cat", "/made") == "hi")

            try removeTree("\(data)/layers/\(made)")
            try makeDirectories("\(data)/layers/stray", mode: 0o755)
            let lost = try await berth("system", "check")
            #expect(lost.code == 1 && lost.output.contains("its directory is missing"), "\(lost)")
            #expect(lost.output.contains("\"layers/stray\" belongs to no layer"))
            #expect(try await berth("system", "check", "--repair").code == 0)
            #expect(try await berth("system", "check").code == 0)
            #expect(try await docker.must("run", "--rm", "--net", "none", "broken:1", "cat", "/made") == "hi")
            try await docker.must("rmi", "broken:1")
            try removeFile(archive)
        }

        @Test("tells of a broken blob, and which image is to be pulled again")
        func blobs() async throws {
            try await makeImage("config:1")
            let id = try await docker.must("inspect", "-f", "{{.Id}}", "config:1")
            let path = "\(data)/blobs/sha256/\(id.dropFirst(7))"
            try writeFile(path, Array("{}".utf8))
            let found = try await berth("system", "check")
            #expect(found.code == 1 && found.output.contains("blob \(id) is broken"), "\(found)")
            #expect(found.output.contains("image \(id) lacks its config"))
            let mended = try await berth("system", "check", "--repair")
            #expect(
                mended.code == 0 && mended.output.contains("pull docker.io/library/config:1 again"),
                "\(mended)")
            #expect(try await berth("system", "check").code == 0)
            #expect(try await docker("inspect", "config:1").code == 1)
        }

        @Test("says to the byte what its layers take")
        func usage() async throws {
            let folder = try Scratch("usage")
            defer { folder.remove() }
            try await shellMust(
                """
                cd \(folder.path) && mkdir tree && cd tree && head -c 1234567 /dev/urandom > one && ln one two
                truncate -s 5000000 holes && mkdir deep && echo x > deep/three && ln -s one link && tar -cf ../t.tar .
                """)
            let before = try await layersSize()
            try await docker.must("import", "\(folder.path)/t.tar", "usage:1")
            #expect(try await layersSize() - before == 1_234_567 + 5_000_000 + 2)
            // Another name of it, and another image of the same layer, take no more.
            try await docker.must("import", "-c", "CMD x", "\(folder.path)/t.tar", "usage:2")
            #expect(try await layersSize() - before == 1_234_567 + 5_000_000 + 2)
            let sizes = try await docker.must(
                "system", "df", "-v", "--format",
                "{{range .Images}}{{.Repository}} {{.SharedSize}} {{.UniqueSize}};{{end}}")
            #expect(sizes.contains("usage 6.235MB 0B;"), "\(sizes)")
            try await docker.must("rmi", "usage:1", "usage:2")
            let isBack = try await eventually(within: .seconds(5)) { try await layersSize() == before }
            #expect(isBack)
        }

        private func layersSize() async throws -> Int {
            let answer = try await EngineAPI()("GET", "/system/df?type=image")
            return try #require(answer.json?["LayersSize"]?.intValue)
        }

        @Test("saves what it can load, with the same ids and bytes")
        func roundTrip() async throws {
            try await makeImage("saved:1")
            try await docker.must("tag", "saved:1", "saved:2")
            let id = try await docker.must("inspect", "-f", "{{.Id}}", "saved:1")
            let archive = data + "/../saved.tar"
            try await docker.must("save", "-o", archive, "saved", "busybox:latest")
            let sum = try await shell("sha256sum < \(archive)").output
            try await docker.must("rmi", "saved:1", "saved:2")
            let loaded = try await docker.must("load", "-i", archive)
            #expect(
                loaded == "Loaded image: saved:1\nLoaded image: saved:2\nLoaded image: busybox:latest",
                "\(loaded)")
            #expect(try await docker.must("inspect", "-f", "{{.Id}}", "saved:2") == id)
            try await docker.must("save", "-o", archive, "saved", "busybox:latest")
            #expect(try await shell("sha256sum < \(archive)").output == sum)
            // By its id an image has no name in the archive.
            let anonymous = try await shell(
                "DOCKER_HOST=\(engine.host) docker save \(id) | tar xO manifest.json | grep -c RepoTags")
            #expect(anonymous.output.trimmed == "0")
            let missing = try await docker("save", "saved:3")
            #expect(missing.code == 1)
            #expect(missing.stderr.trimmed == "Error response from daemon: No such image: saved:3")
            try await docker.must("rmi", "saved:1", "saved:2")
            try removeFile(archive)
        }

        @Test("saves what docker, podman and skopeo read", .requires(.peers))
        func peers() async throws {
            try await makeImage("for-peers:1")
            let archive = peersRoot + "/tmp/berth-save.tar"
            try await docker.must("save", "-o", archive, "for-peers:1")
            let other = Client(.docker, host: "unix://" + peerDockerSocket)
            #expect(try await other.must("load", "-i", archive) == "Loaded image: for-peers:1")
            #expect(
                try await other.must("run", "--rm", "--net", "none", "for-peers:1", "cat", "/made") == "hi")
            try await other.must("rmi", "for-peers:1")
            for source in ["docker-archive:/tmp/berth-save.tar", "oci-archive:/tmp/berth-save.tar:1"] {
                let copied = try await shell(
                    "chroot \(peersRoot) skopeo copy \(source) dir:/tmp/berth-copied && rm -rf \(peersRoot)/tmp/berth-copied"
                )
                #expect(copied.code == 0, "\(source): \(copied)")
            }
            try removeFile(archive)
            try await docker.must("rmi", "for-peers:1")
        }
    }
}
