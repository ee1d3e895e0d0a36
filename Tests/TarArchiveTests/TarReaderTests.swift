import Linux
import OCI
import TarArchive
import TarFormat
import Testing

@Suite("Reading tar streams")
struct TarReaderTests {
    private func entries(_ bytes: [UInt8]) throws -> [(entry: TarEntry, content: [UInt8])] {
        let reader = TarReader(ChunkSource(bytes: bytes))
        var found: [(TarEntry, [UInt8])] = []
        while let entry = try reader.next() {
            found.append((entry, try reader.readContent(limitBytes: 1 << 20, subject: "entry")))
        }
        return found
    }

    @Test("Extended headers: names, sizes, ids, times")
    func pax() throws {
        let found = try entries(
            TarBytes { tar in
                tar.pax("comment", "global, of no consequence")
                tar.pax([
                    ("path", Array("long/name".utf8)), ("uid", Array("3000000000".utf8)),
                    ("size", Array("3".utf8)),
                    ("mtime", Array("-1.25".utf8)), ("linkpath", []),
                ])
                tar.header(.init(name: Array("x".utf8), size: 0))
                tar.content(Array("abc".utf8))
            }.finished)
        #expect(found.count == 1)
        #expect(found[0].entry.path == RawPath("long/name"))
        #expect(found[0].entry.userID == 3_000_000_000)
        #expect(found[0].entry.modified == FileTime(seconds: -2, nanoseconds: 750_000_000))
        #expect(found[0].content == Array("abc".utf8))
    }

    @Test("Base-256 numbers and the ustar prefix")
    func base256() throws {
        let found = try entries(
            TarBytes { tar in
                tar.header(
                    .init(
                        name: Array("name".utf8),
                        raw: [
                            (108, [0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff]),
                            (136, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]),
                            (345, Array("the/prefix".utf8)),
                        ]))
            }.finished)
        #expect(found[0].entry.path == RawPath("the/prefix/name"))
        #expect(found[0].entry.userID == 0x7fff_ffff)
        #expect(found[0].entry.modified.seconds == -2)
    }

    @Test(
        "Sparse files of each format are the same file", arguments: ["gnu", "pax 0.0", "pax 0.1", "pax 1.0"])
    func sparse(_ format: String) throws {
        let bytes = TarBytes { tar in
            let data = Array("aaaabb".utf8)
            func number(_ text: String) -> [UInt8] { Array(text.utf8) }
            switch format {
            case "gnu":
                var raw: [(Int, [UInt8])] = [(483, TarBytes.octal(100_000, 12))]
                for (index, (offset, size)) in [(8192, 4), (90_000, 2)].enumerated() {
                    raw.append((386 + 24 * index, TarBytes.octal(offset, 12) + TarBytes.octal(size, 12)))
                }
                tar.header(
                    .init(name: number("s"), type: "S", size: 6, magic: "ustar  \u{0}", raw: raw))
                tar.content(data)
            case "pax 0.0":
                tar.pax([
                    ("GNU.sparse.size", number("100000")), ("GNU.sparse.numblocks", number("2")),
                    ("GNU.sparse.offset", number("8192")), ("GNU.sparse.numbytes", number("4")),
                    ("GNU.sparse.offset", number("90000")), ("GNU.sparse.numbytes", number("2")),
                ])
                tar.file("s", "aaaabb")
            case "pax 0.1":
                tar.pax([
                    ("GNU.sparse.size", number("100000")), ("GNU.sparse.name", number("s")),
                    ("GNU.sparse.map", number("8192,4,90000,2")),
                ])
                tar.file("other", "aaaabb")
            default:
                tar.pax([
                    ("GNU.sparse.major", number("1")), ("GNU.sparse.minor", number("0")),
                    ("GNU.sparse.name", number("s")), ("GNU.sparse.realsize", number("100000")),
                ])
                let map = number("2\n8192\n4\n90000\n2\n")
                tar.header(.init(name: number("other"), size: 512 + 6))
                tar.content(map + [UInt8](repeating: 0, count: 512 - map.count) + data)
            }
            tar.file("after", "ok")
        }.finished
        let layer = try Unpacking()
        try layer.unpack(bytes)
        let content = try readFile(layer.path + "/s")
        #expect(content.count == 100_000)
        #expect(Array(content[8192..<8196]) == Array("aaaa".utf8))
        #expect(Array(content[90_000..<90_002]) == Array("bb".utf8))
        let sum = content.reduce(0) { $0 + Int($1) }
        #expect(sum == 584)
        #expect(try #require(try layer.status("s")).allocatedBytes < 100_000)
        #expect(try layer.text("after") == "ok")
    }

    @Test("Broken archives are refused", arguments: Broken.all)
    func broken(_ broken: Broken) throws {
        #expect(throws: ArchiveError.self) { try entries(broken.bytes) }
    }

    @Test("An archive cut anywhere is refused, or is a shorter archive")
    func cut() throws {
        let whole = TarBytes { tar in
            tar.pax("path", "some/name")
            tar.file("x", String(repeating: "y", count: 700))
            tar.file("z", "1")
        }.bytes
        for count in stride(from: 1, to: whole.count, by: 37) where count % 512 != 0 {
            #expect(throws: ArchiveError.self) { try entries(Array(whole[..<count])) }
        }
        #expect(try entries(whole).count == 2, "the closing zeros may be missing")
        #expect(try entries([]).isEmpty)
    }

    @Test("Random damage never traps", .timeLimit(.minutes(1)))
    func damage() throws {
        let whole = TarBytes { tar in
            tar.pax([
                ("SCHILY.xattr.user.a", [1, 2]), ("path", Array("p/q".utf8)), ("mtime", Array("1.5".utf8)),
            ])
            tar.file("x", "content")
            tar.link("l", to: "x", hard: true)
            tar.device("n", major: 1, minor: 3)
        }.finished
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            _ = try? entries(bytes)
        }
    }
}

/// An archive that no reader should accept.
struct Broken: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]

    init(_ description: String, _ make: (inout TarBytes) -> Void) {
        testDescription = description
        bytes = TarBytes(make).finished
    }

    static let all: [Broken] = [
        Broken("no tar at all") { $0.bytes = [UInt8](repeating: 0x41, count: 2048) },
        Broken("wrong checksum") { tar in
            tar.file("x", "y")
            tar.bytes[0] = 0x7a
        },
        Broken("negative size") {
            $0.header(.init(name: [0x78], raw: [(124, [UInt8](repeating: 0xff, count: 12))]))
        },
        Broken("a size that overflows") { tar in
            tar.pax("size", "9223372036854775807")
            tar.file("x", "y")
        },
        Broken("a sparse file of 2^63 bytes") { tar in
            tar.pax([
                ("GNU.sparse.size", Array("9223372036854775807".utf8)), ("GNU.sparse.map", Array("0,1".utf8)),
            ])
            tar.file("x", "y")
        },
        Broken("size beyond the stream") { $0.header(.init(name: [0x78], size: 1 << 30)) },
        Broken("extended header of 2 MiB") { $0.header(.init(name: [0x78], type: "x", size: 2 << 20)) },
        Broken("long name of 1 GiB") { $0.header(.init(name: [0x78], type: "L", size: 1 << 30)) },
        Broken("extended header without an entry") { $0.pax("path", "x") },
        Broken("extended headers without end") { tar in for _ in 0..<100 { tar.pax("path", "x") } },
        Broken("a record that lies about its length") { tar in
            tar.header(.init(name: [0x78], type: "x", size: 11))
            tar.content(Array("99 path=xy\n".utf8))
            tar.file("x", "y")
        },
        Broken("a record without a newline") { tar in
            tar.header(.init(name: [0x78], type: "x", size: 9))
            tar.content(Array("9 path=xy".utf8))
            tar.file("x", "y")
        },
        Broken("a size that is no number") { tar in
            tar.pax("size", "many")
            tar.file("x", "y")
        },
        Broken("an owner of 2^40") { tar in
            tar.pax("uid", "1099511627776")
            tar.file("x", "y")
        },
        Broken("a sparse map beyond the file") { tar in
            tar.pax([("GNU.sparse.size", Array("10".utf8)), ("GNU.sparse.map", Array("8,4".utf8))])
            tar.file("x", "abcd")
        },
        Broken("a sparse map that overlaps") { tar in
            tar.pax([("GNU.sparse.size", Array("99".utf8)), ("GNU.sparse.map", Array("8,4,9,1".utf8))])
            tar.file("x", "abcde")
        },
        Broken("a sparse map with other data") { tar in
            tar.pax([("GNU.sparse.size", Array("99".utf8)), ("GNU.sparse.map", Array("8,4".utf8))])
            tar.file("x", "ab")
        },
        Broken("a sparse map of a billion pieces") { tar in
            tar.pax([
                ("GNU.sparse.major", [0x31]), ("GNU.sparse.minor", [0x30]),
                ("GNU.sparse.realsize", Array("99".utf8)),
            ])
            tar.file("x", "1000000000\n" + String(repeating: "1\n", count: 600))
        },
        Broken("an unknown type") { $0.header(.init(name: [0x78], type: "V")) },
    ]
}
