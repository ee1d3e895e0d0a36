internal import ContentStore
internal import OCI
internal import Synchronization
internal import TarArchive
internal import TarFormat

/// A blob that one thread writes and another commits once the first has ended.
///
/// Safe to pass on (`@unchecked Sendable`): the pipe between the two orders the last write before the commit.
final class IngestHandle: @unchecked Sendable {
    let ingest: BlobIngest

    init(_ ingest: BlobIngest) { self.ingest = ingest }
}

/// How a stream turned out to be compressed, told from the thread that reads it.
final class CompressionNote: Sendable {
    private let found = Mutex(Compression.plain)

    /// The layer media type for it.
    var mediaType: String {
        switch found.withLock({ $0 }) {
        case .plain: MediaType.ociLayer
        case .gzip: MediaType.ociLayerGzip
        case .zstd: MediaType.ociLayerZstd
        }
    }

    func set(_ compression: Compression) { found.withLock { $0 = compression } }
}

/// A decompressed stream that notes its compression on the way.
final class NotingSource: ByteSource {
    private let source: DecompressingSource
    private let note: CompressionNote

    init(_ source: DecompressingSource, _ note: CompressionNote) {
        self.source = source
        self.note = note
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = try source.read(into: buffer)
        if let compression = source.compression { note.set(compression) }
        return count
    }
}
