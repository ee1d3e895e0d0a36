internal import Crypto
public import Linux
public import OCI
internal import Synchronization

/// Holds blobs by digest, exactly as they were received: `blobs/sha256/<hex>`.
///
/// A blob is there completely and with the right digest, or not at all. Calls block and may come from any thread.
public final class ContentStore: Sendable {
    private let blobs: String
    /// Where downloads are that broke off; see ``PartialBlob``.
    private let partial: String
    /// Where half-made things are; emptied when a daemon starts.
    public let temporary: String
    private let leases = Mutex<[OCI.Digest: Int]>([:])
    private let counter = Atomic<UInt64>(0)

    /// Opens the store below the data root `root`, making its directories.
    public init(root: String) throws {
        blobs = root + "/blobs/sha256"
        temporary = root + "/tmp"
        partial = root + "/partial"
        try makeDirectories(blobs, mode: 0o700)
        try makeDirectories(temporary, mode: 0o700)
        try makeDirectories(partial, mode: 0o700)
    }

    /// A path below ``temporary`` that nobody else in this process gets.
    public func temporaryPath(_ purpose: String) -> String {
        let number = counter.add(1, ordering: .relaxed).newValue
        return "\(temporary)/\(purpose)-\(number)-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    }

    /// Where the blob is or would be.
    public func path(of digest: OCI.Digest) -> String { "\(blobs)/\(digest.hex)" }

    /// Whether the blob is there.
    public func contains(_ digest: OCI.Digest) -> Bool { fileExists(path(of: digest)) }

    /// The blob's size, or nil where it is not there.
    public func sizeBytes(of digest: OCI.Digest) throws -> Int64? {
        try fileStatusIfPresent(path: path(of: digest))?.sizeBytes
    }

    /// Opens the blob for reading.
    public func open(_ digest: OCI.Digest) throws -> OwnedDescriptor {
        do {
            return try openFile(path(of: digest), [.readOnly, .noFollow])
        } catch {
            if error.code == .noEntry { throw ContentError.missing(digest.description) }
            throw error
        }
    }

    /// What `bytes` are called.
    public static func digest(of bytes: [UInt8]) -> OCI.Digest {
        OCI.Digest(sha256: SHA256.hash(data: bytes))
    }

    /// Reads a small blob, such as a manifest, and verifies it again.
    public func read(_ digest: OCI.Digest, limitBytes: Int = 16 << 20) throws -> [UInt8] {
        let file = try open(digest)
        let bytes = try readAll(file.rawValue, limitBytes: limitBytes)
        let found = Self.digest(of: bytes)
        if found != digest {
            throw ContentError.wrongDigest(expected: digest.description, found: found.description)
        }
        return bytes
    }

    /// Puts `bytes` into the store and returns their digest.
    @discardableResult
    public func put(_ bytes: [UInt8], expected: OCI.Digest? = nil) throws -> OCI.Digest {
        let ingest = try beginIngest()
        try bytes.withUnsafeBytes { try ingest.write($0) }
        return try ingest.commit(expected: expected, sizeBytes: nil)
    }

    /// Begins to take a blob in; see ``BlobIngest``.
    public func beginIngest() throws -> BlobIngest {
        try BlobIngest(temporary: temporaryPath("blob"), store: self)
    }

    /// Begins to download a blob of `sizeBytes`, or goes on with what an earlier download left.
    public func resumeDownload(_ digest: OCI.Digest, sizeBytes: Int64) throws -> PartialBlob {
        try PartialBlob(path: "\(partial)/\(digest.hex)", limitBytes: sizeBytes, store: self)
    }

    /// Removes what downloads of these blobs left: they are in an image now, or not worth going on with.
    public func forgetPartials(_ digests: [OCI.Digest]) {
        for digest in digests { try? removeFile("\(partial)/\(digest.hex)") }
    }

    /// Removes what downloads left that nobody has touched for `age` seconds; 0 removes them all.
    public func removePartials(olderThan age: Int64 = 0) throws {
        let now = Int64(currentTime().seconds)
        for name in try listDirectory(partial) {
            let path = "\(partial)/\(name)"
            guard let status = try fileStatusIfPresent(path: path) else { continue }
            if now - status.modified.seconds >= age { try removeFile(path) }
        }
    }

    /// Removes the blob, unless somebody holds a lease; one that is not there is removed already.
    public func remove(_ digest: OCI.Digest) throws {
        if leases.withLock({ $0[digest] != nil }) { return }
        do {
            try removeFile(path(of: digest))
        } catch {
            if error.code != .noEntry { throw error }
        }
    }

    /// The digests of all blobs.
    public func all() throws -> [OCI.Digest] {
        var stream = try DirectoryStream(openFile(blobs, [.readOnly, .directory]))
        var found: [OCI.Digest] = []
        while let entry = try stream.next() {
            if let digest = try? OCI.Digest(parsing: "sha256:\(entry.name)") { found.append(digest) }
        }
        return found
    }

    /// Keeps the blob from being removed as long as the lease lives, whether it is there yet or not.
    public func lease(_ digest: OCI.Digest) -> BlobLease {
        leases.withLock { $0[digest, default: 0] += 1 }
        return BlobLease(digest: digest, store: self)
    }

    fileprivate func endLease(_ digest: OCI.Digest) {
        leases.withLock { leases in
            let count = leases[digest, default: 0] - 1
            leases[digest] = count > 0 ? count : nil
        }
    }
}

/// Keeps a blob in the store; ends with the object.
public final class BlobLease: Sendable {
    public let digest: OCI.Digest
    private let store: ContentStore

    fileprivate init(digest: OCI.Digest, store: ContentStore) {
        self.digest = digest
        self.store = store
    }

    deinit { store.endLease(digest) }
}
