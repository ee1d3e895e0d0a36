internal import Linux
internal import TestSupport
internal import Testing

extension OnARealKernel {
    @Suite("What containers take from others, from images and from volumes:", .engine)
    struct SharedThingsTests {
        private let docker: Client

        init() throws { docker = try Engine.shared().client() }

        @Test("volumes of another container, read-only if so asked, for as long as one of them uses them")
        func volumesFrom() async throws {
            try await docker.must(
                "create", "--name", "donor", "-v", "/anon", "-v", "lent:/named", "--tmpfs", "/memory",
                "busybox", "true")
            try await docker.must(
                "run", "--name", "taker", "--volumes-from", "donor", "busybox", "sh", "-c",
                "echo x > /anon/f; echo y > /named/f")
            let reader = try await docker(
                "run", "--rm", "--volumes-from", "taker:ro", "busybox", "sh", "-c",
                "cat /anon/f /named/f; touch /anon/g")
            #expect(
                reader.lines == ["x", "y"] && reader.stderr.contains("Read-only file system"), "\(reader)")
            try await docker.must("rm", "-v", "donor")
            #expect(
                try await docker.must("volume", "ls", "-q").split(separator: "\n").count == 2,
                "the taker has both")
            try await docker.must("rm", "-v", "taker")
            #expect(try await docker.must("volume", "ls", "-q") == "lent")
            try await docker.must("volume", "rm", "lent")
            let nobody = try await docker("create", "--volumes-from", "nobody", "busybox", "true")
            #expect(nobody.stderr.contains("No such container: nobody"))
        }

        @Test("the IPC namespace of one that shares it, and of no other")
        func ipc() async throws {
            try await docker.must(
                "run", "-d", "--name", "sharing", "--ipc", "shareable", "busybox", "sleep", "1000")
            try await docker.must("run", "-d", "--name", "keeping", "busybox", "sleep", "1000")
            try await docker.must("exec", "sharing", "sh", "-c", "echo seen > /dev/shm/x")
            #expect(
                try await docker.must(
                    "run", "--rm", "--ipc", "container:sharing", "busybox", "cat", "/dev/shm/x") == "seen")
            let refused = try await docker("run", "--rm", "--ipc", "container:keeping", "busybox", "true")
            #expect(
                refused.code == 125
                    && refused.stderr.contains(
                        "non-shareable IPC (hint: use IpcMode:shareable for the donor container)")
            )
            try await docker.must("stop", "-t", "0", "sharing")
            let ended = try await docker("run", "--rm", "--ipc", "container:sharing", "busybox", "true")
            #expect(
                ended.stderr.contains("failed to join IPC namespace: container ")
                    && ended.stderr.contains(" is not running"))
            try await docker.must("rm", "-f", "sharing", "keeping")
        }

        @Test("a part of a volume, whatever links it holds")
        func subpath() async throws {
            try await docker.must(
                "run", "--rm", "-v", "parts:/v", "busybox", "sh", "-c",
                "mkdir -p /v/a/b; echo deep > /v/a/b/f; ln -s /etc /v/out; ln -s a/b /v/in")
            func mounted(_ path: String) async throws -> CommandResult {
                try await docker(
                    "run", "--rm", "--mount", "type=volume,src=parts,dst=/t,volume-subpath=\(path)",
                    "busybox", "ls", "/t")
            }
            #expect(try await mounted("a/b").lines == ["f"])
            #expect(try await mounted("in").lines == ["f"])
            #expect(try await mounted("out").code != 0, "the host's /etc is not in the volume")
            #expect(try await mounted("nosuch").stderr.contains("cannot access path"))
            try await docker.must("volume", "rm", "parts")
        }

        @Test("an image, or a part of it, that cannot be written to")
        func image() async throws {
            let all = try await docker(
                "run", "--rm", "--mount", "type=image,src=busybox,dst=/t", "busybox", "sh", "-c",
                "ls /t/home; touch /t/x")
            #expect(all.lines == ["app"] && all.stderr.contains("Read-only file system"))
            let part = try await docker(
                "run", "--rm", "--mount", "type=image,src=busybox,dst=/t,image-subpath=home", "busybox", "sh",
                "-c", "ls /t; touch /t/x")
            #expect(part.lines == ["app"] && part.stderr.contains("Read-only file system"))
            #expect(part.stderr.contains("WARNING: Image mount is an experimental feature"))
            let missing = try await docker(
                "run", "--rm", "--mount", "type=image,src=busybox,dst=/t,image-subpath=nosuch", "busybox",
                "true")
            #expect(missing.code != 0)
        }

        @Test(
            "logs of the local driver, of compressed files, and of one that never waits",
            arguments: [
                ["--log-driver", "local", "--log-opt", "max-size=20k", "--log-opt", "max-file=3"],
                ["--log-opt", "max-size=60k", "--log-opt", "max-file=3", "--log-opt", "compress=true"],
                ["--log-driver", "local", "--log-opt", "mode=non-blocking"],
                ["--log-opt", "mode=non-blocking", "--log-opt", "max-buffer-size=4m"],
            ])
        func logs(_ options: [String]) async throws {
            let script = "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; printf end >&2"
            _ = try await docker.run(
                ["run", "--name", "logged"] + options + ["busybox", "sh", "-c", script])
            let read = try await docker("logs", "logged")
            let first = Int(read.lines.first?.dropFirst(5) ?? "") ?? -1
            #expect(read.lines == (first..<2000).map { "line \($0)" } && first >= 0 && first < 1500)
            #expect(read.stderr == "end")
            let followed = try await docker("logs", "-f", "--tail", "2", "logged")
            #expect(followed.output.hasSuffix("line 1999"))
            try await docker.must("rm", "logged")
        }

        @Test("labels, variables and a tag go with each record")
        func attributes() async throws {
            try await docker.must(
                "run", "--name", "tagged", "-l", "team=a", "-e", "KIND=b", "--log-opt", "labels-regex=^te",
                "--log-opt", "env=KIND",
                "--log-opt", "tag={{.Name}}", "busybox", "echo", "hello")
            #expect(try await docker.must("logs", "--details", "tagged") == "KIND=b,tag=tagged,team=a hello")
            try await docker.must("rm", "tagged")
        }
    }
}
