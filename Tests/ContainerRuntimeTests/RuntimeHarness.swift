import Glibc
import Linux
import OCI
import SupervisorProtocol
import Testing

/// A launcher of the built program, with a busybox root, as the daemon would drive it.
final class RuntimeHarness {
    /// Why the tests cannot run here, or nil.
    static let obstacle: String? = {
        if geteuid() != 0 { return "needs root" }
        if program == nil { return "berth-runtime is not built: swift build --product berth-runtime" }
        if busybox == nil { return "needs a static busybox: apt-get install busybox-static" }
        return nil
    }()

    /// The program beside the tests, or the one that `BERTH_RUNTIME` names.
    static let program: String? = {
        if let path = environmentVariable("BERTH_RUNTIME") { return path }
        var path = currentProgramPath() ?? ""
        for argument in CommandLine.arguments where argument.contains(".xctest") { path = argument }
        while let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            path = String(path[..<slash])
            if fileExists(path + "/berth-runtime") { return path + "/berth-runtime" }
        }
        return nil
    }()

    static let busybox = ["/bin/busybox", "/usr/bin/busybox"].first { fileExists($0) }

    let folder: String
    let lower: String
    private let launcher: OwnedDescriptor
    private let launcherID: Int32

    init() throws {
        folder = "/dev/shm/berth-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        lower = folder + "/image"
        for name in ["bin", "etc", "proc", "sys", "dev", "tmp", "home/alice"] {
            try makeDirectories("\(lower)/\(name)")
        }
        try writeFile(lower + "/bin/busybox", try readFile(Self.busybox ?? ""), mode: 0o755)
        for name in Self.applets { try Linux.makeLink("\(lower)/bin/\(name)", to: "busybox") }
        try writeFile(
            lower + "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n")
        try writeFile(lower + "/etc/group", "root:x:0:\nalice:x:1000:\nwheel:x:10:alice\nextra:x:2000:\n")
        let (ours, theirs) = try SocketPair(.sequencedPackets).release()
        launcher = OwnedDescriptor(adopting: ours)
        let other = OwnedDescriptor(adopting: theirs)
        launcherID = try startHelper(Self.program ?? "", ["launcher"], socket: other.rawValue)
    }

    deinit {
        _ = try? signalProcess(launcherID, SIGKILL)
        _ = try? waitForExit(launcherID)
        try? removeTree(folder)
    }

    static let applets = [
        "sh", "cat", "echo", "true", "false", "sleep", "id", "env", "ls", "ps", "hostname", "kill", "stty",
        "tty", "touch",
        "head", "yes", "mount", "grep", "readlink", "wc", "mkdir", "rm", "sysctl", "ulimit", "dd", "mknod",
        "pwd", "umask", "stat", "tr",
    ]

    /// A spec like the one that an engine makes for `docker run`.
    func spec(_ arguments: [String], terminal: Bool = false) -> RuntimeSpec {
        let capabilities = [
            "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW",
            "CAP_SETGID",
            "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",
            "CAP_AUDIT_WRITE",
        ]
        let process = RuntimeSpec.Process(
            terminal: terminal, args: arguments,
            env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            capabilities: .init(bounding: capabilities, effective: capabilities, permitted: capabilities))
        let hidden = ["nosuid", "noexec", "nodev"]
        let mounts: [RuntimeSpec.Mount] = [
            .init(destination: "/proc", type: "proc", source: "proc", options: hidden),
            .init(
                destination: "/dev", type: "tmpfs", source: "tmpfs",
                options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            .init(
                destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            .init(destination: "/sys", type: "sysfs", source: "sysfs", options: hidden + ["ro"]),
            .init(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: hidden + ["ro"]),
            .init(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: hidden),
            .init(
                destination: "/dev/shm", type: "tmpfs", source: "shm",
                options: hidden + ["mode=1777", "size=65536k"]),
        ]
        let linux = RuntimeSpec.Linux(
            namespaces: [
                .init(type: .mount), .init(type: .pid), .init(type: .network), .init(type: .ipc),
                .init(type: .uts),
            ],
            maskedPaths: [
                "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys",
                "/proc/latency_stats",
                "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
                "/sys/devices/virtual/powercap",
            ],
            readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"])
        return RuntimeSpec(
            process: process, root: .init(path: ""), hostname: "box", mounts: mounts, linux: linux)
    }

    /// Starts a container; `change` may alter the request before it is sent.
    func launch(
        _ spec: RuntimeSpec, seccomp: Int32? = nil,
        attach: AttachStreams? = AttachStreams(stdout: true, stderr: true),
        _ change: (inout LaunchRequest) -> Void = { _ in }
    ) throws -> TestContainer {
        let id =
            String((0..<32).map { _ in "0123456789abcdef".randomElement() ?? "0" })
            + "0000000000000000ffffffffffffffff"
        let place = "\(folder)/\(id)"
        for name in ["upper", "work", "state"] { try makeDirectories("\(place)/\(name)") }
        var spec = spec
        if spec.linux?.cgroupsPath == nil { spec.linux?.cgroupsPath = "/berth-test/\(id)" }
        var request = LaunchRequest(
            id: id, spec: spec, user: "",
            root: .overlay(lower: [lower], upper: place + "/upper", work: place + "/work"),
            stateDirectory: place + "/state", exitRecordPath: place + "/exit",
            hasSeccompProgram: seccomp != nil)
        change(&request)
        let (control, theirControl) = try SocketPair(.sequencedPackets).release()
        var descriptors = [theirControl]
        if let seccomp { descriptors.append(seccomp) }
        var stream: Int32?
        if let attach {
            let (ours, theirs) = try SocketPair(.stream).release()
            stream = ours
            descriptors.append(theirs)
            request.attachments = [attach]
        }
        try request.send(launcher.rawValue, descriptors: descriptors)
        close(theirControl)
        if attach != nil { close(descriptors[descriptors.count - 1]) }
        return TestContainer(id: id, folder: place, control: control, stream: stream, harness: self)
    }
}
