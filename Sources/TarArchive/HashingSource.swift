internal import Crypto
public import OCI
public import TarFormat

/// What another source gives, with the SHA-256 and the number of the bytes that went by.
public final class HashingSource: ByteSource {
    private let source: any ByteSource
    private var hash = SHA256()
    /// How many bytes went by.
    public private(set) var count: Int64 = 0

    public init(_ source: any ByteSource) { self.source = source }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let got = try source.read(into: buffer)
        if got > 0 {
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<got]))
            count += Int64(got)
        }
        return got
    }

    /// The digest of all bytes so far.
    public var digest: OCI.Digest { OCI.Digest(sha256: hash.finalize()) }
}
