internal import AsyncPrimitives
internal import Linux
internal import Synchronization

/// Gives back what the daemon does not need while nobody asks it for anything.
///
/// A second after the last request, and not again before the next one has come: an idle daemon is not woken for it.
final class IdleMemory: Sendable {
    private struct State {
        var lastRequest = ContinuousClock.now
        /// Set by the first request after a release.
        var begun: OneShot<Bool>?
    }

    private static let quiet = Duration.seconds(1)
    private let state = Mutex(State())

    /// Notes that a request has come.
    func noteRequest() {
        let begun = state.withLock { state in
            state.lastRequest = .now
            defer { state.begun = nil }
            return state.begun
        }
        begun?.set(true)
    }

    /// Releases memory whenever the daemon has become idle; ends when its task is cancelled.
    func watch() async {
        do {
            while true {
                let begun = OneShot<Bool>()
                state.withLock { $0.begun = begun }
                releaseIdleMemory()
                _ = try await begun.value()
                var left = Self.quiet
                while left > .zero {
                    try await Task.sleep(for: left)
                    left = state.withLock { $0.lastRequest } + Self.quiet - .now
                }
            }
        } catch {}
    }
}
