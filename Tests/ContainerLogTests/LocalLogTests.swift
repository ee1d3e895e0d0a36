import ContainerLog
import Linux
import Testing

@Suite("Docker's local log, and compressed files")
struct LocalLogTests {
    let folder: LogFolder
    init() throws { folder = try LogFolder() }

    private func lines(_ configuration: LogConfiguration, _ query: LogQuery = LogQuery()) throws -> [String] {
        try LogReaderTests().read(configuration, query)
    }

    /// As dockerd 28.5 wrote the output of `printf 'a\n'; printf noeol >&2`, but for the id of the last line.
    @Test("A record is what Docker writes, byte for byte")
    func bytes() throws {
        let writer = try LogWriter(LogConfiguration(path: folder.log, format: .local))
        try writer.write(.stdout, "a\n", at: 0x18eb6b0459d3f7b9)
        try writer.write(.stderr, "noeol", at: 1)
        try writer.close()
        let id = "2" + String(repeating: "0", count: 62) + "1"
        let whole: [UInt8] =
            [0, 0, 0, 0x15, 0x0a, 6] + Array("stdout".utf8) + [
                0x10, 0xb9, 0xef, 0xcf, 0xce, 0xc5, 0xe0, 0xda, 0xf5, 0x18,
            ]
            + [0x1a, 1, 0x61, 0, 0, 0, 0x15]
        let bytes = try readFile(folder.log)
        #expect(Array(bytes.prefix(whole.count)) == whole)
        let open: [UInt8] =
            [0x0a, 6] + Array("stderr".utf8) + [0x10, 1, 0x1a, 5] + Array("noeol".utf8) + [
                0x20, 1, 0x2a, 0x44, 0x12, 0x40,
            ]
            + Array(id.utf8) + [0x18, 1]
        #expect(Array(bytes.suffix(open.count + 4)) == open + [0, 0, 0, UInt8(open.count)])
    }

    @Test("What was written comes back, long lines and lines without an end as well")
    func roundTrip() throws {
        let configuration = LogConfiguration(path: folder.log, format: .local)
        let writer = try LogWriter(configuration)
        let long = String(repeating: "x", count: 40_000)
        for text in ["a\n", "\n", "é\u{0}😀\n", long + "\n", "end"] { try writer.write(.stdout, text, at: 7) }
        try writer.close()
        let read = try lines(configuration)
        #expect(read.joined() == "a\n\né\u{0}😀\n\(long)\nend")
        #expect(read.count == 7, "16 KiB at most in one record")
        let reader = try LogReader(configuration)
        guard case .record(let first) = try reader.next() else { return #expect(Bool(false), "no record") }
        #expect(first.time == "1970-01-01T00:00:00.000000007Z" && first.attributes.isEmpty)
    }

    @Test("The last records alone, from a time on, up to a time", arguments: [0, 1, 3, 99])
    func tail(count: Int) throws {
        let configuration = LogConfiguration(path: folder.log, format: .local)
        let writer = try LogWriter(configuration)
        for index in 1...5 { try writer.write(.stdout, "\(index)\n", at: Int64(index) * 1000) }
        let all = ["1\n", "2\n", "3\n", "4\n", "5\n"]
        #expect(try lines(configuration, LogQuery(tail: count)) == all.suffix(count))
        #expect(
            try lines(configuration, LogQuery(sinceNanoseconds: 3000, untilNanoseconds: 4000)) == [
                "3\n", "4\n",
            ])
    }

    @Test("A record that a crash cut off is taken away by the next writer", arguments: [1, 3, 9, 20])
    func cutOff(missing: Int) throws {
        let configuration = LogConfiguration(path: folder.log, format: .local)
        try LogWriter(configuration).write(.stdout, "whole\ncut off\n", at: 1)
        let bytes = try readFile(folder.log)
        try writeFile(folder.log, Array(bytes.dropLast(missing)))
        #expect(try lines(configuration) == ["whole\n"] || missing == 20)
        try LogWriter(configuration).write(.stdout, "next\n", at: 2)
        #expect(try lines(configuration) == ["whole\n", "next\n"])
    }

    @Test("Damage is passed over, and never read beyond the file")
    func damage() throws {
        let configuration = LogConfiguration(path: folder.log, format: .local)
        for bytes in [
            [0xff, 0xff, 0xff, 0xff, 1, 2, 3], [0, 0, 0, 2, 0x0a, 0x7f, 0, 0, 0, 2],
            [0, 0, 0, 1, 0xff, 0, 0, 0, 9],
            Array(repeating: 0, count: 40),
        ] as [[UInt8]] {
            try writeFile(folder.log, bytes)
            let read = try lines(configuration)
            #expect(read.allSatisfy { $0.hasPrefix("skipped") }, "\(bytes): \(read)")
        }
    }

    @Test("Rotated files are compressed and read again", arguments: LogFormat.allCases)
    func compression(format: LogFormat) throws {
        let configuration = LogConfiguration(
            path: folder.log, format: format, maxSizeBytes: format == .local ? 800 : 2000, maxFiles: 4,
            compresses: true)
        let writer = try LogWriter(configuration, forksCompressor: false)
        for index in 1...100 { try writer.write(.stdout, "line \(index)\n", at: Int64(index)) }
        try writer.close()
        let names = { (try listDirectory(self.folder.path)).filter { $0.contains("log.") }.sorted() }
        #expect(try names().allSatisfy { $0.hasSuffix(".gz") } && names().count == 3)
        #expect(try Array(readFile(folder.log + ".1.gz").prefix(2)) == [0x1f, 0x8b])
        let read = try lines(configuration)
        #expect(read.last == "line 100\n" && read.count > 40)
        let first = Int(read[0].dropFirst(5).dropLast()) ?? 0
        #expect(read == (first...100).map { "line \($0)\n" }, "in order, none twice")
        #expect(try lines(configuration, LogQuery(tail: 30)) == (71...100).map { "line \($0)\n" })
    }

    @Test("A reader that follows reads each line once, though its file is compressed meanwhile")
    func following() throws {
        let configuration = LogConfiguration(
            path: folder.log, maxSizeBytes: 1500, maxFiles: 6, compresses: true)
        let writer = try LogWriter(configuration, forksCompressor: false)
        try writer.write(.stdout, "line 1\n", at: 1)
        let reader = try LogReader(configuration, query: LogQuery(follows: true))
        var read: [String] = []
        func pull() throws {
            while case .record(let record) = try reader.next() {
                read.append(String(decoding: record.bytes, as: UTF8.self))
            }
        }
        try pull()
        for index in 2...60 {
            try writer.write(.stdout, "line \(index)\n", at: Int64(index))
            if index % 20 == 0 { try pull() }
        }
        reader.finish()
        try pull()
        #expect(read == (1...60).map { "line \($0)\n" })
    }

    @Test("A compressed file that is damaged is an error, and leaves nothing behind")
    func damagedFile() throws {
        try writeFile(folder.log, "")
        try writeFile(folder.log + ".1.gz", [0x1f, 0x8b, 8, 0, 1, 2, 3])
        #expect(throws: SystemError.self) {
            try lines(LogConfiguration(path: folder.log, maxSizeBytes: 10, maxFiles: 2, compresses: true))
        }
        #expect(try listDirectory(folder.path).allSatisfy { !$0.hasSuffix(".read") })
    }
}
