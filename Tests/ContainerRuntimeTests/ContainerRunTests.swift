import Glibc
import Linux
import OCI
import SupervisorProtocol
import Testing

@Suite("Running a container", .serialized, .enabled(if: RuntimeHarness.obstacle == nil))
struct ContainerRunTests {
    let harness: RuntimeHarness

    init() throws { harness = try RuntimeHarness() }

    @Test("A program runs, its output comes in frames, its exit code is kept")
    func run() throws {
        let container = try harness.launch(harness.spec(["sh", "-c", "echo out; echo err >&2; exit 7"]))
        #expect(try container.started(), "\(String(describing: container.failure))")
        let result = try container.finish()
        #expect(result.stdout == "out\n")
        #expect(result.stderr == "err\n")
        #expect(result.code == 7)
        let record = try ExitRecord.read(container.folder + "/exit")
        #expect(record?.status == ExitStatus(code: 7))
        #expect(try container.next() == nil, "the supervisor ends")
    }
}
