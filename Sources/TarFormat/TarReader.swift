internal import Linux

/// Reads a tar stream entry by entry: ustar, old and new GNU, PAX, with their sparse files.
///
/// Memory is bounded whatever the stream says: 256 KiB of buffer, and 1 MiB for an extended header. For one thread.
public final class TarReader {
    /// What an extended header or a long name may take, as Go's reader has it.
    static let extensionLimitBytes: Int64 = 1 << 20

    /// 4 PiB: no file is as large, and sums of a few do not overflow.
    package static let sizeLimitBytes: Int64 = 1 << 52

    private let source: any ByteSource
    private let buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    /// Content of the current entry that nobody has taken yet, and the padding behind it.
    private var remaining: Int64 = 0
    private var padding = 0
    private var finished = false

    public init(_ source: any ByteSource) {
        self.source = source
        buffer = .allocate(byteCount: 256 << 10, alignment: 4096)
    }

    deinit { buffer.deallocate() }

    /// The next entry, or nil at the end of the archive; what is left of the entry before is skipped.
    public func next() throws -> TarEntry? {
        if finished { return nil }
        var pax = PaxRecords()
        var longName: [UInt8]?
        var longLink: [UInt8]?
        var extensions = 0
        while true {
            try skipContent()
            guard let block = try nextHeader() else {
                finished = true
                if extensions > 0 { throw Self.truncated }
                return nil
            }
            let size = block.number(124, 12)
            switch block.type {
            case 0x78, 0x58: try pax.parse(readExtension(size))  // x, and X of Solaris
            case 0x4c: longName = try readExtension(size)  // L
            case 0x4b: longLink = try readExtension(size)  // K
            default:
                return try entry(block, size, pax, longName, longLink)
            }
            extensions += 1
            if extensions > 16 {
                throw ArchiveError(.limit, "read tar: too many extended headers for one entry")
            }
        }
    }

    /// Some of the current entry's content, or an empty buffer at its end; valid until the next call.
    public func nextChunk() throws -> UnsafeRawBufferPointer {
        if remaining == 0 { return UnsafeRawBufferPointer(start: nil, count: 0) }
        if start == end { try fill() }
        let count = Int(min(Int64(end - start), remaining))
        defer {
            start += count
            remaining -= Int64(count)
        }
        return UnsafeRawBufferPointer(rebasing: buffer[start..<start + count])
    }

    /// Has the source write some of the current entry's content to `file` itself; nil where it has to be taken by
    /// ``nextChunk()``, for the moment or altogether.
    func moveContent(to file: Int32) throws -> Int? {
        guard start == end, remaining > 65536 else { return nil }
        guard let count = try source.move(upTo: Int(clamping: remaining), to: file) else { return nil }
        if count == 0 { throw Self.truncated }
        remaining -= Int64(count)
        return count
    }

    /// Reads the current entry's whole content; more than `limitBytes` is a failure.
    public func readContent(limitBytes: Int, subject: String) throws -> [UInt8] {
        if remaining > limitBytes {
            throw ArchiveError(.limit, "read \"\(subject)\": more than \(limitBytes) bytes")
        }
        var bytes: [UInt8] = []
        while remaining > 0 { bytes.append(contentsOf: try nextChunk()) }
        return bytes
    }

    /// Reads what follows the end of the archive, so that a digest counts it.
    public func drain() throws {
        try skipContent()
        start = 0
        end = 0
        while try source.read(into: buffer) > 0 {}
    }

    // MARK: Blocks

    private func nextHeader() throws -> TarBlock? {
        // The stream may simply stop where a header would begin: many writers leave the closing zeros out.
        guard try ensure(TarBlock.size, mayEnd: true) else { return nil }
        let block = take()
        if block.isZero {
            guard try ensure(TarBlock.size, mayEnd: true) else { return nil }
            if take().isZero { return nil }
            throw ArchiveError(.malformed, "read tar: invalid header")
        }
        guard block.hasValidChecksum else { throw ArchiveError(.malformed, "read tar: invalid header") }
        return block
    }

    private func take() -> TarBlock {
        defer { start += TarBlock.size }
        return TarBlock(bytes: UnsafeRawBufferPointer(rebasing: buffer[start..<start + TarBlock.size]))
    }

    /// Makes `count` bytes lie in the buffer; false at the clean end of the stream.
    private func ensure(_ count: Int, mayEnd: Bool = false) throws -> Bool {
        if end - start >= count { return true }
        let left = end - start
        if start > 0, left > 0 {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
        }
        (start, end) = (0, left)
        while end < count {
            let got = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
            if got == 0 {
                if end == 0 && mayEnd { return false }
                throw Self.truncated
            }
            end += got
        }
        return true
    }

    private func fill() throws {
        start = 0
        end = try source.read(into: buffer)
        if end == 0 { throw Self.truncated }
    }

    private func skipContent() throws {
        var left = remaining + Int64(padding)
        remaining = 0
        padding = 0
        while left > 0 {
            if start == end { try fill() }
            let count = Int(min(left, Int64(end - start)))
            start += count
            left -= Int64(count)
        }
    }

    private func readExtension(_ size: Int64?) throws -> [UInt8] {
        guard let size, size >= 0 else { throw PaxRecords.malformed }
        guard size <= Self.extensionLimitBytes else {
            throw ArchiveError(.limit, "read tar: extended header of \(size) bytes")
        }
        begin(size)
        return try readContent(limitBytes: Int(Self.extensionLimitBytes), subject: "extended header")
    }

    private func begin(_ size: Int64) {
        remaining = size
        padding = Int((512 - size % 512) % 512)
    }

    static let truncated = ArchiveError(.truncated, "read tar: unexpected end of the archive")

    // MARK: Entries

    private func entry(
        _ block: TarBlock, _ headerSize: Int64?, _ pax: PaxRecords, _ longName: [UInt8]?, _ longLink: [UInt8]?
    ) throws -> TarEntry {
        // The block lies in the buffer: everything is taken out of it before more is read.
        var entry = try TarHeader.decode(block, pax, longName: longName, longLink: longLink)
        let isGNUSparse = block.type == 0x53  // S
        guard let size = try pax.number("size") ?? headerSize, (0...Self.sizeLimitBytes).contains(size) else {
            throw ArchiveError(.malformed, "read tar: invalid size of \"\(entry.path)\"")
        }
        var extents: [TarEntry.Extent] = []
        var more = false
        if isGNUSparse {
            guard let real = block.number(483, 12) else { throw SparseMap.malformed }
            entry.sizeBytes = real
            more = try TarHeader.appendSparse(block, from: 386, count: 4, flag: 482, to: &extents)
        }
        let hasContent = entry.kind == .file || entry.kind == .global
        if isGNUSparse {
            while more {
                _ = try ensure(TarBlock.size)
                more = try TarHeader.appendSparse(take(), from: 0, count: 21, flag: 504, to: &extents)
            }
            begin(size)
            entry.extents = try SparseMap.checked(extents, sizeBytes: entry.sizeBytes, dataBytes: size)
            return entry
        }
        begin(hasContent ? size : 0)
        entry.sizeBytes = hasContent ? size : 0
        if entry.kind == .file { try applyPaxSparse(pax, &entry) }
        if entry.kind == .global { entry.sizeBytes = 0 }
        return entry
    }

    /// GNU sparse 0.0 and 0.1 (map in the records) and 1.0 (map before the data).
    private func applyPaxSparse(_ pax: PaxRecords, _ entry: inout TarEntry) throws {
        let major = try pax.number("GNU.sparse.major")
        let numbers: [Int64]
        if major == 1 {
            numbers = try readSparseMap()
        } else if let map = pax.values["GNU.sparse.map"] {
            numbers = try map.split(separator: 0x2c).map { try Self.number($0) }
        } else if !pax.sparsePairs.isEmpty {
            numbers = try pax.sparsePairs.map { try Self.number($0) }
        } else {
            return
        }
        guard let real = try pax.number("GNU.sparse.realsize") ?? pax.number("GNU.sparse.size") else {
            throw SparseMap.malformed
        }
        guard numbers.count % 2 == 0, numbers.count <= 2 * SparseMap.maximumExtents else {
            throw SparseMap.malformed
        }
        let extents = stride(from: 0, to: numbers.count, by: 2).map {
            TarEntry.Extent(offset: numbers[$0], sizeBytes: numbers[$0 + 1])
        }
        entry.sizeBytes = real
        entry.extents = try SparseMap.checked(extents, sizeBytes: real, dataBytes: remaining)
    }

    private static func number(_ digits: ArraySlice<UInt8>) throws -> Int64 {
        guard let value = PaxRecords.decimal(digits) else { throw SparseMap.malformed }
        return value
    }

    /// The decimal lines at the start of the content: how many pairs, then the pairs; padded to a block.
    private func readSparseMap() throws -> [Int64] {
        var numbers: [Int64] = []
        var expected: Int64?
        var digits: [UInt8] = []
        while true {
            guard remaining >= 512 else { throw SparseMap.malformed }
            _ = try ensure(TarBlock.size)
            let block = take()
            remaining -= 512
            for byte in block.bytes {
                if byte != 0x0a {
                    if let expected, numbers.count >= 2 * expected { break }
                    digits.append(byte)
                    if digits.count > 20 { throw SparseMap.malformed }
                    continue
                }
                let value = try Self.number(digits[...])
                digits = []
                if expected == nil {
                    guard value <= SparseMap.maximumExtents else {
                        throw ArchiveError(.limit, "read tar: sparse file in \(value) pieces")
                    }
                    expected = value
                } else {
                    numbers.append(value)
                }
                if let expected, numbers.count >= 2 * expected { break }
            }
            if let expected, numbers.count >= 2 * expected { return numbers }
        }
    }
}
