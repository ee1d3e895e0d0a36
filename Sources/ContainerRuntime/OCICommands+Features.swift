internal import Linux
internal import OCI

extension OCICommands {
    /// Prints the document of the runtime specification's features.md.
    static func features(_ context: OCIContext, _ arguments: OCIArguments) throws -> Int32 {
        let last = lastCapability()
        let names = capabilityNames.enumerated().filter { $0.offset <= last }.map(\.element)
        let document = OutputJSON.object([
            ("ociVersionMin", .string("1.0.0")),
            ("ociVersionMax", .string(specVersion)),
            (
                "hooks",
                .strings([
                    "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
                ])
            ),
            ("mountOptions", .strings(MountOptions.known)),
            (
                "linux",
                .object([
                    ("namespaces", .strings(["cgroup", "ipc", "mount", "network", "pid", "uts"])),
                    ("capabilities", .strings(names)),
                    (
                        "cgroup",
                        .object([
                            ("v1", .bool(true)), ("v2", .bool(true)), ("systemd", .bool(false)),
                            ("systemdUser", .bool(false)), ("rdma", .bool(true)),
                        ])
                    ),
                    ("seccomp", seccompFeatures),
                    ("apparmor", .object([("enabled", .bool(false))])),
                    ("selinux", .object([("enabled", .bool(false))])),
                    ("intelRdt", .object([("enabled", .bool(false))])),
                    (
                        "mountExtensions",
                        .object([("idmap", .object([("enabled", .bool(false))]))])
                    ),
                ])
            ),
        ])
        print(document.text(indent: 4))
        return 0
    }

    private static var seccompFeatures: OutputJSON {
        .object([
            ("enabled", .bool(true)),
            (
                "actions",
                .strings([
                    "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS",
                    "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
                ])
            ),
            (
                "operators",
                .strings([
                    "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT",
                    "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE",
                ])
            ),
            (
                "archs",
                .strings([
                    "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_MIPS",
                    "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64",
                    "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64", "SCMP_ARCH_S390",
                    "SCMP_ARCH_S390X", "SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64",
                ])
            ),
            (
                "knownFlags",
                .strings([
                    "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC",
                ])
            ),
            (
                "supportedFlags",
                .strings([
                    "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC",
                ])
            ),
        ])
    }

    /// Writes a first `config.json` for the bundle: a shell in a root that it cannot write to.
    static func spec(_ context: OCIContext, _ arguments: OCIArguments) throws -> Int32 {
        if arguments.flag("rootless") {
            throw OCIFailure("--rootless is not built yet: it needs user namespaces")
        }
        let path = (arguments.value("bundle") ?? ".") + "/config.json"
        if fileExists(path) { throw OCIFailure("File config.json exists. Remove it first") }
        try writeFile(path, firstSpec.text(indent: 4) + "\n")
        return 0
    }

    private static var firstSpec: OutputJSON {
        let few = OutputJSON.strings(["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"])
        func mount(_ destination: String, _ type: String, _ source: String, _ options: [String]) -> OutputJSON
        {
            var members: [(String, OutputJSON)] = [
                ("destination", .string(destination)), ("type", .string(type)), ("source", .string(source)),
            ]
            if !options.isEmpty { members.append(("options", .strings(options))) }
            return .object(members)
        }
        let closed = ["nosuid", "noexec", "nodev"]
        let process = OutputJSON.object([
            ("terminal", .bool(true)), ("user", .object([("uid", .number(0)), ("gid", .number(0))])),
            ("args", .strings(["sh"])),
            (
                "env",
                .strings(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"])
            ),
            ("cwd", .string("/")),
            ("capabilities", .object([("bounding", few), ("effective", few), ("permitted", few)])),
            (
                "rlimits",
                .array([
                    .object([
                        ("type", .string("RLIMIT_NOFILE")), ("hard", .number(1024)), ("soft", .number(1024)),
                    ])
                ])
            ),
            ("noNewPrivileges", .bool(true)),
        ])
        let mounts = OutputJSON.array([
            mount("/proc", "proc", "proc", []),
            mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            mount(
                "/dev/pts", "devpts", "devpts",
                ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            mount("/dev/shm", "tmpfs", "shm", closed + ["mode=1777", "size=65536k"]),
            mount("/dev/mqueue", "mqueue", "mqueue", closed),
            mount("/sys", "sysfs", "sysfs", closed + ["ro"]),
            mount("/sys/fs/cgroup", "cgroup", "cgroup", closed + ["relatime", "ro"]),
        ])
        let linux = OutputJSON.object([
            (
                "resources",
                .object([
                    ("devices", .array([.object([("allow", .bool(false)), ("access", .string("rwm"))])]))
                ])
            ),
            (
                "namespaces",
                .array(
                    ["pid", "network", "ipc", "uts", "mount", "cgroup"].map {
                        .object([("type", .string($0))])
                    })
            ),
            (
                "maskedPaths",
                .strings([
                    "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
                    "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware",
                    "/proc/scsi",
                ])
            ),
            (
                "readonlyPaths",
                .strings(["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"])
            ),
        ])
        return .object([
            ("ociVersion", .string(specVersion)), ("process", process),
            ("root", .object([("path", .string("rootfs")), ("readonly", .bool(true))])),
            ("hostname", .string("berth")), ("mounts", mounts), ("linux", linux),
        ])
    }
}
