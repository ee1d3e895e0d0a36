internal import OrderedJSON
internal import TestSupport
internal import Testing

extension OnARealKernel {
    @Suite("Lists, sizes and prunes", .engine, .timeLimit(.minutes(2)))
    struct PruneTests {
        private let docker: Client
        private let api: EngineAPI

        init() throws {
            docker = try Engine.shared().client()
            api = try EngineAPI()
        }

        private func filters(_ json: String) -> String {
            "filters=" + json.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }

        @Test("containers that do not run go, with their bytes counted", arguments: ClientKind.available)
        func containers(_ kind: ClientKind) async throws {
            let docker = try Engine.shared().client(kind)
            try await docker.must("create", "--name", "made", "--label", "p=1", "busybox", "true")
            try await docker.must(
                "run", "--name", "ended", "--label", "p=1", "busybox", "sh", "-c", "echo hello > /f")
            try await docker.must("run", "--name", "kept", "busybox", "true")
            try await docker.must("run", "-d", "--name", "live", "--label", "p=1", "busybox", "sleep", "1000")
            try await docker.must(
                "run", "-d", "--name", "frozen", "--label", "p=1", "busybox", "sleep", "1000")
            try await docker.must("pause", "frozen")
            #expect(
                try await docker.must(
                    "container", "prune", "-f", "--filter", "label=p", "--filter", "until=1h")
                    == "Total reclaimed space: 0B")
            let text = try await docker.must("container", "prune", "-f", "--filter", "label=p")
            #expect(
                text.hasPrefix("Deleted Containers:\n") && text.hasSuffix("\n\nTotal reclaimed space: 6B"),
                "\(text)")
            #expect(
                try await docker.must("ps", "-a", "--format", "{{.Names}}").split(separator: "\n").sorted()
                    == ["frozen", "kept", "live"])
            let asked = try await docker("container", "prune", input: "n\n")
            #expect(
                asked.stdout
                    == "WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] "
            )
            #expect(asked.code == 0)
            try await docker.must("rm", "-f", "frozen", "kept", "live")
        }

        @Test("volumes that nobody uses go: anonymous ones, or all")
        func volumes() async throws {
            let anonymous = try await docker.must("volume", "create")
            try await docker.must("volume", "create", "named")
            try await docker.must(
                "run", "--name", "user", "-v", "used:/u", "-v", "named:/n", "busybox", "sh", "-c",
                "echo 12345 > /n/f")
            try await docker.must("rm", "user")
            try await docker.must("create", "--name", "user", "-v", "used:/u", "busybox", "true")
            let first = try await api("POST", "/volumes/prune")
            #expect(first.body == "{\"VolumesDeleted\":[\"\(anonymous)\"],\"SpaceReclaimed\":0}")
            let second = try await api("POST", "/volumes/prune?\(filters("{\"all\":[\"true\"]}"))")
            #expect(second.body == "{\"VolumesDeleted\":[\"named\"],\"SpaceReclaimed\":6}")
            #expect(try await docker.must("volume", "ls", "-q") == "used")
            try await docker.must("rm", "user")
            try await docker.must("volume", "rm", "used")
        }

        @Test("images without a name go, or all that no container uses", .requires(.ownDaemon))
        func images() async throws {
            try await docker.must(["import", "-", "extra:1"], input: [UInt8](repeating: 0, count: 1024))
            try await docker.must("create", "--name", "holder", "busybox", "true")
            #expect(
                try await api("POST", "/images/prune").body == "{\"ImagesDeleted\":null,\"SpaceReclaimed\":0}"
            )
            let all = try await api("POST", "/images/prune?\(filters("{\"dangling\":[\"false\"]}"))")
            #expect(
                all.json?["ImagesDeleted"]?.arrayValue?.first?["Untagged"]?.stringValue == "extra:1", "\(all)"
            )
            #expect(try await docker.must("images", "--format", "{{.Repository}}") == "busybox")
            try await docker.must("rm", "holder")
        }

        @Test(
            "bad filters are refused in Docker's words",
            arguments: [
                ("/containers/prune", "{\"bogus\":[\"x\"]}", 400, "invalid filter 'bogus'"),
                (
                    "/containers/prune", "{\"until\":[\"x\"]}", 400,
                    "failed to parse value as time or duration: \"x\""
                ),
                (
                    "/containers/prune", "{\"until\":[\"1h\",\"2h\"]}", 400,
                    "more than one until filter specified"
                ),
                ("/containers/prune", "x", 400, "invalid filter"),
                ("/volumes/prune", "{\"until\":[\"1h\"]}", 400, "invalid filter 'until'"),
                (
                    "/volumes/prune", "{\"all\":[\"x\"]}", 400,
                    "invalid filter 'all': strconv.ParseBool: parsing \"x\": invalid syntax"
                ),
                ("/images/prune", "{\"dangling\":[\"x\"]}", 400, "invalid filter 'dangling=[x]'"),
                (
                    "/images/prune", "{\"until\":[\"x\"]}", 500,
                    "failed to parse value as time or duration: \"x\""
                ),
                (
                    "/networks/prune", "{\"until\":[\"x\"]}", 400,
                    "failed to parse value as time or duration: \"x\""
                ),
                ("/networks/prune", "{\"dangling\":[\"x\"]}", 400, "invalid filter 'dangling'"),
            ])
        func badPrunes(_ path: String, _ json: String, _ status: Int, _ words: String) async throws {
            let answer = try await api("POST", "\(path)?\(filters(json))")
            #expect(answer.status == status && answer.message == words, "\(answer)")
        }

        @Test(
            "lists refuse what Docker refuses",
            arguments: [
                (
                    "{\"status\":[\"bogus\"]}", 400,
                    "invalid filter 'status=bogus': invalid value for state (bogus): must be one of created, running, paused, restarting, removing, exited, dead"
                ),
                (
                    "{\"exited\":[\"x\"]}", 400,
                    "invalid filter 'exited=x': strconv.Atoi: parsing \"x\": invalid syntax"
                ),
                (
                    "{\"health\":[\"x\"]}", 400,
                    "invalid filter 'health=x': invalid value for health (x): must be one of none, starting, healthy, unhealthy"
                ),
                ("{\"is-task\":[\"x\"]}", 400, "invalid filter 'is-task=[x]'"),
                (
                    "{\"publish\":[\"x\"]}", 500,
                    "error while looking up for publish x: strconv.ParseUint: parsing \"x\": invalid syntax"
                ),
                (
                    "{\"expose\":[\"5-3\"]}", 500,
                    "error while looking up for expose 5-3: Invalid range specified for the Port: 5-3"
                ),
                ("{\"before\":[\"nosuch\"]}", 404, "No such container: nosuch"),
                ("{\"label!\":[\"x\"]}", 400, "invalid filter 'label!'"),
            ])
        func badLists(_ json: String, _ status: Int, _ words: String) async throws {
            let answer = try await api("GET", "/containers/json?\(filters(json))")
            #expect(answer.status == status && answer.message == words, "\(answer)")
        }

        @Test("lists find containers by state, code, health, ports and more")
        func lists() async throws {
            _ = try await docker("run", "--name", "three", "--label", "l=1", "busybox", "sh", "-c", "exit 3")
            try await docker.must(
                "run", "-d", "--name", "open", "-v", "data:/d", "--expose", "90/udp", "-p", "127.0.0.1::80",
                "busybox",
                "sleep", "1000")
            try await docker.must(
                "run", "-d", "--name", "well", "--network", "none", "--health-cmd", "true",
                "--health-interval", "100ms",
                "busybox", "sleep", "1000")
            #expect(
                try await eventually(within: .seconds(20)) {
                    try await docker.must("ps", "-q", "--filter", "health=healthy") != ""
                })
            let port =
                try await docker.must("port", "open", "80").split(separator: ":").last.map(String.init) ?? ""
            for (filter, wanted) in [
                ("exited=3", ["three"]), ("exited=0", []), ("status=exited", ["three"]),
                ("label=l=1", ["three"]),
                ("health=healthy", ["well"]), ("health=none", ["open", "three"]),
                ("publish=\(port)", ["open"]),
                ("publish=\(port)/udp", []), ("expose=90/udp", ["open"]), ("expose=85-95/udp", ["open"]),
                ("volume=data", ["open"]), ("volume=/d", ["open"]), ("network=none", ["well"]),
                ("name=^we", ["well"]),
                ("before=well", ["open", "three"]), ("since=three", ["open", "well"]), ("is-task=true", []),
                ("isolation=x", ["open", "three", "well"]), ("ancestor=nosuch", []), ("id=zz", []),
            ] as [(String, [String])] {
                let found = try await docker.must("ps", "-a", "--format", "{{.Names}}", "--filter", filter)
                #expect(found.split(separator: "\n").map(String.init).sorted() == wanted, "\(filter)")
            }
            // What has ended is listed with "all" only, whatever its code.
            #expect(try await docker.must("ps", "-q", "--filter", "exited=3") == "")
            #expect(try await docker.must("ps", "-n", "1", "--format", "{{.Names}}") == "well")
            try await docker.must("rm", "-f", "three", "open", "well")
            try await docker.must("volume", "rm", "data")
        }

        @Test("sizes are right to the byte, by kind")
        func sizes() async throws {
            try await docker.must(
                "run", "-d", "--name", "writer", "-v", "sized:/x", "busybox", "sh", "-c",
                "echo hello > /f; mkdir /d; ln -s target /d/l; echo abc > /x/y; ln /x/y /x/z; sleep 1000")
            #expect(
                try await eventually(within: .seconds(10)) {
                    try await docker("exec", "writer", "test", "-e", "/x/z").code == 0
                })
            let all = try #require(try await api("GET", "/system/df").json)
            func one(_ kind: String, _ name: String) -> JSONValue? {
                all[kind]?.arrayValue?.first {
                    $0["Name"]?.stringValue == name || $0["Names"]?[0]?.stringValue == "/" + name
                }
            }
            // A link's size is that of what it says, and a hard link is no second file.
            #expect(one("Containers", "writer")?["SizeRw"]?.intValue == 12)
            #expect(one("Volumes", "sized")?["UsageData"] == ["RefCount": 1, "Size": 4])
            let image = all["Images"]?[0]
            #expect(image?["Containers"]?.intValue == 1)
            #expect(
                one("Containers", "writer")?["SizeRootFs"]?.intValue == (image?["Size"]?.intValue ?? 0) + 12)
            #expect(all["BuildCache"]?.arrayValue?.isEmpty == true)
            let volumes = try await api("GET", "/system/df?type=volume")
            #expect(
                volumes.body.hasPrefix("{\"LayersSize\":0,\"Images\":null,\"Containers\":null,\"Volumes\":[{")
            )
            #expect(volumes.body.hasSuffix("\"BuildCache\":null}"))
            #expect(try await api("GET", "/system/df?type=bogus").message == "unknown object type: bogus")
            try await docker.must("rm", "-f", "writer")
            try await docker.must("volume", "rm", "sized")
        }

        @Test(
            "the CLIs say the same of sizes and of what they would remove", .requires(.ownDaemon, .dockerCLI))
        func clients() async throws {
            let (ours, theirs) = (try Engine.shared().client(.berth), try Engine.shared().client(.docker))
            try await docker.must(
                "run", "--name", "sizes", "-v", "sv:/x", "busybox", "sh", "-c", "echo a > /x/y; echo b > /z")
            for words in [
                ["system", "df"], ["system", "df", "-v"], ["system", "df", "--format", "json"],
                ["system", "df", "--format", "raw"],
                [
                    "system", "df", "-v", "--format",
                    "{{range .Volumes}}{{.Name}} {{.Links}} {{.Size}}{{end}}|{{len .BuildCache}}",
                ],
                ["system", "df", "-v", "--format", "{{.Bogus}}"], ["system", "df", "--format", "{{.Bogus}}"],
                ["system", "prune"],
                ["system", "prune", "-a", "--volumes", "--filter", "label=x", "--filter", "until=1h"],
                ["system", "prune", "-a", "--filter", "until=5h", "--filter", "label!=b"],
                ["volume", "prune", "-a"],
                ["volume", "prune", "-a", "--filter", "all=1"], ["image", "prune", "-a"],
                ["network", "prune"],
                ["container", "prune", "-f", "--filter", "until=x"],
                ["image", "prune", "-f", "--filter", "label=none"],
            ] {
                var (left, right) = (try await ours.run(words), try await theirs.run(words))
                // Ages are told in seconds, and a second may pass between the two.
                if left.stdout != right.stdout {
                    (left, right) = (try await ours.run(words), try await theirs.run(words))
                }
                #expect(
                    left.stdout == right.stdout && left.stderr == right.stderr && left.code == right.code,
                    "\(left)\n\(right)")
            }
            try await docker.must("rm", "sizes")
            try await docker.must("volume", "rm", "sv")
        }

        @Test("everything that happens is told, in Docker's order")
        func events() async throws {
            try await docker.must("run", "-d", "--name", "told", "-v", "ev:/v:ro", "busybox", "sleep", "1000")
            try await docker.must("exec", "told", "true")
            try await docker.must("pause", "told")
            try await docker.must("unpause", "told")
            try await docker.must("update", "--cpu-shares", "100", "told")
            try await docker.must("top", "told")
            #expect(try await api("POST", "/containers/told/resize?h=70000&w=5").status == 200)
            try await docker.must("stop", "-t", "0", "told")
            let actions = try await api.actions(of: "told")
            #expect(
                actions == [
                    "create", "start", "exec_create: true ", "exec_start: true ", "exec_die", "pause",
                    "unpause", "update",
                    "top", "resize", "kill", "kill", "stop", "die",
                ], "\(actions)")
            let now = try await shellMust("date +%s.%N")
            func all(_ json: String) async throws -> [JSONValue] {
                try await api("GET", "/events?since=0&until=\(now)&\(filters(json))").body.split(
                    separator: "\n"
                )
                .compactMap { try? JSONValue(parsing: String($0)) }
            }
            let mounts = try await all("{\"volume\":[\"ev\"]}")
            #expect(mounts.compactMap { $0["Action"]?.stringValue } == ["create", "mount", "unmount"])
            #expect(mounts[1]["Actor"]?["Attributes"]?["read/write"]?.stringValue == "false")
            #expect(mounts[1]["Actor"]?["Attributes"]?["destination"]?.stringValue == "/v")
            #expect(try await all("{\"plugin\":[\"x\"]}").isEmpty)
            try await docker.must("rm", "told")
            try await docker.must("volume", "rm", "ev")
        }
    }
}
