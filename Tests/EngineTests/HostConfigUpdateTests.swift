import DockerAPI
import EngineModel
import OCI
import Testing

@testable import Engine

/// Each refusal and each warning was tried on dockerd 28.5 with two CPUs.
@Suite("Changing the limits of a container")
struct HostConfigUpdateTests {
    private static let mega: Int64 = 1 << 20
    private static let host = HostResources(
        cpus: 2, memoryBytes: 8 << 30, availableCPUs: "0-1", availableMemoryNodes: "0")

    typealias Change = @Sendable (inout HostConfig) -> Void

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var message: String
        var kind = EngineError.Kind.invalidParameter
        var before: Change = { _ in }
        var change: Change
    }

    private static let needsSwap =
        "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time"
    private static let autoRemoved =
        "Restart policy cannot be updated because AutoRemove is enabled for the container"

    private static func conflict(
        _ name: String, _ message: String, _ before: @escaping Change, _ change: @escaping Change
    ) -> Case {
        Case(testDescription: name, message: message, kind: .conflict, before: before, change: change)
    }

    private static func invalid(_ name: String, _ message: String, _ change: @escaping Change) -> Case {
        Case(testDescription: name, message: message, change: change)
    }

    static let refused: [Case] = [
        invalid("memory of a byte", "Minimum memory limit allowed is 6MB") { $0.memory = 1 },
        invalid("swap below memory", "Minimum memoryswap limit should be larger than memory limit, see usage")
        {
            $0.memory = 60 * mega
            $0.memorySwap = 50 * mega
        },
        invalid("a reservation of 5 bytes", "Minimum memory reservation allowed is 6MB") {
            $0.memoryReservation = 5
        },
        invalid("a short quota", "CPU cfs quota can not be less than 1ms (i.e. 1000)") { $0.cpuQuota = 500 },
        invalid("a missing CPU", "Requested CPUs are not available - requested 0-99, available: 0-1") {
            $0.cpusetCpus = "0-99"
        },
        invalid("too many CPUs", "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available") {
            $0.nanoCpus = 50_000_000_000
        },
        invalid(
            "Windows' limits",
            "Invalid QoS settings: linux does not support Maximum IO Bandwidth or Maximum IO IOps"
        ) { $0.ioMaximumIOps = 3 },
        invalid(
            "an unknown policy",
            "invalid restart policy: unknown policy 'x'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"
        ) { $0.restartPolicy.name = "x" },
        conflict("memory where swap has no limit", needsSwap, { _ in }) { $0.memory = 50 * mega },
        conflict("memory above the limit of swap", needsSwap, { $0.memorySwap = 100 * mega }) {
            $0.memory = 200 * mega
        },
        conflict("memory beside unlimited swap", needsSwap, { $0.memorySwap = -1 }) { $0.memory = 50 * mega },
        conflict(
            "CPUs beside a period",
            "Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set",
            { $0.cpuPeriod = 100_000 }
        ) { $0.nanoCpus = 500_000_000 },
        conflict(
            "CPUs beside a quota",
            "Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set",
            { $0.cpuQuota = 50_000 }
        ) { $0.nanoCpus = 500_000_000 },
        conflict(
            "a period beside CPUs",
            "Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set",
            { $0.nanoCpus = 500_000_000 }
        ) { $0.cpuPeriod = 50_000 },
        conflict(
            "a quota beside CPUs",
            "Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set",
            { $0.nanoCpus = 500_000_000 }
        ) { $0.cpuQuota = 50_000 },
        conflict("a policy beside --rm", autoRemoved, { $0.autoRemove = true }) {
            $0.restartPolicy.name = "always"
        },
    ]

    private func update(_ before: Change, _ change: Change) throws -> HostConfigUpdate {
        var old = HostConfig()
        var new = HostConfig()
        before(&old)
        change(&new)
        return try HostConfigUpdate(new, to: old, host: Self.host)
    }

    @Test("What is refused, in Docker's words", arguments: refused)
    func refusal(_ sample: Case) {
        let error = #expect(throws: EngineError.self) { try update(sample.before, sample.change) }
        #expect(error?.message == sample.message)
        #expect(error?.kind == sample.kind)
    }

    @Test("What is not said stays as it was")
    func merge() throws {
        let before: Change = {
            $0.memory = 60 * Self.mega
            $0.memorySwap = 100 * Self.mega
            $0.cpuShares = 512
            $0.pidsLimit = 50
            $0.restartPolicy.name = "always"
            $0.oomScoreAdj = 7
        }
        let none = try update(before) { _ in }
        var expected = HostConfig()
        before(&expected)
        #expect(none.merged == expected)
        #expect(none.warnings.isEmpty)
        let some = try update(before) {
            $0.memory = 70 * Self.mega
            $0.cpusetCpus = "1"
            $0.pidsLimit = -1
            $0.restartPolicy.name = "no"
        }
        (expected.memory, expected.cpusetCpus, expected.pidsLimit) = (70 * Self.mega, "1", 0)
        expected.restartPolicy.name = "no"
        #expect(some.merged == expected)
    }

    private func resources(_ before: Change, _ change: Change) throws -> RuntimeSpec.Resources? {
        var old = HostConfig()
        before(&old)
        let record = ContainerRecord(
            id: "1", name: "a", created: .now, imageID: "", layers: [], config: ContainerConfig(),
            hostConfig: old, networking: NetworkingConfig(), mounts: [])
        return try update(before, change).resources(of: record)
    }

    @Test("Only what changes goes to the kernel, with what it wants beside it")
    func limits() throws {
        #expect(try resources({ $0.memory = 60 * Self.mega }) { _ in } == nil)
        #expect(try resources({ _ in }) { $0.restartPolicy.name = "always" } == nil)
        let swap = try resources({ $0.memory = 60 * Self.mega }) { $0.memorySwap = 90 * Self.mega }
        #expect(swap == .init(memory: .init(limit: 60 * Self.mega, swap: 90 * Self.mega)))
        let quota = try resources({ $0.cpuPeriod = 20_000 }) { $0.cpuQuota = 10_000 }
        #expect(quota == .init(cpu: .init(quota: 10_000, period: 20_000)))
        let cpus = try resources({ _ in }) { $0.nanoCpus = 500_000_000 }
        #expect(cpus == .init(cpu: .init(quota: 50_000, period: 100_000)))
        #expect(try resources({ $0.pidsLimit = 9 }) { $0.pidsLimit = 0 } == .init(pids: .init(limit: -1)))
        #expect(try resources({ _ in }) { $0.pidsLimit = 9 } == .init(pids: .init(limit: 9)))
    }

    @Test("What cannot be changed is named, and not taken over")
    func discarded() throws {
        let change = try update({ _ in }) {
            var limit = Ulimit()
            limit.name = "nofile"
            $0.ulimits = [limit]
            $0.memorySwappiness = 50
            $0.cgroupParent = "/x"
        }
        #expect(
            change.warnings
                == ["CgroupParent", "MemorySwappiness", "Ulimits"].map {
                    "\($0) of a container cannot be updated: the value was discarded."
                })
        #expect(change.merged == HostConfig())
        #expect(try update({ _ in }) { $0.memorySwappiness = -1 }.warnings.isEmpty)
    }
}
