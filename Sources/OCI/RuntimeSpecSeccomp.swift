extension RuntimeSpec {
    /// A system-call filter; actions are words like `SCMP_ACT_ERRNO`.
    public struct Seccomp: Codable, Hashable, Sendable {
        public var defaultAction: String
        public var defaultErrnoRet: UInt32?
        public var architectures: [String]
        public var flags: [String]
        public var listenerPath: String?
        public var listenerMetadata: String?
        public var syscalls: [SeccompRule]

        public init(
            defaultAction: String, defaultErrnoRet: UInt32? = nil, architectures: [String] = [],
            flags: [String] = [], listenerPath: String? = nil, listenerMetadata: String? = nil,
            syscalls: [SeccompRule] = []
        ) {
            self.defaultAction = defaultAction
            self.defaultErrnoRet = defaultErrnoRet
            self.architectures = architectures
            self.flags = flags
            self.listenerPath = listenerPath
            self.listenerMetadata = listenerMetadata
            self.syscalls = syscalls
        }

        enum CodingKeys: String, SpecKey {
            case defaultAction, defaultErrnoRet, architectures, flags, listenerPath, listenerMetadata,
                syscalls
        }
    }

    /// What happens on some system calls, when all of `args` hold.
    public struct SeccompRule: Codable, Hashable, Sendable {
        public var names: [String]
        public var action: String
        public var errnoRet: UInt32?
        public var args: [SeccompArgument]

        public init(
            names: [String], action: String, errnoRet: UInt32? = nil, args: [SeccompArgument] = []
        ) {
            self.names = names
            self.action = action
            self.errnoRet = errnoRet
            self.args = args
        }

        enum CodingKeys: String, SpecKey { case names, action, errnoRet, args }
    }

    /// A comparison like `SCMP_CMP_MASKED_EQ` of one argument.
    public struct SeccompArgument: Codable, Hashable, Sendable {
        public var index: UInt
        public var value: UInt64
        public var valueTwo: UInt64?
        public var op: String

        public init(index: UInt, value: UInt64, valueTwo: UInt64? = nil, op: String) {
            self.index = index
            self.value = value
            self.valueTwo = valueTwo
            self.op = op
        }
    }
}
