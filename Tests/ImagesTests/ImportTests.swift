import Images
import Linux
import OCI
import Snapshots
import Testing

@Suite("Importing a root directory")
struct ImportTests {
    static let root = TarBytes { tar in
        tar.directory("./", mode: 0o711)
        tar.directory("bin")
        tar.file("bin/true", "#!", mode: 0o4755, user: 7, group: 8, time: 1000)
        tar.link("bin/yes", to: "true")
        tar.link("bin/also", to: "bin/true", hard: true)
    }.finished

    @Test("The image has its name, config, layer and size, and lasts")
    func imports() async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        let id = try await store.importBytes(
            Self.root, as: "box", changes: ["CMD [\"/bin/true\"]", "ENV A=1 B='two words'", "EXPOSE 80/udp"])
        let image = try store.images.resolve("box")
        #expect(image.id == id)
        #expect(image.repoTags == ["box:latest"])
        #expect(image.config.config?.cmd == ["/bin/true"])
        #expect(image.config.config?.env == ["A=1", "B=two words"])
        #expect(image.config.config?.exposedPorts?.keys.first == "80/udp")
        #expect(image.sizeBytes == 2)
        #expect(image.layers.first?.blob?.size == Int64(Self.root.count))
        let lower = try store.snapshots.lowerDirectories(for: image.diffIDs)
        let status = try #require(try fileStatusIfPresent(path: lower[0] + "/bin/true"))
        #expect(status.mode == 0o4755)
        #expect((status.userID, status.groupID) == (7, 8))
        #expect(status.links == 2)
        #expect(status.modified.seconds == 1000)
        for text in [id.description, id.hex, id.short, "box", "docker.io/library/box:latest"] {
            #expect(try store.images.resolveID(text) == id)
        }
        #expect(try store.contents().temporary.isEmpty)
    }

    @Test("A broken stream leaves nothing", arguments: [0, 100, 700, 1500, 2048])
    func truncated(at count: Int) async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        if count % 512 != 0 {
            await #expect(throws: (any Error).self) {
                try await store.importBytes(Array(Self.root[..<count]))
            }
            let left = try store.contents()
            #expect(left.layers.isEmpty && left.blobs.isEmpty && left.temporary.isEmpty)
        }
        #expect(store.images.list().count == 0)
    }
}
