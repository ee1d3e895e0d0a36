import ContainerLog
import Linux
import Testing

@Suite("Reading a container's log")
struct LogReaderTests {
    let folder: LogFolder
    init() throws { folder = try LogFolder() }

    /// Reads until the end, or until the reader would wait.
    func read(_ reader: LogReader) throws -> [String] {
        var lines: [String] = []
        while true {
            switch try reader.next() {
            case .record(let record): lines.append(String(decoding: record.bytes, as: UTF8.self))
            case .skipped(let bytes): lines.append("skipped \(bytes)")
            case .wait: return lines + ["wait"]
            case .end: return lines
            }
        }
    }

    func read(_ configuration: LogConfiguration, _ query: LogQuery = LogQuery()) throws -> [String] {
        try read(try LogReader(configuration, query: query))
    }

    @Test("What was written comes back, whatever the bytes")
    func roundTrip() throws {
        let configuration = LogConfiguration(path: folder.log, attributes: ["tag": "x\"y\u{1F600}"])
        let writer = try LogWriter(configuration)
        let texts = [
            "\n", "a\tb\r\n", "\"quoted\" <&> \\ \u{0} \u{1f}\n", "é😀\u{2028}\n",
            String(repeating: "z", count: 16383) + "\n",
        ]
        for text in texts { try writer.write(.stderr, text, at: 5) }
        let reader = try LogReader(configuration)
        for text in texts {
            guard case .record(let record) = try reader.next() else {
                return #expect(Bool(false), "no record")
            }
            #expect(String(decoding: record.bytes, as: UTF8.self) == text)
            #expect(record.stream == .stderr && record.time == "1970-01-01T00:00:00.000000005Z")
            #expect(record.attributes.first?.value == "x\"y\u{1F600}")
        }
        #expect(try reader.next() == .end && reader.next() == .end)
    }

    @Test("A record as Docker's own encoder may write it is understood")
    func foreignRecords() throws {
        try writeFile(
            folder.log,
            #"{"time":"2026-01-02T03:04:05+01:00", "x":[1,{"y":null}], "stream":"stderr","log":"\ud83d\ude00\/\n"}"#
                + "\n")
        guard case .record(let record) = try LogReader(LogConfiguration(path: folder.log)).next() else {
            return #expect(Bool(false), "no record")
        }
        #expect(String(decoding: record.bytes, as: UTF8.self) == "😀/\n")
        #expect(record.timeNanoseconds == 1_767_319_445_000_000_000)
    }

    @Test("The last lines, across rotated files")
    func tail() throws {
        let configuration = LogConfiguration(path: folder.log, maxSizeBytes: 700, maxFiles: 4)
        let writer = try LogWriter(configuration)
        for number in 0..<30 { try writer.write(.stdout, "\(number)\n") }
        let all = try read(configuration)
        #expect(all == (0..<30).map { "\($0)\n" })
        for count in 0...31 {
            #expect(try read(configuration, LogQuery(tail: count)) == Array(all.suffix(count)))
        }
    }

    @Test("The last lines of a file larger than one block")
    func tailOfLargeFile() throws {
        let configuration = LogConfiguration(path: folder.log)
        let writer = try LogWriter(configuration)
        for number in 0..<40 {
            try writer.write(.stdout, String(repeating: "x", count: 9000) + "\(number)\n")
        }
        #expect(
            try read(configuration, LogQuery(tail: 20)).map { $0.drop { $0 == "x" } }
                == (20..<40).map { "\($0)\n" })
    }

    @Test("Since and until, both included; the last lines are counted before")
    func times() throws {
        let configuration = LogConfiguration(path: folder.log)
        let writer = try LogWriter(configuration)
        for number in 0..<10 { try writer.write(.stdout, "\(number)\n", at: Int64(number) * 1_000_000_000) }
        let query = LogQuery(sinceNanoseconds: 3_000_000_000, untilNanoseconds: 5_000_000_000)
        #expect(try read(configuration, query) == ["3\n", "4\n", "5\n"])
        #expect(
            try read(configuration, LogQuery(tail: 2, sinceNanoseconds: 3_000_000_000)) == ["8\n", "9\n"])
        #expect(
            try read(configuration, LogQuery(untilNanoseconds: 1_000_000_000, follows: true)) == [
                "0\n", "1\n",
            ])
    }

    @Test("Damaged lines are passed over and named")
    func damaged() throws {
        let good = #"{"log":"x\n","stream":"stdout","time":"1970-01-01T00:00:00Z"}"#
        let lines = [
            #"{"log":"hal"#, good, "\u{0}\u{0}\u{0}", "{}", #"{"log":"\q","time":"x"}"#, #"{"log":"#,
            good + "x", good, "",
        ]
        try writeFile(folder.log, lines.joined(separator: "\n") + #"{"log":"unfinished"#)
        let configuration = LogConfiguration(path: folder.log)
        let expected = [
            "skipped 11", "x\n", "skipped 3", "skipped 2", "skipped 23", "skipped 7", "skipped 62", "x\n",
        ]
        let found = try read(configuration)
        #expect(found == expected)
    }

    @Test("Any cut or flipped byte of a log is survived")
    func fuzz() throws {
        let good = Array(
            (#"{"log":"a\u00e9\n","stream":"stdout","attrs":{"a":"b"},"time":"1970-01-01T00:00:00Z"}"# + "\n")
                .utf8)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var bytes = good + good
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255)
            }
            try writeFile(folder.log, Array(bytes.prefix(Int.random(in: 0...bytes.count))))
            _ = try read(LogConfiguration(path: folder.log), LogQuery(tail: 5, sinceNanoseconds: 0))
        }
    }

    @Test("A line without an end is dropped, not kept in memory")
    func endless() throws {
        try writeFile(
            folder.log,
            [UInt8](repeating: 0x61, count: 9 << 20) + Array("\n".utf8)
                + Array(#"{"log":"x\n","stream":"stdout","time":"1970-01-01T00:00:00Z"}"#.utf8) + [10])
        #expect(try read(LogConfiguration(path: folder.log)) == ["skipped \(9 << 20)", "x\n"])
    }

    @Test("Following goes on across rotations, and ends when told")
    func follow() throws {
        let configuration = LogConfiguration(path: folder.log, maxSizeBytes: 100, maxFiles: 3)
        let reader = try LogReader(configuration, query: LogQuery(follows: true))
        #expect(try reader.next() == .wait)
        let watch = try DirectoryWatch()
        try watch.add(folder.path)
        let writer = try LogWriter(configuration)
        for number in 0..<40 {
            try writer.write(.stdout, "\(number)\n")
            #expect(try !watch.drain().isEmpty)
            #expect(try read(reader) == ["\(number)\n", "wait"])
        }
        try writer.write(.stdout, "a\nb\n")
        reader.finish()
        #expect(try read(reader) == ["a\n", "b\n"])
    }

    @Test("Following notices that the one file was emptied")
    func followTruncated() throws {
        let configuration = LogConfiguration(path: folder.log, maxSizeBytes: 100, maxFiles: 1)
        let writer = try LogWriter(configuration)
        let reader = try LogReader(configuration, query: LogQuery(follows: true))
        for number in 0..<9 {
            try writer.write(.stdout, "\(number)\n")
            #expect(try read(reader) == ["\(number)\n", "wait"])
        }
    }

    @Test("A log that isn't there is empty")
    func missing() throws {
        #expect(try read(LogConfiguration(path: folder.log)).isEmpty)
    }
}
