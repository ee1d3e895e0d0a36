internal import OrderedJSON
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// The Engine API by hand: what a client that is not the docker CLI meets.
    @Suite("The Engine API over its socket", .engine)
    struct APITests {
        private let docker: Client
        private let socket: String

        init() throws {
            docker = try Engine.shared().client()
            socket = String(docker.host.dropFirst("unix://".count))
        }

        /// One request by curl: the status, and the body.
        private func call(
            _ method: String, _ path: String, body: String? = nil, headers: [String] = []
        ) async throws -> (status: Int, body: String) {
            var arguments = [
                "-s", "--max-time", "20", "--unix-socket", socket, "-X", method, "-w", "\n%{http_code}",
            ]
            for header in headers { arguments += ["-H", header] }
            if let body { arguments += ["-H", "Content-Type: application/json", "-d", body] }
            let result = try await Command("curl", arguments + ["http://localhost\(path)"]).run()
            let lines = result.stdout.split(separator: "\n", omittingEmptySubsequences: false)
            return (Int(lines.last ?? "") ?? -1, lines.dropLast().joined(separator: "\n"))
        }

        @Test("answers a ping with its versions")
        func ping() async throws {
            let result = try await shell("curl -s -i --unix-socket \(socket) http://localhost/_ping")
            #expect(result.stdout.contains("200 OK"))
            #expect(result.stdout.lowercased().contains("api-version: 1.51"))
            #expect(result.stdout.hasSuffix("OK"))
            let head = try await shell("curl -s -I --unix-socket \(socket) http://localhost/_ping")
            #expect(head.stdout.contains("200 OK"))
        }

        @Test("speaks every version from 1.24 to 1.51", arguments: ["1.24", "1.30", "1.41", "1.44", "1.51"])
        func versions(_ version: String) async throws {
            #expect(try await call("GET", "/v\(version)/containers/json").status == 200)
            #expect(try await call("GET", "/v\(version)/images/json").status == 200)
        }

        @Test(
            "refuses a version that it does not speak",
            arguments: [
                (
                    "/v1.23/containers/json",
                    "client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version"
                ),
                (
                    "/v1.52/containers/json",
                    "client version 1.52 is too new. Maximum supported API version is 1.51"
                ),
            ])
        func refusedVersions(_ path: String, _ words: String) async throws {
            let answer = try await call("GET", path)
            #expect(answer.status == 400)
            #expect(answer.body.contains(words))
        }

        @Test(
            "answers bad requests with Docker's status and words",
            arguments: [
                ("GET", "/containers/nosuch/json", nil, 404, "No such container: nosuch"),
                ("GET", "/images/nosuch/json", nil, 404, "No such image: nosuch"),
                ("POST", "/containers/nosuch/start", nil, 404, "No such container: nosuch"),
                ("POST", "/containers/create", "{", 400, "unexpected EOF"),
                ("POST", "/containers/create", "[]", 400, "cannot unmarshal array"),
                ("POST", "/containers/create", "{\"Image\": 5}", 400, "cannot unmarshal number"),
                (
                    "POST", "/containers/create", "{\"Image\": \"nosuch\"}", 404,
                    "No such image: nosuch:latest"
                ),
                ("POST", "/containers/create", "{}", 400, "config cannot be empty"),
                ("GET", "/containers/json?limit=x", nil, 500, "strconv.Atoi: parsing"),
                ("GET", "/containers/json?filters=x", nil, 400, "invalid filter"),
                ("GET", "/nosuch", nil, 404, "page not found"),
                ("DELETE", "/containers/nosuch", nil, 404, "No such container: nosuch"),
                ("POST", "/exec/nosuch/start", "{}", 404, "No such exec instance: nosuch"),
            ] as [(String, String, String?, Int, String)])
        func badRequests(_ method: String, _ path: String, _ body: String?, _ status: Int, _ words: String)
            async throws
        {
            let answer = try await call(method, "/v1.51\(path)", body: body)
            #expect(answer.status == status, "\(answer.body)")
            #expect(answer.body.contains(words), "\(answer.body)")
            if path != "/nosuch" { #expect(answer.body.hasPrefix("{\"message\":")) }
        }

        @Test(
            "says in words what it does not do yet", .requires(.ownDaemon),
            arguments: [
                ("POST", "/swarm/init"), ("GET", "/nodes"), ("POST", "/plugins/pull?remote=x"),
                ("POST", "/containers/x/checkpoints"),
            ])
        func notBuilt(_ method: String, _ path: String) async throws {
            let answer = try await call(method, "/v1.51\(path)", body: method == "POST" ? "{}" : nil)
            #expect([501, 503, 404].contains(answer.status), "\(answer)")
            #expect(!answer.body.trimmed.isEmpty)
        }

        @Test("carries a container from create to delete, with Docker's status codes")
        func life() async throws {
            let made = try await call(
                "POST", "/v1.51/containers/create?name=api",
                body:
                    "{\"Image\": \"busybox\", \"Cmd\": [\"sh\", \"-c\", \"echo out; exit 3\"], \"Labels\": {\"a\": \"<b>&\"}}"
            )
            #expect(made.status == 201)
            #expect(made.body.hasPrefix("{\"Id\":\"") && made.body.trimmed.hasSuffix("\"Warnings\":[]}"))
            #expect(try await call("POST", "/v1.51/containers/api/start").status == 204)
            #expect(try await call("POST", "/v1.51/containers/api/wait").body.trimmed == "{\"StatusCode\":3}")
            #expect(try await call("POST", "/v1.51/containers/api/stop").status == 304)
            #expect(try await call("POST", "/v1.51/containers/api/kill").status == 409)
            let body = try await call("GET", "/v1.51/containers/api/json").body
            // dockerd writes bodies without Go's HTML escaping, and its event stream with it.
            #expect(body.contains("\"a\":\"<b>&\""))
            let now = try await shellMust("date +%s.%N")
            let events = try await call("GET", "/v1.51/events?since=0&until=\(now)").body
            #expect(events.contains("\"a\":\"\\u003cb\\u003e\\u0026\""))
            #expect(
                try await call(
                    "POST", "/v1.51/containers/create?name=api",
                    body: "{\"Image\": \"busybox\", \"Cmd\": [\"true\"]}"
                ).status == 409)
            #expect(try await call("DELETE", "/v1.51/containers/api").status == 204)
            #expect(try await call("DELETE", "/v1.51/containers/api").status == 404)
        }

        @Test("survives clients that send nonsense")
        func nonsense() async throws {
            try await shell("head -c 100000 /dev/urandom | timeout 3 busybox nc local:\(socket)")
            try await shell(
                "printf 'GET / HTTP/9.9\\r\\n\\r\\n' | timeout 3 curl -s --unix-socket \(socket) telnet://localhost"
            )
            let long = String(repeating: "x", count: 100_000)
            _ = try await call("GET", "/v1.51/containers/json?filters=\(long)")
            _ = try await call("GET", "/v1.51/containers/json", headers: ["X-Long: \(long)"])
            _ = try await call(
                "POST", "/v1.51/containers/create", body: String(repeating: "[", count: 100_000))
            #expect(try await call("GET", "/_ping").body == "OK")
        }

        @Test("outlives numbers at the ends of their ranges")
        func numbers() async throws {
            let last = Int64.max
            let limits =
                #"{"Image":"busybox","Cmd":["true"],"HostConfig":{"Memory":\#(last),"CpuShares":\#(last)}}"#
            #expect(
                try await call("POST", "/v1.51/containers/create?name=extreme-limits", body: limits).status
                    == 201)
            // Whether the kernel takes them is its own matter.
            _ = try await call("POST", "/containers/extreme-limits/start")
            #expect(try await call("DELETE", "/containers/extreme-limits?force=1").status == 204)
            let config =
                #"{"Image":"busybox","Cmd":["sh","-c","trap 'exit 0' TERM; while :; do sleep 0.1; done"],"#
                + #""StopTimeout":\#(last),"#
                + #""HostConfig":{"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":\#(last)}}}"#
            #expect(
                try await call("POST", "/v1.51/containers/create?name=extreme", body: config).status == 201)
            for time in ["", "?t=\(last)", "?t=-\(last)"] {
                #expect(try await call("POST", "/containers/extreme/start").status == 204)
                #expect(try await call("POST", "/containers/extreme/stop\(time)").status == 204, "\(time)")
            }
            for query in [
                "/events?since=-\(last / 1_000_000_000)&until=-\(last / 1_000_000_000)",
                "/events?until=\(last / 1_000_000_000).999999999",
                "/containers/extreme/logs?stdout=1&until=-9000000000",
            ] {
                #expect([200, 500].contains(try await call("GET", query).status), "\(query)")
            }
            #expect(try await call("DELETE", "/containers/extreme?force=1").status == 204)
            #expect(try await call("GET", "/_ping").body == "OK")
        }

        @Test("serves docker-py", .requires(.dockerPy), .timeLimit(.minutes(2)))
        func dockerPy() async throws {
            let python = try #require(dockerPython)
            var command = Command(python, ["\(sourceTree)/Tests/Python/smoke.py"])
            command.environment = docker.environment
            let result = try await command.run()
            #expect(result.code == 0, "\(result)")
            #expect(result.stdout.hasSuffix("all well\n"))
        }

        @Test(
            "serves docker-py all that it has", .requires(.dockerPy), .timeLimit(.minutes(2)),
            arguments: [
                "containers", "execs", "attach", "logs", "events", "statistics", "archives", "images",
                "saved", "volumes", "networks", "system", "prunes",
            ])
        func dockerPyParts(_ part: String) async throws {
            let python = try #require(dockerPython)
            var command = Command(python, ["\(sourceTree)/Tests/Python/clients.py", part])
            command.environment = docker.environment
            let result = try await command.run()
            #expect(result.code == 0, "\(result.stdout)\n\(result.stderr)")
            #expect(result.stdout == "all well\n")
        }
    }
}
