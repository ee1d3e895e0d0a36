import AsyncPrimitives
import Images
import OCI
import Testing

@Suite("Names that stand for several platforms")
struct PlatformTests {
    static let both = ArchiveBytes.platforms([
        ("arm64", [LoadTests.base, LoadTests.top]), ("amd64", [LoadTests.base]),
    ])

    private static func platform(_ text: String) throws -> Platform { try Platform(parsing: text) }

    private static func saved(
        _ store: StoreFixture, _ names: [String], _ platforms: [String] = []
    ) async throws -> [UInt8] {
        let images = try await store.images.prepareSave(names, platforms: platforms.map { try platform($0) })
        let pipe = BytePipe()
        let writing = Task { await BlockingPool.shared.run { store.images.save(images, to: pipe) } }
        var bytes: [UInt8] = []
        while let chunk = try await pipe.receive() { bytes += chunk }
        await writing.value
        return bytes
    }

    @Test("All platforms of an index come in under its name, the host's first")
    func load() async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        let (ids, messages) = try await store.load(Self.both.bytes)
        #expect(messages == ["Loaded image: many:1\n"])
        #expect(ids.count == 2)
        let own = try store.images.resolve("many:1")
        let arm = try #require(try store.images.resolve("many:1", for: Self.platform("linux/arm64")))
        #expect(own.config.architecture == "amd64" && arm.config.architecture == "arm64")
        #expect(ids == [own.id, arm.id])
        #expect(arm.repoTags == ["many:1"])
        #expect(try store.images.resolve("many:1", for: Self.platform("linux/s390x")) == nil)
        let lines = store.images.list()
        #expect(lines.map(\.id) == [own.id])
        #expect(lines.first?.variants.map(\.id) == [arm.id])
        let check = try await store.images.check(repairs: false, inUse: []) { Issue.record("\($0)") }
        #expect(check.problems == 0 && check.images == 2)
    }

    @Test("What was loaded with several platforms is saved with them, under the very same index")
    func roundTrip() async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        let (ids, _) = try await store.load(Self.both.bytes)
        let again = try StoreFixture()
        defer { again.remove() }
        let bytes = try await Self.saved(store, ["many"])
        #expect(try await again.load(bytes).ids == ids)
        let contents = try again.contents()
        // Plain layers are compressed on the way out, so the index is another than the one that came; it is kept from
        // then on.
        #expect(contents.blobs.count == 7)
        let third = try StoreFixture()
        defer { third.remove() }
        try await third.load(try await Self.saved(again, ["many"]))
        #expect(try third.contents().blobs == contents.blobs)
    }

    @Test("A load and a save take the platforms that they are asked for")
    func chosen() async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        await #expect(throws: ImageError.self) {
            try await store.load(Self.both.bytes, platforms: ["linux/s390x"])
        }
        #expect(store.images.list().isEmpty)
        let arm = try await store.load(Self.both.bytes, platforms: ["linux/arm64"])
        #expect(arm.ids.count == 1)
        #expect(try store.images.resolve("many:1").config.architecture == "arm64")
        let all = try await store.load(Self.both.bytes, platforms: ["linux/arm64", "linux/amd64"])
        #expect(all.ids.count == 2 && all.ids[0] == arm.ids[0])
        let other = try StoreFixture()
        defer { other.remove() }
        let one = try await Self.saved(store, ["many:1"], ["linux/amd64"])
        #expect(try await other.load(one).ids == [all.ids[1]])
        await #expect(throws: ImageError.self) {
            _ = try await Self.saved(store, ["many:1"], ["linux/s390x"])
        }
    }

    @Test("Platforms whose blobs the archive lacks, and those of other systems, are left out")
    func partial() async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        let part = ArchiveBytes.platforms(
            [("amd64", [LoadTests.base]), ("arm64", [LoadTests.top])], whole: 1)
        #expect(try await store.load(part.bytes).ids.count == 1)
        #expect(store.images.list().first?.variants.isEmpty == true)
        let windows = ArchiveBytes.platforms(
            [("amd64", [LoadTests.base])], name: "docker.io/library/w:1", os: "windows")
        await #expect(throws: ImageError.self) { try await store.load(windows.bytes) }
    }

    @Test("A platform is removed alone, a name with all of its platforms")
    func removal() async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        let (ids, _) = try await store.load(Self.both.bytes)
        try store.images.tag("many:1", as: ImageReference(parsing: "copy:1"))
        #expect(try store.images.resolveIDs("copy:1") == ids)
        func remove(_ name: String, _ platforms: [String] = []) throws -> [ImageRemoval] {
            try store.images.remove(
                name, platforms: platforms.map { try Self.platform($0) }, force: false, prune: true
            ) { _ in [] }
        }
        #expect(throws: ImageError.self) { try remove("copy:1", ["linux/s390x"]) }
        #expect(try remove("copy:1", ["linux/amd64"]).isEmpty)
        #expect(try store.images.resolveIDs("copy:1") == [ids[1]])
        #expect(try store.images.resolveIDs("many:1") == ids)
        #expect(try remove("copy:1") == [.untagged("copy:1", image: ids[1])])
        let gone = try remove("many:1", ["linux/arm64"])
        #expect(gone.first == .deletedImage(ids[1]))
        #expect(try store.images.resolveIDs("many:1") == [ids[0]])
        try await store.load(Self.both.bytes)
        let all = try remove("many:1")
        #expect(all.contains(.deletedImage(ids[0])) && all.contains(.deletedImage(ids[1])))
        #expect(all.filter { if case .untagged = $0 { true } else { false } }.count == 1)
        let left = try store.contents()
        #expect(left.blobs.isEmpty && left.layers.isEmpty)
    }

    @Test("An image that another platform's is listed with goes by its id too")
    func removalByID() async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        let (ids, _) = try await store.load(Self.both.bytes)
        let removed = try store.images.remove(ids[0].description, force: false, prune: true) { _ in [] }
        #expect(removed.first == .deletedImage(ids[0]))
        #expect(try store.images.resolveIDs("many:1") == [ids[1]])
        #expect(store.images.list().map(\.id) == [ids[1]])
    }

    @Test("An index that names itself over and over is read once")
    func wide() async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        let layer = LoadTests.base
        var images: [(platform: String, layers: [[UInt8]])] = []
        for _ in 0..<900 { images.append(("amd64", [layer])) }
        let (ids, _) = try await store.load(ArchiveBytes.platforms(images).bytes)
        #expect(ids.count == 1)
    }
}
