extension RuntimeSpec {
    /// What only Linux has.
    public struct Linux: Codable, Hashable, Sendable {
        public var uidMappings: [IDMapping]
        public var gidMappings: [IDMapping]
        public var sysctl: [String: String]
        public var resources: Resources?
        public var cgroupsPath: String?
        public var namespaces: [Namespace]
        public var devices: [Device]
        public var seccomp: Seccomp?
        /// `private`, `shared`, `slave` or `unbindable`, each also with an `r` before it.
        public var rootfsPropagation: String?
        public var maskedPaths: [String]
        public var readonlyPaths: [String]
        public var mountLabel: String?
        public var intelRdt: IntelRdt?
        public var personality: Personality?
        public var timeOffsets: [String: TimeOffset]?

        public init(
            uidMappings: [IDMapping] = [], gidMappings: [IDMapping] = [], sysctl: [String: String] = [:],
            resources: Resources? = nil, cgroupsPath: String? = nil, namespaces: [Namespace] = [],
            devices: [Device] = [], seccomp: Seccomp? = nil, rootfsPropagation: String? = nil,
            maskedPaths: [String] = [], readonlyPaths: [String] = [], mountLabel: String? = nil,
            intelRdt: IntelRdt? = nil, personality: Personality? = nil,
            timeOffsets: [String: TimeOffset]? = nil
        ) {
            self.uidMappings = uidMappings
            self.gidMappings = gidMappings
            self.sysctl = sysctl
            self.resources = resources
            self.cgroupsPath = cgroupsPath
            self.namespaces = namespaces
            self.devices = devices
            self.seccomp = seccomp
            self.rootfsPropagation = rootfsPropagation
            self.maskedPaths = maskedPaths
            self.readonlyPaths = readonlyPaths
            self.mountLabel = mountLabel
            self.intelRdt = intelRdt
            self.personality = personality
            self.timeOffsets = timeOffsets
        }

        enum CodingKeys: String, SpecKey {
            case uidMappings, gidMappings, sysctl, resources, cgroupsPath, namespaces, devices, seccomp
            case rootfsPropagation, maskedPaths, readonlyPaths, mountLabel, intelRdt, personality, timeOffsets
        }
    }

    /// The kinds of namespace, by the words of the specification.
    public enum NamespaceType: String, Codable, Hashable, Sendable, CaseIterable {
        case pid, network, mount, ipc, uts, user, cgroup, time
    }

    /// One namespace: new, or the one at `path`. A kind that is not listed is shared with the runtime.
    public struct Namespace: Codable, Hashable, Sendable {
        public var type: NamespaceType
        public var path: String?

        public init(type: NamespaceType, path: String? = nil) {
            self.type = type
            self.path = path
        }
    }

    /// A device node to make: `c`, `u`, `b` or `p`.
    public struct Device: Codable, Hashable, Sendable {
        public var path: String
        public var type: String
        public var major: Int64?
        public var minor: Int64?
        public var fileMode: UInt32?
        public var uid: UInt32?
        public var gid: UInt32?

        public init(
            path: String, type: String, major: Int64? = nil, minor: Int64? = nil, fileMode: UInt32? = nil,
            uid: UInt32? = nil, gid: UInt32? = nil
        ) {
            self.path = path
            self.type = type
            self.major = major
            self.minor = minor
            self.fileMode = fileMode
            self.uid = uid
            self.gid = gid
        }
    }

    /// Intel's cache and memory bandwidth allocation; not built.
    public struct IntelRdt: Codable, Hashable, Sendable {
        public var closID: String?
        public var l3CacheSchema: String?
        public var memBwSchema: String?

        public init(closID: String? = nil, l3CacheSchema: String? = nil, memBwSchema: String? = nil) {
            self.closID = closID
            self.l3CacheSchema = l3CacheSchema
            self.memBwSchema = memBwSchema
        }
    }

    /// An execution domain such as `LINUX32`; see `personality(2)`.
    public struct Personality: Codable, Hashable, Sendable {
        public var domain: String
        public var flags: [String]

        public init(domain: String, flags: [String] = []) {
            self.domain = domain
            self.flags = flags
        }

        enum CodingKeys: String, SpecKey { case domain, flags }
    }

    /// An offset of a clock in a time namespace.
    public struct TimeOffset: Codable, Hashable, Sendable {
        public var secs: Int64?
        public var nanosecs: UInt32?

        public init(secs: Int64? = nil, nanosecs: UInt32? = nil) {
            self.secs = secs
            self.nanosecs = nanosecs
        }
    }
}
