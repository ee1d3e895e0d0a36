internal import AsyncPrimitives
internal import TarArchive
internal import TarFormat

/// Reads a source on a thread of its own, some megabytes ahead of whoever takes the bytes.
///
/// So that receiving, hashing and inflating go on one core while files are made on the other.
final class ReadAhead: ByteSource {
    /// Apart from the shared pool: a reader there may be what every worker waits for.
    private static let threads = BlockingPool(maximumThreads: 128)
    private static let chunkBytes = 256 << 10

    private let pipe = BytePipe(limitBytes: 2 << 20)
    /// Finished, and never written to, once the thread touches nothing any more.
    private let ended = BytePipe()
    private let chunks: ChunkSource

    /// Starts to read what `make` opens, on the other thread.
    init(_ make: @escaping @Sendable () throws -> any ByteSource) {
        let (pipe, ended) = (pipe, ended)
        chunks = ChunkSource { try pipe.receiveBlocking() }
        Self.threads.submit {
            defer { ended.finish() }
            do {
                let source = try make()
                while true {
                    var count = 0
                    let chunk = try [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { buffer, filled in
                        let bytes = UnsafeMutableRawBufferPointer(buffer)
                        // Small reads, as from a socket, are put together.
                        while count < bytes.count {
                            let got = try source.read(
                                into: UnsafeMutableRawBufferPointer(rebasing: bytes[count...]))
                            if got == 0 { break }
                            count += got
                        }
                        filled = count
                    }
                    if !chunk.isEmpty { try pipe.sendBlocking(chunk) }
                    if count < Self.chunkBytes { return pipe.finish() }
                }
            } catch {
                pipe.finish(throwing: error)
            }
        }
    }

    deinit { pipe.close() }

    /// Ends the reading, and returns once the other thread has ended it too.
    ///
    /// What that thread waits for should have been closed before, or this waits for its next bytes.
    func stop() {
        pipe.close()
        _ = try? ended.receiveBlocking()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int { try chunks.read(into: buffer) }
}
