/// The rules that a map of data in a sparse file keeps, whichever format it came in.
enum SparseMap {
    /// 8 MiB of map at most: a file with more stretches is refused.
    static let maximumExtents = 1 << 18

    /// Checks that `extents` are in order, within `sizeBytes`, and hold `dataBytes` together; drops empty ones.
    static func checked(
        _ extents: [TarEntry.Extent], sizeBytes: Int64, dataBytes: Int64
    ) throws -> [TarEntry.Extent] {
        guard (0...TarReader.sizeLimitBytes).contains(sizeBytes) else { throw malformed }
        var end: Int64 = 0
        var sum: Int64 = 0
        for extent in extents {
            let (next, overflow) = extent.offset.addingReportingOverflow(extent.sizeBytes)
            guard !overflow, extent.offset >= end, extent.sizeBytes >= 0, next <= sizeBytes else {
                throw malformed
            }
            end = next
            sum += extent.sizeBytes
        }
        guard sum == dataBytes else { throw malformed }
        return extents.filter { $0.sizeBytes > 0 }
    }

    static let malformed = ArchiveError(.malformed, "read tar: invalid map of a sparse file")
}
