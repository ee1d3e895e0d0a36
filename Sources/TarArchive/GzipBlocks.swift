internal import CCompression
internal import TarFormat

/// A gzip stream (RFC 1952) made of pieces that are compressed apart, on any threads, and joined in order.
///
/// Each piece is a run of deflate blocks that ends on a byte; ``header``, the pieces and ``trailer()`` together are one
/// member, the same bytes whenever the same pieces come.
public struct GzipBlocks: Sendable {
    /// How much plain content makes a piece.
    public static let pieceBytes = 1 << 20

    /// No name, no time: what was compressed decides alone.
    public static let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]

    private var checksum: UInt32 = 0
    private var count: UInt32 = 0

    public init() {}

    /// Counts a piece of plain content; to be called in order.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        checksum = crc32_gzip_refl(checksum, start.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
        count &+= UInt32(truncatingIfNeeded: bytes.count)
    }

    /// The end of the stream.
    public func trailer() -> [UInt8] {
        // An empty last block, then checksum and length.
        var bytes: [UInt8] = [3, 0]
        for value in [checksum, count] {
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> shift))
            }
        }
        return bytes
    }

    /// One piece, compressed. Blocks; from any thread.
    public static func compress(_ plain: [UInt8]) throws -> [UInt8] {
        let level: UInt32 = 2
        let workBytes = Int(ccompression_level2_bytes())
        let work = UnsafeMutablePointer<UInt8>.allocate(capacity: workBytes)
        let stream = UnsafeMutablePointer<isal_zstream>.allocate(capacity: 1)
        defer {
            work.deallocate()
            stream.deallocate()
        }
        isal_deflate_init(stream)
        stream.pointee.level = level
        stream.pointee.level_buf = work
        stream.pointee.level_buf_size = UInt32(workBytes)
        stream.pointee.flush = UInt16(SYNC_FLUSH)
        stream.pointee.end_of_stream = 0
        stream.pointee.gzip_flag = UInt16(IGZIP_DEFLATE)
        let room = plain.count + plain.count / 8 + 4096
        return try plain.withUnsafeBufferPointer { input in
            try [UInt8](unsafeUninitializedCapacity: room) { output, filled in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = UInt32(input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(room)
                let result = isal_deflate(stream)
                if result != COMP_OK || stream.pointee.avail_in != 0 || stream.pointee.avail_out == 0 {
                    throw ArchiveError(.system, "compress gzip: ISA-L answered \(result)")
                }
                filled = room - Int(stream.pointee.avail_out)
            }
        }
    }
}
