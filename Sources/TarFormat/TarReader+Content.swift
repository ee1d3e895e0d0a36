internal import Linux

extension TarReader {
    /// Writes the current entry's content, which is `entry`'s, to a new file: holes stay holes.
    ///
    /// `reserve` hears how much is about to be written, and may refuse.
    package func writeContent(
        of entry: TarEntry, to file: Int32, reserving reserve: (Int64) throws -> Void = { _ in }
    ) throws {
        guard let extents = entry.extents else {
            while true {
                if let count = try moveContent(to: file) {
                    try reserve(Int64(count))
                    continue
                }
                let chunk = try nextChunk()
                if chunk.isEmpty { return }
                try reserve(Int64(chunk.count))
                try writeAll(file, chunk)
            }
        }
        try truncateFile(file, sizeBytes: entry.sizeBytes)
        var rest = UnsafeRawBufferPointer(start: nil, count: 0)
        for extent in extents {
            var offset = extent.offset
            var left = extent.sizeBytes
            while left > 0 {
                if rest.isEmpty { rest = try nextChunk() }
                let count = Int(min(Int64(rest.count), left))
                try reserve(Int64(count))
                try writeAll(file, UnsafeRawBufferPointer(rebasing: rest[..<count]), at: offset)
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                offset += Int64(count)
                left -= Int64(count)
            }
        }
    }
}
