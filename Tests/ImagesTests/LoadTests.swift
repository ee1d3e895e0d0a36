import Images
import Linux
import OCI
import Snapshots
import Testing

@Suite("Loading image archives")
struct LoadTests {
    static let base = TarBytes { tar in
        tar.directory("etc")
        tar.file("etc/keep", "below")
        tar.file("etc/gone", "below")
        tar.directory("old")
        tar.file("old/x", "below")
    }.finished
    static let top = TarBytes { tar in
        tar.directory("etc")
        tar.file("etc/.wh.gone")
        tar.file("etc/new", "above")
        tar.directory("old")
        tar.file("old/.wh..wh..opq")
        tar.file("implied/file", "above")
    }.finished

    @Test("An old docker archive is loaded, and its layers show one root", arguments: [false, true])
    func dockerArchive(layout: Bool) async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        let bytes =
            layout
            ? ArchiveBytes.Layout(layers: [Self.base, Self.top]).bytes
            : ArchiveBytes.oldDocker([Self.base, Self.top])
        let (ids, messages) = try await store.load(bytes)
        let name = layout ? "layout:2" : "old:1"
        #expect(messages == ["Loaded image: \(name)\n"])
        let image = try store.images.resolve(name)
        #expect(ids == [image.id])
        #expect(image.config.config?.cmd == ["/x"])
        let root = try store.snapshots.openMerged(image.diffIDs)
        func read(_ path: String) throws -> String {
            let file = try openConfined(root: root.rawValue, path)
            return String(decoding: try readAll(file.rawValue), as: UTF8.self)
        }
        #expect(try read("etc/keep") == "below")
        #expect(try read("etc/new") == "above")
        #expect(try read("implied/file") == "above")
        for gone in ["etc/gone", "old/x"] { #expect(throws: SystemError.self) { try read(gone) } }
        let mounts = try readText("/proc/self/mounts")
        #expect(!mounts.contains(store.root), "the merged root is in nobody's mount table")
        #expect(try store.contents().temporary.isEmpty)
        #expect(try store.images.history(of: image).isEmpty)
    }

    @Test("The same image again changes nothing; a name that moves says so")
    func again() async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        try await store.load(ArchiveBytes.oldDocker([Self.base]))
        let before = try store.contents()
        try await store.load(ArchiveBytes.oldDocker([Self.base]))
        #expect(try store.contents() == before)
        let old = try store.images.resolveID("old:1")
        let (_, messages) = try await store.load(ArchiveBytes.oldDocker([Self.base, Self.top]))
        #expect(
            messages == [
                "The image old:1 already exists, renaming the old one with ID \(old) to empty string\n",
                "Loaded image: old:1\n",
            ])
        #expect(store.images.list().count == 2)
        let untagged = try await store.load(ArchiveBytes.oldDocker([Self.top], tags: "null"))
        #expect(untagged.messages == ["Loaded image ID: \(untagged.ids[0])\n"])
    }

    @Test(
        "A layer that is lowest in one image and not in another is unpacked for each",
        arguments: [false, true])
    func positions(lowestFirst: Bool) async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        let archives = [
            ArchiveBytes.oldDocker([Self.top], tags: "[\"alone:1\"]"),
            ArchiveBytes.oldDocker([Self.base, Self.top], tags: "[\"above:1\"]"),
        ]
        for bytes in lowestFirst ? archives : archives.reversed() { try await store.load(bytes) }
        for (name, gone) in [("alone:1", "etc/gone"), ("above:1", "old/x")] {
            let root = try store.snapshots.openMerged(store.images.resolve(name).diffIDs)
            #expect(throws: SystemError.self) { _ = try openConfined(root: root.rawValue, gone) }
            let file = try openConfined(root: root.rawValue, "implied/file")
            #expect(try readAll(file.rawValue) == Array("above".utf8))
        }
        #expect(try store.contents().layers.count == 3)
    }

    @Test("Archives that lie or break are refused, and leave nothing", arguments: BadArchive.all)
    func refused(_ bad: BadArchive) async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        await #expect(throws: (any Error).self) { try await store.load(bad.bytes) }
        #expect(store.images.list().isEmpty)
        let left = try store.contents()
        #expect(left.blobs.isEmpty && left.layers.isEmpty && left.temporary.isEmpty)
    }

    @Test("Images and their layers survive the daemon, half-made things do not")
    func restart() async throws {
        let store = try StoreFixture()
        let root = store.root
        defer { store.remove() }
        try await store.load(ArchiveBytes.oldDocker([Self.base, Self.top]))
        let before = try store.contents()
        try makeDirectories(root + "/tmp/layer-1/x")
        try makeDirectories(root + "/layers/" + String(repeating: "0", count: 64))
        try writeFile(root + "/blobs/sha256/" + String(repeating: "1", count: 64), "stray")
        try await Self.copy(root, to: root + "-2")
        defer { try? removeTree(root + "-2") }
        let second = try StoreFixture(root: root + "-2")
        let after = try second.contents()
        #expect(after.layers == before.layers)
        #expect(after.blobs == before.blobs)
        #expect(after.temporary.isEmpty)
        #expect(try second.images.resolve("old:1").diffIDs.count == 2)
    }

    /// What a crash leaves: the files as they are, without the lock.
    private static func copy(_ from: String, to: String) async throws {
        var launch = ProcessLaunch("/bin/cp", ["-a", from, to])
        launch.standard = (0, 1, 2)
        _ = try waitForExit(try launch.start())
    }
}

/// An archive that must not become an image.
struct BadArchive: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]

    init(_ description: String, _ bytes: [UInt8]) {
        testDescription = description
        self.bytes = bytes
    }

    static let layer = LoadTests.base

    static var all: [BadArchive] {
        let other = TarBytes { $0.file("x", "y") }.finished
        let escape = TarBytes { $0.file("../x", "y") }.finished
        var layout = ArchiveBytes.Layout(layers: [layer])
        func changed(_ change: (inout ArchiveBytes.Layout) -> Void) -> [UInt8] {
            var copy = layout
            change(&copy)
            return copy.bytes
        }
        layout.config = nil
        return [
            BadArchive("no archive", Array("garbage".utf8)),
            BadArchive("no images in it", other),
            BadArchive("an empty list", TarBytes { $0.file("manifest.json", "{}") }.finished),
            BadArchive("a manifest that is no JSON", TarBytes { $0.file("manifest.json", "[{") }.finished),
            BadArchive(
                "a config that is missing",
                TarBytes { $0.file("manifest.json", #"[{"Config":"x","Layers":[]}]"#) }.finished),
            BadArchive(
                "a wrong diff ID", ArchiveBytes.oldDocker([layer], config: ArchiveBytes.config([other]))),
            BadArchive(
                "a layer too many",
                ArchiveBytes.oldDocker([layer, other], config: ArchiveBytes.config([layer]))),
            BadArchive(
                "a config under another's digest",
                ArchiveBytes.oldDocker([layer], configName: String(repeating: "0", count: 64) + ".json")),
            BadArchive("a bad tag", ArchiveBytes.oldDocker([layer], tags: "[\"no tag\"]")),
            BadArchive("a layer that leaves the root", ArchiveBytes.oldDocker([layer, escape])),
            BadArchive("blobs with other digests", changed { $0.corrupt = true }),
            BadArchive("sizes that lie", changed { $0.layerSizeError = 1 }),
            BadArchive("an unknown layer type", changed { $0.layerType = "application/x-foreign" }),
            BadArchive(
                "a config that is none", changed { $0.configType = "application/vnd.oci.empty.v1+json" }),
            BadArchive(
                "another operating system",
                changed {
                    $0.config = ArchiveBytes.config([layer]).replacing("linux", with: "windows")
                }),
            BadArchive("a stream that stops", Array(ArchiveBytes.oldDocker([layer]).dropLast(3000))),
            BadArchive(
                "a loop of links",
                TarBytes { tar in
                    tar.link("manifest.json", to: "b")
                    tar.link("b", to: "manifest.json")
                }.finished),
            BadArchive(
                "an index within itself, by its size",
                TarBytes { tar in
                    tar.file(
                        "index.json",
                        #"{"manifests":[{"mediaType":"\#(MediaType.ociIndex)","digest":"sha256:\#(String(repeating: "0", count: 64))","size":1}]}"#
                    )
                }.finished),
            BadArchive("a device", TarBytes { $0.device("manifest.json", major: 1, minor: 5) }.finished),
        ]
    }
}
