internal import Linux
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// What the command line does besides speaking to its engine: contexts, ssh, plugins, completion.
    @Suite("The command line", .engine, .timeLimit(.minutes(1)))
    struct CommandLineTests {
        private let docker: Client

        init() throws { docker = try Engine.shared().client(.berth) }

        /// One command line with a configuration folder of the test's own, and no engine named.
        private func call(
            _ arguments: [String], folder: String, environment: [String: String] = [:], input: String = ""
        ) async throws -> CommandResult {
            var command = Command(docker.kind.path ?? "berth", arguments)
            command.environment = ["DOCKER_CONFIG": folder, "PATH": "\(folder)/bin:/usr/bin:/bin"].merging(
                environment
            ) { $1 }
            command.input = Array(input.utf8)
            command.timeout = .seconds(20)
            return try await command.run()
        }

        private func withFolder(_ body: (String) async throws -> Void) async throws {
            let scratch = try Scratch("cli")
            defer { scratch.remove() }
            try await body(scratch.path)
        }

        private func install(_ script: String, _ path: String) throws {
            try makeDirectories(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
            try writeFile(path, "#!/bin/sh\n" + script, mode: 0o755)
        }

        @Test("a context leads to its engine, by option, by environment and once it is in use")
        func contexts() async throws {
            try await withFolder { folder in
                let made = try await call(
                    [
                        "context", "create", "here", "--docker", "host=\(docker.host)", "--description",
                        "mine",
                    ], folder: folder)
                #expect((made.code, made.stdout) == (0, "here\n"), "\(made)")
                let ask = ["version", "-f", "{{.Client.Context}} {{.Server.Os}}"]
                #expect(try await call(["--context", "here"] + ask, folder: folder).output == "here linux")
                #expect(
                    try await call(ask, folder: folder, environment: ["DOCKER_CONTEXT": "here"]).output
                        == "here linux")
                #expect(try await call(["context", "use", "here"], folder: folder).code == 0)
                #expect(try await call(ask, folder: folder).output == "here linux")
                #expect(
                    try await call(["context", "ls", "--format", "{{.Name}} {{.Current}}"], folder: folder)
                        .output == "default false\nhere true")
                // docker reads what berth has written.
                if let path = ClientKind.docker.path {
                    var command = Command(path, ["context", "show"])
                    command.environment = ["DOCKER_CONFIG": folder]
                    #expect(try await command.run().output == "here")
                }
                let inUse = try await call(["context", "rm", "here"], folder: folder)
                #expect(
                    (inUse.code, inUse.stderr) == (
                        1, "context \"here\" is in use, set -f flag to force remove\n"
                    ))
                #expect(try await call(["context", "rm", "-f", "here"], folder: folder).code == 0)
                #expect(try await call(["context", "show"], folder: folder).output == "default")
            }
        }

        @Test("ssh:// speaks through \"docker system dial-stdio\" on the other side")
        func ssh() async throws {
            try await withFolder { folder in
                // In place of ssh, what it would run there; "docker" is berth, as on a host that has it.
                try install(
                    "echo \"$@\" >>\(folder)/calls\nwhile [ \"$1\" != -- ]; do shift; done; shift 2\nDOCKER_HOST=\(docker.host) exec \"$@\"\n",
                    "\(folder)/bin/ssh")
                try makeLink("\(folder)/bin/docker", to: docker.kind.path ?? "")
                let environment = ["DOCKER_HOST": "ssh://me@far.example:2222"]
                let hello = try await call(
                    ["run", "--rm", "busybox", "echo", "from afar"], folder: folder, environment: environment)
                #expect((hello.code, hello.stdout) == (0, "from afar\n"), "\(hello)")
                let cat = try await call(
                    ["run", "-i", "--rm", "busybox", "cat"], folder: folder, environment: environment,
                    input: "typed\n")
                #expect((cat.code, cat.stdout) == (0, "typed\n"), "\(cat)")
                #expect(
                    try readText("\(folder)/calls").hasPrefix(
                        "-o ConnectTimeout=30 -T -l me -p 2222 -- far.example docker system dial-stdio\n"))
                try install("echo no such host >&2; exit 255\n", "\(folder)/bin/ssh")
                let failed = try await call(["ps"], folder: folder, environment: environment)
                #expect(failed.code == 1)
                #expect(
                    failed.stderr.contains("has exited with exit status 255, make sure the URL is valid"),
                    "\(failed)")
                #expect(failed.stderr.contains("stderr=no such host"))
            }
        }

        @Test("plugins are commands, with all words and their own exit code; what is none is not run")
        func plugins() async throws {
            try await withFolder { folder in
                let metadata =
                    #"{"SchemaVersion":"0.1.0","Vendor":"me","Version":"v1","ShortDescription":"Says hello"}"#
                try install(
                    "if [ \"$1\" = docker-cli-plugin-metadata ]; then echo '\(metadata)'; exit; fi\necho \"args: $@\"; exit 7\n",
                    "\(folder)/cli-plugins/docker-hello")
                try install("echo ran >\(folder)/ran\n", "\(folder)/cli-plugins/docker-bad")
                let hello = try await call(["-H", docker.host, "hello", "-a", "--b"], folder: folder)
                #expect(
                    (hello.code, hello.stdout) == (7, "args: -H \(docker.host) hello -a --b\n"), "\(hello)")
                #expect(
                    try await call(["--help"], folder: folder).stdout.contains("\n  hello*      Says hello\n")
                )
                let bad = try await call(["bad"], folder: folder)
                #expect(
                    (bad.code, bad.stderr) == (
                        1, "docker: unknown command: docker bad\n\nRun 'docker --help' for more information\n"
                    ))
                let info = try await call(
                    [
                        "-H", docker.host, "info", "-f",
                        "{{range .ClientInfo.Plugins}}{{.Name}} {{.Version}}{{end}}",
                    ], folder: folder)
                #expect(info.output == "hello v1", "\(info)")
            }
        }

        @Test("completion offers what the engine has, and bash takes it")
        func completion() async throws {
            try await docker.must("run", "-d", "--name", "completed-up", "busybox", "sleep", "1000")
            try await docker.must("create", "--name", "completed-idle", "busybox", "true")
            let stop = try await docker.must("__complete", "stop", "completed")
            #expect(stop == "completed-up\n:4")
            #expect(try await docker.must("__complete", "rm", "completed") == "completed-idle\n:4")
            #expect(
                try await docker.must("__complete", "rm", "-f", "completed")
                    == "completed-idle\ncompleted-up\n:4")
            #expect(try await docker.must("__complete", "run", "busy") == "busybox:latest\n:4")
            if findProgram("bash") != nil {
                let script = """
                    eval "$(\(docker.kind.path ?? "berth") completion bash)"
                    COMP_WORDS=(\(docker.kind.path ?? "berth") stop completed); COMP_CWORD=2
                    _berth_complete 2>/dev/null; echo "${COMPREPLY[@]}"
                    """
                var command = Command("/bin/bash", ["-c", script])
                command.environment = docker.environment
                #expect(try await command.run().output == "completed-up")
            }
            for shell in ["bash", "zsh", "fish", "powershell"] {
                #expect(try await docker.must("completion", shell).contains("__complete"))
            }
            try await docker.must("rm", "-f", "completed-up", "completed-idle")
        }

        @Test("config.json shapes what is asked and shown")
        func configuration() async throws {
            try await withFolder { folder in
                try writeFile(
                    "\(folder)/config.json",
                    #"{"psFormat": "{{.Names}}!", "volumesFormat": "V {{.Name}}", "proxies": {"default": {"httpProxy": "http://p:1"}}}"#
                )
                let host = ["-H", docker.host]
                let proxy = try await call(
                    host + ["run", "--rm", "busybox", "sh", "-c", "echo $http_proxy"], folder: folder)
                #expect(proxy.stdout == "http://p:1\n", "\(proxy)")
                _ = try await call(
                    host + ["create", "--name", "shaped", "-v", "shapes:/x", "busybox", "true"],
                    folder: folder)
                #expect(try await call(host + ["ps", "-a"], folder: folder).stdout.contains("shaped!\n"))
                #expect(
                    try await call(host + ["volume", "ls"], folder: folder).stdout.contains("V shapes\n"))
                _ = try await call(host + ["rm", "shaped"], folder: folder)
                _ = try await call(host + ["volume", "rm", "shapes"], folder: folder)
                try writeFile("\(folder)/config.json", "{broken")
                let broken = try await call(host + ["ps", "-q"], folder: folder)
                #expect(
                    broken.code == 0
                        && broken.stderr.hasPrefix(
                            "WARNING: Error parsing config file (\(folder)/config.json): "),
                    "\(broken)")
            }
        }
    }
}
