/// A tar archive written byte by byte, right or wrong as the test wants it.
struct TarBytes {
    var bytes: [UInt8] = []

    /// Fields of one header; numbers are put in as octal text unless `raw` replaces them.
    struct Header {
        var name: [UInt8]
        var type: Character = "0"
        var size = 0
        var mode = 0o644
        var user = 0
        var group = 0
        var time = 0
        var link: [UInt8] = []
        var major = 0
        var minor = 0
        var magic = "ustar\u{0}00"
        /// Bytes put over the finished fields, before the checksum.
        var raw: [(offset: Int, bytes: [UInt8])] = []
    }

    static func octal(_ value: Int, _ width: Int) -> [UInt8] {
        let text = String(value, radix: 8)
        return Array((String(repeating: "0", count: max(0, width - 1 - text.count)) + text).utf8) + [0]
    }

    mutating func header(_ header: Header) {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: [UInt8], _ offset: Int) {
            block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        put(Array(header.name.prefix(100)), 0)
        put(Self.octal(header.mode, 8), 100)
        put(Self.octal(header.user, 8), 108)
        put(Self.octal(header.group, 8), 116)
        put(Self.octal(header.size, 12), 124)
        put(Self.octal(header.time, 12), 136)
        block[156] = header.type.asciiValue ?? 0
        put(Array(header.link.prefix(100)), 157)
        put(Array(header.magic.utf8), 257)
        put(Self.octal(header.major, 8), 329)
        put(Self.octal(header.minor, 8), 337)
        for (offset, bytes) in header.raw { put(bytes, offset) }
        put([UInt8](repeating: 0x20, count: 8), 148)
        let sum = block.reduce(0) { $0 + Int($1) }
        put(
            Array(
                (String(repeating: "0", count: 6 - String(sum, radix: 8).count) + String(sum, radix: 8)).utf8)
                + [0, 0x20], 148)
        bytes += block
    }

    mutating func content(_ content: [UInt8]) {
        bytes += content
        bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    mutating func file(
        _ name: String, _ content: String = "", mode: Int = 0o644, user: Int = 0, group: Int = 0,
        time: Int = 0
    ) {
        let bytes = Array(content.utf8)
        header(
            Header(
                name: Array(name.utf8), size: bytes.count, mode: mode, user: user, group: group, time: time))
        self.content(bytes)
    }

    mutating func directory(_ name: String, mode: Int = 0o755, user: Int = 0, group: Int = 0, time: Int = 0) {
        header(Header(name: Array(name.utf8), type: "5", mode: mode, user: user, group: group, time: time))
    }

    mutating func link(_ name: String, to target: String, hard: Bool = false) {
        header(Header(name: Array(name.utf8), type: hard ? "1" : "2", mode: 0o777, link: Array(target.utf8)))
    }

    mutating func device(_ name: String, type: Character = "3", major: Int, minor: Int, mode: Int = 0o600) {
        header(Header(name: Array(name.utf8), type: type, mode: mode, major: major, minor: minor))
    }

    /// An extended header of PAX for the next entry.
    mutating func pax(_ records: [(String, [UInt8])], type: Character = "x") {
        var body: [UInt8] = []
        for (key, value) in records {
            let rest = [0x20] + Array(key.utf8) + [0x3d] + value + [0x0a]
            var length = rest.count + 1
            while String(length).utf8.count + rest.count != length {
                length = String(length).utf8.count + rest.count
            }
            body += Array(String(length).utf8) + rest
        }
        header(Header(name: Array("PaxHeaders/x".utf8), type: type, size: body.count))
        content(body)
    }

    mutating func pax(_ key: String, _ value: String) { pax([(key, Array(value.utf8))]) }

    /// The archive with its closing zeros.
    var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    init(_ make: (inout TarBytes) -> Void = { _ in }) { make(&self) }
}
