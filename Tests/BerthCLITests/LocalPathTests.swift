import Linux
import TestSupport
import Testing

@testable import BerthCLI

@Suite("Paths of a copy on this machine")
struct LocalPathTests {
    @Test(
        "Are split as docker splits them",
        arguments: [
            ("/a/b", "/a", "b"), ("/a/b/", "/a", "b"), ("/a/b/.", "/a/b", "."), ("/", "/", "/"),
            ("", ".", "."),
            ("a", ".", "a"), (".", ".", "."), ("/a/../b", "/", "b"),
        ])
    func split(path: String, directory: String, name: String) {
        let found = LocalPath.split(path)
        #expect(found.directory == directory)
        #expect(found.name == name)
    }

    @Test("Keep the end that says what they are")
    func ends() {
        #expect(LocalPath.absolute("/a/b/.") == "/a/b/.")
        #expect(LocalPath.absolute("/a/./b/") == "/a/b/")
        #expect(LocalPath.absolute("/a/..") == "/")
        #expect(LocalPath.saysDirectory("") && LocalPath.saysDirectory("x/") && !LocalPath.saysDirectory("x"))
    }

    @Test(
        "Go where docker's rules put them",
        arguments: [
            // source is a directory, target exists, target is a directory: where to, and under which name
            ("/s/src", false, "/t/x", true, true, "/t/x", nil),
            ("/s/src", true, "/t/x", true, true, "/t/x", nil),
            ("/s/src", false, "/t/x", true, false, "/t", "x"),
            ("/s/src", false, "/t/x", false, false, "/t", "x"),
            ("/s/src", true, "/t/x", false, false, "/t", "x"),
            ("/s/src", true, "/t/x/", false, false, "/t", "x"),
        ] as [(String, Bool, String, Bool, Bool, String, String?)])
    func places(
        source: String, isDirectory: Bool, target: String, exists: Bool, targetIsDirectory: Bool,
        place: String,
        name: String?
    ) throws {
        let from = CopyEnd(path: source, exists: true, isDirectory: isDirectory)
        let found = try from.placed(at: CopyEnd(path: target, exists: exists, isDirectory: targetIsDirectory))
        #expect(found.directory == place)
        #expect(found.rename?.to == name)
        if name != nil { #expect(found.rename?.from == "src") }
    }

    @Test("Are refused in docker's words")
    func refusals() {
        let directory = CopyEnd(path: "/s", exists: true, isDirectory: true)
        let file = CopyEnd(path: "/s", exists: true)
        #expect(throws: BerthCLI.CommandFailure.self) {
            try directory.placed(at: CopyEnd(path: "/t", exists: true))
        }
        #expect(throws: BerthCLI.CommandFailure.self) { try file.placed(at: CopyEnd(path: "/t/")) }
        #expect(throws: BerthCLI.CommandFailure.self) { try CopyEnd.target("/no-such-folder/x") }
    }

    @Test("Follow links on the source's side when they are asked to")
    func links() throws {
        let scratch = try Scratch("paths")
        defer { scratch.remove() }
        let here = scratch.path
        try makeDirectories("\(here)/real")
        try makeLink("\(here)/link", to: "real")
        #expect(try CopyEnd.source("\(here)/link", follows: false).path == "\(here)/link")
        #expect(try CopyEnd.source("\(here)/link", follows: false).isDirectory == false)
        let followed = try CopyEnd.source("\(here)/link", follows: true)
        #expect(followed.path == "\(here)/real" && followed.asked == "link" && followed.isDirectory)
        let slash = try CopyEnd.source("\(here)/link/", follows: false)
        #expect(slash.path == "\(here)/real/" && slash.asked == "link")
        try makeLink("\(here)/to-new", to: "new")
        #expect(try CopyEnd.target("\(here)/to-new").path == "\(here)/new")
        try makeLink("\(here)/loop", to: "loop")
        #expect(throws: BerthCLI.CommandFailure.self) { try CopyEnd.target("\(here)/loop") }
    }
}
