internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import Synchronization

/// Probes one container while it runs; ``HealthState`` decides, and this waits and acts.
///
/// Its owner starts it with the container and stops it at exit, pause and removal: it lives until then.
final class HealthMonitor: Sendable {
    /// Runs `command` in the container and returns its exit code (-1: it could not be started, the output says
    /// why) and its output, both streams together, of which the first 4096 bytes are kept.
    ///
    /// When `timeout` has passed the monitor cancels the task that it runs in: then the probe kills its process
    /// and returns the output so far; the exit code does not matter any more.
    typealias Probe =
        @Sendable (_ command: [String], _ timeout: Duration) async -> (exitCode: Int, output: String)

    private struct State {
        var health = HealthState()
        /// Counts starts and stops, so that a probe that ends too late changes nothing.
        var run = 0
        var task: Task<Void, Never>?
    }

    private let settings: HealthState.Settings
    private let command: [String]
    private let probe: Probe
    private let onChange: @Sendable (Health) async -> Void
    private let state: Mutex<State>

    /// A monitor for `config`; nil where that says that nothing is to be probed.
    ///
    /// - Parameters:
    ///   - health: what an earlier run or daemon has found out.
    ///   - shell: the image's shell for `CMD-SHELL`; nil is `/bin/sh -c`.
    ///   - onChange: called after each change of the status; the event's action is `health_status: STATUS`.
    init?(
        config: HealthConfig, health: HealthState = HealthState(), shell: [String]?, probe: @escaping Probe,
        onChange: @escaping @Sendable (Health) async -> Void
    ) {
        guard let command = HealthCheck.command(config, shell: shell) else { return nil }
        self.command = command
        state = Mutex(State(health: health))
        settings = HealthCheck.settings(config)
        self.probe = probe
        self.onChange = onChange
    }

    /// What is kept of it with the container.
    var kept: HealthState { state.withLock { $0.health } }

    /// What inspect shows.
    var health: Health { state.withLock { $0.health.view } }

    /// Begins to probe a container that was started at `time`.
    ///
    /// `resuming` it after a pause keeps what is known of it. A monitor that runs already starts over.
    func start(at time: Timestamp = .now, resuming: Bool = false) {
        state.withLock { state in
            state.task?.cancel()
            state.run += 1
            if !resuming { state.health.begin() }
            state.task = Task { [self, run = state.run] in await monitor(run, startedAt: time) }
        }
    }

    /// Ends probing; from now on the container counts as unhealthy, as with Docker.
    func stop() {
        state.withLock { state in
            if state.task == nil { return }
            state.task?.cancel()
            state.task = nil
            state.run += 1
            state.health.end()
        }
    }

    private func monitor(_ run: Int, startedAt: Timestamp) async {
        func age(_ time: Timestamp) -> Duration { .nanoseconds(time.nanoseconds - startedAt.nanoseconds) }
        while !Task.isCancelled {
            let wait = state.withLock { $0.health.wait(settings, age: age(.now)) }
            do { try await Task.sleep(for: wait) } catch { return }
            let outcome = await attempt()
            let changed: Health? = state.withLock { state in
                guard state.run == run, state.health.record(outcome, settings, age: age(outcome.start)) else {
                    return nil
                }
                return state.health.view
            }
            if let changed { await onChange(changed) }
        }
    }

    /// Runs the probe for as long as it may take.
    private func attempt() async -> HealthState.Probe {
        let start = Timestamp.now
        let answer = OneShot<(exitCode: Int, output: String)?>()
        let work = Task { [probe, command, settings] in
            answer.set(await probe(command, settings.timeout))
        }
        let alarm = Task { [settings] in
            try await Task.sleep(for: settings.timeout)
            work.cancel()
            // It has to kill its process and come back with the output; a process that cannot be killed (in
            // an uninterruptible wait, say) must not stop the monitor.
            try await Task.sleep(for: .seconds(5))
            answer.set(nil)
        }
        defer { alarm.cancel() }
        // A monitor that is stopped leaves without the answer, and takes the process along.
        let outcome = try? await answer.value()
        if Task.isCancelled { work.cancel() }
        let end = Timestamp.now
        let output = outcome?.output ?? ""
        if end.nanoseconds - start.nanoseconds >= Self.nanoseconds(settings.timeout) {
            return .init(
                start: start, end: end, exitCode: -1,
                output: HealthState.timeoutText(
                    settings.timeout, output: HealthState.kept(Array(output.utf8))))
        }
        return .init(
            start: start, end: end, exitCode: outcome?.exitCode ?? -1,
            output: HealthState.kept(Array(output.utf8)))
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let (total, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : total + attoseconds / 1_000_000_000
    }
}
