import AsyncPrimitives
import Testing

@Suite("Byte pipes", .timeLimit(.minutes(1)))
struct BytePipeTests {
    struct Broken: Error {}

    @Test("Chunks arrive in order, then the end")
    func order() async throws {
        let pipe = BytePipe()
        for byte in 0..<200 { try await pipe.send([UInt8(byte)]) }
        pipe.finish()
        for byte in 0..<200 { #expect(try await pipe.receive() == [UInt8(byte)]) }
        #expect(try await pipe.receive() == nil)
        #expect(try await pipe.receive() == nil)
    }

    @Test("Much data passes a small pipe between each kind of end", arguments: [true, false], [true, false])
    func throughput(blockingSender: Bool, blockingReceiver: Bool) async throws {
        let pipe = BytePipe(limitBytes: 100)
        let pool = BlockingPool(maximumThreads: 2, idleSeconds: 1)
        let count = 3000
        async let sent: Void = {
            if blockingSender {
                try await pool.run {
                    for index in 0..<count {
                        try pipe.sendBlocking([UInt8](repeating: UInt8(index & 255), count: 33))
                    }
                }
            } else {
                for index in 0..<count {
                    try await pipe.send([UInt8](repeating: UInt8(index & 255), count: 33))
                }
            }
            pipe.finish()
        }()
        let received: Int
        if blockingReceiver {
            received = try await pool.run {
                var chunks = 0
                while let chunk = try pipe.receiveBlocking() {
                    #expect(chunk.first == UInt8(chunks & 255))
                    chunks += 1
                }
                return chunks
            }
        } else {
            var chunks = 0
            while let chunk = try await pipe.receive() {
                #expect(chunk.first == UInt8(chunks & 255))
                chunks += 1
            }
            received = chunks
        }
        try await sent
        #expect(received == count)
    }

    @Test("A full pipe holds its sender until there is room")
    func backPressure() async throws {
        let pipe = BytePipe(limitBytes: 10)
        try await pipe.send([UInt8](repeating: 1, count: 6))
        let done = Counter()
        let sender = Task {
            try await pipe.send([UInt8](repeating: 2, count: 6))
            done.add(1)
        }
        try await Task.sleep(for: .milliseconds(20))
        #expect(done.value == 0)
        #expect(try await pipe.receive()?.count == 6)
        try await sender.value
        #expect(try await pipe.receive() == [UInt8](repeating: 2, count: 6))
    }

    @Test("Room that opens between two small chunks wakes the sender of the fitting one")
    func partialRoom() async throws {
        let pipe = BytePipe(limitBytes: 10)
        try await pipe.send([1, 1, 1, 1, 1])
        try await pipe.send([2, 2, 2, 2, 2])
        let sender = Task { try await pipe.send([3, 3, 3, 3, 3]) }
        try await Task.sleep(for: .milliseconds(10))
        _ = try await pipe.receive()
        try await sender.value
    }

    @Test("One chunk larger than the limit passes")
    func largeChunk() async throws {
        let pipe = BytePipe(limitBytes: 10)
        try await pipe.send([UInt8](repeating: 0, count: 1000))
        #expect(try await pipe.receive()?.count == 1000)
    }

    @Test("A failure reaches the receiver after the chunks before it")
    func failure() async throws {
        let pipe = BytePipe()
        try await pipe.send([1])
        pipe.finish(throwing: Broken())
        pipe.finish()
        #expect(try await pipe.receive() == [1])
        await #expect(throws: Broken.self) { try await pipe.receive() }
        #expect(throws: Broken.self) { try pipe.receiveBlocking() }
    }

    @Test("A waiting receiver learns of the end, and of a failure")
    func wakesReceiver() async throws {
        for failure in [nil, Broken()] as [Broken?] {
            let pipe = BytePipe()
            let receiver = Task { try await pipe.receive() }
            await Task.yield()
            pipe.finish(throwing: failure)
            if failure == nil {
                #expect(try await receiver.value == nil)
            } else {
                await #expect(throws: Broken.self) { try await receiver.value }
            }
        }
    }

    @Test("A receiver that goes fails the senders, waiting or not")
    func close() async throws {
        let pipe = BytePipe(limitBytes: 1)
        try await pipe.send([1])
        let task = Task { try await pipe.send([2]) }
        let pool = BlockingPool(maximumThreads: 1, idleSeconds: 1)
        let thread = Task { try await pool.run { try pipe.sendBlocking([3]) } }
        try await Task.sleep(for: .milliseconds(20))
        pipe.close()
        await #expect(throws: BytePipe.ReceiverGone.self) { try await task.value }
        await #expect(throws: BytePipe.ReceiverGone.self) { try await thread.value }
        await #expect(throws: BytePipe.ReceiverGone.self) { try await pipe.send([4]) }
        #expect(try await pipe.receive() == nil)
    }

    @Test("A cancelled sender or receiver stops waiting; the pipe stays in order")
    func cancellation() async throws {
        let pipe = BytePipe(limitBytes: 1)
        let receiver = Task { try await pipe.receive() }
        await Task.yield()
        receiver.cancel()
        await #expect(throws: CancellationError.self) { try await receiver.value }
        try await pipe.send([1])
        let sender = Task { try await pipe.send([2]) }
        await Task.yield()
        sender.cancel()
        await #expect(throws: CancellationError.self) { try await sender.value }
        #expect(try await pipe.receive() == [1])
        pipe.finish()
        #expect(try await pipe.receive() == nil)
    }

    @Test("An end given by another task frees a sender that waits for room")
    func finishWakesSender() async throws {
        let pipe = BytePipe(limitBytes: 1)
        try await pipe.send([1])
        let sender = Task { try await pipe.send([2]) }
        try await Task.sleep(for: .milliseconds(10))
        pipe.finish()
        await #expect(throws: BytePipe.ReceiverGone.self) { try await sender.value }
        #expect(try await pipe.receive() == [1])
    }
}
