import Glibc
import Linux
import OCI
import SupervisorProtocol
import Testing

/// The words and kinds that were read off a real Docker 28 with runc.
@Suite("A start that fails", .serialized, .enabled(if: RuntimeHarness.obstacle == nil))
struct StartFailureTests {
    let harness: RuntimeHarness

    init() throws {
        harness = try RuntimeHarness()
        try writeFile(harness.lower + "/bin/noexec", "x", mode: 0o644)
        try writeFile(harness.lower + "/bin/garbage", "garbage\n", mode: 0o755)
        try writeFile(harness.lower + "/bin/badscript", "#!/nosuch\n", mode: 0o755)
    }

    /// Starts what must fail, and checks that nothing of it is left.
    private func failure(
        _ spec: RuntimeSpec, _ change: (inout LaunchRequest) -> Void = { _ in },
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> StartFailure? {
        let container = try harness.launch(spec, change)
        #expect(try container.started() == false, sourceLocation: sourceLocation)
        #expect(try container.next() == nil, "the supervisor ends", sourceLocation: sourceLocation)
        if container.pid > 0 {
            #expect(!fileExists("/proc/\(container.pid)"), sourceLocation: sourceLocation)
        }
        for hierarchy in ["memory", "unified", "pids", "cpu"] {
            #expect(
                !fileExists("/sys/fs/cgroup/\(hierarchy)/berth-test/\(container.id)"),
                sourceLocation: sourceLocation)
        }
        #expect(!fileExists(container.folder + "/state/supervisor.sock"), sourceLocation: sourceLocation)
        #expect(!fileExists(container.folder + "/exit"), sourceLocation: sourceLocation)
        #expect(
            !(try readText("/proc/self/mountinfo").contains(container.id)), sourceLocation: sourceLocation)
        return container.failure
    }

    @Test(
        "Programs that cannot be run, in Docker's words",
        arguments: [
            ("nosuch", StartFailure.Kind.notFound, "exec: \"nosuch\": executable file not found in $PATH"),
            ("/nosuch", .notFound, "exec: \"/nosuch\": stat /nosuch: no such file or directory"),
            ("./x", .notFound, "exec: \"./x\": stat ./x: no such file or directory"),
            ("", .notFound, "exec: \"\": executable file not found in $PATH"),
            ("noexec", .notFound, "exec: \"noexec\": executable file not found in $PATH"),
            ("/bin/noexec", .permissionDenied, "exec: \"/bin/noexec\": permission denied"),
            ("/etc", .permissionDenied, "exec: \"/etc\": is a directory: permission denied"),
        ])
    func programs(program: String, kind: StartFailure.Kind, message: String) throws {
        let found = try failure(harness.spec([program]))
        #expect(found?.kind == kind)
        #expect(found?.message == message)
    }

    @Test("What only the kernel refuses to run ends with 255 and words, as with Docker")
    func kernelRefuses() throws {
        let garbage = try harness.launch(harness.spec(["garbage"])).finish()
        #expect(garbage.code == 255)
        #expect(garbage.stderr == "exec /bin/garbage: exec format error\n")
        let script = try harness.launch(harness.spec(["badscript"])).finish()
        #expect(script.stderr == "exec /bin/badscript: no such file or directory\n")
    }

    @Test(
        "Unknown users and groups, in Docker's words",
        arguments: [
            ("foo", [], "unable to find user foo: no matching entries in passwd file"),
            (":nogroup", [], "unable to find group nogroup: no matching entries in group file"),
            ("root:foo", [], "unable to find group foo: no matching entries in group file"),
            ("99999999999", [], "uids and gids must be in range 0-2147483647"),
            ("", ["foo"], "unable to find group foo: no matching entries in group file"),
        ] as [(String, [String], String)])
    func users(user: String, groups: [String], message: String) throws {
        let found = try failure(harness.spec(["true"])) {
            $0.user = user
            $0.groups = groups
        }
        #expect(found?.stage == "user")
        #expect(found?.message == message)
    }

    @Test("A failure at any step leaves nothing")
    func steps() throws {
        var spec = harness.spec(["true"])
        spec.mounts.append(
            .init(destination: "/data", type: "bind", source: "/no/such/source", options: ["rbind"]))
        let missing = try failure(spec)
        #expect(
            missing?.message.contains("error mounting \"/no/such/source\" to rootfs at \"/data\"") == true,
            "\(String(describing: missing))")

        spec = harness.spec(["true"])
        spec.mounts.append(.init(destination: "/data", type: "nosuchfs", source: "x"))
        #expect(try failure(spec)?.stage == "mount")

        spec = harness.spec(["true"])
        spec.linux?.sysctl = ["kernel.panic": "1"]
        #expect(try failure(spec)?.message == "sysctl \"kernel.panic\" is not in a separate kernel namespace")

        spec = harness.spec(["true"])
        spec.linux?.sysctl = ["net.foo.bar": "1"]
        #expect(try failure(spec)?.stage == "sysctl")

        spec = harness.spec(["true"])
        spec.process?.capabilities?.bounding.append("CAP_NOSUCH")
        #expect(try failure(spec)?.message == "unknown capability \"CAP_NOSUCH\"")

        spec = harness.spec(["true"])
        spec.process?.cwd = "/etc/passwd"
        #expect(try failure(spec)?.message.contains("not a directory") == true)

        spec = harness.spec(["true"])
        spec.linux?.namespaces.append(.init(type: .user))
        #expect(try failure(spec)?.message == "user namespaces are not built yet")

        spec = harness.spec(["true"])
        spec.linux?.resources = .init(cpu: .init(cpus: "4000"))
        #expect(try failure(spec)?.stage == "cgroup")

        #expect(
            try failure(harness.spec(["true"])) { $0.root = .directory("/no/such/root") }?.stage == "root")
        #expect(
            try failure(harness.spec(["true"])) {
                $0.root = .overlay(lower: ["/no/such/layer"], upper: "/no/upper", work: "/no/work")
            }?.stage == "root")
        #expect(
            try failure(harness.spec(["true"])) { $0.log = LogOptions(path: "/no/such/log") }?.stage == "log")
    }

    @Test("Bad words in a mount's options and limits are refused")
    func badWords() throws {
        var spec = harness.spec(["true"])
        spec.process?.rlimits = [.init(type: "RLIMIT_NOSUCH", hard: 1, soft: 1)]
        #expect(try failure(spec)?.message == "unknown resource limit \"RLIMIT_NOSUCH\"")
        spec = harness.spec(["true"])
        spec.mounts.append(
            .init(destination: "/data", type: "tmpfs", source: "tmpfs", options: ["nosuchoption=1"]))
        #expect(try failure(spec)?.stage == "mount")
    }
}
