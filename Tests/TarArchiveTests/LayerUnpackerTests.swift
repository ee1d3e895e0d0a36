import Linux
import TarArchive
import TarFormat
import Testing

@Suite("Unpacking a layer")
struct LayerUnpackerTests {
    @Test("Files, directories, links, nodes, owners, modes and times are as the archive says")
    func everything() throws {
        let layer = try Unpacking()
        let result = try layer.unpack(
            TarBytes { tar in
                tar.directory("./", mode: 0o700, time: 50)
                tar.directory("d", mode: 0o1777, user: 3, group: 4, time: 100)
                tar.file("d/f", "hello", mode: 0o6755, user: 1, group: 2, time: 200)
                tar.link("d/s", to: "../../../anywhere")
                tar.link("d/h", to: "d/f", hard: true)
                tar.device("d/null", major: 1, minor: 3, mode: 0o666)
                tar.device("d/disk", type: "4", major: 8, minor: 0, mode: 0o660)
                tar.header(.init(name: Array("d/pipe".utf8), type: "6", mode: 0o622))
            }.finished)
        #expect(result.sizeBytes == 5)
        #expect(result.entries == 8)
        #expect(result.definesRoot && !result.usedParent)
        let file = try #require(try layer.status("d/f"))
        #expect(file.mode == 0o6755 && file.userID == 1 && file.groupID == 2 && file.links == 2)
        #expect(file.modified == FileTime(seconds: 200))
        let directory = try #require(try layer.status("d"))
        #expect(directory.mode == 0o1777 && directory.userID == 3 && directory.modified.seconds == 100)
        #expect(try readLink(layer.path + "/d/s") == "../../../anywhere")
        let device = try #require(try layer.status("d/null"))
        #expect(device.kind == .characterDevice && device.nodeMajor == 1 && device.nodeMinor == 3)
        #expect(device.mode == 0o666)
        #expect(try layer.status("d/disk")?.kind == .blockDevice)
        #expect(try layer.status("d/pipe")?.mode == 0o622)
        #expect(try layer.status("")?.mode == 0o700)
        #expect(try layer.status("")?.modified.seconds == 50)
    }

    @Test("A later entry takes the place of an earlier one, directories are merged")
    func duplicates() throws {
        let layer = try Unpacking()
        try layer.unpack(
            TarBytes { tar in
                tar.directory("a")
                tar.file("a/keep", "1")
                tar.directory("a", mode: 0o700)
                tar.file("b", "old")
                tar.file("b", "new", mode: 0o600)
                tar.directory("c")
                tar.file("c/x", "gone")
                tar.file("c", "file")
                tar.file("d", "file")
                tar.directory("d")
                tar.file("d/y", "there")
                tar.file("e", "one")
                tar.link("e", to: "b")
            }.finished)
        #expect(try layer.text("a/keep") == "1")
        #expect(try layer.status("a")?.mode == 0o700)
        #expect(try layer.text("b") == "new")
        #expect(try layer.text("c") == "file")
        #expect(try layer.text("d/y") == "there")
        #expect(try layer.status("e")?.kind == .symbolicLink)
    }

    @Test("Names are bytes, long, and reached without their directories")
    func names() throws {
        let layer = try Unpacking()
        let long = "deep/" + String(repeating: "n", count: 200) + "/" + String(repeating: "m", count: 180)
        try layer.unpack(
            TarBytes { tar in
                tar.header(.init(name: [0x66, 0xff, 0xfe], size: 1))
                tar.content([0x31])
                tar.pax("path", long)
                tar.file("short", "long")
                tar.header(.init(name: Array("././@LongLink".utf8), type: "L", size: long.utf8.count + 2))
                tar.content(Array(long.utf8) + [0x32, 0])
                tar.file("short", "gnu")
                tar.file("/absolute/./path//to", "in")
                tar.file("a/../b", "cleaned")
            }.finished)
        let root = try openFile(layer.path, [.readOnly, .directory])
        #expect(try fileStatus(at: root.rawValue, RawPath([0x66, 0xff, 0xfe])).sizeBytes == 1)
        #expect(try layer.text(long) == "long")
        #expect(try layer.text(long + "2") == "gnu")
        #expect(try layer.text("absolute/path/to") == "in")
        #expect(try layer.text("b") == "cleaned")
        #expect(try layer.status("deep")?.mode == 0o755)
    }

    @Test("What leads out of the root is refused, and nothing outside is touched", arguments: Escape.all)
    func escapes(_ escape: Escape) throws {
        let layer = try Unpacking()
        let bytes = TarBytes(escape.make).finished
        if escape.isConfined {
            try layer.unpack(bytes)
        } else {
            #expect(throws: ArchiveError.self) { try layer.unpack(bytes) }
        }
        #expect(try layer.outsideIsUntouched)
        #expect(try readText("/etc/hostname") == Escape.hostname)
    }

    @Test("Links in an entry's way are followed within the root only")
    func linkComponents() throws {
        let layer = try Unpacking()
        try layer.unpack(
            TarBytes { tar in
                tar.directory("usr")
                tar.link("lib", to: "usr/lib")
                tar.file("lib/x", "x")
                tar.link("abs", to: "/usr")
                tar.file("abs/y", "y")
                tar.link("up", to: "../../../../usr")
                tar.file("up/z", "z")
            }.finished)
        #expect(try layer.text("usr/lib/x") == "x")
        #expect(try layer.text("usr/y") == "y")
        #expect(try layer.text("usr/z") == "z")
        try layer.unpack(
            TarBytes { tar in
                tar.file("abs/1", "through the link")
                tar.directory("abs")
                tar.file("abs/2", "in the directory that took its place")
            }.finished)
        #expect(try layer.text("usr/1") == "through the link")
        #expect(try layer.status("usr/2") == nil && layer.status("abs/2") != nil)
        #expect(try layer.outsideIsUntouched)
    }

    @Test("Whiteouts and opaque directories become overlayfs's own")
    func whiteouts() throws {
        let layer = try Unpacking()
        try layer.unpack(
            TarBytes { tar in
                tar.directory("d")
                tar.file("d/.wh.gone")
                tar.directory("o")
                tar.file("o/.wh..wh..opq")
                tar.file("o/new", "n")
                tar.directory(".wh..wh.plnk")
                tar.file(".wh..wh.plnk/1.2", "aufs")
                tar.file(".wh.was")
                tar.directory("was")
                tar.directory("first")
                tar.file(".wh.first")
            }.finished, parent: true)
        #expect(try layer.status("d/gone")?.isWhiteout == true)
        #expect(try layer.status(".wh..wh.plnk") == nil)
        for name in ["o", "was", "first"] {
            let directory = try openFile(layer.path + "/" + name, [.readOnly, .directory])
            #expect(try attribute(of: directory.rawValue, "trusted.overlay.opaque") == [0x79], "\(name)")
        }
        #expect(try layer.status("o/.wh..wh..opq") == nil)
    }

    @Test("In the lowest layer whiteouts hide nothing and leave nothing")
    func lowestWhiteouts() throws {
        let layer = try Unpacking()
        try layer.unpack(
            TarBytes {
                $0.file(".wh.x"); $0.file("d/.wh..wh..opq")
            }.finished)
        #expect(try listDirectory(layer.path).isEmpty)
        let result = try layer.unpack(TarBytes { $0.file(".wh.x") }.finished)
        #expect(result.usedParent, "elsewhere the same layer would be another directory")
    }

    @Test("Directories that no entry describes are like those below; link targets come up from there")
    func parents() throws {
        let layer = try Unpacking()
        try makeDirectories(layer.base + "/below/opt/app")
        let opt = try openFile(layer.base + "/below/opt", [.readOnly, .directory])
        try changeOwner(opt.rawValue, user: 11, group: 12)
        try changeMode(opt.rawValue, 0o2750)
        try setAttribute(opt.rawValue, ExtendedAttribute(name: RawPath("user.mark"), value: [1]))
        try writeFile(layer.base + "/below/opt/app/tool", "tool")
        try makeDirectories(layer.base + "/below/usr/lib")
        try makeLink(layer.base + "/below/lib", to: "usr/lib")
        let result = try layer.unpack(
            TarBytes { tar in
                tar.file("opt/app/new", "new")
                tar.link("opt/also", to: "opt/app/tool", hard: true)
                tar.file("lib/so", "so")
            }.finished, parent: true)
        #expect(result.usedParent)
        let status = try #require(try layer.status("opt"))
        #expect(status.mode == 0o2750 && status.userID == 11 && status.groupID == 12)
        let made = try openFile(layer.path + "/opt", [.readOnly, .directory])
        #expect(try attribute(of: made.rawValue, "user.mark") == [1])
        #expect(try layer.text("opt/also") == "tool")
        #expect(try layer.status("opt/app/tool")?.links == 2)
        #expect(try layer.text("usr/lib/so") == "so")
        #expect(try layer.status("lib") == nil, "the link stays the layer's below")
    }

    @Test("A layer that needs its parents says so where they are not there yet")
    func needsParent() throws {
        let layer = try Unpacking()
        let root = SharedDescriptor(try openFile(layer.path, [.readOnly, .directory]))
        let unpacker = LayerUnpacker(root: root, parent: .unavailable, logger: layer.logger)
        let bytes = TarBytes { $0.file("a/b", "c") }.finished
        #expect(throws: LayerNeedsParent.self) { try unpacker.unpack(TarReader(ChunkSource(bytes: bytes))) }
    }

    @Test("Extended attributes are kept, overlayfs's own are not taken from an archive")
    func attributes() throws {
        let layer = try Unpacking()
        let capability: [UInt8] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        try layer.unpack(
            TarBytes { tar in
                tar.pax([
                    ("SCHILY.xattr.security.capability", capability),
                    ("SCHILY.xattr.user.mark", [0, 1, 0x0a, 2]),
                    ("SCHILY.xattr.trusted.overlay.redirect", Array("/etc".utf8)),
                ])
                tar.file("ping", "x", mode: 0o755, user: 5)
                tar.pax([("SCHILY.xattr.trusted.overlay.opaque", [0x79])])
                tar.directory("d")
            }.finished)
        let file = try openFile(layer.path + "/ping")
        #expect(try attribute(of: file.rawValue, "security.capability") == capability)
        #expect(try attribute(of: file.rawValue, "user.mark") == [0, 1, 0x0a, 2])
        #expect(try attribute(of: file.rawValue, "trusted.overlay.redirect") == nil)
        let directory = try openFile(layer.path + "/d", [.readOnly, .directory])
        #expect(try attribute(of: directory.rawValue, "trusted.overlay.opaque") == nil)
    }

    @Test("Limits hold")
    func limits() throws {
        let layer = try Unpacking()
        let bytes = TarBytes { tar in for index in 0..<20 { tar.file("f\(index)", "0123456789") } }.finished
        var few = UnpackLimits()
        few.maximumEntries = 10
        #expect(throws: ArchiveError.self) { try layer.unpack(bytes, limits: few) }
        var small = UnpackLimits()
        small.maximumContentBytes = 50
        #expect(throws: ArchiveError.self) { try layer.unpack(bytes, limits: small) }
        var full = UnpackLimits()
        full.reservedBytes = .max
        #expect(throws: ArchiveError.self) { try layer.unpack(bytes, limits: full) }
        let long = TarBytes { tar in
            tar.pax("path", String(repeating: "a/", count: 4000) + "x")
            tar.file("x", "1")
        }.finished
        #expect(throws: ArchiveError.self) { try layer.unpack(long) }
    }

    @Test("A tree of great depth is removed")
    func deepRemoval() throws {
        let layer = try Unpacking()
        try layer.unpack(
            TarBytes { tar in
                for depth in stride(from: 100, through: 1000, by: 100) {
                    tar.pax("path", String(repeating: "d/", count: depth) + "f")
                    tar.file("x", "1")
                }
            }.finished)
        let base = try openFile(layer.base, [.readOnly, .directory])
        try Linux.removeTree(at: base.rawValue, RawPath("layer"))
        #expect(try listDirectory(layer.base).sorted() == ["below", "outside"])
        try makeDirectory(layer.path)
    }
}
