internal import OrderedJSON
internal import TestSupport
internal import Testing

extension OnARealKernel {
    @Suite("A paused container", .engine, .timeLimit(.minutes(3)))
    struct PauseTests {
        private let docker: Client
        private let api: EngineAPI

        init() throws {
            docker = try Engine.shared().client()
            api = try EngineAPI()
        }

        /// A container that counts in its log, twenty times a second.
        private func startCounter(_ name: String, _ options: [String] = []) async throws {
            try await docker.must(
                ["run", "-d", "--name", name] + options + [
                    "busybox", "sh", "-c",
                    "trap 'exit 3' TERM; i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done",
                ])
        }

        private func state(_ name: String) async throws -> String {
            try await docker.must(
                "inspect", "-f", "{{.State.Status}} {{.State.Paused}} {{.State.Running}}", name)
        }

        @Test("stands still, says so, and goes on where it was", arguments: ClientKind.available)
        func pause(_ kind: ClientKind) async throws {
            let docker = try Engine.shared().client(kind)
            try await startCounter("still")
            #expect(try await docker.must("pause", "still") == "still")
            #expect(try await state("still") == "paused true true")
            #expect(
                try await docker.must("ps", "--format", "{{.Status}}", "--filter", "status=paused").hasSuffix(
                    " (Paused)"))
            let before = try await docker.must("logs", "--tail", "1", "still")
            try await Task.sleep(for: .milliseconds(300))
            #expect(try await docker.must("logs", "--tail", "1", "still") == before)
            #expect(try await docker.must("unpause", "still") == "still")
            #expect(try await state("still") == "running false true")
            #expect(
                try await eventually(within: .seconds(10)) {
                    try await docker.must("logs", "--tail", "1", "still") != before
                })
            try await docker.must("rm", "-f", "still")
        }

        @Test("refuses what needs it to run, in Docker's words")
        func refusals() async throws {
            try await startCounter("no")
            let id = try await docker.must("inspect", "-f", "{{.Id}}", "no")
            #expect(
                try await api("POST", "/containers/no/unpause").message == "Container \(id) is not paused")
            try await docker.must("pause", "no")
            for (method, path, body, status, words) in [
                ("POST", "/containers/no/pause", nil, 409, "Container \(id) is already paused"),
                (
                    "POST", "/containers/no/start", nil, 409,
                    "cannot start a paused container, try unpause instead"
                ),
                (
                    "POST", "/containers/no/exec", "{\"Cmd\": [\"true\"]}", 409,
                    "Container no is paused, unpause the container before exec"
                ),
                (
                    "POST", "/containers/no/attach?stream=1", nil, 409,
                    "container no is paused, unpause the container before attach"
                ),
                (
                    "DELETE", "/containers/no", nil, 409,
                    "cannot remove container \"no\": container is paused and must be unpaused first"
                ),
                ("POST", "/containers/nosuch/pause", nil, 404, "No such container: nosuch"),
            ] as [(String, String, String?, Int, String)] {
                let answer = try await api(method, path, body: body)
                #expect(answer.status == status, "\(method) \(path): \(answer)")
                #expect(answer.message == words)
            }
            #expect(try await api("GET", "/containers/no/top").status == 200)
            #expect(try await api("GET", "/containers/no/stats?stream=0").status == 200)
            try await docker.must("rm", "-f", "no")
            try await docker.must("create", "--name", "made", "busybox", "true")
            let other = try await docker.must("inspect", "-f", "{{.Id}}", "made")
            let answer = try await api("POST", "/containers/made/pause")
            #expect(answer.status == 409 && answer.message == "container \(other) is not running")
            try await docker.must("rm", "made")
        }

        @Test("ends by stop, kill, restart and a forced remove")
        func ends() async throws {
            try await startCounter("end")
            try await docker.must("pause", "end")
            try await docker.must("stop", "-t", "20", "end")
            #expect(
                try await docker.must("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "end")
                    == "exited 3")
            try await docker.must("start", "end")
            try await docker.must("pause", "end")
            try await docker.must("kill", "end")
            #expect(try await docker.must("wait", "end") == "137")
            try await docker.must("start", "end")
            try await docker.must("pause", "end")
            try await docker.must("restart", "-t", "20", "end")
            #expect(try await state("end") == "running false true")
            try await docker.must("pause", "end")
            // Docker lets it go on with any signal while it has no stop signal of its own.
            try await docker.must("kill", "-s", "CONT", "end")
            #expect(
                try await eventually(within: .seconds(10)) { try await state("end") == "running false true" })
            try await docker.must("pause", "end")
            let actions = try await api.actions(of: "end")
            try await docker.must("rm", "-f", "end")
            for action in ["pause", "unpause", "kill", "stop", "die", "restart"] {
                #expect(actions.contains(action))
            }
            #expect(
                Array(actions.drop { $0 != "pause" }.prefix(3)) == ["pause", "kill", "unpause"], "\(actions)")
        }

        @Test("is not probed, and counts as unhealthy until it goes on")
        func health() async throws {
            try await startCounter("sick", ["--health-cmd", "true", "--health-interval", "200ms"])
            func status(_ wanted: String) async throws -> Bool {
                try await eventually(within: .seconds(20)) {
                    try await docker.must("inspect", "-f", "{{.State.Health.Status}}", "sick") == wanted
                }
            }
            #expect(try await status("healthy"))
            try await docker.must("pause", "sick")
            #expect(try await status("unhealthy"))
            let before = try await docker.must("inspect", "-f", "{{json .State.Health.Log}}", "sick")
            try await Task.sleep(for: .milliseconds(600))
            #expect(try await docker.must("inspect", "-f", "{{json .State.Health.Log}}", "sick") == before)
            try await docker.must("unpause", "sick")
            #expect(try await status("healthy"))
            try await docker.must("rm", "-f", "sick")
        }

        @Test(
            "is taken back as paused after kill -9 of berthd, and so is one that went on",
            .requires(.ownDaemon))
        func adopted() async throws {
            let daemon = try #require(try Engine.shared().daemon)
            try await startCounter("ice")
            try await startCounter("fire")
            try await docker.must("pause", "ice", "fire")
            try await docker.must("unpause", "fire")
            try await daemon.crash()
            try await daemon.start()
            #expect(try await state("ice") == "paused true true")
            #expect(try await state("fire") == "running false true")
            try await docker.must("unpause", "ice")
            try await docker.must("stop", "-t", "20", "ice", "fire")
            #expect(try await docker.must("inspect", "-f", "{{.State.ExitCode}}", "ice") == "3")
            try await docker.must("rm", "ice", "fire")
        }

        @Test("in turns with unpause, kill and stop from many sides, never stays stuck")
        func race() async throws {
            for round in 0..<5 {
                try await startCounter("race")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<6 {
                        group.addTask {
                            let words = ["pause", "unpause", "pause", index == 3 ? "stop?t=0" : "unpause"]
                            for word in words {
                                let answer = try await api("POST", "/containers/race/\(word)")
                                #expect([204, 304, 409, 500].contains(answer.status), "\(word): \(answer)")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let end = try await docker.must("inspect", "-f", "{{.State.Status}}", "race")
                #expect(end == "exited", "round \(round)")
                try await docker.must("rm", "-f", "race")
            }
        }
    }
}
