import Linux
import TarArchive
import TarFormat
import Testing

@Suite("Writing trees as tar")
struct TreeArchiverTests {
    private func archive(_ path: String, overlay: TreeArchiver.Overlay = .none) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let writer = TarWriter { bytes.append(contentsOf: $0) }
        let root = SharedDescriptor(try openFile(path, [.readOnly, .directory]))
        try TreeArchiver(writer, overlay: overlay).write(root, prefix: RawPath("."))
        try writer.finish()
        return bytes
    }

    @Test("A tree that is written and unpacked again is written to the same bytes")
    func roundTrip() throws {
        let first = try Unpacking()
        let long = String(repeating: "long", count: 40)
        try first.unpack(
            TarBytes { tar in
                tar.directory("d", mode: 0o1755, user: 3, time: 5)
                tar.pax([("mtime", Array("-3.000000001".utf8)), ("SCHILY.xattr.user.a", [0, 1, 0x0a])])
                tar.file("d/f", "hello", mode: 0o4755, user: 1)
                tar.link("d/hard", to: "d/f", hard: true)
                tar.link("d/soft", to: long)
                tar.pax([("path", Array("d/\(long)".utf8)), ("uid", Array("3000000000".utf8))])
                tar.file("x", "y")
                tar.device("null", major: 1, minor: 3)
                tar.header(.init(name: [0xff, 0x66], size: 0))
                tar.header(.init(name: Array("pipe".utf8), type: "6"))
            }.finished)
        let bytes = try archive(first.path)
        let second = try Unpacking()
        try second.unpack(bytes)
        #expect(try archive(second.path) == bytes)
        #expect(try second.status("d/\(long)")?.userID == 3_000_000_000)
        #expect(try second.status("d/hard")?.links == 2)
        #expect(try second.status("d/f")?.modified == FileTime(seconds: -4, nanoseconds: 999_999_999))
    }

    @Test("A layer's marks come out as whiteouts")
    func layer() throws {
        let first = try Unpacking()
        let tar = TarBytes { tar in
            tar.directory("d")
            tar.file("d/.wh.gone")
            tar.directory("o")
            tar.file("o/.wh..wh..opq")
        }.finished
        try first.unpack(tar, parent: true)
        let second = try Unpacking()
        try second.unpack(archive(first.path, overlay: .layer), parent: true)
        #expect(try second.status("d/gone")?.isWhiteout == true)
        #expect(try archive(second.path, overlay: .layer) == archive(first.path, overlay: .layer))
    }

    @Test("GNU tar reads what is written", .enabled(if: fileExists("/bin/tar"), "no tar here"))
    func gnu() throws {
        let first = try Unpacking()
        try first.unpack(TarBytes { $0.file("some/file", "content", mode: 0o640) }.finished)
        try writeFile(first.base + "/outside/a.tar", archive(first.path))
        try makeDirectories(first.base + "/outside/x")
        let null = try openFile("/dev/null", .readWrite)
        var launch = ProcessLaunch(
            "/bin/tar", ["-x", "-f", first.base + "/outside/a.tar", "-C", first.base + "/outside/x"])
        launch.standard = (null.rawValue, null.rawValue, null.rawValue)
        #expect(try waitForExit(try launch.start()).shellCode == 0)
        #expect(try readText(first.base + "/outside/x/some/file") == "content")
    }
}
