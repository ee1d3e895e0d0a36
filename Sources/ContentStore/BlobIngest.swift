internal import Crypto
internal import Linux
public import OCI

/// A blob on its way in: bytes go to a temporary file and through the hash; only ``commit(expected:sizeBytes:sync:)``
/// puts it among the blobs. For one thread. An ingest that is let go of leaves nothing.
public final class BlobIngest {
    private let temporary: String
    private let store: ContentStore
    private let file: OwnedDescriptor
    private var hash = SHA256()
    private var committed = false
    /// How many bytes were written.
    public private(set) var count: Int64 = 0

    init(temporary: String, store: ContentStore) throws {
        self.temporary = temporary
        self.store = store
        file = try openFile(temporary, [.readWrite, .create, .exclusive], mode: 0o600)
    }

    deinit { abandon() }

    /// Gives up at once, whoever else still holds this object.
    public func abandon() {
        if !committed { try? removeFile(temporary) }
        committed = true
    }

    /// Appends `bytes`.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        if bytes.isEmpty { return }
        hash.update(bufferPointer: bytes)
        try writeAll(file.rawValue, bytes)
        count += Int64(bytes.count)
    }

    /// Puts the blob into the store, if it has the promised digest and size, and returns its digest.
    ///
    /// Where `sync` is false the caller syncs the file system before it tells anybody of the blob.
    public func commit(
        expected: OCI.Digest? = nil, sizeBytes: Int64? = nil, sync: Bool = true
    ) throws -> OCI.Digest {
        let found = OCI.Digest(sha256: hash.finalize())
        if let sizeBytes, sizeBytes != count {
            throw ContentError.wrongSize(
                digest: (expected ?? found).description, expected: sizeBytes, found: count)
        }
        if let expected, expected != found {
            throw ContentError.wrongDigest(expected: expected.description, found: found.description)
        }
        if store.contains(found) { return found }
        if sync { try syncData(file.rawValue) }
        try renameFile(temporary, to: store.path(of: found))
        committed = true
        return found
    }
}
