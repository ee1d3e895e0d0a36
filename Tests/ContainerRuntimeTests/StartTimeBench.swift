import Glibc
import Linux
import OCI
import SupervisorProtocol
import Testing

/// Figures, not promises: BERTH_BENCH=1 prints the medians of a start, of its end and of an exec.
@Suite(
    "Start times", .serialized,
    .enabled(if: RuntimeHarness.obstacle == nil && environmentVariable("BERTH_BENCH") != nil))
struct StartTimeBench {
    @Test("From the request to the running program")
    func start() throws {
        let harness = try RuntimeHarness()
        var created: [Int64] = []
        var started: [Int64] = []
        var exited: [Int64] = []
        for _ in 0..<200 {
            let begin = monotonicMicroseconds()
            let container = try harness.launch(harness.spec(["true"]))
            while container.pid == 0 { _ = try container.next() }
            created.append(monotonicMicroseconds() - begin)
            _ = try container.started()
            started.append(monotonicMicroseconds() - begin)
            _ = try container.exited()
            exited.append(monotonicMicroseconds() - begin)
        }
        let container = try harness.launch(harness.spec(["sleep", "1000"]))
        _ = try container.started()
        var execs: [Int64] = []
        for _ in 0..<100 {
            let begin = monotonicMicroseconds()
            _ = try container.exec(["true"])
            execs.append(monotonicMicroseconds() - begin)
        }
        func median(_ values: [Int64]) -> Int64 { values.sorted()[values.count / 2] }
        print(
            "created \(median(created)) µs, started \(median(started)) µs, exited \(median(exited)) µs, exec \(median(execs)) µs"
        )
        let stat = try readText("/proc/\(container.pid)/stat")
        let parent = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")[2]
        let rollup = try readText("/proc/\(parent)/smaps_rollup")
        print(
            rollup.split(separator: "\n").filter {
                $0.hasPrefix("Pss:") || $0.hasPrefix("Private_Dirty") || $0.hasPrefix("Rss")
            })
        _ = try container.ask { .signal(request: $0, number: SIGKILL, toAll: false) }
        _ = try container.exited()
    }
}
