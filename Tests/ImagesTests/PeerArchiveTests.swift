import Images
import Linux
import OCI
import Snapshots
import TestSupport
import Testing

/// Archives that other engines wrote, where these are on this machine.
@Suite("Archives of Docker and skopeo", .serialized)
struct PeerArchiveTests {

    private func run(_ program: String, _ arguments: [String], input: String? = nil, output: String) throws {
        let stdin = try openFile(input ?? "/dev/null")
        let stdout = try openFile(output, [.writeOnly, .create, .truncate])
        let null = try openFile("/dev/null", .writeOnly)
        var launch = ProcessLaunch(program, arguments)
        launch.standard = (stdin.rawValue, stdout.rawValue, null.rawValue)
        let exit = try waitForExit(try launch.start())
        try #require(exit.shellCode == 0, "\(program) \(arguments)")
    }

    @Test("What dockerd 28 saves is loaded with the same id", .requires(.dockerCLI, .peers))
    func dockerSave() async throws {
        let docker = try #require(findProgram("docker"))
        let store = try StoreFixture()
        defer { store.remove() }
        let host = ["-H", "unix://\(peerDockerSocket)"]
        let tag = "h4test-\(UInt32.random(in: 0...UInt32.max)):a"
        let root = store.root + "/root.tar"
        try writeFile(root, ImportTests.root)
        try run(
            docker, host + ["import", "-c", "CMD [\"/a\"]", "-", tag], input: root, output: store.root + "/id"
        )
        defer { try? run(docker, host + ["rmi", tag], output: "/dev/null") }
        try run(docker, host + ["save", tag], output: store.root + "/saved.tar")
        let (ids, messages) = try await store.load(try readFile(store.root + "/saved.tar"))
        #expect(messages == ["Loaded image: \(tag)\n"])
        let expected = try readText(store.root + "/id").prefix { $0 != "\n" }
        #expect(ids.map(\.description) == [String(expected)])
        #expect(try store.images.resolve(tag).config.config?.cmd == ["/a"])
        #expect(try store.images.resolve(tag).sizeBytes == 2)
        for program in ["gzip", "zstd"] {
            guard fileExists("/usr/bin/\(program)") else { continue }
            try run(
                "/usr/bin/\(program)", ["-c"], input: store.root + "/saved.tar",
                output: store.root + "/packed")
            #expect(try await store.load(try readFile(store.root + "/packed")).ids == ids)
        }
    }

    static let peers = peersRoot
    static var hasSkopeo: Bool { fileExists(peers + "/usr/bin/skopeo") && fileExists("/usr/sbin/chroot") }

    @Test(
        "An OCI layout of skopeo is loaded", .enabled(if: hasSkopeo, "no skopeo here"),
        arguments: ["gzip", "zstd"])
    func skopeo(_ compression: String) async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        let scratch = "/tmp/berth-test-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectories(Self.peers + scratch)
        defer { try? removeTree(Self.peers + scratch) }
        try writeFile(
            Self.peers + scratch + "/in.tar", ArchiveBytes.oldDocker([LoadTests.base, LoadTests.top]))
        try run(
            "/usr/sbin/chroot",
            [
                Self.peers, "/usr/bin/skopeo", "--insecure-policy", "copy", "--dest-compress-format",
                compression,
                "--dest-compress", "docker-archive:\(scratch)/in.tar", "oci-archive:\(scratch)/out.tar:sko:1",
            ], output: "/dev/null")
        let (ids, messages) = try await store.load(try readFile(Self.peers + scratch + "/out.tar"))
        #expect(messages == ["Loaded image: sko:1\n"])
        let image = try store.images.image(ids[0])
        #expect(image.diffIDs.map(\.description) == [LoadTests.base, LoadTests.top].map(ArchiveBytes.digest))
        let types = Set(image.layers.compactMap(\.blob?.mediaType))
        #expect(types == [compression == "gzip" ? MediaType.ociLayerGzip : MediaType.ociLayerZstd])
    }
}
