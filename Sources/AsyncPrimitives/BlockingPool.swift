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
        /// Where in `jobs` the oldest one is.
        var head = 0
        var threads = 0
        /// Threads that wait, or are about to, and have not taken a job yet.
        var idle = 0

        var queued: Int { jobs.count - head }

        mutating func takeJob() -> (@Sendable () -> Void)? {
            guard head < jobs.count else { return nil }
            let job = jobs[head]
            jobs[head] = {}
            head += 1
            if head == jobs.count || head > 256 {
                jobs.removeFirst(head)
                head = 0
            }
            return job
        }
    }

    private let state = Mutex(State())
    private let maximumThreads: Int
    private let idleSeconds: Int
    private let wake = Semaphore()

    /// A pool of at most `maximumThreads`, each of which ends after `idleSeconds` without a job.
    public init(maximumThreads: Int, idleSeconds: Int = 5) {
        self.maximumThreads = maximumThreads
        self.idleSeconds = idleSeconds
    }

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
    ///
    /// Every job is followed by one post of the semaphore, and a thread looks into the queue under the lock
    /// after each wait, even one whose time was up: so no job is left while a thread lives, and a thread that
    /// ends has seen an empty queue in the same moment as it stops counting as one.
    public func submit(_ job: @escaping @Sendable () -> Void) {
        let startThread = state.withLock { state in
            state.jobs.append(job)
            if state.idle >= state.queued || state.threads >= maximumThreads { return false }
            state.threads += 1
            return true
        }
        if startThread && !startDetachedThread(stackBytes: 1 << 20, { self.work() }) { threadRefused() }
        wake.signal()
    }

    /// The kernel gave no thread: without any other, this one has to work off the queue.
    private func threadRefused() {
        while true {
            let job: (@Sendable () -> Void)? = state.withLock { state in
                if state.threads == 1, let job = state.takeJob() { return job }
                state.threads -= 1
                return nil
            }
            guard let job else { return }
            job()
        }
    }

    private func work() {
        while true {
            state.withLock { $0.idle += 1 }
            let woken = wake.wait(seconds: idleSeconds)
            let job: (@Sendable () -> Void)?? = state.withLock { state in
                state.idle -= 1
                if let job = state.takeJob() { return .some(job) }
                // A post whose job another thread took when its time was up.
                if woken { return .some(nil) }
                state.threads -= 1
                return nil
            }
            guard let job else { return }
            job?()
        }
    }

    /// Whether every thread waits for a job.
    var isIdle: Bool { state.withLock { $0.idle == $0.threads } }

    /// How many threads there are now, and how many jobs wait for one.
    var load: (threads: Int, queued: Int) { state.withLock { ($0.threads, $0.queued) } }
}

/// Starts a thread that nobody joins; false if the kernel refuses one.
func startDetachedThread(stackBytes: Int, _ body: @escaping @Sendable () -> Void) -> Bool {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
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
