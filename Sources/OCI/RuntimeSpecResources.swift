extension RuntimeSpec {
    /// What the container's cgroup limits.
    public struct Resources: Codable, Hashable, Sendable {
        public var devices: [DeviceRule]
        public var memory: Memory?
        public var cpu: CPU?
        public var pids: Pids?
        public var blockIO: BlockIO?
        public var hugepageLimits: [HugepageLimit]
        public var network: Network?
        public var rdma: [String: RDMA]?
        public var unified: [String: String]

        public init(
            devices: [DeviceRule] = [], memory: Memory? = nil, cpu: CPU? = nil, pids: Pids? = nil,
            blockIO: BlockIO? = nil, hugepageLimits: [HugepageLimit] = [], network: Network? = nil,
            rdma: [String: RDMA]? = nil, unified: [String: String] = [:]
        ) {
            self.devices = devices
            self.memory = memory
            self.cpu = cpu
            self.pids = pids
            self.blockIO = blockIO
            self.hugepageLimits = hugepageLimits
            self.network = network
            self.rdma = rdma
            self.unified = unified
        }

        enum CodingKeys: String, SpecKey {
            case devices, memory, cpu, pids, blockIO, hugepageLimits, network, rdma, unified
        }
    }

    /// One rule of the device cgroup: type `a`, `b` or `c`, access out of `rwm`; no number means any.
    public struct DeviceRule: Codable, Hashable, Sendable {
        public var allow: Bool
        public var type: String?
        public var major: Int64?
        public var minor: Int64?
        public var access: String?

        public init(
            allow: Bool, type: String? = nil, major: Int64? = nil, minor: Int64? = nil, access: String? = nil
        ) {
            self.allow = allow
            self.type = type
            self.major = major
            self.minor = minor
            self.access = access
        }

        enum CodingKeys: String, SpecKey { case allow, type, major, minor, access }
    }

    /// Memory limits in bytes; -1 is unlimited.
    public struct Memory: Codable, Hashable, Sendable {
        public var limit: Int64?
        public var reservation: Int64?
        /// Memory and swap together.
        public var swap: Int64?
        public var kernel: Int64?
        public var kernelTCP: Int64?
        public var swappiness: UInt64?
        public var disableOOMKiller: Bool?
        public var useHierarchy: Bool?
        public var checkBeforeUpdate: Bool?

        public init(
            limit: Int64? = nil, reservation: Int64? = nil, swap: Int64? = nil, kernel: Int64? = nil,
            kernelTCP: Int64? = nil, swappiness: UInt64? = nil, disableOOMKiller: Bool? = nil,
            useHierarchy: Bool? = nil, checkBeforeUpdate: Bool? = nil
        ) {
            self.limit = limit
            self.reservation = reservation
            self.swap = swap
            self.kernel = kernel
            self.kernelTCP = kernelTCP
            self.swappiness = swappiness
            self.disableOOMKiller = disableOOMKiller
            self.useHierarchy = useHierarchy
            self.checkBeforeUpdate = checkBeforeUpdate
        }
    }

    /// CPU limits; quota and periods in microseconds.
    public struct CPU: Codable, Hashable, Sendable {
        public var shares: UInt64?
        public var quota: Int64?
        public var burst: UInt64?
        public var period: UInt64?
        public var realtimeRuntime: Int64?
        public var realtimePeriod: UInt64?
        public var cpus: String?
        public var mems: String?
        public var idle: Int64?

        public init(
            shares: UInt64? = nil, quota: Int64? = nil, burst: UInt64? = nil, period: UInt64? = nil,
            realtimeRuntime: Int64? = nil, realtimePeriod: UInt64? = nil, cpus: String? = nil,
            mems: String? = nil, idle: Int64? = nil
        ) {
            self.shares = shares
            self.quota = quota
            self.burst = burst
            self.period = period
            self.realtimeRuntime = realtimeRuntime
            self.realtimePeriod = realtimePeriod
            self.cpus = cpus
            self.mems = mems
            self.idle = idle
        }
    }

    /// How many tasks may exist; 0 or less is unlimited.
    public struct Pids: Codable, Hashable, Sendable {
        public var limit: Int64

        public init(limit: Int64) { self.limit = limit }
    }

    /// Disk weights and limits.
    public struct BlockIO: Codable, Hashable, Sendable {
        public var weight: UInt16?
        public var leafWeight: UInt16?
        public var weightDevice: [WeightDevice]
        public var throttleReadBpsDevice: [ThrottleDevice]
        public var throttleWriteBpsDevice: [ThrottleDevice]
        public var throttleReadIOPSDevice: [ThrottleDevice]
        public var throttleWriteIOPSDevice: [ThrottleDevice]

        public init(
            weight: UInt16? = nil, leafWeight: UInt16? = nil, weightDevice: [WeightDevice] = [],
            throttleReadBpsDevice: [ThrottleDevice] = [], throttleWriteBpsDevice: [ThrottleDevice] = [],
            throttleReadIOPSDevice: [ThrottleDevice] = [], throttleWriteIOPSDevice: [ThrottleDevice] = []
        ) {
            self.weight = weight
            self.leafWeight = leafWeight
            self.weightDevice = weightDevice
            self.throttleReadBpsDevice = throttleReadBpsDevice
            self.throttleWriteBpsDevice = throttleWriteBpsDevice
            self.throttleReadIOPSDevice = throttleReadIOPSDevice
            self.throttleWriteIOPSDevice = throttleWriteIOPSDevice
        }

        enum CodingKeys: String, SpecKey {
            case weight, leafWeight, weightDevice, throttleReadBpsDevice, throttleWriteBpsDevice
            case throttleReadIOPSDevice, throttleWriteIOPSDevice
        }
    }

    /// A disk's own weight.
    public struct WeightDevice: Codable, Hashable, Sendable {
        public var major: Int64
        public var minor: Int64
        public var weight: UInt16?
        public var leafWeight: UInt16?

        public init(major: Int64, minor: Int64, weight: UInt16? = nil, leafWeight: UInt16? = nil) {
            self.major = major
            self.minor = minor
            self.weight = weight
            self.leafWeight = leafWeight
        }
    }

    /// A disk's bytes or operations a second.
    public struct ThrottleDevice: Codable, Hashable, Sendable {
        public var major: Int64
        public var minor: Int64
        public var rate: UInt64

        public init(major: Int64, minor: Int64, rate: UInt64) {
            self.major = major
            self.minor = minor
            self.rate = rate
        }
    }

    /// Huge pages of one size, such as `2MB`, in bytes.
    public struct HugepageLimit: Codable, Hashable, Sendable {
        public var pageSize: String
        public var limit: UInt64

        public init(pageSize: String, limit: UInt64) {
            self.pageSize = pageSize
            self.limit = limit
        }
    }

    /// The v1 network classifier.
    public struct Network: Codable, Hashable, Sendable {
        public var classID: UInt32?
        public var priorities: [Priority]

        public init(classID: UInt32? = nil, priorities: [Priority] = []) {
            self.classID = classID
            self.priorities = priorities
        }

        enum CodingKeys: String, SpecKey { case classID, priorities }

        /// An interface's priority.
        public struct Priority: Codable, Hashable, Sendable {
            public var name: String
            public var priority: UInt32

            public init(name: String, priority: UInt32) {
                self.name = name
                self.priority = priority
            }
        }
    }

    /// Limits of one RDMA device.
    public struct RDMA: Codable, Hashable, Sendable {
        public var hcaHandles: UInt32?
        public var hcaObjects: UInt32?

        public init(hcaHandles: UInt32? = nil, hcaObjects: UInt32? = nil) {
            self.hcaHandles = hcaHandles
            self.hcaObjects = hcaObjects
        }
    }
}
