internal import CLinux
internal import Glibc

/// A file descriptor that closes with the value.
public struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number, for calls that borrow it; never close it.
    public let rawValue: Int32

    /// Takes ownership of `rawValue`, which the caller must not close.
    public init(adopting rawValue: Int32) { self.rawValue = rawValue }

    deinit { _ = Glibc.close(rawValue) }

    /// Gives up ownership and returns the number.
    public consuming func release() -> Int32 {
        let value = rawValue
        discard self
        return value
    }

    /// A second descriptor of the same open file, `CLOEXEC`.
    public borrowing func duplicate() throws(SystemError) -> OwnedDescriptor {
        let raw = rawValue
        let copy = try checked("fcntl", "F_DUPFD_CLOEXEC") { clinux_fcntl(raw, F_DUPFD_CLOEXEC, 3) }
        return OwnedDescriptor(adopting: copy)
    }
}

/// A descriptor that several owners share; it closes with the last of them.
public final class SharedDescriptor: Sendable {
    private let owned: OwnedDescriptor

    public init(_ descriptor: consuming OwnedDescriptor) { owned = descriptor }

    /// The number, valid as long as this object lives.
    public var rawValue: Int32 { owned.rawValue }
}
