import Synchronization

/// A number that any thread may change.
final class Counter: Sendable {
    private let number = Mutex(0)

    var value: Int { number.withLock { $0 } }

    /// Adds `change` and returns what came of it.
    @discardableResult
    func add(_ change: Int) -> Int {
        number.withLock { number in
            number += change
            return number
        }
    }

    /// Keeps the larger one of the value and `other`.
    func raise(to other: Int) { number.withLock { $0 = max($0, other) } }
}

/// A list that any thread may append to.
final class Recorder: Sendable {
    private let list = Mutex<[Int]>([])

    var values: [Int] { list.withLock { $0 } }

    func append(_ value: Int) { list.withLock { $0.append(value) } }
}
