internal import AsyncPrimitives
internal import ContentStore
internal import Linux
internal import OCI
internal import RegistryClient
internal import Snapshots
internal import Synchronization
internal import TarArchive
internal import TarFormat

/// One layer on its way from a registry to its files, in one pass: socket, digest, inflate, diff ID, tar, files.
///
/// The blob is kept beside as it came. Where it breaks off, what has come stays for the next one to go on from.
struct LayerDownload: Sendable {
    /// Apart from the shared pool: these wait for the network.
    private static let threads = BlockingPool(maximumThreads: 64)
    private static let reportStepBytes: Int64 = 512 << 10

    private let store: ImageStore
    private let blob: Descriptor
    private let diffID: Digest
    private let below: [Digest]
    private let session: RepositorySession
    private let report: @Sendable (LayerPhase) -> Void
    private let pipe = BytePipe(limitBytes: 1 << 20)

    init(
        _ store: ImageStore, _ blob: Descriptor, _ diffID: Digest, below: [Digest],
        _ session: RepositorySession,
        _ report: @escaping @Sendable (LayerPhase) -> Void
    ) {
        (self.store, self.blob, self.diffID, self.below) = (store, blob, diffID, below)
        (self.session, self.report) = (session, report)
    }

    func run() async throws -> LayerFetches.Outcome {
        let lease = store.content.lease(blob.digest)
        defer { withExtendedLifetime(lease) {} }
        if store.content.contains(blob.digest) {
            return try await Self.threads.run { try unpackStored() }
        }
        let partial = PartialHandle(try store.content.resumeDownload(blob.digest, sizeBytes: blob.size))
        let start = partial.blob.resumedBytes
        async let outcome = Self.threads.run { try unpack(partial) }
        do {
            let told = Mutex(start)
            report(.downloading(currentBytes: start, totalBytes: blob.size))
            try await session.download(blob, from: start, into: pipe) { event in
                switch event {
                case .received(let count):
                    let isDue = told.withLock { told in
                        if count < told + Self.reportStepBytes && count < blob.size { return false }
                        told = count
                        return true
                    }
                    if isDue {
                        report(.downloading(currentBytes: count, totalBytes: blob.size))
                    }
                case .retrying(let seconds): report(.retrying(seconds: seconds))
                }
            }
            report(.verifying)
            report(.downloaded)
            report(.extracting(currentBytes: blob.size, totalBytes: blob.size))
        } catch is BytePipe.ReceiverGone {
            // The other side failed: its reason is the one to tell.
            pipe.finish()
        } catch {
            pipe.finish(throwing: error)
        }
        return try await outcome
    }

    private func unpackStored() throws -> LayerFetches.Outcome {
        let file = SharedDescriptor(try store.content.open(blob.digest))
        let source = ReadAhead { DecompressingSource(DescriptorSource(file)) }
        do {
            let layer = try store.snapshots.unpack(source, expected: diffID, below: below)
            return LayerFetches.Outcome(diffID: diffID, layer: layer)
        } catch is LayerNeedsParent {
            return LayerFetches.Outcome(diffID: diffID, layer: nil)
        }
    }

    /// Unpacks while the bytes come; the pipe is closed on any way out.
    private func unpack(_ partial: PartialHandle) throws -> LayerFetches.Outcome {
        let pipe = pipe
        let failed = OneShot<any Error>()
        let source = ReadAhead {
            DecompressingSource(
                ResumedSource(partial.blob) {
                    do { return try pipe.receiveBlocking() } catch {
                        failed.set(error)
                        throw error
                    }
                })
        }
        var layer: LayerRecord?
        do {
            do {
                layer = try store.snapshots.unpack(source, expected: diffID, below: below)
            } catch is LayerNeedsParent {
                try source.drain()
            }
            source.stop()
            pipe.close()
            try partial.blob.commit(blob.digest, sizeBytes: blob.size)
            return LayerFetches.Outcome(diffID: diffID, layer: layer)
        } catch {
            // Where only the network failed, what came is good as far as it goes.
            if let failure = failed.current {
                pipe.close()
                source.stop()
                if (failure as? RegistryError)?.kind == .invalid { partial.blob.discard() }
                throw failure
            }
            defer { partial.blob.discard() }
            if let wrong = wrongBlob(partial, source) { throw wrong }
            throw error
        }
    }

    /// Whether the failure is that the blob is not the one that was asked for: then that is what to say.
    private func wrongBlob(_ partial: PartialHandle, _ source: ReadAhead) -> (any Error)? {
        source.stop()
        defer { pipe.close() }
        guard blob.size - partial.blob.count <= 64 << 20 else { return nil }
        do {
            while let chunk = try pipe.receiveBlocking() {
                try chunk.withUnsafeBytes { try partial.blob.write($0) }
            }
            try partial.blob.commit(blob.digest, sizeBytes: blob.size)
            return nil
        } catch { return error is ContentError ? error : nil }
    }
}

/// A partial blob that one thread writes and another commits once the first has ended.
///
/// Safe to pass on (`@unchecked Sendable`): the end of the reading thread is waited for in between.
final class PartialHandle: @unchecked Sendable {
    let blob: PartialBlob

    init(_ blob: PartialBlob) { self.blob = blob }
}

/// What an earlier download left, then what comes now, which is added to it.
private final class ResumedSource: ByteSource {
    private let blob: PartialBlob
    private let rest: ChunkSource

    init(_ blob: PartialBlob, _ next: @escaping () throws -> [UInt8]?) {
        self.blob = blob
        rest = ChunkSource(next)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let known = try blob.read(into: buffer)
        if known > 0 { return known }
        let count = try rest.read(into: buffer)
        try blob.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        return count
    }
}
