/// Encodes log records into a buffer: `{"log":"…","stream":"…","attrs":{…},"time":"…"}` and a newline.
struct RecordEncoder {
    private(set) var bytes: [UInt8] = []
    private let afterStream: [UInt8]
    private var clock = TimeText()

    init(attributes: [String: String]) {
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

    mutating func append(_ stream: LogStream, _ text: [UInt8], endsLine: Bool, timeNanoseconds: Int64) {
        text.withUnsafeBytes { append(stream, $0, endsLine: endsLine, timeNanoseconds: timeNanoseconds) }
    }

    mutating func append(
        _ stream: LogStream, _ text: UnsafeRawBufferPointer, endsLine: Bool, timeNanoseconds: Int64
    ) {
        if text.isEmpty && !endsLine { return }
        append(#"{"log":""#)
        JSONText.append(text, to: &bytes)
        if endsLine { append(#"\n"#) }
        append(stream == .stdout ? #"","stream":"stdout""# : #"","stream":"stderr""#)
        bytes.append(contentsOf: afterStream)
        clock.append(timeNanoseconds, to: &bytes)
        append("\"}\n")
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
        var at = 0
        while at < text.count {
            at = firstUnsafe(text, from: at)
            if at == text.count { break }
            let byte = text[at]
            if byte < 0x80 {
                bytes.append(contentsOf: text[start..<at])
                appendEscape(byte, to: &bytes)
                at += 1
                start = at
                continue
            }
            let length = sequenceLength(text, at)
            let isSeparator =
                length == 3 && byte == 0xE2 && text[at + 1] == 0x80 && text[at + 2] & 0xFE == 0xA8
            if length == 0 || isSeparator {
                bytes.append(contentsOf: text[start..<at])
                if length == 0 {
                    bytes.append(contentsOf: Array(#"\ufffd"#.utf8))
                } else {
                    bytes.append(contentsOf: Array((text[at + 2] == 0xA8 ? #"\u2028"# : #"\u2029"#).utf8))
                }
                at += max(1, length)
                start = at
            } else {
                at += length
            }
        }
        bytes.append(contentsOf: text[start..<text.count])
    }

    /// The first index from `start` of a byte that may need an escape, or the end.
    private static func firstUnsafe(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var at = start
        while at + 16 <= text.count {
            let block = text.loadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self)
            let control: SIMDMask<SIMD16<Int8>> = (block .< 0x20) .| (block .>= 0x80)
            let quotes: SIMDMask<SIMD16<Int8>> = (block .== 0x22) .| (block .== 0x5C)
            let markup: SIMDMask<SIMD16<Int8>> = (block .== 0x26) .| (block .== 0x3C) .| (block .== 0x3E)
            if any(control .| quotes .| markup) { break }
            at += 16
        }
        while at < text.count {
            switch text[at] {
            case 0..<0x20, 0x22, 0x26, 0x3C, 0x3E, 0x5C, 0x80...: return at
            default: at += 1
            }
        }
        return at
    }

    private static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes.append(byte)
        case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: [UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0")])
            bytes.append(UInt8(ascii: "0") + byte >> 4)
            let low = byte & 0xF
            bytes.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        }
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
