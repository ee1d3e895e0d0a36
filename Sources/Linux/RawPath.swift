/// A file name or path as the kernel sees it: bytes without NUL, whether or not they are UTF-8.
public struct RawPath: Hashable, Sendable, CustomStringConvertible {
    /// The bytes with a NUL behind them, so that a call needs no copy.
    private var storage: ContiguousArray<UInt8>

    /// The path of `bytes`, up to the first NUL if there is one.
    public init(_ bytes: some Sequence<UInt8>) {
        storage = []
        storage.append(contentsOf: bytes)
        if let zero = storage.firstIndex(of: 0) { storage.removeSubrange(zero...) }
        storage.append(0)
    }

    public init(_ text: String) { self.init(text.utf8) }

    /// The bytes, without the NUL.
    public var bytes: ArraySlice<UInt8> { ArraySlice(storage.dropLast()) }
    public var count: Int { storage.count - 1 }
    public var isEmpty: Bool { storage.count == 1 }

    /// The bytes as text, with what is not UTF-8 replaced: for messages.
    public var description: String { String(decoding: storage.dropLast(), as: UTF8.self) }

    public func hasPrefix(_ prefix: String) -> Bool { storage.starts(with: prefix.utf8) }

    /// `name` within this directory; an empty path is the directory that calls are relative to.
    public func appending(_ name: RawPath) -> RawPath {
        if isEmpty { return name }
        var copy = self
        copy.storage[copy.storage.count - 1] = 0x2f
        copy.storage.append(contentsOf: name.storage)
        return copy
    }

    /// Calls `body` with the terminated bytes.
    @inline(__always)
    public func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
        storage.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { chars in
                guard let base = chars.baseAddress else {
                    preconditionFailure("the storage holds at least NUL")
                }
                return body(base)
            }
        }
    }
}
