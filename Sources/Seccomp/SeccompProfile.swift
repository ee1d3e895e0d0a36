/// What a filter does with a system call.
public enum SeccompAction: Sendable, Hashable {
    case allow
    case errno(UInt16)
    case killThread
    case killProcess
    case trap
    case log
    case trace(UInt16)

    /// The kernel's `SECCOMP_RET_*`.
    var returnValue: UInt32 {
        switch self {
        case .killProcess: 0x8000_0000
        case .killThread: 0
        case .trap: 0x0003_0000
        case .errno(let number): 0x0005_0000 | UInt32(number)
        case .trace(let number): 0x7FF0_0000 | UInt32(number)
        case .log: 0x7FFC_0000
        case .allow: 0x7FFF_0000
        }
    }
}

/// A comparison of one 64-bit argument, unsigned.
public struct SeccompCondition: Sendable, Hashable {
    public enum Operation: String, Sendable, Hashable {
        case notEqual = "SCMP_CMP_NE"
        case less = "SCMP_CMP_LT"
        case lessOrEqual = "SCMP_CMP_LE"
        case equal = "SCMP_CMP_EQ"
        case greaterOrEqual = "SCMP_CMP_GE"
        case greater = "SCMP_CMP_GT"
        /// The argument's bits in `value` equal `masked`.
        case maskedEqual = "SCMP_CMP_MASKED_EQ"
    }

    public var argument: Int
    public var operation: Operation
    public var value: UInt64
    public var masked: UInt64

    public init(argument: Int, _ operation: Operation, _ value: UInt64, masked: UInt64 = 0) {
        self.argument = argument
        self.operation = operation
        self.value = value
        self.masked = masked
    }
}

/// What to do on some system calls when all conditions hold. Without conditions it wins over rules that
/// have some.
public struct SeccompRule: Sendable, Hashable {
    public var names: [String]
    public var action: SeccompAction
    public var conditions: [SeccompCondition]

    public init(_ names: [String], _ action: SeccompAction, _ conditions: [SeccompCondition] = []) {
        self.names = names
        self.action = action
        self.conditions = conditions
    }
}

/// How a filter is installed: `SECCOMP_FILTER_FLAG_*`.
public struct SeccompFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let log = SeccompFlags(rawValue: 2)
    /// Leaves speculative store bypass as it is: without it every system call of the container is slower.
    public static let allowSpeculation = SeccompFlags(rawValue: 4)
}

/// A profile whose rules no longer depend on anything: ready to be compiled.
public struct SeccompProfile: Sendable, Hashable {
    public var defaultAction: SeccompAction
    /// The native one first. A call by any other convention kills the thread.
    public var architectures: [SeccompArchitecture]
    public var rules: [SeccompRule]
    public var flags: SeccompFlags

    public init(
        defaultAction: SeccompAction, architectures: [SeccompArchitecture], rules: [SeccompRule],
        flags: SeccompFlags = .allowSpeculation
    ) {
        self.defaultAction = defaultAction
        self.architectures = architectures
        self.rules = rules
        self.flags = flags
    }
}

/// A profile that cannot be used, and why.
public struct SeccompError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// The facts that a profile's rules may depend on.
public struct SeccompContext: Sendable, Hashable {
    /// The container's bounding capabilities, as names like `CAP_SYS_ADMIN`.
    public var capabilities: Set<String>
    public var architecture: SeccompArchitecture
    /// The kernel's major and minor version.
    public var kernel: KernelVersion

    public init(
        capabilities: Set<String>, architecture: SeccompArchitecture = .native, kernel: KernelVersion
    ) {
        self.capabilities = capabilities
        self.architecture = architecture
        self.kernel = kernel
    }
}

/// A kernel's version, such as 6.1.
public struct KernelVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let major: Int
    public let minor: Int

    public init(_ major: Int, _ minor: Int) { (self.major, self.minor) = (major, minor) }

    /// Reads `uname`'s release or a profile's `minKernel`: `6.1.0-18-amd64`, `4.8`; nil if it is neither.
    public init?(parsing text: String) {
        let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, let major = Int(parts[0]) else { return nil }
        guard let minor = Int(parts[1].prefix { $0.isASCII && $0.isNumber }) else { return nil }
        self.init(major, minor)
    }

    public static func < (left: KernelVersion, right: KernelVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    public var description: String { "\(major).\(minor)" }
}
