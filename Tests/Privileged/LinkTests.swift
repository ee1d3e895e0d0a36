internal import OrderedJSON
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// The words are those of dockerd 28.5.
    @Suite("Links of the older kind", .engine, .timeLimit(.minutes(2)))
    struct LinkTests {
        @Test(
            "name another container, follow it to its new address, and go alone",
            arguments: ClientKind.available)
        func links(_ kind: ClientKind) async throws {
            let docker = try Engine.shared().client(kind)
            let (target, linker) = ("lt-\(kind.rawValue)", "ll-\(kind.rawValue)")
            func address(_ name: String) async throws -> String {
                try await docker.must("inspect", "-f", "{{.NetworkSettings.Networks.bridge.IPAddress}}", name)
            }
            try await docker.must(
                "run", "-d", "--name", target, "--hostname", "own", "--expose", "80", "-e", "FOO=bar",
                "busybox",
                "sleep", "1000")
            try await docker.must(
                "run", "-d", "--name", linker, "--link", "\(target):db", "-e", "DB_NAME=mine", "busybox",
                "sleep",
                "1000")
            let first = try await address(target)
            let hosts = try await docker.must("exec", linker, "cat", "/etc/hosts")
            #expect(hosts.contains("\n\(first)\tdb own \(target)\n"))
            let environment = try await docker.must("exec", linker, "cat", "/proc/1/environ").split(
                separator: "\0")
            for line in [
                "DB_PORT=tcp://\(first):80", "DB_PORT_80_TCP_PROTO=tcp", "DB_ENV_FOO=bar", "DB_NAME=mine",
            ] {
                #expect(environment.contains { $0 == line }, "\(line)")
            }
            #expect(!environment.contains { $0.hasPrefix("DB_ENV_PATH") })
            #expect(try await docker.must("exec", linker, "env").contains("DB_ENV_FOO=bar"))
            #expect(
                try await docker.must("inspect", "-f", "{{json .HostConfig.Links}}", linker)
                    == "[\"/\(target):/\(linker)/db\"]")
            let names = try await docker.must("ps", "--no-trunc", "--format", "{{.Names}}")
            #expect(names.split(separator: "\n").contains { $0 == "\(linker)/db,\(target)" })

            let api = try EngineAPI()
            #expect(
                try await api("GET", "/containers/\(linker)/db/json").json?["Name"]?.stringValue
                    == "/\(target)")

            // An address that was released is the last to be given again.
            try await docker.must("stop", "-t", "0", target)
            #expect(
                try await docker("exec", linker, "true").stderr.contains(
                    "Cannot link to a non running container: /\(target) AS /\(linker)/db"))
            let down = try await docker(
                "run", "--rm", "--name", "\(linker)-2", "--link", target, "busybox", "true")
            #expect(down.code == 125)
            #expect(
                down.stderr.contains(
                    "Cannot link to a non running container: /\(target) AS /\(linker)-2/\(target)"))
            try await docker.must("start", target)
            let second = try await address(target)
            #expect(second != first)
            #expect(
                try await docker.must("exec", linker, "cat", "/etc/hosts").contains("\n\(second)\tdb own "))

            let own = try await docker("rm", "--link", linker)
            #expect(own.stderr.contains("Conflict, cannot remove the default link name of the container"))
            #expect(
                try await docker("rm", "--link", "\(linker)/nope").stderr.contains(
                    "No such container: \(linker)/nope"))
            try await docker.must("rm", "--link", "\(linker)/db")
            #expect(try await docker.must("inspect", "-f", "{{json .HostConfig.Links}}", linker) == "null")
            #expect(try await address(target) == second)
            try await docker.must("rm", "-f", target, linker)
        }

        @Test("are refused where there is nobody, or no network of the container's own")
        func refused() async throws {
            let docker = try Engine.shared().client()
            for (options, words) in [
                (["--link", "nobody:x"], "could not get container for nobody: No such container: nobody"),
                (
                    ["--link", "nobody:x", "--net", "host"],
                    "conflicting options: host type networking can't be used with links. This would result in undefined behavior"
                ),
            ] {
                let answer = try await docker.run(["create"] + options + ["busybox", "true"])
                #expect(answer.code == 1)
                #expect(answer.stderr.contains(words))
            }
        }
    }
}
