internal import AsyncPrimitives
internal import OCI
internal import Snapshots
internal import Synchronization

/// Layers on their way in, each fetched once however many pulls want it.
///
/// A fetch goes on as long as anybody waits for it.
final class LayerFetches: Sendable {
    /// What came of a fetch.
    struct Outcome: Sendable {
        let diffID: Digest
        /// Nil where the layer is for its parents only: then its blob is in the store, to be unpacked after these.
        let layer: LayerRecord?
    }

    private final class Fetch: Sendable {
        let outcome = OneShot<Result<Outcome, any Error>>()
        let phases = Broadcast<LayerPhase>(historyLimit: 1)
        let task = Mutex<Task<Void, Never>?>(nil)
    }

    private struct State {
        var fetches: [Digest: (fetch: Fetch, waiters: Int)] = [:]
    }

    private let state = Mutex(State())

    typealias Report = @Sendable (LayerPhase) -> Void

    /// The outcome of the fetch of `blob`: one that is going on, or else `start`.
    func outcome(
        of blob: Digest, report: @escaping Report,
        start: @escaping @Sendable (@escaping Report) async throws -> Outcome
    ) async throws -> Outcome {
        while true {
            do {
                return try await join(blob, report, start)
            } catch is CancellationError where !Task.isCancelled {
                // The others had just given up: begin anew.
                continue
            }
        }
    }

    /// Whether this blob is being fetched.
    func isRunning(_ blob: Digest) -> Bool { state.withLock { $0.fetches[blob] != nil } }

    private func join(
        _ blob: Digest, _ report: @escaping Report,
        _ start: @escaping @Sendable (@escaping Report) async throws -> Outcome
    ) async throws -> Outcome {
        let (fetch, isNew) = state.withLock { state in
            if let known = state.fetches[blob] {
                state.fetches[blob] = (known.fetch, known.waiters + 1)
                return (known.fetch, false)
            }
            let fetch = Fetch()
            state.fetches[blob] = (fetch, 1)
            return (fetch, true)
        }
        let (history, phases) = fetch.phases.listen()
        for phase in history { report(phase) }
        let relay = Task { for await phase in phases { report(phase) } }
        if isNew {
            let task = Task { [self] in
                let result: Result<Outcome, any Error>
                do {
                    result = .success(try await start { fetch.phases.send($0) })
                } catch { result = .failure(error) }
                state.withLock { state in
                    if state.fetches[blob]?.fetch === fetch { state.fetches[blob] = nil }
                }
                fetch.phases.finish()
                fetch.outcome.set(result)
            }
            fetch.task.withLock { $0 = task }
        }
        do {
            let result = try await fetch.outcome.value()
            await relay.value
            return try result.get()
        } catch {
            relay.cancel()
            leave(blob, fetch)
            throw error
        }
    }

    /// One waits no more; the last one ends the fetch, and waits until it touches nothing any longer.
    private func leave(_ blob: Digest, _ fetch: Fetch) {
        let isLast = state.withLock { state in
            guard let known = state.fetches[blob], known.fetch === fetch else { return false }
            state.fetches[blob] = known.waiters > 1 ? (fetch, known.waiters - 1) : (fetch, 0)
            return known.waiters == 1
        }
        if isLast { fetch.task.withLock { $0?.cancel() } }
    }
}
