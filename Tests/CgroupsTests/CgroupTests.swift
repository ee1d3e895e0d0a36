import Glibc
import Linux
import OCI
import Testing

@testable import Cgroups

/// A process of the test's own that sleeps, or does what a shell is told; killed and reaped with the value.
private final class Sleeper {
    let pid: pid_t

    init(doing script: String = "exec sleep 60") throws {
        var pid: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup(script), nil]
        defer { arguments.forEach { free($0) } }
        try #require(posix_spawn(&pid, "/bin/sh", nil, nil, &arguments, environ) == 0)
        self.pid = pid
    }

    /// How the process ended, if it has within a second.
    func waitForSignal() -> Int32? {
        for _ in 0..<200 {
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid { return status & 0x7F }
            usleep(5000)
        }
        return nil
    }

    deinit {
        _ = Glibc.kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }
}

@Suite(
    "Groups on the real kernel", .serialized,
    .enabled(
        if: geteuid() == 0 && (try? CgroupLayout.detect()) != nil, "skipped: needs root and a mounted cgroup")
)
struct CgroupTests {
    let layout: CgroupLayout
    let path = "/berth-test/\(UInt64.random(in: 0...UInt64.max))"

    init() throws { layout = try CgroupLayout.detect() }

    private func with(_ resources: RuntimeSpec.Resources?, _ body: (Cgroup) throws -> Void) throws {
        let group = try Cgroup.create(layout: layout, path: path, resources: resources)
        defer { try? Cgroup(layout: layout, path: "/berth-test").remove() }
        try body(group)
        try group.remove()
        #expect(!group.exists)
    }

    private func value(_ group: Cgroup, _ controller: String, v1: String, v2: String) throws -> String? {
        guard let place = group.directory(controller) else { return nil }
        return try readControl(place.path + "/" + (place.isUnified ? v2 : v1))
    }

    @Test("Limits are set, changed and read")
    func limits() throws {
        let resources = RuntimeSpec.Resources(
            memory: RuntimeSpec.Memory(limit: 64 << 20, reservation: 32 << 20, swap: 64 << 20),
            cpu: RuntimeSpec.CPU(shares: 512, quota: 20000, period: 100_000, cpus: "0"),
            pids: RuntimeSpec.Pids(limit: 50))
        try with(resources) { group in
            #expect(try value(group, "memory", v1: "memory.limit_in_bytes", v2: "memory.max") == "67108864")
            #expect(try value(group, "pids", v1: "pids.max", v2: "pids.max") == "50")
            #expect(
                try value(group, "cpu", v1: "cpu.cfs_quota_us", v2: "cpu.max")?.hasPrefix("20000") == true)
            #expect(try value(group, "cpuset", v1: "cpuset.cpus", v2: "cpuset.cpus") == "0")
            // Up beyond the old swap limit, and down again: the order of the two files matters.
            try group.apply(
                RuntimeSpec.Resources(memory: RuntimeSpec.Memory(limit: 128 << 20, swap: 256 << 20)))
            #expect(try group.statistics().memory.limitBytes == 128 << 20)
            try group.apply(
                RuntimeSpec.Resources(memory: RuntimeSpec.Memory(limit: 32 << 20, swap: 32 << 20)))
            #expect(try group.statistics().memory.limitBytes == 32 << 20)
            try group.apply(RuntimeSpec.Resources(cpu: RuntimeSpec.CPU(quota: 600_000, period: 500_000)))
            try group.apply(RuntimeSpec.Resources(pids: RuntimeSpec.Pids(limit: -1)))
            #expect(try group.statistics().pids.limit == nil)
        }
    }

    @Test("A process joins, is counted, frozen, thawed and killed, also in a group below")
    func processes() throws {
        try with(nil) { group in
            let (first, second) = (try Sleeper(), try Sleeper())
            let below = try Cgroup.create(layout: layout, path: path + "/below", resources: nil)
            // On v2 a group with limits for its children holds no processes itself.
            try (layout.mode == .v2 ? below : group).add(first.pid)
            try below.add(second.pid)
            #expect(try group.processes() == [first.pid, second.pid].sorted())
            #expect(try group.statistics().pids.current == 2)
            try group.freeze()
            #expect(try group.isFrozen())
            try group.thaw()
            #expect(try group.isFrozen() == false)
            try group.freeze()
            try group.killAll()
            #expect(first.waitForSignal() == SIGKILL && second.waitForSignal() == SIGKILL)
            #expect(try group.processes().isEmpty)
        }
    }

    @Test("A process's time and memory are counted")
    func statistics() throws {
        try with(nil) { group in
            let sleeper = try Sleeper()
            try group.add(sleeper.pid)
            let statistics = try group.statistics()
            #expect(statistics.isV2 == (layout.mode == .v2))
            #expect(statistics.memory.limitBytes == nil && !statistics.memory.details.isEmpty)
            #expect(statistics.oomKills == 0)
            try group.killAll()
            _ = sleeper.waitForSignal()
            #expect(try group.statistics().cpu.usageNanoseconds > 0)
        }
    }

    @Test("A kill for want of memory is told of at once")
    func killForMemory() throws {
        let limit = RuntimeSpec.Memory(limit: 20 << 20, swap: 20 << 20)
        try with(RuntimeSpec.Resources(memory: limit)) { group in
            let notice = try #require(try group.watchOOM())
            let hungry = try Sleeper(doing: "sleep 0.5; exec dd if=/dev/zero of=/dev/null bs=200M count=1")
            try group.add(hungry.pid)
            // On v2 the process's arrival is a change too.
            var isSeen = false
            for _ in 0..<50 where !isSeen {
                var waiter = [pollfd(fd: notice.descriptor, events: Int16(POLLIN), revents: 0)]
                try #require(poll(&waiter, 1, 10_000) == 1)
                isSeen = notice.clear()
                if try group.oomKills() > 0 { isSeen = true }
            }
            #expect(isSeen)
            #expect(hungry.waitForSignal() == SIGKILL)
            #expect(try group.oomKills() == 1)
        }
    }

    @Test("Devices that are not allowed are refused")
    func devices() throws {
        let rules = [
            RuntimeSpec.DeviceRule(allow: false, access: "rwm"),
            RuntimeSpec.DeviceRule(allow: true, type: "c", major: 1, minor: 3, access: "rwm"),
        ]
        try with(RuntimeSpec.Resources(devices: rules)) { group in
            guard let place = group.directory("devices"), !place.isUnified else { return }
            let list = try readControl(place.path + "/devices.list")
            #expect(list == "c 1:3 rwm")
        }
    }

    @Test("A refused value names file, value and reason, and leaves no group")
    func refused() throws {
        let resources = RuntimeSpec.Resources(cpu: RuntimeSpec.CPU(cpus: "4096"))
        let error = #expect(throws: CgroupError.self) {
            try Cgroup.create(layout: layout, path: path, resources: resources)
        }
        #expect(error?.description.contains(#"write "4096" to "#) == true)
        #expect(error?.description.contains("cpuset.cpus") == true)
        let left = try Cgroup(layout: layout, path: path)
        #expect(!left.exists)
        try Cgroup(layout: layout, path: "/berth-test").remove()
    }

    @Test("A group below one that somebody else made without CPUs takes a process nevertheless")
    func foreignParent() throws {
        guard let hierarchy = layout.hierarchy("cpuset") else { return }
        try makeDirectories(hierarchy.path + path)
        let sleeper = try Sleeper()
        let group = try Cgroup.create(layout: layout, path: path + "/below", resources: nil)
        try group.add(sleeper.pid)
        try group.killAll()
        #expect(sleeper.waitForSignal() == SIGKILL)
        try Cgroup(layout: layout, path: "/berth-test").remove()
    }

    @Test("The root and paths with dots are refused", arguments: ["", "/", "//", "/a/../b", "."])
    func badPaths(path: String) {
        #expect(throws: CgroupError.self) { try Cgroup(layout: layout, path: path) }
    }

    @Test("Removing a group that isn't there is no error")
    func removeMissing() throws {
        try Cgroup(layout: layout, path: "/berth-test/none").remove()
    }

    @Test("Making and removing a group takes a few milliseconds at most")
    func speed() throws {
        let warm = try Cgroup.create(layout: layout, path: path + "-warm", resources: nil)
        defer { try? Cgroup(layout: layout, path: "/berth-test").remove() }
        let clock = ContinuousClock()
        let time = try clock.measure {
            for number in 0..<20 {
                _ = try Cgroup.create(layout: layout, path: "\(path)-\(number)", resources: nil)
            }
        }
        print("cgroup create: \(time / 20)")
        #expect(time / 20 < .milliseconds(10))
        for number in 0..<20 { try Cgroup(layout: layout, path: "\(path)-\(number)").remove() }
        try warm.remove()
    }
}
