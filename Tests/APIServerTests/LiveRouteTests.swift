import DockerAPI
import EngineModel
import HTTPServer
import Synchronization
import Testing

/// The routes that change or watch a container while it runs.
extension RouterTests {
    @Test(
        "Live routes hand their parameters on",
        arguments: [
            ("POST", "/containers/c1/pause", "", 204, "pause c1"),
            ("POST", "/containers/c1/unpause", "", 204, "unpause c1"),
            ("GET", "/containers/c1/top", "", 200, "top "),
            ("GET", "/containers/c1/top?ps_args=-o%20pid%2Ccomm", "", 200, "top -o pid,comm"),
            ("POST", "/containers/c1/update", #"{"Memory":5,"PidsLimit":0}"#, 200, "update memory=5 pids=0"),
            ("POST", "/containers/c1/update", "", 200, "update memory=0 pids=-1"),
            ("POST", "/v1.39/containers/c1/update", #"{"PidsLimit":0}"#, 200, "update memory=0 pids=-1"),
            ("GET", "/containers/c1/stats", "", 200, "stats stream=true oneShot=false"),
            ("GET", "/containers/c1/stats?stream=0", "", 200, "stats stream=false oneShot=false"),
            (
                "GET", "/containers/c1/stats?stream=false&one-shot=1", "", 200,
                "stats stream=false oneShot=true"
            ),
            (
                "GET", "/v1.40/containers/c1/stats?stream=0&one-shot=1", "", 200,
                "stats stream=false oneShot=false"
            ),
        ])
    func live(_ method: String, _ target: String, _ body: String, _ status: Int, _ call: String) async {
        let answer = await ask(method, target, body: body)
        #expect(answer.status == status, "\(answer.body)")
        #expect(engine.calls.withLock { $0 } == [call])
    }

    @Test("Warnings of an update are null or a list")
    func updateWarnings() async {
        #expect(await ask("POST", "/containers/c1/update", body: "{}").body == "{\"Warnings\":null}\n")
        let answer = await ask("POST", "/containers/c1/update", body: #"{"CpuShares":2}"#)
        #expect(answer.body == "{\"Warnings\":[\"a warning\"]}\n")
    }

    @Test(
        "Live routes refuse in Docker's words",
        arguments: [
            (
                "POST", "/containers/c1/update", #"{"Memory":"x"}"#,
                "invalid JSON: json: cannot unmarshal string into Go struct field UpdateConfig.Memory of type int64"
            ),
            ("POST", "/containers/c1/update", "{", "invalid JSON: unexpected EOF"),
            ("GET", "/containers/c1/stats?one-shot=1", "", "cannot have stream=true and one-shot=true"),
            ("GET", "/containers/c1/top?ps_args=-o%20pid;id", "", "invalid semicolon separator in query"),
        ])
    func liveRefused(_ method: String, _ target: String, _ body: String, _ words: String) async {
        let answer = await ask(method, target, body: body)
        #expect(answer.status == 400)
        #expect(answer.body.contains(words), "\(answer.body)")
    }
}
