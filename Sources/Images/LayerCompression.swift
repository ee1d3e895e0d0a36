internal import AsyncPrimitives
internal import ContentStore
internal import TarArchive
internal import TarFormat

/// Compresses a layer into a blob, over all cores.
struct LayerCompression {
    private static let threads = BlockingPool(maximumThreads: 4)
    private static let inFlight = 4

    private let ingest: BlobIngest
    private var blocks = GzipBlocks()
    private var pending: [BytePipe] = []

    private init(_ ingest: BlobIngest) { self.ingest = ingest }

    /// Writes `source`, compressed, to `ingest`, which the caller commits.
    static func gzip(_ source: any ByteSource, into ingest: BlobIngest) throws {
        var compression = LayerCompression(ingest)
        try compression.run(source)
    }

    private mutating func run(_ source: any ByteSource) throws {
        defer { for pipe in pending { pipe.close() } }
        try write(GzipBlocks.header)
        while true {
            let piece = try Self.piece(of: source)
            if piece.isEmpty { break }
            piece.withUnsafeBytes { blocks.add($0) }
            let pipe = BytePipe(limitBytes: 2 * GzipBlocks.pieceBytes)
            Self.threads.submit {
                do {
                    try pipe.sendBlocking(try GzipBlocks.compress(piece))
                    pipe.finish()
                } catch { pipe.finish(throwing: error) }
            }
            pending.append(pipe)
            if pending.count >= Self.inFlight { try takeOldest() }
        }
        while !pending.isEmpty { try takeOldest() }
        try write(blocks.trailer())
    }

    private static func piece(of source: any ByteSource) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: GzipBlocks.pieceBytes) { buffer, filled in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            while filled < bytes.count {
                let got = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]))
                if got == 0 { return }
                filled += got
            }
        }
    }

    private mutating func takeOldest() throws {
        let pipe = pending.removeFirst()
        while let chunk = try pipe.receiveBlocking() { try write(chunk) }
    }

    private func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try ingest.write($0) } }
}
