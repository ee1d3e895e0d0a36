import DockerAPI
import EngineModel
import OCI
import Testing

@testable import Engine

@Suite("From a record to the runtime's specification")
struct SpecBuilderTests {
    private func record(
        mounts: [ContainerMount] = [],
        _ change: (inout ContainerConfig, inout HostConfig) -> Void = { _, _ in }
    ) -> ContainerRecord {
        var config = ContainerConfig()
        var host = HostConfig()
        config.cmd = ["true"]
        change(&config, &host)
        return ContainerRecord(
            id: "1234", name: "a", created: .now, imageID: "sha256:00", layers: [], config: config,
            hostConfig: host,
            networking: NetworkingConfig(), mounts: mounts)
    }

    private func builder(
        _ record: ContainerRecord, hostName: String? = "box",
        files: [(destination: String, source: String)] = [],
        joined: [RuntimeSpec.NamespaceType: Int32] = [:]
    ) -> SpecBuilder {
        SpecBuilder(
            record: record, hostName: hostName, systemFiles: files, cgroupPath: "/berth/1234", joined: joined,
            availableCapabilities: Set(CapabilitySet.all), hasCgroupNamespaces: true)
    }

    @Test(
        "Variables: the later one wins in the place of the first, and a bare name removes",
        arguments: [
            ([], [], []), (["A=1"], [], ["A=1"]), (["A=1"], ["A=2"], ["A=2"]),
            (["A=1", "B=2"], ["A=3", "C=4"], ["A=3", "B=2", "C=4"]), (["A=1", "B=2"], ["A"], ["B=2"]),
            (["A=1"], ["B"], ["A=1"]), ([], ["A=1", "A=2"], ["A=2"]), ([], ["A=1", "A"], []),
            (["A=1"], ["A="], ["A="]), (["A=1"], ["AB=2", "A=x=y"], ["A=x=y", "AB=2"]),
        ] as [([String], [String], [String])])
    func merged(base: [String], changes: [String], result: [String]) {
        #expect(SpecBuilder.merged(base, with: changes) == result)
    }

    @Test("PATH, HOSTNAME and TERM come first, as with Docker")
    func environment() {
        let plain = record { config, _ in config.env = ["X=1", "PATH=/bin"] }
        #expect(builder(plain).environment() == ["PATH=/bin", "HOSTNAME=box", "X=1"])
        let terminal = record { config, _ in config.tty = true }
        #expect(builder(terminal).environment() == [SpecDefaults.path, "HOSTNAME=box", "TERM=xterm"])
        #expect(builder(record(), hostName: nil).environment() == [SpecDefaults.path])
    }

    @Test(
        "Mounts: the kernel's, then the user's and berth's files from shallow to deep, so that the files show in a volume"
    )
    func mountOrder() throws {
        let mounts = [
            ContainerMount(kind: .bind, source: "/c", destination: "/a/b/c"),
            ContainerMount(kind: .volume, source: "/a", destination: "/a"),
            ContainerMount(kind: .bind, source: "/b", destination: "/a/b"),
            ContainerMount(kind: .tmpfs, destination: "/tmp"),
        ]
        let list = try builder(record(mounts: mounts), files: [("/etc/hosts", "/x/hosts")]).mounts()
        let own = list.map(\.destination)
        #expect(own.suffix(5) == ["/a", "/tmp", "/a/b", "/etc/hosts", "/a/b/c"])
        #expect(own.first == "/proc")
        #expect(own.prefix(7).contains("/dev/shm"))
    }

    @Test("A user's mount takes the place of the standard one")
    func mountOver() throws {
        let mounts = [
            ContainerMount(kind: .bind, source: "/shm", destination: "/dev/shm"),
            ContainerMount(kind: .bind, source: "/hosts", destination: "/etc/hosts"),
        ]
        let list = try builder(record(mounts: mounts), files: [("/etc/hosts", "/x/hosts")]).mounts()
        #expect(list.filter { $0.destination == "/dev/shm" }.map(\.source) == ["/shm"])
        #expect(list.filter { $0.destination == "/etc/hosts" }.map(\.source) == ["/hosts"])
    }

    @Test("Options of binds and tmpfs")
    func mountOptions() throws {
        var readOnly = ContainerMount(kind: .bind, source: "/s", destination: "/r")
        readOnly.isReadOnly = true
        readOnly.propagation = "rslave"
        var flat = ContainerMount(kind: .bind, source: "/s", destination: "/f")
        flat.nonRecursive = true
        var memory = ContainerMount(kind: .tmpfs, destination: "/t")
        memory.options = ["size=10k", "exec", "mode=700"]
        let list = try builder(record(mounts: [readOnly, flat, memory])).mounts()
        func options(_ path: String) -> [String]? { list.first { $0.destination == path }?.options }
        #expect(options("/r") == ["rbind", "ro", "rro", "rslave"])
        #expect(options("/f") == ["bind", "rprivate"])
        #expect(options("/t") == ["nosuid", "nodev", "size=10k", "exec", "mode=700"])
    }

    @Test("Shared memory: its size, the host's, another's, none")
    func sharedMemory() throws {
        func shm(_ joined: [RuntimeSpec.NamespaceType: Int32] = [:], _ change: (inout HostConfig) -> Void)
            throws
            -> RuntimeSpec.Mount?
        {
            try builder(record { _, host in change(&host) }, joined: joined).mounts().first {
                $0.destination == "/dev/shm"
            }
        }
        #expect(try shm { _ in }?.options.contains("size=67108864") == true)
        #expect(try shm { $0.shmSize = 4096 }?.options.contains("size=4096") == true)
        #expect(try shm { $0.ipcMode = "host" }?.source == "/dev/shm")
        #expect(try shm([.ipc: 77]) { $0.ipcMode = "container:x" }?.source == "/proc/77/root/dev/shm")
        #expect(try shm { $0.ipcMode = "none" } == nil)
    }

    @Test("Limits reach the cgroup, and none is invented")
    func resources() throws {
        let none = try builder(record()).resources([])
        #expect(none.memory == nil && none.cpu == nil && none.pids == nil && none.blockIO == nil)
        let all = try builder(
            record { _, host in
                host.memory = 100
                host.memorySwap = -1
                host.memoryReservation = 50
                host.nanoCpus = 1_500_000_000
                host.cpuShares = 512
                host.cpusetCpus = "0"
                host.pidsLimit = 7
                host.blkioWeight = 300
            }
        ).resources([])
        #expect(all.memory?.limit == 100 && all.memory?.swap == -1 && all.memory?.reservation == 50)
        #expect(all.cpu?.quota == 150_000 && all.cpu?.period == 100_000)
        #expect(all.cpu?.shares == 512 && all.cpu?.cpus == "0" && all.cpu?.mems == nil)
        #expect(all.pids?.limit == 7 && all.blockIO?.weight == 300)
        let quota = try builder(
            record { _, host in
                host.cpuQuota = -1
                host.cpuPeriod = 50_000
            }
        ).resources([])
        #expect(quota.cpu?.quota == -1 && quota.cpu?.period == 50_000)
    }

    /// What the cgroup of a container with `config` is told.
    func limits(of config: HostConfig) throws -> RuntimeSpec.Resources {
        try builder(record { _, host in host = config }).resources([])
    }

    @Test("Limits of processes, with -1 for none")
    func rlimits() {
        let limits = builder(
            record { _, host in
                var files = Ulimit()
                (files.name, files.soft, files.hard) = ("nofile", 10, 20)
                var core = Ulimit()
                (core.name, core.soft, core.hard) = ("core", -1, -1)
                host.ulimits = [files, core]
            }
        ).rlimits()
        #expect(limits.map(\.type) == ["RLIMIT_NOFILE", "RLIMIT_CORE"])
        #expect(limits.map(\.soft) == [10, .max] && limits.map(\.hard) == [20, .max])
    }

    @Test("Namespaces of its own, the host's and another's")
    func namespaces() throws {
        func types(_ change: (inout HostConfig) -> Void) throws -> [RuntimeSpec.NamespaceType] {
            try builder(record { _, host in change(&host) }).build().linux?.namespaces.map(\.type) ?? []
        }
        #expect(try Set(types { _ in }) == [.mount, .pid, .ipc, .uts, .network, .cgroup])
        #expect(
            try Set(
                types {
                    $0.networkMode = "host"
                    $0.pidMode = "host"
                    $0.ipcMode = "host"
                    $0.utsMode = "host"
                    $0.cgroupnsMode = "host"
                }) == [.mount])
        let joined = try builder(
            record { _, host in host.networkMode = "container:x" }, joined: [.network: 99]
        ).build()
        #expect(joined.linux?.namespaces.first { $0.type == .network }?.path == "/proc/99/ns/net")
    }

    @Test("A privileged container sees and may do all")
    func privileged() throws {
        let spec = try builder(record { _, host in host.privileged = true }).build()
        #expect(spec.linux?.maskedPaths.isEmpty == true && spec.linux?.readonlyPaths.isEmpty == true)
        #expect(Set(spec.process?.capabilities?.bounding ?? []) == Set(CapabilitySet.all))
        #expect(spec.linux?.resources?.devices.map(\.allow) == [true])
        #expect(spec.mounts.first { $0.destination == "/sys" }?.options.contains("rw") == true)
    }

    @Test("An ordinary one does not")
    func ordinary() throws {
        let spec = try builder(record()).build()
        #expect(spec.linux?.maskedPaths == SpecDefaults.maskedPaths)
        #expect(spec.linux?.readonlyPaths == SpecDefaults.readonlyPaths)
        #expect(spec.process?.capabilities?.effective == spec.process?.capabilities?.bounding)
        #expect(spec.process?.capabilities?.bounding.count == 14)
        #expect(spec.linux?.resources?.devices.first?.allow == false)
        #expect(spec.mounts.first { $0.destination == "/sys" }?.options.contains("ro") == true)
        #expect(spec.process?.cwd == "/" && spec.hostname == "box")
        #expect(spec.linux?.sysctl["net.ipv4.ip_unprivileged_port_start"] == "0")
        let shared = try builder(record { _, host in host.networkMode = "host" }).build()
        #expect(shared.linux?.sysctl.isEmpty == true)
    }
}
