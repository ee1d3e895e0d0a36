internal import Linux

/// Writes a tar stream: ustar headers, with PAX records for what does not fit into them.
///
/// The same entries give the same bytes. For one thread.
public final class TarWriter {
    /// Lets a reader put up to so many bytes where they go out from, and returns how many it put.
    public typealias Fill = (Int, (UnsafeMutableRawBufferPointer) throws -> Int) throws -> Int

    private let sink: (UnsafeRawBufferPointer) throws -> Void
    private let filling: Fill?
    private var remaining: Int64 = 0
    private var padding = 0

    /// Writes to `sink`, which takes each piece before it returns; `filling` saves large files a copy.
    public init(_ sink: @escaping (UnsafeRawBufferPointer) throws -> Void, filling: Fill? = nil) {
        (self.sink, self.filling) = (sink, filling)
    }

    /// Writes the header of `entry`; a file's `sizeBytes` of content follow by ``write(content:)``.
    public func begin(_ entry: TarEntry) throws {
        precondition(remaining == 0, "the entry before has all its content")
        let records = Self.records(for: entry)
        if !records.isEmpty {
            var header = TarEntry(kind: .file, path: RawPath("PaxHeaders/" + Self.shortName(entry.path)))
            header.sizeBytes = Int64(records.count)
            try put(Self.block(header, type: 0x78))
            try put(records + [UInt8](repeating: 0, count: (512 - records.count % 512) % 512))
        }
        try put(Self.block(entry, type: Self.type(entry.kind)))
        remaining = entry.kind == .file ? entry.sizeBytes : 0
        padding = Int((512 - remaining % 512) % 512)
    }

    /// Writes some of the current file's content.
    public func write(content: UnsafeRawBufferPointer) throws {
        precondition(Int64(content.count) <= remaining, "no more content than the header says")
        if content.isEmpty { return }
        try sink(content)
        try advance(content.count)
    }

    private func advance(_ count: Int) throws {
        remaining -= Int64(count)
        if remaining == 0, padding > 0 { try put([UInt8](repeating: 0, count: padding)) }
    }

    /// Has `read` put up to `limit` bytes of the current file's content where they go out from, and returns how many;
    /// nil where there is no such place.
    func fill(limit: Int, _ read: (UnsafeMutableRawBufferPointer) throws -> Int) throws -> Int? {
        guard let filling else { return nil }
        let got = try filling(Int(min(Int64(limit), remaining)), read)
        if got > 0 { try advance(got) }
        return got
    }

    /// Writes the end of the archive.
    public func finish() throws {
        precondition(remaining == 0, "the last entry has all its content")
        try put([UInt8](repeating: 0, count: 1024))
    }

    private func put(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try sink($0) } }

    // MARK: Headers

    private static func type(_ kind: TarEntry.Kind) -> UInt8 {
        switch kind {
        case .file: 0x30
        case .hardLink: 0x31
        case .symbolicLink: 0x32
        case .characterDevice: 0x33
        case .blockDevice: 0x34
        case .directory: 0x35
        case .fifo: 0x36
        case .global: 0x67
        }
    }

    private static func shortName(_ path: RawPath) -> String {
        String(decoding: path.bytes.filter { (0x20..<0x7f).contains($0) }.suffix(64), as: UTF8.self)
    }

    private static func isPlain(_ path: RawPath) -> Bool {
        path.count <= 100 && path.bytes.allSatisfy { (0x20..<0x7f).contains($0) }
    }

    private static let idLimit: UInt32 = 1 << 21
    private static let sizeLimit: Int64 = 1 << 33

    private static func records(for entry: TarEntry) -> [UInt8] {
        var bytes: [UInt8] = []
        func add(_ key: String, _ value: some Collection<UInt8>) {
            let rest = key.utf8.count + value.count + 3
            var length = rest + 1
            while length != rest + String(length).utf8.count { length = rest + String(length).utf8.count }
            bytes += Array("\(length) \(key)=".utf8)
            bytes += value
            bytes.append(0x0a)
        }
        func add(_ key: String, _ value: String) { add(key, Array(value.utf8)) }
        if !isPlain(entry.path) { add("path", entry.path.bytes) }
        if !isPlain(entry.linkTarget) { add("linkpath", entry.linkTarget.bytes) }
        if entry.sizeBytes >= sizeLimit { add("size", "\(entry.sizeBytes)") }
        if entry.userID >= idLimit { add("uid", "\(entry.userID)") }
        if entry.groupID >= idLimit { add("gid", "\(entry.groupID)") }
        if entry.modified.nanoseconds != 0 || !(0..<sizeLimit).contains(entry.modified.seconds) {
            add("mtime", decimal(entry.modified))
        }
        for attribute in entry.attributes {
            add(PaxRecords.attributePrefix + "\(attribute.name)", attribute.value)
        }
        return bytes
    }

    /// Seconds with a fraction; before 1970 the fraction counts away from zero.
    private static func decimal(_ time: FileTime) -> String {
        let negative = time.seconds < 0
        var seconds = time.seconds.magnitude
        var nanoseconds = time.nanoseconds
        if negative, nanoseconds > 0 {
            seconds -= 1
            nanoseconds = 1_000_000_000 - nanoseconds
        }
        var text = (negative ? "-" : "") + "\(seconds)"
        if nanoseconds > 0 {
            let digits = "\(nanoseconds)"
            text += "." + String(repeating: "0", count: 9 - digits.utf8.count) + digits
            while text.last == "0" { text.removeLast() }
        }
        return text
    }

    private static func block(_ entry: TarEntry, type: UInt8) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: some Collection<UInt8>, _ offset: Int, _ count: Int) {
            for (index, byte) in bytes.prefix(count).enumerated() { block[offset + index] = byte }
        }
        func put(_ value: Int64, _ offset: Int, _ width: Int) {
            let text = String(value, radix: 8)
            put(
                (String(repeating: "0", count: max(0, width - 1 - text.utf8.count)) + text).utf8, offset,
                width - 1)
        }
        put(entry.path.bytes, 0, 100)
        put(Int64(entry.mode), 100, 8)
        put(entry.userID < idLimit ? Int64(entry.userID) : 0, 108, 8)
        put(entry.groupID < idLimit ? Int64(entry.groupID) : 0, 116, 8)
        let size = entry.kind == .file ? entry.sizeBytes : 0
        put(size < sizeLimit ? size : 0, 124, 12)
        put((0..<sizeLimit).contains(entry.modified.seconds) ? entry.modified.seconds : 0, 136, 12)
        block[156] = type
        put(entry.linkTarget.bytes, 157, 100)
        put("ustar\u{0}00".utf8, 257, 8)
        if entry.kind == .characterDevice || entry.kind == .blockDevice {
            put(Int64(entry.deviceMajor), 329, 8)
            put(Int64(entry.deviceMinor), 337, 8)
        }
        put([UInt8](repeating: 0x20, count: 8), 148, 8)
        let sum = block.reduce(Int64(0)) { $0 + Int64($1) }
        put(sum, 148, 7)
        block[154] = 0
        return block
    }
}
