internal import ContentStore
internal import TarArchive
internal import TarFormat

/// What another source gives, with a copy of it going into the store.
final class KeepingSource: ByteSource {
    private let source: any ByteSource
    private let ingest: BlobIngest

    init(_ source: any ByteSource, into ingest: BlobIngest) {
        self.source = source
        self.ingest = ingest
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = try source.read(into: buffer)
        try ingest.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        return count
    }
}
