import Images
import Linux
import OCI
import Snapshots
import Testing

@Suite("Stores when writing fails")
struct FaultTests {
    /// A file system of a few megabytes, gone with the value (lazily: a store may still be open there).
    final class SmallDisk {
        let path = "/tmp/berth-test-\(UInt64.random(in: 0...UInt64.max))"

        init?(megabytes: Int) {
            guard (try? makeDirectories(path)) != nil else { return nil }
            guard Self.run("/bin/mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "berth-test", path])
            else {
                try? removeDirectory(path)
                return nil
            }
        }

        deinit {
            _ = Self.run("/bin/umount", ["-l", path])
            try? removeDirectory(path)
        }

        private static func run(_ program: String, _ arguments: [String]) -> Bool {
            guard let null = try? openFile("/dev/null", .readWrite) else { return false }
            var launch = ProcessLaunch(program, arguments)
            launch.standard = (null.rawValue, null.rawValue, null.rawValue)
            guard let pid = try? launch.start(), let exit = try? waitForExit(pid) else { return false }
            return exit.shellCode == 0
        }
    }

    static let layer = TarBytes { tar in
        for index in 0..<40 { tar.file("f\(index)", String(repeating: "x", count: 50_000)) }
    }.finished

    @Test("With the disk full, at whichever write, an import fails with that reason and gives the space back")
    func fullDisk() async throws {
        guard let disk = SmallDisk(megabytes: 40) else { return }
        let store = try StoreFixture(root: disk.path + "/root")
        try await store.importBytes(ImportTests.root, as: "kept")
        let before = try store.contents()
        var failures = 0
        let directory = try openFile(disk.path, [.readOnly, .directory])
        // The room that is left grows step by step, so that another write is the first to fail each time.
        let rooms = Array(stride(from: 0, through: 2_400_000, by: 200_000)) + [33 << 20, 38 << 20]
        for room in rooms {
            // What is synced in the background writes too.
            await store.images.close()
            let space = try FileSystemSpace(of: directory.rawValue)
            let filler = disk.path + "/filler"
            let file = try openFile(filler, [.writeOnly, .create, .truncate])
            let fill = Int(space.freeBytes) - room
            if fill > 0 { try writeAll(file.rawValue, [UInt8](repeating: 1, count: fill)) }
            do {
                try await store.importBytes(Self.layer, as: "big")
                _ = try store.images.remove("big", force: true, prune: true) { _ in [] }
            } catch {
                failures += 1
                #expect(
                    "\(error)".contains("no space left on device") || "\(error)".contains("full"), "\(error)")
            }
            try removeFile(filler)
            #expect(try store.contents() == before)
        }
        #expect(failures > 3)
        #expect(try store.images.resolve("kept").repoTags == ["kept:latest"])
    }

    @Test("Imports at the same time share a layer, broken ones between them leave nothing")
    func together() async throws {
        let store = try StoreFixture()
        defer { store.remove() }
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<6 {
                group.addTask { _ = try? await store.importBytes(Self.layer, as: "same\(index % 2)") }
                group.addTask {
                    _ = try? await store.importBytes(Array(Self.layer.prefix(500_000 + index)), as: "cut")
                }
            }
        }
        let images = store.images.list()
        #expect((2...6).contains(images.count), "each has its own date, as long as these differ")
        #expect(Set(images.flatMap(\.repoTags)) == ["same0:latest", "same1:latest"])
        #expect(try store.contents().layers.count == 1)
        #expect(try store.contents().temporary.isEmpty)
    }

    @Test("Zeros without end are stopped by the room on the disk", .timeLimit(.minutes(1)))
    func bomb() async throws {
        guard let disk = SmallDisk(megabytes: 60) else { return }
        let store = try StoreFixture(root: disk.path + "/root")
        let bomb = TarBytes { $0.header(.init(name: Array("zeros".utf8), size: 1 << 32)) }.bytes
        // A file of 4 GiB of which 200 MB come, in a stream that a client could go on with for ever.
        let bytes = bomb + [UInt8](repeating: 0, count: 200 << 20)
        await #expect(throws: (any Error).self) { try await store.importBytes(bytes) }
        let left = try store.contents()
        #expect(left.layers.isEmpty && left.blobs.isEmpty && left.temporary.isEmpty)
    }
}
