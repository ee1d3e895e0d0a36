import Images
import Linux
import OCI
import Snapshots
import Testing

/// Archives that other engines wrote, where these are on this machine.
@Suite("Archives of Docker and skopeo", .serialized)
struct PeerArchiveTests {
    static let socket = "/opt/peers/sid/run/docker.sock"
    static var docker: String? {
        guard fileExists(socket) else { return nil }
        return ["/usr/bin/docker", "/usr/local/bin/docker"].first(where: fileExists)
    }

    private func run(_ program: String, _ arguments: [String], input: String? = nil, output: String) throws {
        let stdin = try openFile(input ?? "/dev/null")
        let stdout = try openFile(output, [.writeOnly, .create, .truncate])
        let null = try openFile("/dev/null", .writeOnly)
        var launch = ProcessLaunch(program, arguments)
        launch.standard = (stdin.rawValue, stdout.rawValue, null.rawValue)
        let exit = try waitForExit(try launch.start())
        try #require(exit.shellCode == 0, "\(program) \(arguments)")
    }

    @Test("What dockerd 28 saves is loaded with the same id", .enabled(if: docker != nil, "no dockerd here"))
    func dockerSave() async throws {
        let docker = try #require(Self.docker)
        let store = try StoreFixture()
        defer { store.remove() }
        let host = ["-H", "unix://\(Self.socket)"]
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
}
