internal import Linux
internal import OrderedJSON
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// What a container has changed: told, exported, and made an image of.
    @Suite("A container's changes", .engine)
    struct CommitTests {
        private let engine: Engine
        private let docker: Client

        init() throws {
            engine = try Engine.shared()
            docker = engine.client()
        }

        private static let script =
            "mkdir -p /d/sub; echo hi > /d/f; ln -s f /d/l; rm /bin/vi; touch /etc/newfile; chmod 700 /root; echo v > /vol/v;"
            + " rm -r /home/app; rm -r /var; mkdir /var; echo new > /var/new; cat /etc/group >> /etc/group.new; mv /etc/group.new /etc/group; echo ready; sleep 1000"

        /// Runs `body` with a container that has changed its files.
        private func withChanges(_ name: String, _ body: () async throws -> Void) async throws {
            try await docker.must(
                "run", "-d", "--name", name, "--net", "none", "-v", "/vol", "busybox", "sh", "-c", Self.script
            )
            #expect(try await eventually { try await docker.must("logs", name) == "ready" })
            try await body()
            try await docker.must("rm", "-f", "-v", name)
        }

        @Test("are told as docker tells them, running and stopped", arguments: ClientKind.available)
        func diff(_ kind: ClientKind) async throws {
            let client = engine.client(kind)
            try await withChanges("changed") {
                for _ in 0..<2 {
                    let lines = try await client.must("diff", "changed").split(separator: "\n").map(
                        String.init
                    ).sorted()
                    #expect(
                        lines
                            == [
                                "A /d", "A /d/f", "A /d/l", "A /d/sub", "A /etc/newfile", "A /var/new",
                                "A /vol", "C /bin", "C /etc", "C /etc/group",
                                "C /home", "C /root", "C /var", "D /bin/vi", "D /home/app",
                            ].sorted(), "\(lines)")
                    try await docker.must("stop", "-t", "0", "changed")
                }
            }
            try await docker.must("create", "--name", "same", "busybox", "true")
            #expect(try await client.must("diff", "same").isEmpty)
            #expect(
                try await shell(
                    "curl -s --unix-socket \(engine.host.dropFirst(7)) http://d/containers/same/changes"
                ).output == "null")
            try await docker.must("rm", "same")
            #expect(
                try await client("diff", "nosuch").stderr.trimmed
                    == "Error response from daemon: No such container: nosuch")
        }

        @Test("are exported with everything else, the mounts left out", arguments: ClientKind.available)
        func export(_ kind: ClientKind) async throws {
            let client = engine.client(kind)
            let scratch = try Scratch("export")
            defer { scratch.remove() }
            try await withChanges("exported") {
                for state in ["running", "stopped"] {
                    try await client.must("export", "-o", "\(scratch.path)/e.tar", "exported")
                    let names = Set(try await shell("tar -tf \(scratch.path)/e.tar").lines)
                    for name in [
                        "d/f", "d/l", "bin/busybox", "vol/", "proc/", "etc/passwd", ".dockerenv", "var/new",
                    ] {
                        #expect(names.contains(name), "\(state): \(name)")
                    }
                    for name in ["bin/vi", "vol/v", "home/app/", "proc/1/", "dev/null", "./"] {
                        #expect(!names.contains(name), "\(state): \(name)")
                    }
                    #expect(
                        try await shell("tar -xOf \(scratch.path)/e.tar etc/hosts").output.isEmpty,
                        "the file of the mount is not exported")
                    try await docker.must("stop", "-t", "0", "exported")
                }
                try await client.must("import", "\(scratch.path)/e.tar", "again:1")
                #expect(
                    try await docker.must("run", "--rm", "--net", "none", "again:1", "cat", "/d/f") == "hi")
                try await docker.must("rmi", "again:1")
                let terminal = try client.live("export", "exported", terminal: true)
                #expect(try await terminal.exitCode() == 1)
                #expect(
                    terminal.stdout.contains(
                        "cowardly refusing to save to a terminal. Use the -o flag or redirect"))
                for (path, words) in [
                    ("/nope/x", "invalid output path: stat /nope: no such file or directory"),
                    ("/dev/full", "cannot write to a character device file"),
                    (scratch.path, "cannot write to a directory"),
                ] {
                    let refused = try await client("export", "-o", path, "exported")
                    #expect(
                        refused.code == 1 && refused.stderr.trimmed == "failed to export container: \(words)")
                }
            }
        }

        @Test("become an image that can be used at once", arguments: ClientKind.available)
        func commit(_ kind: ClientKind) async throws {
            let client = engine.client(kind)
            try await withChanges("committed") {
                let id = try await client.must(
                    "commit", "-m", "the msg", "-a", "me <a@b>", "-c", "ENV A=b", "-c",
                    "CMD [\"cat\",\"/d/f\"]", "-c", "EXPOSE 80", "committed", "made:v")
                #expect(id.hasPrefix("sha256:") && id.count == 71)
                #expect(try await docker.must("run", "--rm", "--net", "none", "made:v") == "hi")
                let seen = try await docker.must(
                    "run", "--rm", "--net", "none", "made:v", "sh", "-c",
                    "ls -a /vol; ls /var; stat -c %a /root; test -e /bin/vi || echo gone; test -e /home/app || echo gone; echo $A"
                )
                #expect(seen.split(separator: "\n") == [".", "..", "new", "700", "gone", "gone", "b"])
                let history = try await client.must(
                    "history", "--format", "{{.CreatedBy}}|{{.Comment}}", "--no-trunc", "made:v")
                #expect(history.split(separator: "\n").first == "sh -c \(Self.script)|the msg")
                let image = try JSONValue(parsing: Array(try await client.must("inspect", "made:v").utf8))
                let made = image.arrayValue?.first ?? .null
                #expect(made["Author"]?.stringValue == "me <a@b>")
                #expect(made["Comment"]?.stringValue == "the msg")
                #expect(made["Config"]?["ExposedPorts"]?["80/tcp"] != nil)
                #expect(made["RootFS"]?["Layers"]?.arrayValue?.count == 2)
                #expect(made["Parent"]?.stringValue?.isEmpty == false)
                // What was committed is a base like any other.
                try await docker.must(
                    "run", "--name", "second", "--net", "none", "made:v", "sh", "-c",
                    "echo more > /d/more; rm /d/f")
                #expect(try await docker.must("diff", "second") == "C /d\nD /d/f\nA /d/more")
                try await client.must("commit", "second", "made:w")
                #expect(
                    try await docker.must("run", "--rm", "--net", "none", "made:w", "ls", "/d")
                        == "l\nmore\nsub")
                try await docker.must("rm", "second")
                try await docker.must("rmi", "made:w", "made:v")
            }
        }

        @Test("of nothing are an image without a layer of its own")
        func empty() async throws {
            try await docker.must("create", "--name", "plain", "busybox", "true")
            let id = try await docker.must("commit", "plain")
            #expect(try await docker.must("inspect", "-f", "{{len .RootFS.Layers}}", id) == "1")
            #expect(
                try await docker.must("history", "--format", "{{.Size}} {{.CreatedBy}}", id).split(
                    separator: "\n"
                ).first == "0B true")
            try await docker.must("rmi", id)
            try await docker.must("rm", "plain")
        }

        @Test("are committed while the container stands still, with docker's events")
        func events() async throws {
            try await withChanges("still") {
                let since = try await shellMust("date +%s.%N")
                try await docker.must("commit", "-m", "note", "still", "noted:1")
                try await docker.must("commit", "--pause=false", "still")
                let until = try await shellMust("date +%s.%N")
                let lines = try await docker.must(
                    "events", "--since", since, "--until", until, "--format",
                    "{{.Type}} {{.Action}} {{.Actor.Attributes.imageRef}}"
                ).split(separator: "\n").map { String($0.replacing(" <no value>", with: "")).trimmed }
                #expect(
                    lines == [
                        "container pause", "image create", "image tag", "container commit noted:1",
                        "container unpause",
                        "image create", "container commit",
                    ])
                #expect(try await docker.must("exec", "still", "echo", "alive") == "alive")
            }
            for id in try await docker.must("images", "-q", "--filter", "dangling=true").split(
                separator: "\n")
            { try await docker.must("rmi", String(id)) }
            try await docker.must("rmi", "noted:1")
        }

        @Test(
            "are refused in docker's words",
            arguments: [
                ("container=nosuch", 404, "No such container: nosuch"),
                ("", 400, "invalid name or ID supplied: \\\"\\\""),
                ("container=refused&changes=FOO%20bar", 400, "FOO is not a valid change command"),
                (
                    "container=refused&repo=UPPER&tag=x", 400,
                    "invalid reference format: repository name (library/UPPER) must be lowercase"
                ),
                (
                    "container=refused&repo=x@sha256:80020f53d31d80064a45792e4e9ffa6b7666a1dcdbfbf202b6ac6f8fd1e77e82",
                    400, "cannot import digest reference"
                ),
            ])
        func refusals(_ query: String, _ status: Int, _ words: String) async throws {
            try await docker.must("create", "--name", "refused", "busybox", "true")
            let answer = try await shell(
                "curl -s -w '%{http_code}' -X POST --unix-socket \(engine.host.dropFirst(7)) 'http://d/v1.51/commit?\(query)'"
            )
            #expect(answer.output == "{\"message\":\"\(words)\"}\n\(status)")
            try await docker.must("rm", "refused")
        }
    }
}
