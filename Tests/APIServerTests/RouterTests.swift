import APIServer
import DockerAPI
import HTTPServer
import Logging
import Synchronization
import Testing

@Suite("Routes, without a connection")
struct RouterTests {
    let engine = FakeEngine()

    func ask(
        _ method: String, _ target: String, body: String = "", type: String? = "application/json",
        headers: HTTPHeaders = HTTPHeaders()
    ) async -> (status: Int, body: String, headers: HTTPHeaders) {
        let api = APIServer(
            EngineControls(engine), version: "0.0",
            logger: Logger(label: "test") { _ in
                SwiftLogNoOpLogHandler()
            })
        var headers = headers
        if let type, !body.isEmpty { headers["Content-Type"] = type }
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        let response = await api.respond(
            to: HTTPRequest(
                method: method, path: parts[0], query: parts.count > 1 ? parts[1] : "", headers: headers,
                body: HTTPRequestBody(Array(body.utf8))))
        let text =
            if case .bytes(let bytes) = response.body { String(decoding: bytes, as: UTF8.self) } else { "" }
        return (response.status, text, response.headers)
    }

    @Test(
        "Versions outside 1.24 to 1.51 are refused in Docker's words",
        arguments: [
            (
                "/v1.10/info",
                "client version 1.10 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version"
            ),
            (
                "/v1.23/_ping",
                "client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version"
            ),
            ("/v1.99/info", "client version 1.99 is too new. Maximum supported API version is 1.51"),
            (
                "/v1.52/containers/json",
                "client version 1.52 is too new. Maximum supported API version is 1.51"
            ),
        ])
    func versions(_ sample: (path: String, message: String)) async {
        let answer = await ask("GET", sample.path)
        #expect(answer.status == 400)
        #expect(answer.body == #"{"message":"\#(sample.message)"}"# + "\n")
        #expect(answer.headers["Api-Version"] == "1.51")
        #expect(answer.headers["Ostype"] == "linux")
    }

    @Test(
        "What is not there is not found",
        arguments: [
            ("GET", "/nope"), ("GET", "/"), ("DELETE", "/v1.51/info"), ("GET", "/vfoo/info"),
            ("GET", "/v1.10/nope"),
            ("GET", "/containers/c1/json/"), ("POST", "/containers"), ("GET", "/v1.51"),
        ])
    func unknown(_ sample: (method: String, path: String)) async {
        let answer = await ask(sample.method, sample.path)
        #expect(answer.status == 404)
        #expect(answer.body == #"{"message":"page not found"}"# + "\n")
    }

    @Test(
        "Bad requests get dockerd's answers",
        arguments: [
            ("POST", "/containers/create", "", 400, "invalid JSON: got EOF while reading request body"),
            ("POST", "/containers/create", "{", 400, "invalid JSON: unexpected EOF"),
            (
                "POST", "/containers/create", "{}", 400,
                "config cannot be empty in order to create a container"
            ),
            (
                "POST", "/containers/create", "null", 400,
                "config cannot be empty in order to create a container"
            ),
            (
                "POST", "/containers/create", #"{"HostConfig":{}}"#, 400,
                "config cannot be empty in order to create a container"
            ),
            ("POST", "/containers/create", #"{"Image":"busybox"} x"#, 400, "unexpected content after JSON"),
            (
                "POST", "/containers/create", #"{"Image":1}"#, 400,
                "invalid JSON: json: cannot unmarshal number into Go struct field .Image of type string"
            ),
            (
                "POST", "/containers/create", #"{"Image":"busybox","HostConfig":{"Memory":"x"}}"#, 400,
                "invalid JSON: json: cannot unmarshal string into Go struct field .HostConfig.Memory of type int64"
            ),
            ("POST", "/containers/create", #"{"Image":"nosuch"}"#, 404, "No such image: nosuch:latest"),
            (
                "POST", "/containers/c1/stop?t=abc", "", 500,
                "strconv.Atoi: parsing \\\"abc\\\": invalid syntax"
            ),
            (
                "POST", "/containers/c1/resize?h=a&w=1", "", 400,
                "invalid resize height \\\"a\\\": invalid syntax"
            ),
            ("POST", "/containers/c1/rename", "", 400, "Neither old nor new names may be empty"),
            ("POST", "/containers/c1/wait?condition=foo", "", 400, "invalid condition: \\\"foo\\\""),
            ("POST", "/containers/nosuch/wait", "", 404, "No such container: nosuch"),
            ("GET", "/containers/c1/logs", "", 400, "Bad parameters: you must choose at least one stream"),
            ("GET", "/containers/json?filters=abc", "", 400, "invalid filter"),
            (
                "GET", "/containers/json?filters=%7B%22foo%22:%5B%22a%22%5D%7D", "", 400,
                "invalid filter 'foo'"
            ),
            ("GET", "/containers/json?filters=%7B%22id%22:1%7D", "", 400, "invalid filter"),
            ("GET", "/containers/json?filters=%zz", "", 400, "invalid URL escape \\\"%zz\\\""),
            (
                "GET", "/images/json?filters=%7B%22dangling%22:%5B%22a%22%5D%7D", "", 400,
                "invalid filter 'dangling=[a]'"
            ),
            ("GET", "/system/df?type=foo", "", 400, "unknown object type: foo"),
            ("GET", "/events?since=5&until=1", "", 400, "`since` time (5) cannot be after `until` time (1)"),
            ("POST", "/containers/c1/exec", "", 400, "No exec command specified"),
            ("POST", "/exec/nosuch/start", "{}", 404, "No such exec instance: nosuch"),
            ("DELETE", "/images/", "", 400, "image name cannot be blank"),
            (
                "POST", "/images/create?fromSrc=-&repo=Bad", "", 400,
                "invalid reference format: repository name must be lowercase"
            ),
            ("POST", "/images/create?fromSrc=-&repo=broken", "", 400, "read archive: not a tar"),
            ("GET", "/volumes/nosuch", "", 404, "get nosuch: no such volume"),
            ("GET", "/networks/nosuch", "", 404, "network nosuch not found"),
            (
                "POST", "/containers/c1/kill", "", 409,
                "cannot kill container: c1: container c1 is not running"
            ),
        ])
    func bad(_ sample: (method: String, target: String, body: String, status: Int, message: String)) async {
        let answer = await ask(sample.method, sample.target, body: sample.body)
        #expect(answer.status == sample.status)
        #expect(answer.body == #"{"message":"\#(sample.message)"}"# + "\n")
    }

    @Test("A body must be called JSON")
    func contentTypes() async {
        let body = #"{"Image":"busybox"}"#
        let plain = await ask("POST", "/containers/create", body: body, type: "text/plain")
        #expect(plain.status == 400)
        #expect(
            plain.body.contains("unsupported Content-Type header (text/plain): must be 'application/json'"))
        let none = await ask("POST", "/containers/create", body: body, type: nil)
        #expect(none.body.contains("malformed Content-Type header (): mime: no media type"))
        let charset = await ask(
            "POST", "/containers/create", body: body, type: "application/json; charset=utf-8")
        #expect(charset.status == 201)
        #expect(charset.body == #"{"Id":"c1","Warnings":[]}"# + "\n")
    }

    @Test("Parameters reach the engine as types")
    func parameters() async {
        _ = await ask(
            "GET", "/v1.41/containers/json?all=1&limit=3&filters=%7B%22label%22%3A%7B%22a%3Db%22%3Atrue%7D%7D"
        )
        _ = await ask("GET", "/containers/json?all=no")
        _ = await ask("POST", "/containers/c1/stop?t=5&signal=INT")
        _ = await ask("POST", "/v1.41/containers/c1/stop?t=-1&signal=INT")
        _ = await ask("DELETE", "/containers/c1?force=True&v=0")
        _ = await ask("GET", "/containers/c1/logs?stdout=1&since=12.5&tail=all")
        _ = await ask("GET", "/images/a.b:5000/c/d:e/json")
        _ = await ask("POST", "/images/x%2Fy/tag?repo=r&tag=t")
        _ = await ask("POST", "/containers/c1/resize?h=24&w=80")
        _ = await ask("POST", "/containers/create?name=n&platform=linux/amd64", body: #"{"image":"busybox"}"#)
        _ = await ask("POST", "/exec/e1/start", body: #"{"Detach":true}"#)
        #expect(
            engine.calls.withLock { $0 } == [
                #"list all=true limit=3 label=["a=b"]"#, "list all=false limit=0 label=[]", "stop INT 5",
                "stop - -1", "remove force=true volumes=false", "logs since=12500000000 tail=-1",
                "image a.b:5000/c/d:e", "tag x/y r:t", "resize 24 80", "create n linux/amd64", "detached e1",
            ])
        #expect(engine.created.withLock { $0?.config.image } == "busybox")
    }

    @Test(
        "Statuses of what succeeds",
        arguments: [
            ("POST", "/containers/c1/start", 204), ("POST", "/containers/c1/stop", 304),
            ("POST", "/containers/c1/restart", 204), ("DELETE", "/containers/c1", 204),
            ("POST", "/containers/c1/rename?name=x", 204), ("POST", "/images/a/tag?repo=b", 201),
            ("GET", "/_ping", 200), ("HEAD", "/_ping", 200), ("OPTIONS", "/containers/json", 200),
            ("GET", "//containers/json", 301),
        ])
    func statuses(_ sample: (method: String, target: String, status: Int)) async {
        #expect(await ask(sample.method, sample.target).status == sample.status)
    }

    @Test("Angle brackets stay as they are, as from dockerd's encoder")
    func encoding() async {
        let answer = await ask("GET", "/containers/json")
        #expect(answer.body.contains(#""Command":"sh -c 'a <b> & c'""#))
        #expect(answer.body.hasSuffix("]\n"))
    }

    @Test("Older versions are sent what they know")
    func shaping() async {
        #expect(
            await ask("GET", "/v1.43/images/json").body.contains(#""Size":1984297,"VirtualSize":1984297}"#))
        #expect(await !ask("GET", "/v1.44/images/json").body.contains("VirtualSize"))
        #expect(await ask("GET", "/v1.24/info").body.contains(#""SecurityOptions":["seccomp"]"#))
        #expect(await ask("GET", "/v1.48/info").body.contains(#""BridgeNfIptables":false"#))
        #expect(await ask("GET", "/v1.51/info").body.contains("FirewallBackend"))
        let image = await ask("GET", "/v1.51/images/x/json").body
        #expect(
            image.contains(
                #""Config":{"Cmd":null,"Entrypoint":null,"Env":null,"Healthcheck":{"Interval":5,"Test":["CMD","true"]},"#
            ))
        #expect(await ask("GET", "/v1.49/images/x/json").body.contains(#""Config":{"AttachStderr":false,"#))
    }

    @Test("Every route of Docker's is answered or says that it is not there yet")
    func everyRoute() async throws {
        let built = ["/_ping", "/version", "/info", "/events", "/system/df"]
        for route in knownRoutes {
            let parts = route.split(separator: " ").map(String.init)
            let path = parts[1].replacing("{id}", with: "c1").replacing("{name}", with: "a/b")
                .replacing("{checkpoint}", with: "x")
            let answer = await ask(parts[0], path)
            #expect(!answer.body.contains("page not found"), "\(route)")
            if answer.status == 501 {
                #expect(answer.body.contains("berth does not support"), "\(route)")
                #expect(!built.contains(path))
            }
        }
    }

    @Test("What docker inspect asks on its way through the kinds of objects lets it go on")
    func inspectWalk() async {
        let plugin = await ask("GET", "/plugins/nosuch/json")
        #expect(plugin.status == 404 && plugin.body == #"{"message":"plugin \"nosuch\" not found"}"# + "\n")
        for kind in ["services", "tasks", "nodes", "secrets", "configs"] {
            let answer = await ask("GET", "/\(kind)/nosuch")
            #expect(
                answer.status == 503 && answer.body.contains("This node is not a swarm manager. "), "\(kind)")
        }
        #expect(await ask("POST", "/services/create", body: "{}").status == 501)
    }

    @Test("A bad limit of a list is dockerd's internal error")
    func badLimit() async {
        let answer = await ask("GET", "/containers/json?limit=x")
        #expect(answer.status == 500)
        #expect(answer.body == #"{"message":"strconv.Atoi: parsing \"x\": invalid syntax"}"# + "\n")
    }
}
