import Linux
import TestSupport
import Testing

@Suite("Trees of directories")
struct DirectoryTreeTests {
    @Test("A tree goes with its links, and what they lead to stays")
    func links() throws {
        let scratch = try Scratch("tree")
        defer { scratch.remove() }
        try makeDirectories(scratch.path + "/kept")
        try writeFile(scratch.path + "/kept/file", "x")
        try makeDirectories(scratch.path + "/tree/a/b")
        try makeLink(scratch.path + "/tree/a/link", to: scratch.path + "/kept")
        try removeTree(scratch.path + "/tree")
        #expect(!fileExists(scratch.path + "/tree"))
        #expect(try readText(scratch.path + "/kept/file") == "x")
        try removeTree(scratch.path + "/tree")
    }

    @Test("A tree goes however deep it is, by its path, and nothing of it is left beside it")
    func deep() throws {
        let scratch = try Scratch("tree")
        defer { scratch.remove() }
        try makeDirectories(scratch.path + "/tree")
        var here = SharedDescriptor(try openFile(scratch.path + "/tree", [.path, .directory]))
        for _ in 0..<3000 {
            try makeDirectory(at: here.rawValue, RawPath("d"), mode: 0o755)
            here = SharedDescriptor(try openFile(at: here.rawValue, "d", [.path, .directory]))
        }
        try removeTree(scratch.path + "/tree")
        #expect(try listDirectory(scratch.path).isEmpty)
    }

    @Test(
        "What is mounted in a tree is not deleted with it",
        .enabled(if: isRootUser(), "skipped: mounts need root"))
    func mounts() throws {
        let scratch = try Scratch("tree")
        defer { scratch.remove() }
        try makeDirectories(scratch.path + "/kept")
        try writeFile(scratch.path + "/kept/file", "x")
        let place = scratch.path + "/tree/a/mounted"
        try makeDirectories(place)
        try mountFileSystem(scratch.path + "/kept", at: place, type: "none", flags: 0x1000)
        #expect(try MountTableEntry.ofThisProcess().contains { $0.path == place })
        let error = #expect(throws: SystemError.self) { try removeTree(scratch.path + "/tree") }
        #expect(error?.code.reason == "invalid cross-device link")
        #expect(try readText(scratch.path + "/kept/file") == "x")
        try unmountFileSystem(place)
        try removeTree(scratch.path + "/tree")
    }
}
