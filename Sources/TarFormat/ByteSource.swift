public import Linux

/// Bytes that are read once, from front to back, by one thread.
public protocol ByteSource: AnyObject {
    /// Fills up to `buffer.count` bytes and returns how many; 0 is the end. May block.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int

    /// Writes the next bytes to `file`, at most `limit` of them, without a copy of them here, and returns how many; 0 is
    /// the end, nil means that ``read(into:)`` has to do it.
    func move(upTo limit: Int, to file: Int32) throws -> Int?
}

extension ByteSource {
    public func move(upTo limit: Int, to file: Int32) throws -> Int? { nil }
}

/// The rest of an open file.
public final class DescriptorSource: ByteSource {
    private let descriptor: SharedDescriptor

    public init(_ descriptor: SharedDescriptor) { self.descriptor = descriptor }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try readBytes(descriptor.rawValue, into: buffer)
    }
}

/// Chunks that a closure hands over until it returns nil, such as those of a pipe between threads.
public final class ChunkSource: ByteSource {
    private let next: () throws -> [UInt8]?
    private var chunk: [UInt8] = []
    private var offset = 0

    public init(_ next: @escaping () throws -> [UInt8]?) { self.next = next }

    /// The bytes of one array.
    public convenience init(bytes: [UInt8]) {
        var rest: [UInt8]? = bytes
        self.init {
            defer { rest = nil }
            return rest
        }
    }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while offset == chunk.count {
            guard let following = try next() else { return 0 }
            chunk = following
            offset = 0
        }
        let count = min(buffer.count, chunk.count - offset)
        chunk.withUnsafeBytes { bytes in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
        }
        offset += count
        return count
    }
}

/// What another source gives, at most so many bytes: a `ArchiveError` of kind `.limit` beyond.
public final class LimitedSource: ByteSource {
    private let source: any ByteSource
    private let subject: String
    private let limitBytes: Int64
    private var count: Int64 = 0

    public init(_ source: any ByteSource, limitBytes: Int64, subject: String) {
        self.source = source
        self.limitBytes = limitBytes
        self.subject = subject
    }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let got = try source.read(into: buffer)
        count += Int64(got)
        if count > limitBytes {
            throw ArchiveError(.limit, "read \"\(subject)\": more than \(limitBytes) bytes")
        }
        return got
    }
}

extension ByteSource {
    /// Reads to the end; more than `limitBytes` is a failure.
    public func readAll(limitBytes: Int, subject: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = try chunk.withUnsafeMutableBytes { try read(into: $0) }
            if count == 0 { return bytes }
            if bytes.count + count > limitBytes {
                throw ArchiveError(.limit, "read \"\(subject)\": more than \(limitBytes) bytes")
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// Reads to the end and forgets it.
    public func drain() throws {
        try withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
            while try read(into: buffer) > 0 {}
        }
    }
}
