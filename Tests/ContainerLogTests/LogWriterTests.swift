import ContainerLog
import Linux
import Testing

/// A directory of its own for a test, removed with the value.
final class LogFolder {
    let path: String
    var log: String { path + "/c-json.log" }

    init() throws {
        path = "/dev/shm/berth-test-log-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(path)
    }

    deinit {
        for name in (try? listDirectory(path)) ?? [] { try? removeFile("\(path)/\(name)") }
        try? removeDirectory(path)
    }

    func text(_ suffix: String = "") throws -> String { try readText(log + suffix) }
}

extension LogWriter {
    func write(_ stream: LogStream, _ text: String, at time: Int64 = 0) throws {
        try Array(text.utf8).withUnsafeBytes { try write(stream, $0, nowNanoseconds: time) }
    }

    func write(_ stream: LogStream, bytes: [UInt8], at time: Int64 = 0) throws {
        try bytes.withUnsafeBytes { try write(stream, $0, nowNanoseconds: time) }
    }
}

@Suite("Writing a container's log")
struct LogWriterTests {
    let folder: LogFolder
    init() throws { folder = try LogFolder() }

    @Test("A record is Docker's, byte for byte")
    func oneRecord() throws {
        let writer = try LogWriter(LogConfiguration(path: folder.log))
        try writer.write(.stdout, "line\n", at: 1_795_464_000_123_456_789)
        try writer.write(
            .stderr, "<a href=\"x\">&\\\t\r\u{1}\u{7f}é\u{2028}\n", at: 1_795_464_000_120_000_000)
        let expected = """
            {"log":"line\\n","stream":"stdout","time":"2026-11-23T20:00:00.123456789Z"}
            {"log":"\\u003ca href=\\"x\\"\\u003e\\u0026\\\\\\u0009\\r\\u0001\u{7f}é\\u2028\\n","stream":"stderr",\
            "time":"2026-11-23T20:00:00.12Z"}

            """
        #expect(try folder.text() == expected)
    }

    @Test(
        "Bytes that are no UTF-8 become one replacement each",
        arguments: [
            ([0xFF], "\\ufffd"), ([0xC3], "\\ufffd"), ([0xE2, 0x82], "\\ufffd\\ufffd"),
            ([0xED, 0xA0, 0x80], "\\ufffd\\ufffd\\ufffd"), ([0xC0, 0xAF], "\\ufffd\\ufffd"),
            ([0xF4, 0x90, 0x80, 0x80], "\\ufffd\\ufffd\\ufffd\\ufffd"), ([0xF0, 0x9F, 0x98, 0x80], "😀"),
            ([0x61, 0x80, 0x62], "a\\ufffdb"),
        ] as [([UInt8], String)])
    func invalidText(bytes: [UInt8], expected: String) throws {
        let writer = try LogWriter(LogConfiguration(path: folder.log))
        try writer.write(.stdout, bytes: bytes + [10])
        let text = try folder.text()
        #expect(text == #"{"log":"\#(expected)\n","stream":"stdout","time":"1970-01-01T00:00:00Z"}"# + "\n")
    }

    @Test("Every ASCII character at every place of a block is escaped alike")
    func escapesAtAnyPlace() throws {
        for place in 0..<20 {
            let writer = try LogWriter(LogConfiguration(path: folder.log))
            try writer.write(.stdout, String(repeating: "x", count: place) + "<" + "yyyyyyyyyyyyyyyyyyyy\n")
            let x = String(repeating: "x", count: place)
            #expect(try folder.text().contains(#""log":"\#(x)\u003cyyyyyyyyyyyyyyyyyyyy\n""#))
            try removeFile(folder.log)
        }
    }

    @Test(
        "A long line is split at 16 KiB, with the first part's time, and only the last part has the newline")
    func longLine() throws {
        let writer = try LogWriter(LogConfiguration(path: folder.log))
        let line = String(repeating: "a", count: 16384) + String(repeating: "b", count: 16384)
        try writer.write(.stdout, String(line.prefix(10000)), at: 1_000_000_000)
        try writer.write(.stdout, String(line.dropFirst(10000)), at: 2_000_000_000)
        try writer.write(.stdout, "\nnext\n", at: 3_000_000_000)
        let lines = try folder.text().split(separator: "\n")
        #expect(lines.count == 4)
        #expect(
            lines[0].hasPrefix(#"{"log":"aaa"#)
                && lines[0].hasSuffix(#"aa","stream":"stdout","time":"1970-01-01T00:00:02Z"}"#))
        #expect(
            lines[1].hasPrefix(#"{"log":"bbb"#)
                && lines[1].hasSuffix(#"bb","stream":"stdout","time":"1970-01-01T00:00:02Z"}"#))
        #expect(lines[2] == #"{"log":"\n","stream":"stdout","time":"1970-01-01T00:00:02Z"}"#)
        #expect(lines[3] == #"{"log":"next\n","stream":"stdout","time":"1970-01-01T00:00:03Z"}"#)
    }

    @Test("The outputs' lines never mix, and a line without an end is written at close")
    func interleaved() throws {
        let writer = try LogWriter(LogConfiguration(path: folder.log, attributes: ["tag": "x\"y", "b": "1"]))
        try writer.write(.stdout, "out ")
        try writer.write(.stderr, "err ")
        #expect(try folder.text().isEmpty)
        try writer.write(.stdout, "put\n")
        try writer.close()
        try writer.close()
        let attributes = #""attrs":{"b":"1","tag":"x\"y"},"time":"1970-01-01T00:00:00Z"}"#
        #expect(
            try folder.text() == #"{"log":"out put\n","stream":"stdout",\#(attributes)"# + "\n"
                + #"{"log":"err ","stream":"stderr",\#(attributes)"# + "\n")
    }

    @Test("A full file is rotated before the next record, and the oldest goes")
    func rotation() throws {
        let writer = try LogWriter(LogConfiguration(path: folder.log, maxSizeBytes: 100, maxFiles: 3))
        for number in 0..<8 { try writer.write(.stdout, "\(number)\n") }
        // 69 bytes a record: two fill a file.
        #expect(try folder.text().contains(#""6\n"#) && folder.text().contains(#""7\n"#))
        #expect(try folder.text(".1").contains(#""4\n"#) && folder.text(".2").contains(#""3\n"#))
        #expect(!fileExists(folder.log + ".3"))
        // One large chunk rotates inside too.
        try writer.write(.stdout, "a\nb\nc\nd\n")
        #expect(try folder.text().contains(#""d\n"#) && folder.text(".1").contains(#""b\n"#))
    }

    @Test("With one file a full log is emptied")
    func singleFile() throws {
        let writer = try LogWriter(LogConfiguration(path: folder.log, maxSizeBytes: 100, maxFiles: 1))
        for number in 0..<3 { try writer.write(.stdout, "\(number)\n") }
        #expect(try folder.text() == #"{"log":"2\n","stream":"stdout","time":"1970-01-01T00:00:00Z"}"# + "\n")
    }

    @Test("A record cut off by a crash does not damage the next one")
    func torn() throws {
        try writeFile(folder.log, #"{"log":"hal"#)
        let writer = try LogWriter(LogConfiguration(path: folder.log))
        try writer.write(.stdout, "x\n")
        #expect(
            try folder.text() == #"{"log":"hal"# + "\n"
                + #"{"log":"x\n","stream":"stdout","time":"1970-01-01T00:00:00Z"}"# + "\n")
    }

    @Test(
        "Dates",
        arguments: [
            (951_782_399, "2000-02-28T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ])
    func dates(second: Int, expected: String) throws {
        let writer = try LogWriter(LogConfiguration(path: folder.log))
        try writer.write(.stdout, "x\n", at: Int64(second) * 1_000_000_000)
        #expect(try folder.text().contains(expected))
        let reader = try LogReader(LogConfiguration(path: folder.log))
        guard case .record(let record) = try reader.next() else { return #expect(Bool(false), "no record") }
        #expect(record.timeNanoseconds == Int64(second) * 1_000_000_000)
        #expect(record.timeWithNineDigits == expected.dropLast() + ".000000000Z")
    }
}
