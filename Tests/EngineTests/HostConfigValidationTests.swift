import DockerAPI
import EngineModel
import Linux
import OCI
import TestSupport
import Testing

@testable import Engine

/// Each refusal and each warning was tried on dockerd 28.5 with two CPUs.
@Suite("Limits and options of a create")
struct HostConfigValidationTests {
    private static let mega: Int64 = 1 << 20

    private func validation() -> HostConfigValidation {
        HostConfigValidation(
            host: HostResources(
                cpus: 2, memoryBytes: 8 << 30, availableCPUs: "0-1", availableMemoryNodes: "0"))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var message: String
        var change: @Sendable (inout HostConfig) -> Void

        init(_ name: String, _ message: String = "", _ change: @escaping @Sendable (inout HostConfig) -> Void)
        {
            (self.name, self.message, self.change) = (name, message, change)
        }

        var testDescription: String { name }
    }

    static let cpuRange = "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"
    static let period = "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"

    static let refused: [Case] = [
        Case("memory 1", "Minimum memory limit allowed is 6MB") { $0.memory = 1 },
        Case("memory -1", "Minimum memory limit allowed is 6MB") { $0.memory = -1 },
        Case("memory 6MB - 1", "Minimum memory limit allowed is 6MB") { $0.memory = 6 * mega - 1 },
        Case("swap below memory", "Minimum memoryswap limit should be larger than memory limit, see usage") {
            $0.memory = 10 * mega
            $0.memorySwap = 8 * mega
        },
        Case("swap alone", "You should always set the Memory limit when using Memoryswap limit, see usage") {
            $0.memorySwap = 8 * mega
        },
        Case("swappiness 101", "Invalid value: 101, valid memory swappiness range is 0-100") {
            $0.memorySwappiness = 101
        },
        Case("swappiness -2", "Invalid value: -2, valid memory swappiness range is 0-100") {
            $0.memorySwappiness = -2
        },
        Case("reservation 1MB", "Minimum memory reservation allowed is 6MB") { $0.memoryReservation = mega },
        Case(
            "reservation above memory",
            "Minimum memory limit can not be less than memory reservation limit, see usage"
        ) {
            $0.memory = 10 * mega
            $0.memoryReservation = 20 * mega
        },
        Case("cpus and period", "Conflicting options: Nano CPUs and CPU Period cannot both be set") {
            $0.nanoCpus = 1_000_000_000
            $0.cpuPeriod = 100_000
        },
        Case("cpus and quota", "Conflicting options: Nano CPUs and CPU Quota cannot both be set") {
            $0.nanoCpus = 1_000_000_000
            $0.cpuQuota = 100_000
        },
        Case("cpus -1", cpuRange) { $0.nanoCpus = -1 },
        Case("cpus 3", cpuRange) { $0.nanoCpus = 3_000_000_000 },
        Case("shares -1", "invalid CPU shares (-1): value must be a positive integer") { $0.cpuShares = -1 },
        Case("period 1", period) { $0.cpuPeriod = 1 },
        Case("period -1", period) { $0.cpuPeriod = -1 },
        Case("period 2s", period) { $0.cpuPeriod = 2_000_000 },
        Case("quota 1", "CPU cfs quota can not be less than 1ms (i.e. 1000)") { $0.cpuQuota = 1 },
        Case("cpuset 9", "Requested CPUs are not available - requested 9, available: 0-1") {
            $0.cpusetCpus = "9"
        },
        Case("cpuset 0-99", "Requested CPUs are not available - requested 0-99, available: 0-1") {
            $0.cpusetCpus = "0-99"
        },
        Case("huge cpuset", "Requested CPUs are not available - requested 0-99999999999, available: 0-1") {
            $0.cpusetCpus = "0-99999999999"
        },
        Case("cpuset a", "Invalid value a for cpuset cpus: invalid format: a") { $0.cpusetCpus = "a" },
        Case("cpuset 0-", "Invalid value 0- for cpuset cpus: invalid format: 0-") { $0.cpusetCpus = "0-" },
        Case("cpuset 1-0", "Invalid value 1-0 for cpuset cpus: invalid format: 1-0") {
            $0.cpusetCpus = "1-0"
        },
        Case("cpuset -1", "Invalid value -1 for cpuset cpus: invalid format: -1") { $0.cpusetCpus = "-1" },
        Case("cpuset 0,", "Invalid value 0, for cpuset cpus: invalid format: 0,") { $0.cpusetCpus = "0," },
        Case("mems x", "Invalid value x for cpuset mems: invalid format: x") { $0.cpusetMems = "x" },
        Case("mems 1", "Requested memory nodes are not available - requested 1, available: 0") {
            $0.cpusetMems = "1"
        },
        Case("weight 5", "Range of blkio weight is from 10 to 1000") { $0.blkioWeight = 5 },
        Case("shm -1", "SHM size can not be less than 0") { $0.shmSize = -1 },
        Case("oom score 2000", "Invalid value 2000, range for oom score adj is [-1000, 1000]") {
            $0.oomScoreAdj = 2000
        },
        Case("oom score -1001", "Invalid value -1001, range for oom score adj is [-1000, 1000]") {
            $0.oomScoreAdj = -1001
        },
        Case("isolation", "invalid isolation (hyperv): linux only supports 'default'") {
            $0.isolation = "hyperv"
        },
        Case("runtime", "unknown or invalid runtime name: nope") { $0.runtime = "nope" },
        Case("ipc", "invalid IPC mode: foo") { $0.ipcMode = "foo" },
        Case("pid", "invalid PID mode: foo") { $0.pidMode = "foo" },
        Case("pid of nobody", "invalid PID mode: container:") { $0.pidMode = "container:" },
        Case("uts", "invalid UTS mode: foo") { $0.utsMode = "foo" },
        Case("cgroupns", "invalid cgroup namespace mode: foo") { $0.cgroupnsMode = "foo" },
        Case("net of nobody", "invalid network mode: invalid container format container:<name|id>") {
            $0.networkMode = "container:"
        },
        Case(
            "ports of another", "conflicting options: port publishing and the container type network mode"
        ) {
            $0.networkMode = "container:x"
            $0.portBindings = ["80/tcp": [PortBinding()]]
        },
        Case(
            "all ports of another", "conflicting options: port publishing and the container type network mode"
        ) {
            $0.networkMode = "container:x"
            $0.publishAllPorts = true
        },
        Case("rm and restart", "can't create 'AutoRemove' container with restart policy") {
            $0.autoRemove = true
            $0.restartPolicy.name = "always"
        },
        Case("retries", "invalid restart policy: maximum retry count cannot be negative") {
            $0.restartPolicy.name = "on-failure"
            $0.restartPolicy.maximumRetryCount = -1
        },
        Case("host entry", "bad format for add-host: \"a\"") { $0.extraHosts = ["a"] },
        Case("host entry's address", "invalid IP address in add-host: \"foo\"") { $0.extraHosts = ["a:foo"] },
        Case("annotation", "invalid Annotations: the empty string is not permitted as an annotation key") {
            $0.annotations = ["": "x"]
        },
        Case("sysctl of the host", "sysctl \"kernel.panic\" is not in a separate kernel namespace") {
            $0.sysctls = ["kernel.panic": "1"]
        },
        Case(
            "host name by sysctl",
            "sysctl \"kernel.hostname\" is not allowed as it conflicts with the OCI \"hostname\" field"
        ) { $0.sysctls = ["kernel.hostname": "x"] },
        Case("real-time above its period", "cpu real-time runtime cannot be higher than cpu real-time period")
        {
            $0.cpuRealtimePeriod = 1000
            $0.cpuRealtimeRuntime = 2000
        },
        Case(
            "bandwidth of Windows",
            "invalid option: QoS maximum bandwidth configuration is not supported on linux"
        ) { $0.ioMaximumBandwidth = 1 },
        Case(
            "operations of Windows",
            "invalid option: QoS maximum IOPs configuration is not supported on linux"
        ) {
            $0.ioMaximumIOps = 1
        },
        Case("storage option", "Unknown option foo") { $0.storageOpt = ["foo": "bar"] },
        Case(
            "storage size", "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"
        ) { $0.storageOpt = ["size": "1G"] },
    ]

    @Test("What Docker refuses, in its words", arguments: refused)
    func refuses(_ test: Case) {
        var config = HostConfig()
        test.change(&config)
        var validation = validation()
        let error = #expect(throws: EngineError.self) { try validation.validate(&config) }
        #expect(error?.message == test.message)
    }

    static let accepted: [Case] = [
        Case("nothing") { _ in },
        Case("memory 6MB") { $0.memory = 6 * mega },
        Case("swap without end, no memory") { $0.memorySwap = -1 },
        Case("reservation") { $0.memoryReservation = 20 * mega },
        Case("quota -1") { $0.cpuQuota = -1 },
        Case("cpus 0.01") { $0.nanoCpus = 10_000_000 },
        Case("cpus 0.001, which the kernel refuses") { $0.nanoCpus = 1_000_000 },
        Case("real-time") { $0.cpuRealtimeRuntime = 95_000 },
        Case("a device to find at the start") {
            var device = ThrottleDevice()
            device.path = "/dev/nope"
            $0.blkioDeviceReadBps = [device]
        },
        Case("a sysctl that fails at the start") {
            $0.networkMode = "host"
            $0.sysctls = ["net.ipv4.ip_forward": "1"]
        },
        Case("no such container yet") { $0.ipcMode = "container:" },
        Case("devices of drivers") { $0.deviceRequests = [DeviceRequest()] },
        Case("cpus 2") { $0.nanoCpus = 2_000_000_000 },
        Case("cpuset 0-1") { $0.cpusetCpus = "0-1" },
        Case("cpuset 0,1") { $0.cpusetCpus = "0,1" },
        Case("cpuset 00") { $0.cpusetCpus = "00" },
        Case("cpuset 0-1,0") { $0.cpusetCpus = "0-1,0" },
        Case("oom score") { $0.oomScoreAdj = -1000 },
        Case("ulimit in capitals") { $0.ulimits = [ulimit("NOFILE", 1, 2), ulimit("core", -1, -1)] },
        Case("modes of others") {
            $0.ipcMode = "container:x"
            $0.pidMode = "container:x"
        },
        Case("modes of the host") {
            $0.ipcMode = "host"
            $0.pidMode = "host"
            $0.utsMode = "host"
            $0.cgroupnsMode = "host"
            $0.usernsMode = "host"
        },
        Case("hosts") { $0.extraHosts = ["a:1.2.3.4", "b:::1", "c:[::1]", "d:host-gateway"] },
        Case("sysctls") {
            $0.sysctls = ["net.ipv4.ip_forward": "1", "kernel.msgmax": "1", "fs.mqueue.msg_max": "9"]
        },
        Case("rm without restart") {
            $0.autoRemove = true
            $0.restartPolicy.name = "no"
        },
    ]

    private static func ulimit(_ name: String, _ soft: Int64, _ hard: Int64) -> Ulimit {
        var limit = Ulimit()
        (limit.name, limit.soft, limit.hard) = (name, soft, hard)
        return limit
    }

    @Test("What Docker takes without a word", arguments: accepted)
    func accepts(_ test: Case) throws {
        var config = HostConfig()
        test.change(&config)
        var validation = validation()
        try validation.validate(&config)
        #expect(validation.warnings.isEmpty)
    }

    @Test("Memory brings as much swap, and limits that are none are left out")
    func changes() throws {
        var config = HostConfig()
        config.memory = 6 * Self.mega
        config.pidsLimit = -2
        config.memorySwappiness = -1
        var validation = validation()
        try validation.validate(&config)
        #expect(config.memorySwap == 12 * Self.mega)
        #expect(config.pidsLimit == nil && config.memorySwappiness == nil)
    }

    @Test(
        "What Docker warns of",
        arguments: [
            Case("percent", "linux does not support CPU percent. Percent discarded.") { $0.cpuPercent = 10 },
            Case(
                "no killer, no limit",
                "OOM killer is disabled for the container, but no memory limit is set, this can result in the system "
                    + "running out of resources."
            ) { $0.oomKillDisable = true },
            Case("ports of the host", "Published ports are discarded when using host network mode") {
                $0.networkMode = "host"
                $0.publishAllPorts = true
            },
        ])
    func warns(_ test: Case) throws {
        var config = HostConfig()
        test.change(&config)
        var validation = validation()
        try validation.validate(&config)
        #expect(validation.warnings == [test.message])
    }

    @Test(
        "What a kernel without its controller takes back",
        arguments: [
            Case("memory limit capabilities", "Limitation discarded.") { $0.memory = 10 * mega },
            Case("swap limit capabilities", "Memory limited without swap.") { $0.memory = 10 * mega },
            Case("memory swappiness capabilities", "Memory swappiness discarded.") {
                $0.memorySwappiness = 3
            },
            Case("memory soft limit capabilities", "Limitation discarded.") {
                $0.memoryReservation = 10 * mega
            },
            Case("PIDs limit capabilities", "PIDs limit discarded.") { $0.pidsLimit = 3 },
            Case("CPU shares", "Shares discarded.") { $0.cpuShares = 3 },
            Case("CPU CFS scheduler", "Quota discarded.") { $0.cpuQuota = 3000 },
            Case("cpuset", "Cpuset discarded.") { $0.cpusetCpus = "0" },
            Case("Block I/O weight", "Weight discarded.") { $0.blkioWeight = 5 },
            Case("Block I/O weight_device", "Weight-device discarded.") {
                $0.blkioWeightDevice = [WeightDevice()]
            },
            Case("BPS Block I/O write limit", "Block I/O BPS write limit discarded.") {
                $0.blkioDeviceWriteBps = [ThrottleDevice()]
            },
            Case("IOPS Block read limit", "Block I/O IOPS read limit discarded.") {
                $0.blkioDeviceReadIOps = [ThrottleDevice()]
            },
        ])
    func discards(_ test: Case) throws {
        var config = HostConfig()
        test.change(&config)
        let isSwap = test.name.hasPrefix("swap")
        var validation = HostConfigValidation(
            host: HostResources(
                cpus: 2, memoryBytes: 8 << 30, availableCPUs: "0-1", availableMemoryNodes: "0",
                limits: isSwap ? .all.subtracting(.swap) : []))
        try validation.validate(&config)
        let words = "Your kernel does not support \(test.name) or the cgroup is not mounted. \(test.message)"
        #expect(validation.warnings == [words])
        if isSwap {
            #expect(config.memory == 10 * Self.mega && config.memorySwap == -1)
        } else {
            let limits = try SpecBuilderTests().limits(of: config)
            #expect(
                limits.memory?.limit == nil && limits.cpu == nil && limits.pids == nil
                    && limits.blockIO == nil)
        }
    }

    @Test("A host without the controllers is recognised by its files, v1 and v2")
    func kernelLimits() throws {
        let scratch = try Scratch("limits")
        defer { scratch.remove() }
        #expect(KernelLimits.read(root: scratch.path) == [])
        try makeDirectories(scratch.path + "/memory")
        try writeFile(scratch.path + "/memory/memory.limit_in_bytes", "")
        #expect(KernelLimits.read(root: scratch.path) == .memory)
        try writeFile(scratch.path + "/cgroup.controllers", "cpu io pids\n")
        #expect(
            KernelLimits.read(root: scratch.path)
                == [.cpuShares, .cpuBandwidth, .blockWeight, .blockWeightDevice, .blockThrottle, .pids])
    }

    @Test("What is not built yet is refused with words, never ignored")
    func unbuilt() {
        let cases: [Case] = [Case("user namespace") { $0.usernsMode = "foo" }]
        for test in cases {
            var config = HostConfig()
            test.change(&config)
            var validation = validation()
            let error = #expect(throws: EngineError.self, "\(test.name)") { try validation.validate(&config) }
            #expect(error?.kind == .notImplemented)
            #expect(error?.message.hasPrefix("create container: berth does not support") == true)
        }
    }

    struct Conflict: Sendable {
        var what: String
        var mode: String
        var change: @Sendable (inout ContainerConfig, inout HostConfig) -> Void
    }

    @Test(
        "What another's network or the host's name rule out",
        arguments: [
            Conflict(what: "hostname and the network mode", mode: "container:x") { config, _ in
                config.hostname = "x"
            },
            Conflict(what: "dns and the network mode", mode: "container:x") { _, host in
                host.dns = ["1.1.1.1"]
            },
            Conflict(what: "custom host-to-IP mapping and the network mode", mode: "container:x") { _, host in
                host.extraHosts = ["a:1.1.1.1"]
            },
            Conflict(what: "port exposing and the container type network mode", mode: "container:x") {
                config, _ in
                config.exposedPorts["80/tcp"] = EmptyObject()
            },
            Conflict(what: "mac-address and the network mode", mode: "container:x") { config, _ in
                config.macAddress = "02:42:ac:11:00:02"
            },
            Conflict(what: "hostname and the UTS mode", mode: "host") { config, host in
                config.hostname = "x"
                host.utsMode = "host"
            },
        ])
    func conflicts(_ conflict: Conflict) throws {
        var config = ContainerConfig()
        var host = HostConfig()
        conflict.change(&config, &host)
        try validation().checkConflicts(ContainerConfig(), HostConfig())
        if conflict.mode != "host" { try validation().checkConflicts(config, host) }
        host.networkMode = conflict.mode
        let error = #expect(throws: EngineError.self) { try validation().checkConflicts(config, host) }
        #expect(error?.message == "conflicting options: " + conflict.what)
    }
}
