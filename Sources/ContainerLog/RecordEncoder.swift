/// Encodes log records into a buffer: `{"log":"…","stream":"…","attrs":{…},"time":"…"}` and a newline, or those of
/// ``LocalRecord``.
struct RecordEncoder {
    private(set) var bytes: [UInt8] = []
    private let format: LogFormat
    private let afterStream: [UInt8]
    private var clock = TimeText()

    init(format: LogFormat = .jsonLines, attributes: [String: String]) {
        self.format = format
        bytes.reserveCapacity(32 << 10)
        var text: [UInt8] = []
        if !attributes.isEmpty {
            text += Array(#","attrs":{"#.utf8)
            for (index, entry) in attributes.sorted(by: { $0.key < $1.key }).enumerated() {
                text += Array((index == 0 ? "\"" : ",\"").utf8)
                Array(entry.key.utf8).withUnsafeBytes { JSONText.append($0, to: &text) }
                text += Array(#"":""#.utf8)
                Array(entry.value.utf8).withUnsafeBytes { JSONText.append($0, to: &text) }
                text += Array("\"".utf8)
            }
            text += Array("}".utf8)
        }
        afterStream = text + Array(#","time":""#.utf8)
    }

    mutating func removeAll() {
        // One long burst must not keep its memory for the rest of the container's life.
        bytes.removeAll(keepingCapacity: bytes.capacity <= 256 << 10)
    }

    mutating func append(
        _ stream: LogStream, _ text: [UInt8], endsLine: Bool, piece: Int = 0, timeNanoseconds: Int64
    ) {
        text.withUnsafeBytes {
            append(stream, $0, endsLine: endsLine, piece: piece, timeNanoseconds: timeNanoseconds)
        }
    }

    /// Appends a record; `piece` is 0 for a whole line, else the number of the piece in its line.
    mutating func append(
        _ stream: LogStream, _ text: UnsafeRawBufferPointer, endsLine: Bool, piece: Int = 0,
        timeNanoseconds: Int64
    ) {
        if text.isEmpty && !endsLine { return }
        if format == .local {
            LocalRecord.append(
                stream, text, endsLine: endsLine, piece: piece,
                lineID: piece > 0 ? Self.lineID(timeNanoseconds, stream) : [],
                timeNanoseconds: timeNanoseconds,
                to: &bytes)
            return
        }
        append(#"{"log":""#)
        JSONText.append(text, to: &bytes)
        if endsLine { append(#"\n"#) }
        append(stream == .stdout ? #"","stream":"stdout""# : #"","stream":"stderr""#)
        bytes.append(contentsOf: afterStream)
        clock.append(timeNanoseconds, to: &bytes)
        append("\"}\n")
    }

    /// What the pieces of one line have in common: their time, in the form of an id.
    private static func lineID(_ timeNanoseconds: Int64, _ stream: LogStream) -> [UInt8] {
        let digits = Array(String(UInt64(bitPattern: timeNanoseconds), radix: 16).utf8)
        let mark: UInt8 = stream == .stdout ? UInt8(ascii: "1") : UInt8(ascii: "2")
        return [mark] + [UInt8](repeating: UInt8(ascii: "0"), count: max(0, 63 - digits.count)) + digits
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

/// JSON's text escapes as Docker's log writer makes them.
enum JSONText {
    /// Adds `text` escaped, without the quotes around it. A byte that is not UTF-8 becomes `\ufffd`.
    static func append(_ text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        var start = 0
        while start < text.count {
            let end = firstEscaped(text, from: start)
            if end > start { bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[start..<end])) }
            // Binary output is little else than escapes: what is near one goes through a piece of the stack.
            start = appendEscapes(text, from: end, to: &bytes)
        }
    }

    /// The first index from `start` of a byte that is not taken as it is, or the end.
    private static func firstEscaped(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var at = start
        while true {
            at = firstUnsafe(text, from: at)
            if at == text.count || text[at] < 0x80 { return at }
            let length = sequenceLength(text, at)
            if length == 0 || isSeparator(text, at, length) { return at }
            at += length
        }
    }

    /// Adds the bytes from `start` with their escapes up to some that have none; returns those ones' index.
    private static func appendEscapes(
        _ text: UnsafeRawBufferPointer, from start: Int, to bytes: inout [UInt8]
    ) -> Int {
        var at = start
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1024) { piece in
            var count = 0
            var plain = 0
            while at < text.count, plain < 16 {
                if count + 6 > piece.count {
                    bytes.append(contentsOf: UnsafeBufferPointer(rebasing: piece[..<count]))
                    count = 0
                }
                let byte = text[at]
                if byte < 0x80 {
                    if isUnsafe(byte) {
                        count = putEscape(byte, in: piece, at: count)
                        plain = 0
                    } else {
                        piece[count] = byte
                        count += 1
                        plain += 1
                    }
                    at += 1
                    continue
                }
                let length = sequenceLength(text, at)
                if length == 0 {
                    count = put(#"\ufffd"#, in: piece, at: count)
                    at += 1
                } else if isSeparator(text, at, length) {
                    count = put(text[at + 2] == 0xA8 ? #"\u2028"# : #"\u2029"#, in: piece, at: count)
                    at += length
                } else {
                    for index in at..<at + length { piece[count + index - at] = text[index] }
                    count += length
                    at += length
                    plain += length
                }
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: piece[..<count]))
        }
        return at
    }

    private static func isUnsafe(_ byte: UInt8) -> Bool {
        switch byte {
        case 0..<0x20, 0x22, 0x26, 0x3C, 0x3E, 0x5C, 0x80...: true
        default: false
        }
    }

    /// Whether the sequence at `at` is U+2028 or U+2029, which JavaScript takes for ends of lines.
    private static func isSeparator(_ text: UnsafeRawBufferPointer, _ at: Int, _ length: Int) -> Bool {
        length == 3 && text[at] == 0xE2 && text[at + 1] == 0x80 && text[at + 2] & 0xFE == 0xA8
    }

    /// The first index from `start` of a byte that may need an escape, or the end.
    private static func firstUnsafe(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var at = start
        // Eight at a time, with a byte's high bit for "is one"; wrong ones follow right ones only.
        let ones: UInt64 = 0x0101_0101_0101_0101
        while at + 8 <= text.count {
            let block = text.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            let control = (block &- ones &* 0x20) & ~block
            let quotes = (block | ones &* 0x04) ^ ones &* 0x26
            let markup = (block | ones &* 0x02) ^ ones &* 0x3E
            let backslash = block ^ ones &* 0x5C
            let zeros =
                (quotes &- ones) & ~quotes | (markup &- ones) & ~markup | (backslash &- ones) & ~backslash
            if (block | control | zeros) & (ones &* 0x80) != 0 { break }
            at += 8
        }
        while at < text.count {
            if isUnsafe(text[at]) { return at }
            at += 1
        }
        return at
    }

    private static func putEscape(_ byte: UInt8, in piece: UnsafeMutableBufferPointer<UInt8>, at: Int) -> Int
    {
        piece[at] = UInt8(ascii: "\\")
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): piece[at + 1] = byte
        case UInt8(ascii: "\n"): piece[at + 1] = UInt8(ascii: "n")
        case UInt8(ascii: "\r"): piece[at + 1] = UInt8(ascii: "r")
        default:
            let low = byte & 0xF
            piece[at + 1] = UInt8(ascii: "u")
            piece[at + 2] = UInt8(ascii: "0")
            piece[at + 3] = UInt8(ascii: "0")
            piece[at + 4] = UInt8(ascii: "0") + byte >> 4
            piece[at + 5] = low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10
            return at + 6
        }
        return at + 2
    }

    private static func put(
        _ words: StaticString, in piece: UnsafeMutableBufferPointer<UInt8>, at: Int
    ) -> Int {
        for index in 0..<words.utf8CodeUnitCount { piece[at + index] = words.utf8Start[index] }
        return at + words.utf8CodeUnitCount
    }

    /// How many bytes the well-formed UTF-8 sequence at `at` has; 0 where there is none (Unicode 15, table
    /// 3-7).
    private static func sequenceLength(_ text: UnsafeRawBufferPointer, _ at: Int) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch text[at] {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: return 0
        }
        guard at + length <= text.count, second.contains(text[at + 1]) else { return 0 }
        for index in 2..<max(2, length) where text[at + index] & 0xC0 != 0x80 { return 0 }
        return length
    }
}
