internal import Linux
internal import TestSupport
internal import Testing

/// One way in which a start fails, and what the user is told.
struct FailingStart: Sendable, CustomTestStringConvertible {
    let step: String
    let arguments: [String]
    let code: Int32
    let words: String

    var testDescription: String { step }

    static let all: [FailingStart] = [
        FailingStart(
            step: "no such binary", arguments: ["busybox", "nosuchbinary"], code: 127,
            words: "executable file not found"),
        FailingStart(
            step: "no permission to run it", arguments: ["busybox", "/etc/passwd"], code: 126,
            words: "permission denied"),
        FailingStart(
            step: "an unknown user", arguments: ["-u", "nosuch", "busybox", "true"], code: 125,
            words: "unable to find user nosuch"),
        FailingStart(
            step: "a port that is taken", arguments: ["-p", "127.0.0.1:18400:80", "busybox", "true"],
            code: 125, words: "18400"),
        FailingStart(
            step: "an address that is not the host's",
            arguments: ["-p", "198.51.100.7:18401:80", "busybox", "true"], code: 125,
            words: "cannot assign requested address"),
        FailingStart(
            step: "a missing bind source",
            arguments: ["--mount", "type=bind,source=/nosuch/source,target=/x", "busybox", "true"], code: 125,
            words: "bind source path does not exist: /nosuch/source"),
        FailingStart(
            step: "a mount on a file's child",
            arguments: ["-v", "/tmp:/etc/passwd/below", "busybox", "true"], code: 125,
            words: "not a directory"),
        FailingStart(
            step: "a directory mounted on a file", arguments: ["-v", "/tmp:/etc/passwd", "busybox", "true"],
            code: 125, words: "not a directory"),
        FailingStart(
            step: "a working directory that is a file", arguments: ["-w", "/etc/passwd", "busybox", "true"],
            code: 125, words: "not a directory"),
        FailingStart(
            step: "a device that is not there", arguments: ["--device", "/dev/nosuch", "busybox", "true"],
            code: 127, words: "/dev/nosuch"),
        FailingStart(
            step: "a cgroup value that the kernel refuses",
            arguments: [
                "--cpuset-mems", "0", "--cpuset-cpus", "0", "--cpu-rt-runtime", "950000", "busybox", "true",
            ], code: 125, words: "rt"),
        FailingStart(
            step: "a network that is not there", arguments: ["--net", "nosuchnet", "busybox", "true"],
            code: 125, words: "network nosuchnet not found"),
        FailingStart(
            step: "another's network that is not there",
            arguments: ["--net", "container:nosuch", "busybox", "true"], code: 125,
            words: "No such container: nosuch"),
        FailingStart(
            step: "another's processes that are not there",
            arguments: ["--pid", "container:nosuch", "busybox", "true"], code: 125,
            words: "No such container: nosuch"),
        FailingStart(
            step: "a sysctl that is not there", arguments: ["--sysctl", "net.nosuch=1", "busybox", "true"],
            code: 127, words: "net"),
        FailingStart(
            step: "a log option that is not understood",
            arguments: ["--log-opt", "max-size=x", "busybox", "true"], code: 125, words: "invalid size: 'x'"),
        FailingStart(
            step: "an rlimit above what is allowed",
            arguments: ["--ulimit", "nofile=5:1", "busybox", "true"], code: 125,
            words: "soft limit must be less than"),
        FailingStart(
            step: "too little memory to start in", arguments: ["-m", "1m", "busybox", "true"], code: 125,
            words: "Minimum memory limit allowed is 6MB"),
    ]
}

extension OnARealKernel {
    @Suite("A start that fails", .engine)
    struct FailureTests {
        private let docker: Client
        private let daemon: Daemon?

        init() throws {
            docker = try Engine.shared().client()
            daemon = try Engine.shared().daemon
        }

        @Test(
            "says why, and leaves no mount, namespace, link, group, rule, process or container",
            arguments: FailingStart.all)
        func nothingStays(_ failing: FailingStart) async throws {
            var holder: LiveProcess?
            if failing.arguments.contains("127.0.0.1:18400:80") {
                guard daemon != nil else { return }
                holder = try LiveProcess(
                    "python3",
                    [
                        "-c",
                        "import socket,time; s=socket.socket(); s.bind(('127.0.0.1',18400)); s.listen(); time.sleep(60)",
                    ])
                #expect(
                    try await eventually {
                        try await run("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/18400").code == 0
                    })
            }
            // The first container brings up what the daemon keeps for all.
            try await docker.must("run", "--rm", "busybox", "true")
            _ = try await eventually { try await docker.must("ps", "-aq").isEmpty }
            let before = try await KernelObjects.now()
            let result = try await docker.run(["run", "--rm"] + failing.arguments)
            #expect(result.code == failing.code, "\(result)")
            #expect(result.stderr.contains(failing.words), "\(result.stderr)")
            #expect(result.stderr.split(separator: "\n").count <= 5, "one clear message")
            #expect(try await eventually { try await docker.must("ps", "-aq").isEmpty })
            if daemon != nil {
                let left = try await KernelObjects.leftovers(since: before)
                #expect(left.isEmpty)
            }
            _ = holder
        }

        @Test("again and again uses nothing up")
        func repeated() async throws {
            try await docker.must("run", "--rm", "busybox", "true")
            guard let pid = daemon?.pid else { return }
            let descriptors = try listDirectory("/proc/\(pid)/fd").count
            for _ in 0..<15 {
                #expect(try await docker("run", "--rm", "busybox", "nosuchbinary").code == 127)
                #expect(try await docker("run", "--rm", "busybox", "false").code == 1)
            }
            #expect(try await eventually { try listDirectory("/proc/\(pid)/fd").count <= descriptors + 4 })
        }

        @Test("may be tried again once the cause is gone")
        func again() async throws {
            let scratch = try Scratch("again")
            defer { scratch.remove() }
            try makeDirectory("\(scratch.path)/source")
            try await docker.must(
                "create", "--name", "patient", "--mount", "type=bind,source=\(scratch.path)/source,target=/x",
                "busybox", "true")
            try removeDirectory("\(scratch.path)/source")
            let refused = try await docker("start", "-a", "patient")
            #expect(refused.code != 0)
            #expect(refused.stderr.contains("\(scratch.path)/source"))
            try makeDirectory("\(scratch.path)/source")
            #expect(try await docker("start", "-a", "patient").code == 0)
            try await docker.must("rm", "patient")
        }
    }
}
