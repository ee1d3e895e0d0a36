import DockerAPI
import Testing

@testable import Cgroups
@testable import Engine

@Suite("What a container uses, in the API's terms")
struct StatsSampleTests {
    @Test("The host's CPU time is that of all CPUs, without counting guests twice")
    func hostTime() {
        let time = HostCPUTime(
            parsing:
                "cpu  100 2 30 4000 5 6 7 8 900 10\ncpu0 50 1 15 2000 2 3 3 4 450 5\ncpu1 1\nintr 5\ncpu9 1\n"
        )
        #expect(time.nanoseconds == 4150 * 10_000_000)
        #expect(time.cpus == 2)
        #expect(HostCPUTime(parsing: "") == HostCPUTime(parsing: "nonsense\n"))
    }

    @Test("Interfaces but the loopback one, whatever the spaces")
    func interfaces() {
        let text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
              eth0:1682       7    1    2    0     0          0         0       90       3    4    5    0     0       0          0
            bad: 1 2
            """
        let found = NetworkCounters.parse(text)
        #expect(Array(found.keys) == ["eth0"])
        let eth0 = found["eth0"] ?? NetworkStats()
        #expect([eth0.rxBytes, eth0.rxPackets, eth0.rxErrors, eth0.rxDropped] == [1682, 7, 1, 2])
        #expect([eth0.txBytes, eth0.txPackets, eth0.txErrors, eth0.txDropped] == [90, 3, 4, 5])
        #expect(NetworkCounters.parse("").isEmpty)
    }

    private func values(isV2: Bool) -> CgroupStatistics {
        var values = CgroupStatistics()
        values.isV2 = isV2
        values.memory.usageBytes = 500
        values.memory.peakBytes = isV2 ? 0 : 900
        values.memory.failures = 3
        values.memory.details =
            isV2
            ? [
                "anon": 5, "inactive_file": 7, "workingset_refault_anon": 1, "workingset_refault_file": 2,
                "x": 1,
            ]
            : ["cache": 5, "total_inactive_file": 7, "hierarchical_memory_limit": 8, "x": 1]
        values.blockIOBytes = [
            .init(major: 8, minor: 0, operation: isV2 ? "read" : "Read", value: 10),
            .init(major: 8, minor: 0, operation: isV2 ? "discard" : "Discard", value: 11),
        ]
        return values
    }

    @Test("Memory of cgroup v1: its own names, and their sums")
    func memoryV1() {
        let stats = StatsSource.memory(values(isV2: false), hostMemoryBytes: 1000)
        #expect([stats.usage, stats.maxUsage, stats.failures, stats.limit] == [500, 900, 3, 1000])
        #expect(stats.stats["total_inactive_file"] == 7 && stats.stats["hierarchical_memory_limit"] == 8)
        #expect(stats.stats["x"] == nil && stats.stats.count == 32)
    }

    @Test("Memory of cgroup v2: names that kernels count apart today are summed")
    func memoryV2() {
        var values = values(isV2: true)
        values.memory.limitBytes = 600
        let stats = StatsSource.memory(values, hostMemoryBytes: 1000)
        #expect([stats.usage, stats.maxUsage, stats.limit] == [500, 0, 600])
        #expect(stats.stats["anon"] == 5 && stats.stats["workingset_refault"] == 3)
        #expect(stats.stats["total_inactive_file"] == nil && stats.stats.count == 31)
    }

    @Test("Block I/O: empty lists on v1, nothing on v2")
    func blockIO() {
        let old = StatsSource.blockIO(values(isV2: false))
        #expect(old.serviceBytes?.map(\.op) == ["Read", "Discard"])
        #expect(old.queued == [] && old.serviced == [])
        let new = StatsSource.blockIO(values(isV2: true))
        #expect(new.serviceBytes?.map(\.op) == ["read"])
        #expect(new.queued == nil && new.serviced == nil)
        #expect(
            StatsSource.blockIO(
                {
                    var none = CgroupStatistics(); none.isV2 = true; return none
                }()
            ).serviceBytes == nil)
    }
}
