internal import Linux
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// `docker cp`, by both clients, between this machine and containers in every state.
    @Suite("Copying files", .engine)
    struct CopyTests {
        private let engine: Engine
        private let docker: Client

        init() throws {
            engine = try Engine.shared()
            docker = engine.client()
        }

        /// Runs `body` with a container of `script`, and removes it.
        private func withContainer(
            _ name: String, _ options: [String] = [], _ script: String = "true", starts: Bool = true,
            body: (String) async throws -> Void
        ) async throws {
            let command = ["busybox", "sh", "-c", "\(script); echo ready; sleep 1000"]
            let verb = starts ? ["run", "-d"] : ["create"]
            try await docker.must(verb + ["--name", name, "--net", "none"] + options + command)
            if starts {
                #expect(try await eventually { try await docker.must("logs", name).hasSuffix("ready") })
            }
            try await body(name)
            try await docker.must("rm", "-f", "-v", name)
        }

        private func find(_ path: String) async throws -> [String] {
            try await shell("cd \(path) && find . | LC_ALL=C sort").lines
        }

        @Test(
            "in and out again gives the same files, whatever the container does",
            arguments: ClientKind.available)
        func roundTrip(_ kind: ClientKind) async throws {
            let client = engine.client(kind)
            let scratch = try Scratch("copy")
            defer { scratch.remove() }
            try await shellMust(
                "cd \(scratch.path) && mkdir -p src/deep/er && echo one > src/a && ln -s a src/link && ln src/a src/hard"
                    + " && head -c 3000000 /dev/urandom > src/deep/er/big && chmod 4711 src/deep/er/big && mkfifo src/pipe"
                    + " && touch -d @1000000000 src/a && ln -s /nowhere 'src/with space' && touch 'src/\u{e4}\u{f6}\u{fc}'"
            )
            for (state, starts) in [
                ("created", false), ("running", true), ("exited", true), ("paused", true),
            ] {
                if state == "paused", try await docker.run(["pause", "--help"]).code != 0 { continue }
                try await withContainer("copier", starts: starts) { name in
                    if state == "exited" { try await docker.must("stop", "-t", "0", name) }
                    try await client.must("cp", "\(scratch.path)/src", "\(name):/new")
                    try await client.must("cp", "\(name):/new", "\(scratch.path)/back")
                    let difference = try await shell(
                        "cd \(scratch.path) && diff -r --no-dereference src back 2>&1 | grep -v ifo")
                    #expect(difference.output.isEmpty, "\(state): \(difference)")
                    let both = try await shell(
                        "cd \(scratch.path) && for d in src back; do (cd $d; stat -c '%n %F %a %Y %h' * deep/er/big | sort | md5sum); done | uniq | wc -l"
                    )
                    #expect(both.output == "1", "\(state)")
                    try removeTree("\(scratch.path)/back")
                }
            }
        }

        @Test("puts things where docker puts them", arguments: ClientKind.available)
        func places(_ kind: ClientKind) async throws {
            let client = engine.client(kind)
            let scratch = try Scratch("copy")
            defer { scratch.remove() }
            let here = scratch.path
            try await shellMust(
                "cd \(here) && mkdir -p sd/in && echo bb > sd/in/g && echo aa > sf && ln -s sd slink && ln -s sf flink"
            )
            try await withContainer(
                "place", [], "mkdir /e /x; echo hi > /x/f; ln -s /e /elink; ln -s /gone /broken; ln -s f /x/l"
            ) { name in
                for (from, to) in [
                    ("sf", "/e/"), ("sf", "/e/nn"), ("sd", "/e"), ("sd", "/e/sd2"), ("sd/.", "/e/sd3"),
                    ("slink", "/e"),
                    ("flink", "/elink"), ("sf", "/broken"), ("slink/", "/e/sd4"),
                ] { try await client.must("cp", "\(here)/\(from)", "\(name):\(to)") }
                try await client.must("cp", "-L", "\(here)/flink", "\(name):/e/followed")
                let inside = try await docker.must(
                    "exec", name, "sh", "-c",
                    "find /e /gone | LC_ALL=C sort; readlink /e/slink; cat /e/followed")
                #expect(
                    inside.split(separator: "\n").map(String.init) == [
                        "/e", "/e/flink", "/e/followed", "/e/nn", "/e/sd", "/e/sd/in", "/e/sd/in/g", "/e/sd2",
                        "/e/sd2/in", "/e/sd2/in/g",
                        "/e/sd3", "/e/sd3/in", "/e/sd3/in/g", "/e/sd4", "/e/sd4/in", "/e/sd4/in/g", "/e/sf",
                        "/e/slink", "/gone", "sd", "aa",
                    ])
                for (options, from, to) in [
                    ([], "/x", "o1"), ([], "/x", "o1"), ([], "/x/.", "o2"), ([], "/x/f", "o3"),
                    ([], "/x/f", "o1/"), ([], "/elink", "o4"),
                    ([], "/elink/", "o5"), (["-L"], "/elink", "o6"), (["-L"], "/x/l", "o7"),
                    (["-L"], "/x/l", "o1"),
                ] as [([String], String, String)] {
                    try await client.must(["cp"] + options + ["\(name):\(from)", "\(here)/\(to)"])
                }
                #expect(
                    try await find(here).filter { $0.hasPrefix("./o") && !$0.contains("/sd") } == [
                        "./o1", "./o1/f", "./o1/l", "./o1/x", "./o1/x/f", "./o1/x/l", "./o2", "./o2/f",
                        "./o2/l", "./o3", "./o4",
                        "./o5", "./o5/flink", "./o5/followed", "./o5/nn", "./o5/sf", "./o5/slink",
                        "./o6", "./o6/flink", "./o6/followed", "./o6/nn", "./o6/sf", "./o6/slink", "./o7",
                    ])
                #expect(try readLink("\(here)/o4") == "/e")
                #expect(try readText("\(here)/o7") == "hi\n")
                #expect(
                    try await shell("test ! -L \(here)/o1/l").code == 0,
                    "a followed link arrives as the file, under the link's name")
            }
        }

        @Test("refuses in docker's words", arguments: ClientKind.available)
        func refusals(_ kind: ClientKind) async throws {
            let client = engine.client(kind)
            let scratch = try Scratch("copy")
            defer { scratch.remove() }
            let here = scratch.path
            try await shellMust(
                "cd \(here) && mkdir -p sd && echo aa > sf && mkdir dst && echo x > dst/f && mkdir bind && head -c 2000 /dev/urandom > rnd && tar -cf up.tar sf"
            )
            let options = ["-v", "\(here)/bind:/bind:ro", "-v", "/vol"]
            try await withContainer(
                "refuse", options, "mkdir /d; echo hi > /d/f; mkfifo /d/fifo; ln -s ../../up /d/climb"
            ) { name in
                for (arguments, words) in [
                    (
                        ["\(name):/d/f", "\(here)/no/x"],
                        "invalid output path: directory \"\(here)/no\" does not exist"
                    ),
                    (["\(name):/d/f", "\(here)/dst/new/"], "no such directory"),
                    (
                        ["\(name):/nope", "\(here)/dst"],
                        "Error response from daemon: Could not find the file /nope in container \(name)"
                    ),
                    (["nosuch:/d", "\(here)/dst"], "Error response from daemon: No such container: nosuch"),
                    (["\(name):/d", "\(here)/dst/f"], "cannot copy directory"),
                    (
                        ["\(name):/d/f", "/dev/null"],
                        "invalid output path: \"/dev/null\" must be a directory or a regular file: got a device"
                    ),
                    (
                        ["\(name):/d", "\(here)/dst/"],
                        "invalid symlink \"\(here)/dst/d/climb\" -> \"../../up\""
                    ),
                    (
                        ["\(here)/sf", "\(name):/e/x"],
                        "Error response from daemon: Could not find the file /e in container \(name)"
                    ),
                    (["\(here)/sf", "\(name):/e/"], "no such directory"),
                    (["\(here)/sd", "\(name):/d/f"], "cannot copy directory"),
                    (["\(here)/sf", "\(name):"], "no such directory"),
                    (["\(here)/nofile", "\(name):/d"], "lstat \(here)/nofile: no such file or directory"),
                    (
                        ["\(here)/sf", "\(name):/bind/"],
                        "Error response from daemon: mounted volume is marked read-only"
                    ),
                    (["a", "b"], "must specify at least one container source"),
                    (["\(name):/a", "\(name):/b"], "copying between containers is not supported"),
                    (["", "x"], "source can not be empty"), (["x", ""], "destination can not be empty"),
                    (["-", "\(name):/d/f"], "destination \"\(name):/d/f\" must be a directory"),
                ] {
                    let result = try await client.run(["cp"] + arguments)
                    #expect(result.code == 1, "\(result)")
                    // docker's own tar writer complains as well when the engine ends the upload.
                    #expect(
                        result.stderr.split(separator: "\n").filter { !$0.hasPrefix("time=") } == [
                            Substring(words)
                        ], "\(result)")
                }
                let garbage = try await client.run(
                    ["cp", "-", "\(name):/d"], input: try readFile("\(here)/rnd"))
                #expect(
                    garbage.stderr.trimmed == "Error response from daemon: archive/tar: invalid tar header")
                try await client.must(["cp", "\(here)/sf", "\(name):/vol/"])
            }
            try await withContainer("locked", ["--read-only", "-v", "/vol"]) { name in
                let result = try await client("cp", "\(here)/sf", "\(name):/x")
                #expect(
                    result.stderr.contains("Error response from daemon: container rootfs is marked read-only")
                )
                try await client.must("cp", "\(here)/sf", "\(name):/vol/x")
                #expect(try await docker.must("exec", name, "cat", "/vol/x") == "aa")
                #expect(try await client("cp", "\(name):/etc/passwd", "-").code == 0)
            }
        }

        @Test(
            "sees volumes, binds, tmpfs and berth's own files, and nothing of the kernel's",
            arguments: ClientKind.available)
        func mounts(_ kind: ClientKind) async throws {
            let client = engine.client(kind)
            let scratch = try Scratch("copy")
            defer { scratch.remove() }
            try await shellMust("cd \(scratch.path) && mkdir bind && echo host > bind/h && echo up > up")
            let options = ["-v", "/vol", "-v", "\(scratch.path)/bind:/b/c", "--tmpfs", "/t"]
            try await withContainer(
                "mounted", options, "echo v > /vol/v; echo t > /t/t; mkdir /b/c/../own; echo o > /b/own/o"
            ) { name in
                for (path, words) in [("/vol/v", "v"), ("/b/c/h", "host"), ("/t/t", "t"), ("/b/own/o", "o")] {
                    try await client.must("cp", "\(name):\(path)", "\(scratch.path)/got")
                    #expect(try readText("\(scratch.path)/got").trimmed == words, "\(path)")
                }
                for path in ["/vol", "/b/c", "/t"] {
                    try await client.must("cp", "\(scratch.path)/up", "\(name):\(path)/up")
                    #expect(try await docker.must("exec", name, "cat", "\(path)/up") == "up")
                }
                #expect(try readText("\(scratch.path)/bind/up") == "up\n")
                try await client.must("cp", "\(name):/etc/hosts", "\(scratch.path)/hosts")
                #expect(try readText("\(scratch.path)/hosts").contains("localhost"))
                for path in ["/proc/cpuinfo", "/sys/kernel", "/dev/null"] {
                    let result = try await client("cp", "\(name):\(path)", "-")
                    #expect(
                        result.stderr.trimmed
                            == "Error response from daemon: Could not find the file \(path) in container \(name)"
                    )
                }
                try await docker.must("stop", "-t", "0", name)
                try await client.must("cp", "\(name):/vol/up", "\(scratch.path)/stopped")
                try await client.must("cp", "\(scratch.path)/bind", "\(name):/vol/late")
                try await client.must("cp", "\(name):/vol/late/h", "\(scratch.path)/late")
                #expect(try readText("\(scratch.path)/late") == "host\n")
            }
            // The volume of a container that has never run.
            try await withContainer("never", ["-v", "/vol"], starts: false) { name in
                try await client.must("cp", "\(scratch.path)/up", "\(name):/vol/up")
                try await client.must("cp", "\(name):/vol/up", "\(scratch.path)/never")
                try await docker.must("start", name)
                #expect(try await docker.must("exec", name, "cat", "/vol/up") == "up")
            }
        }

        @Test(
            "reads and writes tar, plain and compressed, and gives files to the container's user",
            arguments: ClientKind.available)
        func streams(_ kind: ClientKind) async throws {
            let client = engine.client(kind)
            let scratch = try Scratch("copy")
            defer { scratch.remove() }
            try await shellMust(
                "cd \(scratch.path) && echo up > up && tar -cf plain up && gzip -k plain; zstd -q plain; xz -k plain; bzip2 -k plain; true"
            )
            try await withContainer("piped", ["--user", "app"], "true") { name in
                for file in ["plain", "plain.gz", "plain.zst", "plain.xz", "plain.bz2"]
                where fileExists("\(scratch.path)/\(file)") {
                    let result = try await client.run(
                        ["cp", "-", "\(name):/tmp"], input: try readFile("\(scratch.path)/\(file)"))
                    #expect(result.code == 0, "\(file): \(result)")
                    #expect(try await docker.must("exec", name, "cat", "/tmp/up") == "up")
                    try await docker.must("exec", "--user", "0", name, "rm", "/tmp/up")
                }
                try await client.must("cp", "\(scratch.path)/up", "\(name):/tmp/owned-by-root")
                try await client.must("cp", "-a", "\(scratch.path)/up", "\(name):/tmp/owned-by-app")
                #expect(
                    try await docker.must(
                        "exec", name, "stat", "-c", "%u:%g", "/tmp/owned-by-root", "/tmp/owned-by-app")
                        == "0:0\n1000:1000")
                let list = try await shell(
                    "DOCKER_HOST=\(engine.host) \(client.kind.path ?? "") cp \(name):/tmp - | tar -tf - | sort"
                )
                #expect(list.lines == ["tmp/", "tmp/owned-by-app", "tmp/owned-by-root"])
                let terminal = try client.live("cp", "\(name):/tmp/.", "\(scratch.path)/out", terminal: true)
                #expect(try await terminal.exitCode() == 0)
                #expect(
                    terminal.stdout.contains("Successfully copied 3.58kB to \(scratch.path)/out"),
                    "\(terminal.stdout)")
                let quiet = try client.live(
                    "cp", "-q", "\(name):/tmp/.", "\(scratch.path)/out", terminal: true)
                #expect(try await quiet.exitCode() == 0)
                #expect(!quiet.stdout.contains("Successfully"))
            }
        }
    }
}
