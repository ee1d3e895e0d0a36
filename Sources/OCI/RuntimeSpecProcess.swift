extension RuntimeSpec {
    /// What to run, as whom and with which rights.
    public struct Process: Codable, Hashable, Sendable {
        public var terminal: Bool
        public var consoleSize: ConsoleSize?
        public var user: User
        public var args: [String]
        public var env: [String]
        public var cwd: String
        public var capabilities: Capabilities?
        public var rlimits: [ResourceLimit]
        public var noNewPrivileges: Bool
        public var apparmorProfile: String?
        public var oomScoreAdj: Int?
        public var scheduler: Scheduler?
        public var selinuxLabel: String?
        public var ioPriority: IOPriority?

        public init(
            terminal: Bool = false, consoleSize: ConsoleSize? = nil, user: User = User(), args: [String] = [],
            env: [String] = [], cwd: String = "/", capabilities: Capabilities? = nil,
            rlimits: [ResourceLimit] = [], noNewPrivileges: Bool = false, apparmorProfile: String? = nil,
            oomScoreAdj: Int? = nil, scheduler: Scheduler? = nil, selinuxLabel: String? = nil,
            ioPriority: IOPriority? = nil
        ) {
            self.terminal = terminal
            self.consoleSize = consoleSize
            self.user = user
            self.args = args
            self.env = env
            self.cwd = cwd
            self.capabilities = capabilities
            self.rlimits = rlimits
            self.noNewPrivileges = noNewPrivileges
            self.apparmorProfile = apparmorProfile
            self.oomScoreAdj = oomScoreAdj
            self.scheduler = scheduler
            self.selinuxLabel = selinuxLabel
            self.ioPriority = ioPriority
        }

        enum CodingKeys: String, SpecKey {
            case terminal, consoleSize, user, args, env, cwd, capabilities, rlimits, noNewPrivileges
            case apparmorProfile, oomScoreAdj, scheduler, selinuxLabel, ioPriority
        }
    }

    /// A terminal's size in characters.
    public struct ConsoleSize: Codable, Hashable, Sendable {
        public var height: UInt
        public var width: UInt

        public init(height: UInt, width: UInt) {
            self.height = height
            self.width = width
        }
    }

    /// Who runs the process, by number.
    public struct User: Codable, Hashable, Sendable {
        public var uid: UInt32
        public var gid: UInt32
        public var umask: UInt32?
        public var additionalGids: [UInt32]

        public init(uid: UInt32 = 0, gid: UInt32 = 0, umask: UInt32? = nil, additionalGids: [UInt32] = []) {
            self.uid = uid
            self.gid = gid
            self.umask = umask
            self.additionalGids = additionalGids
        }

        enum CodingKeys: String, SpecKey { case uid, gid, umask, additionalGids }
    }

    /// The five capability sets, as names like `CAP_CHOWN`.
    public struct Capabilities: Codable, Hashable, Sendable {
        public var bounding: [String]
        public var effective: [String]
        public var inheritable: [String]
        public var permitted: [String]
        public var ambient: [String]

        public init(
            bounding: [String] = [], effective: [String] = [], inheritable: [String] = [],
            permitted: [String] = [], ambient: [String] = []
        ) {
            self.bounding = bounding
            self.effective = effective
            self.inheritable = inheritable
            self.permitted = permitted
            self.ambient = ambient
        }

        enum CodingKeys: String, SpecKey { case bounding, effective, inheritable, permitted, ambient }
    }

    /// One `setrlimit(2)`: a type like `RLIMIT_NOFILE`; the greatest value is "unlimited".
    public struct ResourceLimit: Codable, Hashable, Sendable {
        public var type: String
        public var hard: UInt64
        public var soft: UInt64

        public init(type: String, hard: UInt64, soft: UInt64) {
            self.type = type
            self.hard = hard
            self.soft = soft
        }
    }

    /// A scheduling policy; see `sched_setattr(2)`.
    public struct Scheduler: Codable, Hashable, Sendable {
        public var policy: String
        public var nice: Int32?
        public var priority: Int32?
        public var flags: [String]
        public var runtime: UInt64?
        public var deadline: UInt64?
        public var period: UInt64?

        public init(
            policy: String, nice: Int32? = nil, priority: Int32? = nil, flags: [String] = [],
            runtime: UInt64? = nil, deadline: UInt64? = nil, period: UInt64? = nil
        ) {
            self.policy = policy
            self.nice = nice
            self.priority = priority
            self.flags = flags
            self.runtime = runtime
            self.deadline = deadline
            self.period = period
        }

        enum CodingKeys: String, SpecKey { case policy, nice, priority, flags, runtime, deadline, period }
    }

    /// An I/O class such as `IOPRIO_CLASS_BE`, and the priority in it.
    public struct IOPriority: Codable, Hashable, Sendable {
        public var `class`: String
        public var priority: Int32

        public init(class: String, priority: Int32 = 0) {
            self.class = `class`
            self.priority = priority
        }
    }
}
