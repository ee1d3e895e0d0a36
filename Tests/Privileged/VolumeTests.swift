internal import Linux
internal import OrderedJSON
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// The words are those of dockerd 28.5.
    @Suite("Volumes with options of the driver", .engine, .timeLimit(.minutes(2)))
    struct VolumeTests {
        private let docker: Client
        private let daemon: Daemon?

        init() throws {
            docker = try Engine.shared().client()
            daemon = try Engine.shared().daemon
        }

        private func mounted(_ name: String) throws -> Bool {
            try MountTableEntry.ofThisProcess().contains { $0.path.hasSuffix("/volumes/\(name)/_data") }
        }

        /// Unmounting goes on a moment after the client has its answer.
        private func isUnmounted(_ name: String) async throws -> Bool {
            try await eventually { try !mounted(name) }
        }

        @Test("are mounted while containers use them, once for all of them")
        func shared() async throws {
            let made = try await docker.must(
                "volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt",
                "o=size=1m,uid=1000",
                "memory")
            #expect(made == "memory")
            #expect(
                try await docker.must("volume", "inspect", "-f", "{{json .Options}}", "memory")
                    == #"{"device":"tmpfs","o":"size=1m,uid=1000","type":"tmpfs"}"#)
            #expect(try !mounted("memory"))
            for name in ["vm-1", "vm-2"] {
                try await docker.must(
                    "run", "-d", "--name", name, "-v", "memory:/v", "busybox", "sleep", "1000")
            }
            #expect(try mounted("memory"))
            try await docker.must("exec", "vm-1", "sh", "-c", "echo hello > /v/file")
            let seen = try await docker.must(
                "exec", "vm-2", "sh", "-c", "cat /v/file; grep ' /v ' /proc/mounts")
            #expect(seen.hasPrefix("hello\ntmpfs /v tmpfs rw,") && seen.contains("size=1024k,uid=1000"))
            #expect(try await docker.must("cp", "vm-1:/v/file", "-").contains("hello"))
            #expect(
                try await docker("volume", "rm", "memory").stderr.contains(
                    "remove memory: volume is in use - ["))
            try await docker.must("rm", "-f", "vm-1")
            #expect(try await docker.must("exec", "vm-2", "cat", "/v/file") == "hello")
            try await docker.must("rm", "-f", "vm-2")
            #expect(try await isUnmounted("memory"))
            try await docker.must("volume", "rm", "memory")
        }

        @Test("lead to a directory of the host, which outlives them")
        func bind() async throws {
            let scratch = try Scratch("volume")
            defer { scratch.remove() }
            try writeFile(scratch.path + "/kept", "precious")
            let mount =
                "type=volume,src=bound,dst=/v,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=\(scratch.path)"
            let listing = try await docker.must(
                "run", "--rm", "--mount", mount, "busybox", "sh", "-c", "echo new > /v/made; ls /v")
            #expect(listing == "kept\nmade")
            try await docker.must(
                "volume", "create", "--opt", "type=none", "--opt", "o=bind,ro,noexec", "--opt",
                "device=\(scratch.path)", "frozen")
            let options = try await docker.must(
                "run", "--rm", "-v", "frozen:/v", "busybox", "grep", " /v ", "/proc/mounts")
            #expect(options.split(separator: " ")[3].hasPrefix("ro,noexec"), "\(options)")
            #expect(try await isUnmounted("bound"))
            // Those whose content is elsewhere are nobody's garbage.
            #expect(try await docker.must("volume", "prune", "-af") == "Total reclaimed space: 0B")
            #expect(try await !docker.must("system", "df", "-v").contains("bound"))
            try await docker.must("volume", "rm", "bound", "frozen")
            #expect(try readText(scratch.path + "/kept") == "precious")
            #expect(try readText(scratch.path + "/made") == "new\n")
        }

        @Test("go with the containers that a killed daemon finds again, and only with those")
        func crash() async throws {
            guard let daemon else { return }
            for name in ["stays", "goes"] {
                try await docker.must(
                    "volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs", name)
            }
            try await docker.must("run", "-d", "--name", "vc-1", "-v", "stays:/v", "busybox", "sleep", "1000")
            try await docker.must("run", "-d", "--name", "vc-2", "-v", "goes:/v", "busybox", "sleep", "1000")
            let second = try await docker.must("inspect", "-f", "{{.State.Pid}}", "vc-2")
            try await docker.must("exec", "vc-1", "sh", "-c", "echo hello > /v/file")
            try await daemon.crash()
            try await shellMust("kill -9 \(second)")
            #expect(try mounted("goes") && mounted("stays"))
            try await daemon.start()
            #expect(try await isUnmounted("goes"))
            #expect(
                try await docker.must("run", "--rm", "-v", "stays:/v", "busybox", "cat", "/v/file") == "hello"
            )
            try await docker.must("rm", "-f", "vc-1", "vc-2")
            #expect(try await isUnmounted("stays"))
            try await docker.must("volume", "rm", "stays", "goes")
        }

        @Test(
            "are refused where they say nothing that can be mounted",
            arguments: [
                (["foo=bar"], "invalid option: \"foo\""),
                (["type=none"], "missing required option: \"device\""),
                (["device=/etc"], "missing required option: \"type\""),
                (["o=bind"], "missing required option: \"device\""),
                (["size=1m"], "quota size requested but no quota support"),
                (
                    ["type=cifs", "device=//host:99/x", "o=a"],
                    "port not allowed in CIFS device URL, include 'port' in 'o='"
                ),
            ])
        func refusals(options: [String], words: String) async throws {
            let result = try await docker.run(
                ["volume", "create"] + options.flatMap { ["--opt", $0] } + ["refused"])
            #expect(result.code == 1)
            #expect(result.stderr == "Error response from daemon: create refused: \(words)\n")
            #expect(try await docker("volume", "inspect", "refused").code == 1)
        }

        @Test(
            "that cannot be mounted fail the run with the kernel's reason, and leave nothing",
            arguments: [
                (
                    ["type=none", "o=bind", "device=/nonexist"],
                    "mount /nonexist:DATA, flags: 0x1000: no such file or directory", 127
                ),
                (["type=ext9", "device=/x"], "mount /x:DATA: no such device", 125),
                (
                    ["type=tmpfs", "device=x", "o=bogus,password=secret"],
                    "mount x:DATA, data: bogus,password=********: invalid argument", 125
                ),
            ] as [([String], String, Int32)])
        func failures(options: [String], words: String, code: Int32) async throws {
            try await docker.must(["volume", "create"] + options.flatMap { ["--opt", $0] } + ["broken"])
            let path = try await docker.must("volume", "inspect", "-f", "{{.Mountpoint}}", "broken")
            let result = try await docker("run", "--name", "vf", "-v", "broken:/v", "busybox", "true")
            #expect(result.code == code)
            #expect(
                result.stderr.hasPrefix(
                    "docker: Error response from daemon: error while mounting volume '\(path)': failed to mount local volume: "
                        + words.replacing("DATA", with: path)), "\(result.stderr)")
            #expect(try !mounted("broken"))
            let filled = try await docker("create", "-v", "broken:/etc", "busybox", "true")
            #expect(
                filled.stderr.hasPrefix(
                    "Error response from daemon: failed to populate volume: error while mounting volume"),
                "\(filled)")
            try await docker.must("rm", "vf")
            try await docker.must("volume", "rm", "broken")
        }
    }
}
