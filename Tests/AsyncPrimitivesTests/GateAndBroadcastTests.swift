import AsyncPrimitives
import Testing

@Suite("Gates", .timeLimit(.minutes(1)))
struct AsyncGateTests {
    @Test("One at a time, in the order of arrival")
    func order() async throws {
        let gate = AsyncGate()
        let entered = Recorder()
        await gate.enter()
        var tasks: [Task<Void, Never>] = []
        for index in 0..<20 {
            tasks.append(
                Task {
                    await gate.enter()
                    entered.append(index)
                    gate.leave()
                })
            // Each must stand in the queue before the next one starts.
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(entered.values.isEmpty)
        gate.leave()
        for task in tasks { await task.value }
        #expect(entered.values == Array(0..<20))
        await gate.enter()
        gate.leave()
    }

    @Test("Nobody is inside twice")
    func exclusion() async {
        let gate = AsyncGate()
        let inside = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    await gate.enter()
                    #expect(inside.add(1) == 1)
                    await Task.yield()
                    inside.add(-1)
                    gate.leave()
                }
            }
        }
    }
}

@Suite("Broadcasts", .timeLimit(.minutes(1)))
struct BroadcastTests {
    @Test("Listeners see the history and what follows, without a gap or a double")
    func noGap() async {
        let broadcast = Broadcast<Int>(historyLimit: 10_000, bufferLimit: 10_000)
        let sender = Task {
            for value in 0..<5000 { broadcast.send(value) }
            broadcast.finish()
        }
        await withTaskGroup(of: [Int].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let (history, stream) = broadcast.listen()
                    var seen = history
                    for await value in stream { seen.append(value) }
                    return seen
                }
            }
            for await seen in group { #expect(seen == Array(0..<5000)) }
        }
        await sender.value
    }

    @Test("Two senders' values come in one order everywhere")
    func oneOrder() async {
        let broadcast = Broadcast<Int>(historyLimit: 10_000, bufferLimit: 10_000)
        let listeners = (0..<3).map { _ in broadcast.listen().stream }
        await withTaskGroup(of: Void.self) { group in
            for sender in 0..<4 {
                group.addTask { for value in 0..<1000 { broadcast.send(sender * 1000 + value) } }
            }
        }
        let history = broadcast.listen().history
        broadcast.finish()
        #expect(history.count == 4000)
        for listener in listeners {
            var seen: [Int] = []
            for await value in listener { seen.append(value) }
            #expect(seen == history)
        }
    }

    @Test("The history holds the last values only")
    func history() {
        let broadcast = Broadcast<Int>(historyLimit: 3)
        for value in 0..<100 {
            broadcast.send(value)
            #expect(broadcast.listen().history == Array(max(0, value - 2)...value))
        }
    }

    @Test("A listener that falls behind loses the oldest values and nobody waits for it")
    func overflow() async {
        let broadcast = Broadcast<Int>(historyLimit: 0, bufferLimit: 5)
        let (history, stream) = broadcast.listen()
        #expect(history.isEmpty)
        for value in 0..<100 { broadcast.send(value) }
        broadcast.finish()
        var seen: [Int] = []
        for await value in stream { seen.append(value) }
        #expect(seen == Array(95..<100))
    }

    @Test("A listener that leaves is forgotten, one that comes after the end ends")
    func leaving() async {
        let broadcast = Broadcast<Int>(historyLimit: 2)
        let task = Task { for await _ in broadcast.listen().stream {} }
        task.cancel()
        await task.value
        broadcast.send(1)
        broadcast.finish()
        let (history, stream) = broadcast.listen()
        #expect(history == [1])
        for await _ in stream { Issue.record("nothing follows the end") }
    }
}
