import Glibc
import Testing

@testable import AsyncPrimitives

@Suite("The pool for blocking calls", .timeLimit(.minutes(1)))
struct BlockingPoolTests {
    struct Broken: Error {}

    @Test("Many jobs all run, on no more threads than allowed")
    func manyJobs() async throws {
        let pool = BlockingPool(maximumThreads: 4, idleSeconds: 1)
        let running = Counter()
        let peak = Counter()
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<5000 {
                group.addTask {
                    await pool.run {
                        let now = running.add(1)
                        peak.raise(to: now)
                        if index % 500 == 0 { usleep(2000) }
                        running.add(-1)
                        return index
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 5000 * 4999 / 2)
        #expect(peak.value <= 4)
        #expect(pool.load.queued == 0)
    }

    @Test("As many blocking jobs as there may be threads run at the same time")
    func growth() async {
        let pool = BlockingPool(maximumThreads: 8, idleSeconds: 60)
        let arrived = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    await pool.run {
                        arrived.add(1)
                        // Only ends if all eight have a thread.
                        while arrived.value < 8 { usleep(500) }
                    }
                }
            }
        }
        #expect(pool.load.threads == 8)
    }

    @Test("One job after another needs one thread")
    func reuse() async {
        let pool = BlockingPool(maximumThreads: 8, idleSeconds: 5)
        for _ in 0..<200 {
            await pool.run {}
            // The thread counts as idle again a moment after it has answered.
            while !pool.isIdle { await Task.yield() }
        }
        #expect(pool.load.threads == 1)
    }

    @Test("Idle threads end, and a job that comes then is not stranded")
    func expiry() async throws {
        let pool = BlockingPool(maximumThreads: 2, idleSeconds: 1)
        await pool.run {}
        try await Task.sleep(for: .milliseconds(1300))
        #expect(pool.load.threads == 0)
        await pool.run {}
        #expect(pool.load.threads == 1)
    }

    @Test("Jobs that meet a thread at the end of its time are run")
    func expiryRace() async {
        // With no idle time each wait is over at once: every job races with the end of the last thread.
        let pool = BlockingPool(maximumThreads: 3, idleSeconds: 0)
        for index in 0..<3000 { #expect(await pool.run { index } == index) }
    }

    @Test("Failures reach the caller, and its cancellation does not stop the job")
    func failure() async throws {
        let pool = BlockingPool(maximumThreads: 1, idleSeconds: 1)
        await #expect(throws: Broken.self) { try await pool.run { throw Broken() } }
        let task = Task { await pool.run { 5 } }
        task.cancel()
        #expect(await task.value == 5)
    }

    @Test("One thread runs jobs in the order of submission")
    func order() async {
        let pool = BlockingPool(maximumThreads: 1, idleSeconds: 1)
        let seen = Recorder()
        for index in 0..<1000 { pool.submit { seen.append(index) } }
        await pool.run {}
        #expect(seen.values == Array(0..<1000))
    }
}
