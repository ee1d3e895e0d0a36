import OCI
import Testing

@testable import Cgroups

@Suite("Limits as values for control files")
struct LimitsTests {
    typealias Resources = RuntimeSpec.Resources

    private func text(_ writes: [ControlWrite]) -> [String] { writes.map { "\($0.file)=\($0.value)" } }

    @Test(
        "v1's shares become v2's weight, with the default in the middle of both",
        arguments: [
            (1, 1), (2, 1), (512, 59), (1024, 100), (2048, 174), (10000, 627), (262_144, 10000),
            (999_999, 10000),
        ] as [(UInt64, UInt64)])
    func shares(shares: UInt64, weight: UInt64) {
        #expect(LimitsV2.weight(shares: shares) == weight)
    }

    @Test(
        "v1's disk weight becomes v2's",
        arguments: [(10, 1), (500, 4950), (1000, 10000)] as [(UInt16, UInt64)])
    func blockWeight(weight: UInt16, expected: UInt64) {
        #expect(LimitsV2.weight(blockIO: weight) == expected)
    }

    @Test(
        "Memory and swap on v2",
        arguments: [
            (100, 0, ["memory.max=100"]), (100, 300, ["memory.swap.max=200", "memory.max=100"]),
            (100, 100, ["memory.swap.max=0", "memory.max=100"]),
            (100, -1, ["memory.swap.max=max", "memory.max=100"]),
            (-1, 0, ["memory.swap.max=max", "memory.max=max"]),
            (-1, 50, ["memory.swap.max=50", "memory.max=max"]),
        ] as [(Int64, Int64, [String])])
    func memoryV2(limit: Int64, swap: Int64, expected: [String]) throws {
        let resources = Resources(memory: RuntimeSpec.Memory(limit: limit, swap: swap))
        #expect(try text(LimitsV2.writes(resources)) == expected)
    }

    @Test(
        "v1's memory and swap in the order that the kernel takes",
        arguments: [
            (100, 200, nil, ["memory.limit_in_bytes=100", "memory.memsw.limit_in_bytes=200"]),
            (100, 200, 50, ["memory.memsw.limit_in_bytes=200", "memory.limit_in_bytes=100"]),
            (100, 200, 500, ["memory.limit_in_bytes=100", "memory.memsw.limit_in_bytes=200"]),
            (-1, 0, 500, ["memory.memsw.limit_in_bytes=-1", "memory.limit_in_bytes=-1"]),
        ] as [(Int64, Int64, UInt64?, [String])])
    func memoryV1(limit: Int64, swap: Int64, current: UInt64?, expected: [String]) throws {
        let memory = RuntimeSpec.Memory(limit: limit, swap: swap)
        #expect(try text(LimitsV1.memory(memory, currentSwapLimit: current)) == expected)
    }

    @Test("CPU, processes, disks and free words on v2")
    func othersV2() throws {
        let throttle = RuntimeSpec.ThrottleDevice(major: 8, minor: 0, rate: 1000)
        let resources = Resources(
            cpu: RuntimeSpec.CPU(shares: 1024, quota: 50000, period: 100_000, cpus: "0-1"),
            pids: RuntimeSpec.Pids(limit: -1),
            blockIO: RuntimeSpec.BlockIO(
                weight: 500, throttleReadBpsDevice: [throttle], throttleWriteIOPSDevice: [throttle]),
            hugepageLimits: [RuntimeSpec.HugepageLimit(pageSize: "2MB", limit: 9)],
            unified: ["memory.high": "7"])
        #expect(
            try text(LimitsV2.writes(resources)) == [
                "cpu.weight=100", "cpu.max=50000 100000", "cpuset.cpus=0-1", "pids.max=max", "io.weight=4950",
                "io.max=8:0 rbps=1000", "io.max=8:0 wiops=1000", "hugetlb.2MB.max=9", "memory.high=7",
            ])
        let unlimited = Resources(cpu: RuntimeSpec.CPU(quota: -1))
        #expect(try text(LimitsV2.writes(unlimited)) == ["cpu.max=max"])
    }

    @Test(
        "What a version cannot do is refused with words",
        arguments: [
            (Resources(memory: RuntimeSpec.Memory(swappiness: 10)), "swappiness"),
            (Resources(memory: RuntimeSpec.Memory(disableOOMKiller: true)), "killer"),
            (Resources(memory: RuntimeSpec.Memory(limit: 100, swap: 50)), "less than memory"),
            (Resources(memory: RuntimeSpec.Memory(swap: 50)), "needs one of memory"),
            (Resources(cpu: RuntimeSpec.CPU(realtimeRuntime: 5)), "real-time"),
            (Resources(unified: ["../x.y": "1"]), "unified limit"),
        ])
    func refusedV2(resources: Resources, words: String) {
        let error = #expect(throws: CgroupError.self) { try LimitsV2.writes(resources) }
        #expect(error?.description.contains(words) == true)
    }

    @Test("v1 refuses v2's words")
    func refusedV1() {
        #expect(throws: CgroupError.self) { try LimitsV1.simple(Resources(unified: ["memory.high": "7"])) }
    }

    @Test("The mount table tells the layout")
    func layouts() {
        let v2 = CgroupLayout.parse(
            mountTable: "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate",
            root: "/sys/fs/cgroup")
        #expect(v2.mode == .v2 && v2.unifiedPath == "/sys/fs/cgroup")
        let hybrid = CgroupLayout.parse(
            mountTable: """
                25 24 0:22 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755
                26 25 0:23 / /sys/fs/cgroup/unified rw shared:5 - cgroup2 cgroup2 rw
                27 25 0:24 / /sys/fs/cgroup/systemd rw shared:6 - cgroup cgroup rw,xattr,name=systemd
                28 25 0:25 / /sys/fs/cgroup/cpu,cpuacct rw shared:7 master:2 - cgroup cgroup rw,cpu,cpuacct
                29 25 0:25 / /elsewhere/cpu rw - cgroup cgroup rw,cpu
                """, root: "/sys/fs/cgroup")
        #expect(hybrid.mode == .hybrid && hybrid.hierarchies.count == 2)
        #expect(hybrid.hierarchy("cpuacct")?.path == "/sys/fs/cgroup/cpu,cpuacct")
        #expect(hybrid.hierarchy("xattr") == nil && hybrid.hierarchy("name=systemd") != nil)
    }

    @Test("Device rules follow one another")
    func devices() throws {
        let rules = [
            RuntimeSpec.DeviceRule(allow: false, access: "rwm"),
            RuntimeSpec.DeviceRule(allow: true, type: "c", major: 1, minor: 3, access: "rw"),
            RuntimeSpec.DeviceRule(allow: true, type: "c", major: 1, minor: 3, access: "m"),
            RuntimeSpec.DeviceRule(allow: true, type: "b", major: -1, minor: -1, access: "m"),
            RuntimeSpec.DeviceRule(allow: false, type: "b", access: "m"),
        ]
        let devices = try DeviceRules(rules)
        #expect(!devices.allowsByDefault)
        #expect(devices.exceptions == [DeviceRules.Key(type: UInt8(ascii: "c"), major: 1, minor: 3): 7])
        #expect(devices.program().count % 8 == 0)
        #expect(try DeviceRules([RuntimeSpec.DeviceRule(allow: true)]).exceptions.isEmpty)
        #expect(throws: CgroupError.self) {
            try DeviceRules([RuntimeSpec.DeviceRule(allow: true, type: "x")])
        }
        #expect(throws: CgroupError.self) {
            try DeviceRules([RuntimeSpec.DeviceRule(allow: true, type: "c", major: 1, minor: 1, access: "x")])
        }
    }
}
