import Linux
import TarFormat
import TestSupport
import Testing

@Suite("Extracting an archive into a living tree")
struct TreeExtractorTests {
    /// A root with the directory `in`, and beside the root a folder that nothing may reach.
    private struct Tree {
        let scratch: Scratch
        var root: String { scratch.path + "/root" }

        init() throws {
            scratch = try Scratch("extract")
            for name in ["root/in", "root/other", "outside"] {
                try makeDirectories("\(scratch.path)/\(name)")
            }
        }

        func extract(
            _ bytes: TarBytes, to place: String = "/in",
            _ change: (inout TreeExtractor.Options) -> Void = { _ in }
        ) throws {
            var options = TreeExtractor.Options()
            change(&options)
            let top = SharedDescriptor(try openFile(root, [.path, .directory]))
            let extractor = TreeExtractor(
                root: top, place: RawPath(place), placeName: place, options: options)
            try extractor.extract(TarReader(ChunkSource(bytes: bytes.bytes)))
        }

        func failure(
            _ bytes: TarBytes, _ change: (inout TreeExtractor.Options) -> Void = { _ in }
        ) throws -> String {
            do { try extract(bytes, to: "/in", change) } catch { return "\(error)" }
            return ""
        }

        func text(_ path: String) -> String { (try? readText("\(root)/\(path)")) ?? "-" }
    }

    private func archive(_ fill: (inout TarBytes) -> Void) -> TarBytes {
        var bytes = TarBytes()
        fill(&bytes)
        return bytes
    }

    @Test(
        "Files, directories and links arrive with their modes and times; what is missing above them is made")
    func plain() throws {
        let tree = try Tree()
        defer { tree.scratch.remove() }
        try tree.extract(
            archive {
                $0.directory("d", mode: 0o711, time: 1000)
                $0.file("d/f", "text", mode: 0o4755)
                $0.file("a/b/c", "deep")
                $0.link("d/l", to: "../../anywhere")
                $0.link("d/h", to: "d/f", hard: true)
            })
        #expect(tree.text("in/d/f") == "text")
        #expect(tree.text("in/a/b/c") == "deep")
        #expect(try readLink("\(tree.root)/in/d/l") == "../../anywhere")
        let status = try #require(try fileStatusIfPresent(path: tree.root + "/in/d/f"))
        #expect(status.mode == 0o4755 && status.links == 2)
        let directory = try #require(try fileStatusIfPresent(path: tree.root + "/in/d"))
        #expect(directory.mode == 0o711 && directory.modified.seconds == 1000)
    }

    @Test("Existing files are replaced, directories merged, and kinds kept where that is asked for")
    func existing() throws {
        let tree = try Tree()
        defer { tree.scratch.remove() }
        try makeDirectories(tree.root + "/in/d/sub")
        try writeFile(tree.root + "/in/d/kept", "kept")
        try writeFile(tree.root + "/in/f", "old")
        try tree.extract(
            archive {
                $0.directory("d"); $0.file("f", "new")
            })
        #expect(tree.text("in/d/kept") == "kept")
        #expect(tree.text("in/f") == "new")
        let overDirectory = archive { $0.file("d", "x") }
        let overFile = archive { $0.directory("f") }
        #expect(
            try tree.failure(overDirectory) { $0.keepsKinds = true }
                == "cannot overwrite directory \"d\" with non-directory \"/in\"")
        #expect(
            try tree.failure(overFile) { $0.keepsKinds = true }
                == "cannot overwrite non-directory \"f\" with directory \"/in\"")
        try tree.extract(overDirectory)
        #expect(tree.text("in/d") == "x")
    }

    @Test("Names that climb are refused, absolute ones count from the place")
    func names() throws {
        let tree = try Tree()
        defer { tree.scratch.remove() }
        #expect(try tree.failure(archive { $0.file("../../x", "") }) == "invalid entry name \"../../x\"")
        #expect(try tree.failure(archive { $0.file("a/../../x", "") }) == "invalid entry name \"a/../../x\"")
        #expect(
            try tree.failure(archive { $0.link("h", to: "../../etc/passwd", hard: true) })
                == "invalid hardlink target \"../../etc/passwd\"")
        try tree.extract(
            archive {
                $0.file("/abs", "a"); $0.file("x/../y", "y"); $0.directory("./")
            })
        #expect(tree.text("in/abs") == "a" && tree.text("in/y") == "y")
    }

    @Test("Links in the tree lead only inside its root, wherever they say")
    func links() throws {
        let tree = try Tree()
        defer { tree.scratch.remove() }
        let outside = tree.scratch.path + "/outside"
        try makeLink(tree.root + "/in/up", to: "../../../../../../../\(outside)")
        try makeLink(tree.root + "/in/abs", to: "/other")
        #expect(try tree.failure(archive { $0.file("up/f", "x") }).hasPrefix("mkdir /in/up"))
        try tree.extract(archive { $0.file("abs/f", "x") })
        #expect(tree.text("other/f") == "x")
        // A link that the archive brings itself.
        try tree.extract(
            archive {
                $0.link("own", to: "/other"); $0.file("own/g", "y")
            })
        #expect(tree.text("other/g") == "y")
        #expect(try listDirectory(outside).isEmpty)
        // The last name is replaced, never followed.
        try makeLink(tree.root + "/in/last", to: outside + "/victim")
        try tree.extract(archive { $0.file("last", "z") })
        #expect(tree.text("in/last") == "z")
        #expect(try listDirectory(outside).isEmpty)
    }

    @Test("The command's own copies refuse climbing links, and rename the first name")
    func client() throws {
        let tree = try Tree()
        defer { tree.scratch.remove() }
        let climbing = archive { $0.link("d/l", to: "../../x") }
        #expect(
            try tree.failure(climbing) {
                $0.refusesClimbingLinks = true
                $0.shownPlace = "/home/me"
            } == "invalid symlink \"/home/me/d/l\" -> \"../../x\"")
        let fine = archive {
            $0.directory("old/"); $0.file("old/old", "1"); $0.link("old/h", to: "old/old", hard: true);
            $0.link("old/l", to: "/abs")
        }
        try tree.extract(fine) {
            $0.refusesClimbingLinks = true
            $0.rename = (Array("old".utf8), Array("new".utf8))
        }
        #expect(tree.text("in/new/old") == "1" && tree.text("in/new/h") == "1")
        try tree.extract(archive { $0.file("./f", "2") }) { $0.rename = (Array(".".utf8), Array("dot".utf8)) }
        #expect(tree.text("in/dot/f") == "2")
    }

    @Test("Files are given to one owner, where one is asked for", .enabled(if: isRootUser()))
    func owner() throws {
        let tree = try Tree()
        defer { tree.scratch.remove() }
        let bytes = archive {
            $0.file("f", "x", user: 7, group: 8); $0.link("l", to: "f", hard: false)
        }
        try tree.extract(bytes)
        #expect(try fileStatusIfPresent(path: tree.root + "/in/f")?.userID == 7)
        try tree.extract(bytes) { $0.owner = (1000, 1001) }
        let status = try #require(try fileStatusIfPresent(path: tree.root + "/in/f"))
        #expect(status.userID == 1000 && status.groupID == 1001)
        try tree.extract(bytes) { $0.setsOwners = false }
        #expect(try fileStatusIfPresent(path: tree.root + "/in/f")?.userID == 0)
    }

    @Test("An archive that ends early fails, and says so")
    func truncated() throws {
        let tree = try Tree()
        defer { tree.scratch.remove() }
        var bytes = archive { $0.file("f", String(repeating: "x", count: 5000)) }
        bytes.bytes = Array(bytes.bytes.prefix(2000))
        do {
            try tree.extract(bytes)
            Issue.record("nothing was wrong")
        } catch let error as ArchiveError { #expect(error.kind == .truncated) }
    }
}
