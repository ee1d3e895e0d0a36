internal import Synchronization

/// Counts and times what the engine does, under the names by which dockerd's users watch it.
final class DaemonMetrics: Sendable {
    /// What is timed of containers.
    enum Action: String, CaseIterable, Sendable { case changes, commit, create, delete, start }

    /// How often something took at most so long, in seconds.
    struct Histogram: Sendable {
        static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
        private(set) var counts = [Int](repeating: 0, count: bounds.count)
        private(set) var count = 0
        private(set) var sum = 0.0

        mutating func record(_ seconds: Double) {
            for (index, bound) in Self.bounds.enumerated() where seconds <= bound { counts[index] += 1 }
            count += 1
            sum += seconds
        }
    }

    /// Everything at one moment.
    struct Values: Sendable {
        var actions: [Action: Histogram] = [:]
        var healthChecks = 0
        var failedHealthChecks = 0
        var healthCheckStart = Histogram()
    }

    private let state = Mutex(Values())

    var values: Values { state.withLock { $0 } }

    /// Notes an action that has succeeded, begun at `start`.
    func record(_ action: Action, since start: ContinuousClock.Instant) {
        let seconds = (ContinuousClock.now - start).seconds
        state.withLock { $0.actions[action, default: Histogram()].record(seconds) }
    }

    /// Notes that a health check's program runs, after preparations begun at `start`.
    func healthCheckStarted(since start: ContinuousClock.Instant) {
        let seconds = (ContinuousClock.now - start).seconds
        state.withLock { $0.healthCheckStart.record(seconds) }
    }

    func healthCheckEnded(failed: Bool) {
        state.withLock { values in
            values.healthChecks += 1
            if failed { values.failedHealthChecks += 1 }
        }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
