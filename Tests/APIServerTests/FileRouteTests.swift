import APIServer
import DockerAPI
import HTTPServer
import Synchronization
import Testing

extension RouterTests {
    @Test("A path's nature is told in a header, with and without its archive")
    func pathStat() async {
        let encoded =
            "eyJuYW1lIjoiZiIsInNpemUiOjMsIm1vZGUiOjQyMCwibXRpbWUiOiIyMDI2LTExLTI1VDIyOjI5OjU5Ljg3MTczNzg3NloiLCJsaW5rVGFyZ2V0IjoiIn0="
        for method in ["HEAD", "GET"] {
            let answer = await ask(method, "/containers/c1/archive?path=/d/f")
            #expect(answer.status == 200)
            #expect(answer.headers["X-Docker-Container-Path-Stat"] == encoded, "as dockerd 28 sends it")
        }
        let archive = await ask("GET", "/containers/c1/archive?path=/d/f")
        #expect(archive.headers["Content-Type"] == "application/x-tar")
        #expect(engine.calls.withLock { $0 }.contains("archive /d/f"))
    }

    @Test(
        "Archives without a path, and paths without a file, are refused in Docker's words",
        arguments: [
            "HEAD /containers/c1/archive", "GET /containers/c1/archive?path=", "PUT /containers/c1/archive",
        ])
    func noPath(_ route: String) async {
        let parts = route.split(separator: " ").map(String.init)
        let answer = await ask(parts[0], parts[1], body: parts[0] == "PUT" ? "x" : "")
        #expect(answer.status == 400)
        #expect(answer.body == "{\"message\":\"bad parameter: pathcannot be empty\"}\n")
        let missing = await ask("HEAD", "/containers/c1/archive?path=/nope")
        #expect(missing.status == 404)
    }

    @Test("An upload reaches the engine with its options")
    func upload() async {
        let answer = await ask(
            "PUT", "/containers/c1/archive?path=/d&noOverwriteDirNonDir=1&copyUIDGID=true", body: "bytes",
            type: "application/x-tar")
        #expect(answer.status == 200 && answer.body.isEmpty)
        #expect(engine.calls.withLock { $0 }.last == "extract /d true true bytes")
    }

    @Test("Changes are a list, or null where there are none")
    func changes() async {
        #expect(await ask("GET", "/containers/c1/changes").body == "[{\"Path\":\"/etc\",\"Kind\":1}]\n")
        #expect(await ask("GET", "/containers/unchanged/changes").body == "null\n")
    }

    @Test("A commit reaches the engine with its options, paused unless told otherwise")
    func commit() async {
        let query = "container=c1&repo=r&tag=t&comment=m&author=a&changes=ENV%20A%3Db&changes=USER%20x"
        let answer = await ask("POST", "/commit?\(query)", body: "{\"Cmd\":[\"x\"]}")
        #expect(answer.status == 201 && answer.body == "{\"Id\":\"sha256:1\"}\n")
        #expect(
            engine.calls.withLock { $0 }.last == "commit c1 r:t m a true [\"ENV A=b\", \"USER x\"] [\"x\"]")
        _ = await ask("POST", "/commit?container=c1&pause=0", body: "null")
        #expect(engine.calls.withLock { $0 }.last == "commit c1 :   false [] []")
    }
}
