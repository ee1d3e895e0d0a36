internal import OrderedJSON
internal import TestSupport
internal import Testing

extension OnARealKernel {
    @Suite("What containers use", .engine, .timeLimit(.minutes(3)))
    struct StatsTests {
        private let docker: Client
        private let api: EngineAPI

        init() throws {
            docker = try Engine.shared().client()
            api = try EngineAPI()
        }

        private func sample(_ container: String, _ query: String = "stream=0") async throws -> JSONValue {
            let answer = try await api("GET", "/containers/\(container)/stats?\(query)")
            #expect(answer.status == 200, "\(answer)")
            return try JSONValue(parsing: answer.body)
        }

        @Test(
            "is counted: CPU time, memory, processes, traffic",
            .requires(.cgroupMemory, .cgroupPids, .ownDaemon))
        func sample() async throws {
            try await docker.must(
                "run", "-d", "--name", "busy", "-m", "64m", "--pids-limit", "30", "busybox", "sh", "-c",
                "sleep 1000 & while :; do :; done")
            let one = try await sample("busy")
            func number(_ path: String...) -> Int {
                path.reduce(one as JSONValue?) { $0?[$1] }?.intValue ?? -1
            }
            #expect(one["name"]?.stringValue == "/busy" && one["id"]?.stringValue?.count == 64)
            #expect(number("pids_stats", "current") == 2 && number("pids_stats", "limit") == 30)
            #expect(number("memory_stats", "limit") == 64 << 20)
            #expect(number("memory_stats", "usage") > 0 && number("memory_stats", "stats", "pgfault") > 0)
            let used =
                number("cpu_stats", "cpu_usage", "total_usage")
                - number("precpu_stats", "cpu_usage", "total_usage")
            let all = number("cpu_stats", "system_cpu_usage") - number("precpu_stats", "system_cpu_usage")
            let share = Double(used) / Double(all) * Double(number("cpu_stats", "online_cpus"))
            // Half of what there is, even where other tests' containers are not quite gone.
            #expect(share > 0.3 && share < 1.5, "\(share) of a CPU by a loop")
            #expect(
                one["preread"]?.stringValue ?? "" > "2020"
                    && one["read"]?.stringValue ?? "" > one["preread"]?.stringValue ?? "")
            let traffic = one["networks"]?["eth0"]
            #expect(traffic?["rx_bytes"]?.intValue ?? -1 >= 0 && traffic?["tx_dropped"]?.intValue != nil)
            let quick = try await sample("busy", "stream=0&one-shot=1")
            #expect(quick["preread"]?.stringValue == "0001-01-01T00:00:00Z")
            #expect(quick["precpu_stats"]?["system_cpu_usage"] == nil)
            try await docker.must("rm", "-f", "busy")
        }

        @Test(
            "has the container's own interfaces: none on the host's network, another's on another's",
            .requires(.ownDaemon))
        func networks() async throws {
            try await docker.must("run", "-d", "--name", "own", "busybox", "sleep", "1000")
            for (name, network, wanted) in [
                ("onhost", "host", nil), ("alone", "none", nil), ("guest", "container:own", "eth0"),
            ] as [(String, String, String?)] {
                try await docker.must(
                    "run", "-d", "--name", name, "--network", network, "busybox", "sleep", "1000")
                let found = try await sample(name, "stream=0&one-shot=1")["networks"]?.objectValue
                #expect(found?.keys.first == wanted, "\(network)")
            }
            try await docker.must("rm", "-f", "guest", "alone", "onhost", "own")
        }

        @Test("is all zero for one that does not run, and at once")
        func stopped() async throws {
            try await docker.must("create", "--name", "idle", "busybox", "true")
            let body = try await api("GET", "/containers/idle/stats?stream=0").body
            let id = try await docker.must("inspect", "-f", "{{.Id}}", "idle")
            #expect(
                body.hasPrefix(
                    "{\"name\":\"/idle\",\"id\":\"\(id)\",\"read\":\"0001-01-01T00:00:00Z\",\"preread\":\"0001-01-01T00:00:00Z\",\"pids_stats\":{},\"blkio_stats\":{\"io_service_bytes_recursive\":null,"
                ))
            #expect(body.hasSuffix("\"memory_stats\":{}}"))
            try await docker.must("rm", "idle")
        }

        @Test(
            "is streamed once a second, through stop and start, until the container is removed",
            .requires(.ownDaemon))
        func stream() async throws {
            try await docker.must("run", "-d", "--name", "flow", "busybox", "sleep", "1000")
            let reader = try LiveProcess(
                "curl", ["-sN", "--unix-socket", api.socket, "http://localhost/containers/flow/stats"],
                environment: [:])
            func lines() -> [JSONValue] {
                reader.stdout.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
            }
            #expect(try await eventually(within: .seconds(20)) { lines().count >= 2 })
            #expect(lines()[0]["preread"]?.stringValue == "0001-01-01T00:00:00Z")
            #expect(
                lines()[1]["preread"] == lines()[0]["read"]
                    && lines()[1]["precpu_stats"] == lines()[0]["cpu_stats"])
            try await docker.must("stop", "-t", "0", "flow")
            #expect(
                try await eventually(within: .seconds(20)) {
                    lines().last?["read"]?.stringValue == "0001-01-01T00:00:00Z"
                })
            try await docker.must("start", "flow")
            #expect(
                try await eventually(within: .seconds(20)) {
                    lines().last?["read"]?.stringValue ?? "" > "2020"
                })
            try await docker.must("rm", "-f", "flow")
            #expect(try await reader.exitCode() == 0)
        }

        @Test(
            "is shown by the CLI, for all or by name", .requires(.ownDaemon), arguments: ClientKind.available)
        func shown(_ kind: ClientKind) async throws {
            let docker = try Engine.shared().client(kind)
            try await docker.must(
                "run", "-d", "--name", "seen", "--network", "none", "busybox", "sleep", "1000")
            try await docker.must("create", "--name", "unseen", "busybox", "true")
            let format = "{{.Name}} {{.NetIO}} {{.PIDs}}"
            #expect(try await docker.must("stats", "--no-stream", "--format", format) == "seen 0B / 0B 1")
            #expect(
                try await docker.must("stats", "-a", "--no-stream", "--format", format).split(separator: "\n")
                    .sorted()
                    == ["seen 0B / 0B 1", "unseen 0B / 0B 0"])
            let result = try await docker("stats", "--no-stream", "unseen", "nosuch")
            #expect(result.code == 1 && result.stdout.isEmpty)
            #expect(result.stderr == "Error response from daemon: No such container: nosuch\n")
            let live = try docker.live("stats", "--format", "{{.Name}}", "seen", "unseen")
            let frame = "\u{1B}[Hseen \u{1B}[K\nunseen \u{1B}[K\n \u{1B}[K\n\u{1B}[J"
            #expect(try await live.prints(frame), "\(live.stdout)")
            live.kill()
            try await docker.must("rm", "-f", "seen", "unseen")
        }

        @Test("of containers that come and go is followed", .requires(.ownDaemon))
        func followed() async throws {
            let live = try docker.live("stats", "--format", "<{{.Name}}>")
            try await docker.must("run", "-d", "--name", "comet", "busybox", "sleep", "1000")
            #expect(try await live.prints("<comet>"))
            try await docker.must("rm", "-f", "comet")
            #expect(
                try await eventually(within: .seconds(10)) {
                    !(live.stdout.split(separator: "\u{1B}[J").last ?? "").contains("comet")
                })
            live.kill()
        }

        @Test("is refused in Docker's words")
        func refused() async throws {
            #expect(try await api("GET", "/containers/nosuch/stats").message == "No such container: nosuch")
            #expect(
                try await api("GET", "/containers/nosuch/stats?one-shot=1").message
                    == "cannot have stream=true and one-shot=true")
        }
    }

    @Suite("The processes of a container", .engine, .timeLimit(.minutes(1)))
    struct TopTests {
        private let docker: Client
        private let api: EngineAPI

        init() throws {
            docker = try Engine.shared().client()
            api = try EngineAPI()
        }

        @Test("in the columns that ps is asked for, with the host's pids", arguments: ClientKind.available)
        func columns(_ kind: ClientKind) async throws {
            let docker = try Engine.shared().client(kind)
            try await docker.must(
                "run", "-d", "--name", "top", "busybox", "sh", "-c", "sleep 1001 & sleep 1002")
            func top(_ options: String...) async throws -> [[String]] {
                try await docker.must(["top", "top"] + options).split(separator: "\n").map {
                    $0.split(separator: " ").map(String.init)
                }
            }
            let pid = try await docker.must("inspect", "-f", "{{.State.Pid}}", "top")
            let full = try await top()
            #expect(full.first == ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"])
            #expect(full.count == 3 && full.contains { $0[1] == pid })
            #expect(
                try await top("-eo", "pid,args").dropFirst().map { $0.dropFirst().joined(separator: " ") }
                    .sorted() == ["sleep 1001", "sleep 1002"])
            #expect(try await top("aux").first?.first == "USER")
            #expect(try await top("-o", "pid", "-o", "comm").first == ["PID", "COMMAND"])
            let refused = try await docker("top", "top", "-o", "comm")
            #expect(refused.code == 1)
            #expect(refused.stderr == "Error response from daemon: Couldn't find PID field in ps output\n")
            #expect(
                try await docker("top", "top", "--nosuch").stderr.hasPrefix("Error response from daemon: "))
            try await docker.must("rm", "-f", "top")
        }

        @Test("only while it runs; options are no shell's")
        func refused() async throws {
            try await docker.must("create", "--name", "none", "busybox", "true")
            let id = try await docker.must("inspect", "-f", "{{.Id}}", "none")
            let answer = try await api("GET", "/containers/none/top")
            #expect(answer.status == 409 && answer.message == "container \(id) is not running")
            #expect(try await api("GET", "/containers/nosuch/top").status == 404)
            try await docker.must("rm", "none")
            try await docker.must("run", "-d", "--name", "some", "busybox", "sleep", "1000")
            let mark = "/dev/shm/berth-top-\(id.prefix(8))"
            for option in ["$(touch \(mark))", "`touch \(mark)`", "| touch \(mark)", "& touch \(mark)"] {
                let escaped = option.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                #expect(try await api("GET", "/containers/some/top?ps_args=\(escaped)").status == 500)
            }
            #expect(try await shell("test -e \(mark)").code == 1)
            #expect(
                try await api("GET", "/containers/some/top?ps_args=-o%20x%3DPID").message
                    == "specifying \"x=PID\" is not allowed")
            try await docker.must("rm", "-f", "some")
        }
    }
}
