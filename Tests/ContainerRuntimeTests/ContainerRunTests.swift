import Glibc
import Linux
import OCI
import SupervisorProtocol
import Testing

@Suite("Running a container", .serialized, .enabled(if: RuntimeHarness.obstacle == nil))
struct ContainerRunTests {
    let harness: RuntimeHarness

    init() throws { harness = try RuntimeHarness() }

    @Test("A program runs, its output comes in frames, its exit code is kept")
    func run() throws {
        let container = try harness.launch(harness.spec(["sh", "-c", "echo out; echo err >&2; exit 7"]))
        #expect(try container.started(), "\(String(describing: container.failure))")
        let result = try container.finish()
        #expect(result.stdout == "out\n")
        #expect(result.stderr == "err\n")
        #expect(result.code == 7)
        let record = try ExitRecord.read(container.folder + "/exit")
        #expect(record?.status == ExitStatus(code: 7))
        #expect(try container.next() == nil, "the supervisor ends")
        #expect(!fileExists("/sys/fs/cgroup/memory/berth-test/\(container.id)"))
        #expect(!fileExists(container.folder + "/state/supervisor.sock"))
    }

    @Test("It has its own pid, host name, root, interfaces, and a /dev of its own")
    func isolation() throws {
        let script = """
            echo $$; hostname; ls /; ls /sys/class/net; ls /dev; echo x > /etc/new
            ls -l /dev/fd /dev/ptmx; cat /proc/1/comm; touch /proc/sys/kernel/x 2>/dev/null || echo ro
            echo [$(cat /proc/timer_list)]; ls /sys/firmware | wc -l; cat /proc/self/cgroup | wc -l; ls /sys/fs/cgroup | head -1
            """
        let container = try harness.launch(harness.spec(["sh", "-c", script]))
        let result = try container.finish()
        let lines = result.stdout.split(separator: "\n").map(String.init)
        #expect(lines.first == "1", "\(result) \(String(describing: container.failure))")
        #expect(lines.dropFirst().first == "box")
        #expect(lines.contains("lo"))
        #expect(!lines.contains("eth0"))
        for name in ["null", "zero", "full", "random", "urandom", "tty", "pts", "shm", "mqueue"] {
            #expect(lines.contains(name), "/dev/\(name)")
        }
        #expect(lines.contains("ro"))
        #expect(lines.contains("[]"), "masked")
        #expect(try readText(container.upper + "/etc/new") == "x\n", "writes go to the upper layer")
        #expect(!fileExists(harness.lower + "/etc/new"))
        #expect(result.code == 0)
    }

    @Test("Nothing of a container is mounted on the host")
    func hostMounts() throws {
        let container = try harness.launch(harness.spec(["sleep", "5"]))
        #expect(try container.started())
        #expect(!(try readText("/proc/self/mountinfo").contains(container.id)))
        _ = try container.ask { .signal(request: $0, number: SIGKILL, toAll: false) }
        #expect(try container.exited()?.status == ExitStatus(code: 137, signal: 9))
    }

    @Test("PID 1 that ignores TERM is killed by KILL")
    func kill() throws {
        let container = try harness.launch(
            harness.spec(["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"]))
        #expect(try container.started())
        usleep(100_000)
        _ = try container.ask { .signal(request: $0, number: SIGTERM, toAll: false) }
        usleep(100_000)
        guard case .status(_, let status)? = try container.ask([], { .status(request: $0) }) else {
            Issue.record("no status")
            return
        }
        #expect(status.phase == .running)
        #expect(status.pid == container.pid)
        _ = try container.ask { .signal(request: $0, number: SIGKILL, toAll: false) }
        #expect(try container.exited()?.status.code == 137)
    }

    @Test("A held container waits for go, and can be given up")
    func hold() throws {
        let held = try harness.launch(harness.spec(["echo", "hi"])) { $0.hold = true }
        while held.pid == 0 { _ = try held.next() }
        usleep(50_000)
        #expect(fileExists("/proc/\(held.pid)"))
        try DaemonMessage.go.send(held.control)
        #expect(try held.finish().stdout == "hi\n")

        let given = try harness.launch(harness.spec(["echo", "hi"])) { $0.hold = true }
        while given.pid == 0 { _ = try given.next() }
        try DaemonMessage.abort.send(given.control)
        #expect(try given.started() == false)
        #expect(given.failure?.kind == .aborted)
        #expect(!fileExists("/proc/\(given.pid)"))
        #expect(!fileExists("/sys/fs/cgroup/memory/berth-test/\(given.id)"))
    }

    @Test("The supervisor's death is the container's")
    func supervisorKilled() throws {
        let container = try harness.launch(harness.spec(["sleep", "100"]))
        #expect(try container.started())
        let stat = try readText("/proc/\(container.pid)/stat")
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        let supervisor = Int32(fields[2]) ?? 0
        #expect(
            try readText("/proc/\(supervisor)/cmdline").hasPrefix(
                "berth-supervisor \(container.id.prefix(12))"))
        _ = try signalProcess(supervisor, SIGKILL)
        // Who reaps it depends on the machine's init: dead is enough.
        func lives() -> Bool {
            guard let text = try? readText("/proc/\(container.pid)/stat") else { return false }
            return !text.contains(") Z ")
        }
        for _ in 0..<100 where lives() { usleep(10_000) }
        #expect(!lives())
        try? removeDirectory("/sys/fs/cgroup/memory/berth-test/\(container.id)")
    }

    @Test("A new daemon finds the supervisor at its socket")
    func adopt() throws {
        let container = try harness.launch(harness.spec(["sh", "-c", "sleep 0.3; exit 3"]), attach: nil)
        #expect(try container.started())
        let path = LaunchRequest.socketPath(stateDirectory: container.folder + "/state")
        let second = try connectUnix(path, kind: .sequencedPackets)
        try DaemonMessage.status(request: 9).send(second.rawValue)
        let answer = try SupervisorMessage.receive(second.rawValue)
        guard case .status(9, let status)? = answer?.message else {
            Issue.record("no status: \(String(describing: answer))")
            return
        }
        #expect(status.id == container.id)
        #expect(status.pid == container.pid)
        #expect(status.startedAt != nil)
        #expect(answer?.descriptors.count == 2)
        guard case .exited(let record)? = try SupervisorMessage.receive(second.rawValue)?.message else {
            Issue.record("no exit")
            return
        }
        #expect(record.status.code == 3)
        #expect(record.startedAt == status.startedAt)
    }

    @Test("Limits of memory are held, and an OOM kill is recorded")
    func outOfMemory() throws {
        var spec = harness.spec(["sh", "-c", "dd if=/dev/zero of=/dev/null bs=200M count=1"])
        spec.linux?.resources = .init(memory: .init(limit: 32 << 20, swap: 32 << 20))
        let container = try harness.launch(spec)
        let result = try container.finish()
        #expect(result.code == 137, "\(result) \(String(describing: container.failure))")
        #expect(container.exitRecord?.oomKilled == true)
        #expect(container.seen.contains(.outOfMemory))
    }

    @Test(
        "Users and groups are resolved in the container",
        arguments: [
            ("", "uid=0(root) gid=0(root) groups=0(root)"),
            ("alice", "uid=1000(alice) gid=1000(alice) groups=10(wheel),1000(alice)"),
            ("1234", "uid=1234 gid=0(root) groups=0(root)"),
            ("alice:extra", "uid=1000(alice) gid=2000(extra) groups=2000(extra)"),
            ("1000:77", "uid=1000(alice) gid=77 groups=77"),
        ])
    func users(user: String, expected: String) throws {
        let container = try harness.launch(harness.spec(["sh", "-c", "id; echo $HOME"])) { $0.user = user }
        let result = try container.finish()
        #expect(
            result.stdout.hasPrefix(expected + "\n"), "\(result) \(String(describing: container.failure))")
        #expect(
            result.stdout.hasSuffix(
                user.hasPrefix("alice") || user.hasPrefix("1000")
                    ? "/home/alice\n" : user.isEmpty ? "/root\n" : "/\n"))
    }

    @Test("Rights: capabilities, no_new_privs, limits, umask, working directory, sysctls, read-only root")
    func rights() throws {
        var spec = harness.spec([
            "sh", "-c",
            "grep -E 'Cap|NoNew' /proc/self/status; ulimit -n; umask; pwd; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; touch /x",
        ])
        spec.process?.noNewPrivileges = true
        spec.process?.rlimits = [.init(type: "RLIMIT_NOFILE", hard: 100, soft: 90)]
        spec.process?.cwd = "/made/for/you"
        spec.linux?.sysctl = ["net.ipv4.ip_unprivileged_port_start": "0"]
        let container = try harness.launch(spec)
        let text = try container.finish().stdout
        #expect(
            text.contains("CapEff:\t00000000a80425fb"), "\(text) \(String(describing: container.failure))")
        #expect(text.contains("CapBnd:\t00000000a80425fb"))
        #expect(text.contains("CapInh:\t0000000000000000"))
        #expect(text.contains("NoNewPrivs:\t1"))
        #expect(text.contains("\n90\n0022\n/made/for/you\n0\n"))
        #expect(fileExists(container.upper + "/x"))
        spec.root?.readonly = true
        spec.process?.cwd = "/"
        let second = try harness.launch(spec)
        #expect(try second.finish().stderr.contains("Read-only file system"))
        let user = try harness.launch(harness.spec(["grep", "Cap", "/proc/self/status"])) {
            $0.user = "alice"
        }
        let caps = try user.finish().stdout
        #expect(caps.contains("CapEff:\t0000000000000000"))
        #expect(caps.contains("CapBnd:\t00000000a80425fb"))
    }

    @Test("Binds, tmpfs and their options; links in the image lead nowhere outside")
    func mounts() throws {
        let data = harness.folder + "/data"
        try makeDirectories(data + "/sub")
        try writeFile(data + "/file", "hello\n")
        try Linux.makeLink(harness.lower + "/trap", to: "/dev/shm/../../../../../..\(data)/sub")
        var spec = harness.spec([
            "sh", "-c",
            "cat /data/file /one; touch /data/x; touch /ro/x; mount | grep -E ' /(t|trap|data|ro) '; ls /trap",
        ])
        spec.mounts += [
            .init(destination: "/data", type: "bind", source: data, options: ["rbind", "rprivate"]),
            .init(destination: "/ro", type: "bind", source: data, options: ["rbind", "ro"]),
            .init(destination: "/one", type: "bind", source: data + "/file", options: ["bind", "ro"]),
            .init(
                destination: "/t", type: "tmpfs", source: "tmpfs",
                options: ["noexec", "nosuid", "size=64k", "mode=1777"]),
        ]
        let container = try harness.launch(spec)
        let result = try container.finish()
        #expect(
            result.stdout.hasPrefix("hello\nhello\n"), "\(result) \(String(describing: container.failure))")
        #expect(fileExists(data + "/x"))
        #expect(result.stderr.contains("/ro/x: Read-only file system"))
        #expect(result.stdout.contains("tmpfs on /t type tmpfs (rw,nosuid,noexec"))
        spec.mounts.append(.init(destination: "/trap/inside", type: "tmpfs", source: "tmpfs"))
        let trapped = try harness.launch(spec)
        _ = try trapped.finish()
        #expect(!fileExists(data + "/sub/inside"), "a link of the image must not be followed on the host")
    }

    @Test("A tiny init forwards signals and reaps", .enabled(if: environmentVariable("BERTH_RUNTIME") != nil))
    func tinyInit() throws {
        let spec = harness.spec([
            "sh", "-c",
            "trap 'echo got; exit 9' TERM; cat /proc/1/cmdline | tr '\\0' ' '; (sleep 0.1 &) ; while :; do sleep 0.05; done",
        ])
        let container = try harness.launch(spec) { $0.usesInit = true }
        #expect(try container.started(), "\(String(describing: container.failure))")
        usleep(300_000)
        #expect(!(try readText("/proc/\(container.pid)/task/\(container.pid)/children")).isEmpty)
        _ = try container.ask { .signal(request: $0, number: SIGTERM, toAll: false) }
        let result = try container.finish()
        #expect(result.stdout.hasPrefix("/sbin/docker-init -- sh -c"))
        #expect(result.stdout.hasSuffix("got\n"))
        #expect(result.code == 9)
        let missing = try harness.launch(harness.spec(["nosuch"])) { $0.usesInit = true }
        #expect(try missing.finish().code == 127)
    }

    @Test("A container cannot reach the runtime's program")
    func programIsOutOfReach() throws {
        try Linux.makeLink(harness.lower + "/bin/self", to: "/proc/self/exe")
        let container = try harness.launch(harness.spec(["self"]))
        _ = try container.finish()
        let sleeper = try harness.launch(harness.spec(["sleep", "10"]))
        #expect(try sleeper.started())
        let stat = try readText("/proc/\(sleeper.pid)/stat")
        let supervisor = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")[2]
        // Once the program has ended, only the mount keeps a writer out.
        let program = try openFile("/proc/\(supervisor)/exe", .path)
        let isProtected = isOnReadOnlyMount(program.rawValue)
        #expect(isProtected)
        _ = try sleeper.ask { .signal(request: $0, number: SIGKILL, toAll: false) }
        _ = try sleeper.exited()
    }
}
