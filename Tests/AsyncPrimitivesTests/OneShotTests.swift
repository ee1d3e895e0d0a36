import AsyncPrimitives
import Testing

@Suite("One-shot values", .timeLimit(.minutes(1)))
struct OneShotTests {
    @Test("The first value wins and reaches those who came before and after")
    func firstWins() async throws {
        let shot = OneShot<Int>()
        #expect(shot.current == nil)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await shot.value() } }
            await Task.yield()
            #expect(shot.set(1))
            #expect(!shot.set(2))
            for try await value in group { #expect(value == 1) }
        }
        #expect(try await shot.value() == 1)
        #expect(shot.current == 1)
    }

    @Test("A cancelled task stops waiting, and the others go on")
    func cancellation() async throws {
        let shot = OneShot<Int>()
        let patient = Task { try await shot.value() }
        let cancelled = Task { try await shot.value() }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        shot.set(7)
        #expect(try await patient.value == 7)
    }

    @Test("Who is cancelled before the wait does not begin it")
    func cancelledBefore() async {
        let shot = OneShot<Int>()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await shot.value()
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("A wait with a limit ends with the value or with the limit")
    func limited() async {
        let shot = OneShot<Int>()
        #expect(await shot.value(within: .milliseconds(20)) == nil)
        let waiter = Task { await shot.value(within: .seconds(60)) }
        shot.set(7)
        #expect(await waiter.value == 7)
    }

    @Test("Setting and cancelling at once lose no waiter")
    func race() async {
        for round in 0..<500 {
            let shot = OneShot<Int>()
            let waiters = (0..<4).map { _ in Task { try? await shot.value() } }
            let setter = Task { shot.set(round) }
            for waiter in waiters.prefix(2) { waiter.cancel() }
            _ = await setter.value
            for waiter in waiters.suffix(2) { #expect(await waiter.value == round) }
            for waiter in waiters.prefix(2) {
                let value = await waiter.value
                #expect(value == nil || value == round)
            }
        }
    }
}
