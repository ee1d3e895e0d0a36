internal import CCompression
public import TarFormat

/// How a stream is compressed, told by its first bytes and never by a name or media type.
public enum Compression: Sendable, Hashable {
    case plain, gzip, zstd

    static func isXZ(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])
    }

    static func isBzip2(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.starts(with: [0x42, 0x5a, 0x68]) }

    /// The compression of a stream that begins with `bytes`; throws for those that berth does not read.
    static func detect(_ bytes: ArraySlice<UInt8>) throws -> Compression {
        if bytes.starts(with: [0x1f, 0x8b]) { return .gzip }
        if bytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) { return .zstd }
        // A skippable frame may come first: 0x184D2A50 to 0x184D2A5F, little-endian.
        if bytes.count >= 4, let first = bytes.first, first & 0xf0 == 0x50,
            bytes.dropFirst().starts(with: [0x2a, 0x4d, 0x18])
        {
            return .zstd
        }
        if isXZ(bytes) {
            throw ArchiveError(
                .unsupported, "read archive: xz compression is not supported for a layer, use gzip or zstd")
        }
        if isBzip2(bytes) {
            throw ArchiveError(
                .unsupported, "read archive: bzip2 compression is not supported for a layer, use gzip or zstd"
            )
        }
        return .plain
    }
}

/// The decompressed bytes of another source.
public final class DecompressingSource: ByteSource {
    private let source: any ByteSource
    private var head: [UInt8] = []
    private var headOffset = 0
    private var inner: (any ByteSource)?
    /// Known after the first read.
    public private(set) var compression: Compression?

    public init(_ source: any ByteSource) { self.source = source }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if let inner { return try inner.read(into: buffer) }
        let inner = try open()
        self.inner = inner
        return try inner.read(into: buffer)
    }

    private func open() throws -> any ByteSource {
        let (head, start) = try PrefixedSource.peek(source)
        let compression = try Compression.detect(head)
        self.compression = compression
        return switch compression {
        case .plain: start
        case .gzip: GzipSource(start)
        case .zstd: try ZstdSource(start)
        }
    }
}

/// What a source holds under xz or bzip2, by the programs of these names; anything else as it is.
public final class ProgramDecompressingSource: ByteSource {
    private let source: any ByteSource
    private var inner: (any ByteSource)?

    public init(_ source: any ByteSource) { self.source = source }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if let inner { return try inner.read(into: buffer) }
        let inner = try open()
        self.inner = inner
        return try inner.read(into: buffer)
    }

    private func open() throws -> any ByteSource {
        let (head, start) = try PrefixedSource.peek(source)
        if Compression.isXZ(head) { return try ProgramSource("xz", ["-d", "-c", "-q"], start) }
        if Compression.isBzip2(head) { return try ProgramSource("bzip2", ["-d", "-c"], start) }
        return start
    }
}

/// Some bytes that were read ahead, then the rest.
final class PrefixedSource: ByteSource {
    private var head: ArraySlice<UInt8>
    private let rest: any ByteSource

    private init(head: ArraySlice<UInt8>, rest: any ByteSource) {
        self.head = head
        self.rest = rest
    }

    /// The first bytes of a source, eight unless it ends before, and the source with them.
    static func peek(_ source: any ByteSource) throws -> (ArraySlice<UInt8>, PrefixedSource) {
        var head = [UInt8](repeating: 0, count: 8)
        var filled = 0
        while filled < head.count {
            let count = try head.withUnsafeMutableBytes {
                try source.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
            }
            if count == 0 { break }
            filled += count
        }
        return (head[..<filled], PrefixedSource(head: head[..<filled], rest: source))
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if head.isEmpty { return try rest.read(into: buffer) }
        let count = min(head.count, buffer.count)
        buffer.copyBytes(from: head.prefix(count))
        head = head.dropFirst(count)
        return count
    }
}

/// Input that waits for a decompressor, at a fixed address.
final class InputBuffer {
    let start: UnsafeMutableRawBufferPointer
    private let source: any ByteSource

    init(_ source: any ByteSource, sizeBytes: Int) {
        self.source = source
        start = .allocate(byteCount: sizeBytes, alignment: 64)
    }

    deinit { start.deallocate() }

    /// Reads the next bytes over the old ones, and returns how many; 0 is the end.
    func refill() throws -> Int { try source.read(into: start) }
}

/// Inflates gzip with ISA-L, members one after another as if they were one.
final class GzipSource: ByteSource {
    private let input: InputBuffer
    private let state: UnsafeMutablePointer<inflate_state>
    private var ended = false

    init(_ source: any ByteSource) {
        input = InputBuffer(source, sizeBytes: 128 << 10)
        state = .allocate(capacity: 1)
        isal_inflate_init(state)
        state.pointee.crc_flag = UInt32(ISAL_GZIP)
        state.pointee.avail_in = 0
    }

    deinit { state.deallocate() }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if ended || buffer.isEmpty { return 0 }
        let capacity = min(buffer.count, 1 << 30)
        state.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        state.pointee.avail_out = UInt32(capacity)
        while state.pointee.avail_out == UInt32(capacity) {
            if state.pointee.block_state == ISAL_BLOCK_FINISH {
                if try !beginNextMember() {
                    ended = true
                    return 0
                }
            }
            if state.pointee.avail_in == 0, try !refill(), state.pointee.block_state != ISAL_BLOCK_INPUT_DONE
            {
                throw ArchiveError(.truncated, "read gzip: unexpected end of the stream")
            }
            let result = isal_inflate(state)
            if result != ISAL_DECOMP_OK && result != ISAL_END_INPUT && result != ISAL_OUT_OVERFLOW {
                throw ArchiveError(.malformed, "read gzip: \(Self.words(result))")
            }
        }
        return capacity - Int(state.pointee.avail_out)
    }

    private func refill() throws -> Bool {
        let count = try input.refill()
        state.pointee.next_in = input.start.baseAddress?.assumingMemoryBound(to: UInt8.self)
        state.pointee.avail_in = UInt32(count)
        return count > 0
    }

    /// Whether another member follows; zeros may pad the end, anything else is refused.
    private func beginNextMember() throws -> Bool {
        while true {
            if state.pointee.avail_in == 0, try !refill() { return false }
            guard let next = state.pointee.next_in else { return false }
            if next.pointee == 0x1f {
                isal_inflate_reset(state)
                state.pointee.crc_flag = UInt32(ISAL_GZIP)
                return true
            }
            if next.pointee != 0 {
                throw ArchiveError(.malformed, "read gzip: something else follows the stream")
            }
            state.pointee.next_in = next + 1
            state.pointee.avail_in -= 1
        }
    }

    private static func words(_ result: Int32) -> String {
        switch result {
        case ISAL_INVALID_WRAPPER, ISAL_UNSUPPORTED_METHOD: "invalid header"
        case ISAL_INCORRECT_CHECKSUM: "invalid checksum"
        default: "invalid compressed data"
        }
    }
}

/// Decompresses zstd, frames one after another as if they were one.
final class ZstdSource: ByteSource {
    private let input: InputBuffer
    private let stream: OpaquePointer
    private var pending = ZSTD_inBuffer()
    private var frameEnded = true
    private var ended = false

    init(_ source: any ByteSource) throws {
        guard let stream = ZSTD_createDStream() else {
            throw ArchiveError(.system, "read zstd: out of memory")
        }
        self.stream = stream
        // 128 MiB, what `zstd -d` allows without being asked for more: a window is memory that the input chooses.
        ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, 27)
        input = InputBuffer(source, sizeBytes: 128 << 10)
        pending.src = UnsafeRawPointer(input.start.baseAddress)
    }

    deinit { ZSTD_freeDStream(stream) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if ended || buffer.isEmpty { return 0 }
        var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        while output.pos == 0 {
            if pending.pos == pending.size {
                let count = try input.refill()
                if count == 0 {
                    if !frameEnded {
                        throw ArchiveError(.truncated, "read zstd: unexpected end of the stream")
                    }
                    ended = true
                    return 0
                }
                pending.pos = 0
                pending.size = count
            }
            let result = ZSTD_decompressStream(stream, &output, &pending)
            if ZSTD_isError(result) != 0 {
                throw ArchiveError(
                    .malformed, "read zstd: \(String(cString: ZSTD_getErrorName(result)).lowercased())")
            }
            frameEnded = result == 0
        }
        return output.pos
    }
}
