internal import Crypto
internal import Linux
public import OCI

/// A blob whose download may break off and go on later, also in another process: `partial/<hex>`.
///
/// A blob that is whole keeps this second name until an image has it (``ContentStore/forgetPartials(_:)``): what a killed
/// daemon had fetched is not fetched again.
///
/// What is there already is read once more, through the hash, with ``read(into:)``; what comes after it is added by
/// ``write(_:)``. For one thread at a time, and one of its kind for each digest.
public final class PartialBlob {
    private let path: String
    private let store: ContentStore
    private let file: OwnedDescriptor
    private var hash = SHA256()
    /// How many bytes were there when it was opened.
    public let resumedBytes: Int64
    private var readBytesCount: Int64 = 0
    /// How many bytes went through the hash.
    public private(set) var count: Int64 = 0

    init(path: String, limitBytes: Int64, store: ContentStore) throws {
        self.path = path
        self.store = store
        // One that is a blob by another name is not to be changed any more.
        if let status = try fileStatusIfPresent(path: path), status.links > 1 { try removeFile(path) }
        file = try openFile(path, [.readWrite, .create, .noFollow], mode: 0o600)
        let size = try fileStatus(of: file.rawValue).sizeBytes
        if size > limitBytes { try truncateFile(file.rawValue, sizeBytes: 0) }
        resumedBytes = size > limitBytes ? 0 : size
    }

    /// Reads what was there before; 0 at its end.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let left = resumedBytes - readBytesCount
        if left == 0 || buffer.isEmpty { return 0 }
        let part = UnsafeMutableRawBufferPointer(
            rebasing: buffer[..<min(buffer.count, Int(min(left, 1 << 30)))])
        let got = try readBytes(file.rawValue, into: part)
        if got == 0 {
            throw ContentError.wrongSize(digest: path, expected: resumedBytes, found: readBytesCount)
        }
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: part[..<got]))
        readBytesCount += Int64(got)
        count += Int64(got)
        return got
    }

    /// Appends `bytes`, once everything that was there has been read.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        if bytes.isEmpty { return }
        hash.update(bufferPointer: bytes)
        try writeAll(file.rawValue, bytes)
        count += Int64(bytes.count)
    }

    /// Removes what there is.
    public func discard() { try? removeFile(path) }

    /// Puts the blob among the others if it has the promised digest and size; else it is removed.
    ///
    /// The caller syncs the file system before it tells anybody of the blob.
    public func commit(_ expected: OCI.Digest, sizeBytes: Int64) throws {
        if sizeBytes != count {
            discard()
            throw ContentError.wrongSize(digest: expected.description, expected: sizeBytes, found: count)
        }
        let found = OCI.Digest(sha256: hash.finalize())
        if found != expected {
            discard()
            throw ContentError.wrongDigest(expected: expected.description, found: found.description)
        }
        if store.contains(expected) { return discard() }
        try makeHardLink(
            at: -100, RawPath(store.path(of: expected)), to: RawPath(path), in: -100)
    }
}
