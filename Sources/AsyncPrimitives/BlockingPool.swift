internal import Glibc
internal import Synchronization

/// Threads for calls that block: file systems, databases, archives.
///
/// The threads start on demand, up to the limit, and end after some seconds with nothing to do,
/// so that an idle daemon keeps none of their stacks.
public final class BlockingPool: Sendable {
    /// The pool that everything shares unless it needs one of its own.
    public static let shared = BlockingPool(maximumThreads: 24)

    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var threads = 0
        var idle = 0
    }

    private let state = Mutex(State())
    private let maximumThreads: Int
    private let wake = Semaphore()

    public init(maximumThreads: Int) { self.maximumThreads = maximumThreads }

    /// Runs `body` on a thread of the pool and returns what it returns; the caller's cancellation does not stop it.
    public func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            submit { continuation.resume(with: Result { try body() }) }
        }
    }

    /// ``run(_:)`` for what cannot fail.
    public func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            submit { continuation.resume(returning: body()) }
        }
    }

    /// Runs `job` some time soon, in the order of submission.
    public func submit(_ job: @escaping @Sendable () -> Void) {
        let startThread = state.withLock { state in
            state.jobs.append(job)
            if state.idle >= state.jobs.count || state.threads >= maximumThreads { return false }
            state.threads += 1
            return true
        }
        if startThread {
            if !startDetachedThread(stackBytes: 1 << 20, { self.work() }) { 
                state.withLock { $0.threads -= 1 }
            }
        }
        wake.signal()
    }

    private func work() {
        while true {
            state.withLock { $0.idle += 1 }
            let woken = wake.wait(seconds: 5)
            let job: (@Sendable () -> Void)?? = state.withLock { state in
                state.idle -= 1
                if !state.jobs.isEmpty { return .some(state.jobs.removeFirst()) }
                if woken { return .some(nil) }
                state.threads -= 1
                return nil
            }
            guard let job else { return }
            job?()
        }
    }
}

/// Starts a thread that nobody joins; false if the kernel refuses one.
func startDetachedThread(stackBytes: Int, _ body: @escaping @Sendable () -> Void) -> Bool {
    final class Box { let body: @Sendable () -> Void; init(_ body: @escaping @Sendable () -> Void) { self.body = body } }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, stackBytes)
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(body))
    let result = pthread_create(
        &thread, &attributes,
        { raw in
            guard let raw else { return nil }
            Unmanaged<Box>.fromOpaque(raw).takeRetainedValue().body()
            return nil
        }, box.toOpaque())
    if result != 0 { box.release() }
    return result == 0
}

/// A POSIX semaphore at a fixed address.
final class Semaphore: @unchecked Sendable {
    // Safe to share: sem_t is made for it, and its address never changes.
    private let raw: UnsafeMutablePointer<sem_t>

    init() {
        raw = .allocate(capacity: 1)
        sem_init(raw, 0, 0)
    }

    deinit {
        sem_destroy(raw)
        raw.deallocate()
    }

    func signal() { sem_post(raw) }

    func wait() { while sem_wait(raw) != 0 {} }

    /// Waits at most `seconds`; false when they have passed.
    func wait(seconds: Int) -> Bool {
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        deadline.tv_sec += seconds
        while sem_timedwait(raw, &deadline) != 0 {
            if errno == ETIMEDOUT { return false }
        }
        return true
    }
}
