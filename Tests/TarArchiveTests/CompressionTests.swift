import Linux
import OCI
import TarArchive
import TarFormat
import TestSupport
import Testing

@Suite("Decompressing")
struct CompressionTests {
    /// Compressible, and long enough to cross every buffer.
    static let plain = (0..<400_000).map { UInt8(truncatingIfNeeded: ($0 * $0 / 77) % 251) }

    private func compressed(_ program: String, _ bytes: [UInt8]) throws -> [UInt8]? {
        let base = "/tmp/berth-test-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectories(base)
        defer { try? removeTree(base) }
        try writeFile(base + "/in", bytes)
        guard let path = ["/usr/bin/\(program)", "/bin/\(program)"].first(where: fileExists) else {
            return nil
        }
        let input = try openFile(base + "/in")
        let output = try openFile(base + "/out", [.writeOnly, .create])
        var launch = ProcessLaunch(path, ["-c"])
        launch.standard = (input.rawValue, output.rawValue, 2)
        let pid = try launch.start()
        _ = try waitForExit(pid)
        return try readFile(base + "/out")
    }

    private func inflate(_ bytes: [UInt8]) throws -> [UInt8] {
        try DecompressingSource(ChunkSource(bytes: bytes)).readAll(limitBytes: 64 << 20, subject: "test")
    }

    @Test("Streams of several members, padded or not, are one", arguments: ["gzip", "zstd"])
    func members(_ program: String) throws {
        guard let one = try compressed(program, Self.plain) else {
            Issue.record("\(program) is not installed")
            return
        }
        #expect(try inflate(one) == Self.plain)
        let twice = try inflate(one + one)
        #expect(twice == Self.plain + Self.plain)
        if program == "gzip" {
            #expect(try inflate(one + [UInt8](repeating: 0, count: 1000)) == Self.plain)
            #expect(throws: ArchiveError.self) { try inflate(one + Array("junk".utf8)) }
        }
        for count in [4, 9, 30, one.count / 2, one.count - 1] {
            #expect(throws: ArchiveError.self, "cut at \(count)") { try inflate(Array(one[..<count])) }
        }
        var wrong = one
        wrong[one.count - 5] ^= 0x10
        wrong[one.count / 2] ^= 0x10
        #expect(throws: ArchiveError.self) { try inflate(wrong) }
    }

    @Test("Plain bytes pass, other compressions are named")
    func detection() throws {
        #expect(try inflate([1, 2, 3]) == [1, 2, 3])
        #expect(try inflate([]) == [])
        #expect(throws: ArchiveError.self) { try inflate([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0, 0]) }
        #expect(throws: ArchiveError.self) { try inflate(Array("BZh9".utf8)) }
    }

    @Test("The digest is of what passed")
    func digest() throws {
        let source = HashingSource(ChunkSource(bytes: Array("abc".utf8)))
        try source.drain()
        #expect(source.digest.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(source.count == 3)
    }
}
