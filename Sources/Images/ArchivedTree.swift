internal import AsyncPrimitives
internal import Linux
internal import TarArchive
internal import TarFormat

/// A writable layer as the tar of an image's layer, written on a thread of its own while it is read.
final class ArchivedTree: ByteSource {
    /// Apart from the pool of those who read.
    private static let threads = BlockingPool(maximumThreads: 64)
    private static let chunkBytes = 256 << 10

    private let pipe = BytePipe(limitBytes: 2 << 20)
    private let chunks: ChunkSource

    /// Starts to write the directory at `path`.
    init(_ path: String) {
        let pipe = pipe
        chunks = ChunkSource { try pipe.receiveBlocking() }
        Self.threads.submit {
            do {
                var chunk: [UInt8] = []
                let writer = TarWriter { bytes in
                    chunk.append(contentsOf: bytes)
                    if chunk.count < Self.chunkBytes { return }
                    try pipe.sendBlocking(chunk)
                    chunk.removeAll(keepingCapacity: true)
                }
                let root = SharedDescriptor(try openFile(path, [.readOnly, .directory]))
                try TreeArchiver(writer, overlay: .layer).write(root)
                try writer.finish()
                if !chunk.isEmpty { try pipe.sendBlocking(chunk) }
                pipe.finish()
            } catch {
                pipe.finish(throwing: error)
            }
        }
    }

    deinit { pipe.close() }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int { try chunks.read(into: buffer) }
}
