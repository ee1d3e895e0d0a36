import Images
import Linux
import OCI
import Snapshots
import Testing

@Suite("Naming and removing images")
struct RemoveTests {
    private func loaded() async throws -> (StoreFixture, Digest) {
        let store = try StoreFixture()
        let id = try await store.load(ArchiveBytes.oldDocker([LoadTests.base, LoadTests.top])).ids[0]
        return (store, id)
    }

    @Test("The last name takes the image with it, an earlier one does not")
    func lastName() async throws {
        let (store, id) = try await loaded()
        defer { store.remove() }
        try store.images.tag("old:1", as: ImageReference(parsing: "other"))
        #expect(try store.images.resolve("other").repoTags == ["old:1", "other:latest"])
        let first = try store.images.remove("old:1", force: false, prune: true) { _ in [] }
        #expect(first == [.untagged("old:1", image: id)])
        let last = try store.images.remove("other", force: false, prune: true) { _ in [] }
        #expect(last.count == 4, "untagged, deleted, and two layers: \(last)")
        #expect(last.prefix(2) == [.untagged("other:latest", image: id), .deletedImage(id)])
        let left = try store.contents()
        #expect(left.blobs.isEmpty && left.layers.isEmpty && left.temporary.isEmpty)
        #expect(store.images.list().isEmpty)
    }

    @Test("An image in use is refused in Docker's words")
    func inUse() async throws {
        let (store, id) = try await loaded()
        defer { store.remove() }
        let container = String(repeating: "c", count: 64)
        func words(_ name: String, force: Bool, running: Bool) -> String {
            do {
                _ = try store.images.remove(name, force: force, prune: true) { _ in
                    [ImageUser(container: container, isRunning: running)]
                }
                return ""
            } catch { return "\(error)" }
        }
        #expect(
            words("old:1", force: false, running: false)
                == "conflict: unable to remove repository reference \"old:1\" (must force) - container cccccccccccc is "
                + "using its referenced image \(id.short)")
        #expect(
            words(id.hex, force: false, running: false)
                == "conflict: unable to delete \(id.short) (must be forced) - image is being used by stopped container "
                + "cccccccccccc")
        #expect(
            words(id.hex, force: true, running: true)
                == "conflict: unable to delete \(id.short) (cannot be forced) - image is being used by running container "
                + "cccccccccccc")
        #expect(try store.images.resolve("old:1").id == id)
        #expect(words("old:1", force: true, running: true).isEmpty, "the name goes, the image stays")
        #expect(try store.images.resolve(id.short).repoTags.isEmpty)
    }

    @Test("Several names need force for the id")
    func severalNames() async throws {
        let (store, id) = try await loaded()
        defer { store.remove() }
        try store.images.tag("old:1", as: ImageReference(parsing: "other"))
        #expect(throws: ImageError.self) {
            try store.images.remove(id.short, force: false, prune: true) { _ in [] }
        }
        let removed = try store.images.remove(id.short, force: true, prune: true) { _ in [] }
        #expect(removed.count == 5)
    }

    @Test("A container's layers stay when its image is forced away, and go with the container")
    func pinned() async throws {
        let (store, id) = try await loaded()
        defer { store.remove() }
        let image = try store.images.resolve("old:1")
        let directory = store.root + "/containers/c1"
        let writable = try store.snapshots.createWritable(
            container: "c1", directory: directory, over: image.diffIDs)
        #expect(writable.lower.count == 2 && fileExists(writable.upper))
        let removed = try store.images.remove(id.hex, force: true, prune: true) { _ in
            [ImageUser(container: "c1", isRunning: false)]
        }
        #expect(removed == [.untagged("old:1", image: id), .deletedImage(id)])
        #expect(try store.snapshots.lowerDirectories(for: image.diffIDs) == writable.lower)
        try writeFile(writable.upper + "/data", "12345")
        #expect(try store.snapshots.sizeBytes(below: writable.upper) == 5)
        try store.snapshots.removeWritable(container: "c1", directory: directory)
        store.images.collectGarbage()
        #expect(try store.contents().layers.isEmpty)
        #expect(!fileExists(directory))
    }

    @Test("What is not there is said in Docker's words")
    func missing() async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        for (text, words) in [
            ("nope", "No such image: nope:latest"), ("nope:1", "No such image: nope:1"),
            ("sha256:abcd", "No such image: sha256:abcd"),
            (String(repeating: "a", count: 64), "No such image: sha256:" + String(repeating: "a", count: 64)),
            ("Nope", "invalid reference format: repository name (library/Nope) must be lowercase"),
        ] {
            #expect(
                throws: (any Error).self
            ) {
                do { _ = try store.images.resolve(text) } catch {
                    #expect("\(error)" == words)
                    throw error
                }
            }
        }
    }

    @Test("A volume gets a directory's content with all that belongs to it")
    func copyUp() async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        let layer = TarBytes { tar in
            tar.directory("data", mode: 0o750, user: 5, group: 6)
            tar.file("data/f", "x", mode: 0o4711, user: 1, group: 2, time: 99)
            tar.link("data/h", to: "data/f", hard: true)
            tar.link("data/out", to: "/etc/passwd")
            tar.device("data/null", major: 1, minor: 3)
            tar.link("alias", to: "data")
        }.finished
        let id = try await store.importBytes(layer)
        let diffIDs = try store.images.image(id).diffIDs
        let target = store.root + "/volume"
        try makeDirectory(target)
        #expect(try store.snapshots.copyContent(of: diffIDs, path: "/alias", to: { target }))
        let file = try #require(try fileStatusIfPresent(path: target + "/f"))
        #expect(file.mode == 0o4711 && file.userID == 1 && file.links == 2 && file.modified.seconds == 99)
        let own = try #require(try fileStatusIfPresent(path: target))
        #expect(own.mode == 0o750 && own.userID == 5 && own.groupID == 6)
        #expect(try readLink(target + "/out") == "/etc/passwd")
        #expect(try fileStatusIfPresent(path: target + "/null")?.nodeMinor == 3)
        #expect(try !store.snapshots.copyContent(of: diffIDs, path: "/nothing", to: { target }))
        #expect(try !store.snapshots.copyContent(of: diffIDs, path: "/alias/f", to: { target }))
    }
}
