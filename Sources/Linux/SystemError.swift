internal import CLinux
internal import Glibc

/// A failed system call: which call, on what, and why.
///
/// Its description is the message that users read: `mount "proc" on "/proc": EPERM (operation not permitted)`.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call or operation that failed, such as `openat2`.
    public let call: String
    /// What it was done to: a path, a pid, a name; shown in quotes unless empty.
    public let subject: String
    /// The reason.
    public let code: ErrorCode

    public init(call: String, subject: String, code: ErrorCode) {
        self.call = call
        self.subject = subject
        self.code = code
    }

    /// The failure that `errno` holds now.
    public static func last(_ call: String, _ subject: String) -> SystemError {
        SystemError(call: call, subject: subject, code: ErrorCode(rawValue: errno))
    }

    public var description: String {
        subject.isEmpty ? "\(call): \(code)" : "\(call) \"\(subject)\": \(code)"
    }
}

/// An `errno` value.
public struct ErrorCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The symbol, such as `EPERM`.
    public var name: String {
        clinux_errno_name(rawValue).map { String(cString: $0) } ?? "errno \(rawValue)"
    }

    /// The C library's words for it in lower case, as Go prints them: `no such file or directory`.
    public var reason: String {
        guard let text = clinux_errno_description(rawValue) else { return "errno \(rawValue)" }
        return String(cString: text).lowercased()
    }

    public var description: String { "\(name) (\(reason))" }

    public static let noEntry = ErrorCode(rawValue: ENOENT)
    public static let exists = ErrorCode(rawValue: EEXIST)
    public static let access = ErrorCode(rawValue: EACCES)
    public static let notPermitted = ErrorCode(rawValue: EPERM)
    public static let noProcess = ErrorCode(rawValue: ESRCH)
    public static let noChild = ErrorCode(rawValue: ECHILD)
    public static let interrupted = ErrorCode(rawValue: EINTR)
    public static let again = ErrorCode(rawValue: EAGAIN)
    public static let readOnlyFileSystem = ErrorCode(rawValue: EROFS)
    public static let busy = ErrorCode(rawValue: EBUSY)
    public static let invalid = ErrorCode(rawValue: EINVAL)
    public static let notDirectory = ErrorCode(rawValue: ENOTDIR)
    public static let isDirectory = ErrorCode(rawValue: EISDIR)
    public static let notEmpty = ErrorCode(rawValue: ENOTEMPTY)
    public static let noSpace = ErrorCode(rawValue: ENOSPC)
    public static let noSystemCall = ErrorCode(rawValue: ENOSYS)
    public static let notSupported = ErrorCode(rawValue: EOPNOTSUPP)
    public static let noExecFormat = ErrorCode(rawValue: ENOEXEC)
    public static let loop = ErrorCode(rawValue: ELOOP)
    public static let crossDevice = ErrorCode(rawValue: EXDEV)
    public static let brokenPipe = ErrorCode(rawValue: EPIPE)
    public static let connectionReset = ErrorCode(rawValue: ECONNRESET)
    public static let connectionRefused = ErrorCode(rawValue: ECONNREFUSED)
    public static let addressInUse = ErrorCode(rawValue: EADDRINUSE)
    public static let addressNotAvailable = ErrorCode(rawValue: EADDRNOTAVAIL)
    public static let inputOutput = ErrorCode(rawValue: EIO)
    public static let noData = ErrorCode(rawValue: ENODATA)
    public static let noDevice = ErrorCode(rawValue: ENODEV)
    public static let nameTooLong = ErrorCode(rawValue: ENAMETOOLONG)
    public static let tooLarge = ErrorCode(rawValue: E2BIG)
    public static let range = ErrorCode(rawValue: ERANGE)
    public static let timedOut = ErrorCode(rawValue: ETIMEDOUT)
}

/// Runs `body`, again while a signal interrupts it, and throws what `errno` says if it returns -1.
@discardableResult
package func checked(
    _ call: String, _ subject: @autoclosure () -> String = "", _ body: () -> Int32
) throws(SystemError) -> Int32 {
    while true {
        let result = body()
        if result != -1 { return result }
        if errno != EINTR { throw SystemError.last(call, subject()) }
    }
}

/// ``checked(_:_:_:)-int32`` for the calls that return a size.
@discardableResult
package func checkedSize(
    _ call: String, _ subject: @autoclosure () -> String = "", _ body: () -> Int
) throws(SystemError) -> Int {
    while true {
        let result = body()
        if result != -1 { return result }
        if errno != EINTR { throw SystemError.last(call, subject()) }
    }
}
