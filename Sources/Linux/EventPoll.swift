internal import CLinux
internal import Glibc

/// A set of descriptors to wait on together; see `epoll(7)`.
public struct EventPoll: ~Copyable, Sendable {
    /// What to wait for, and what has come: `EPOLL*`.
    public struct Events: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let readable = Events(rawValue: 0x001)
        public static let priority = Events(rawValue: 0x002)
        public static let writable = Events(rawValue: 0x004)
        public static let error = Events(rawValue: 0x008)
        public static let hangUp = Events(rawValue: 0x010)
        public static let peerClosed = Events(rawValue: 0x2000)
        public static let oneShot = Events(rawValue: 1 << 30)
        public static let edgeTriggered = Events(rawValue: 1 << 31)
    }

    /// One descriptor that is ready, by the key it was added with.
    public struct Ready: Sendable {
        public let key: UInt64
        public let events: Events
    }

    private let descriptor: OwnedDescriptor

    public init() throws(SystemError) {
        descriptor = OwnedDescriptor(adopting: try checked("epoll_create1") { clinux_epoll_create() })
    }

    /// Begins to wait for `events` of `file`; `wait` reports them under `key`.
    public borrowing func add(_ file: Int32, _ events: Events, key: UInt64) throws(SystemError) {
        try control(1, file, events, key)
    }

    /// Replaces what is waited for.
    public borrowing func modify(_ file: Int32, _ events: Events, key: UInt64) throws(SystemError) {
        try control(3, file, events, key)
    }

    /// Stops waiting for `file`, which must still be open.
    public borrowing func remove(_ file: Int32) throws(SystemError) {
        try control(2, file, [], 0)
    }

    /// Waits until something is ready or `timeoutMilliseconds` have passed (-1: for ever), and reports up to 64.
    public borrowing func wait(timeoutMilliseconds: Int32 = -1) throws(SystemError) -> [Ready] {
        var ready: [Ready] = []
        try wait(timeoutMilliseconds: timeoutMilliseconds, into: &ready)
        return ready
    }

    /// ``wait(timeoutMilliseconds:)`` into an array that keeps its storage.
    public borrowing func wait(timeoutMilliseconds: Int32 = -1, into ready: inout [Ready]) throws(SystemError)
    {
        let raw = descriptor.rawValue
        ready.removeAll(keepingCapacity: true)
        let found: Result<Void, SystemError> = withUnsafeTemporaryAllocation(
            of: clinux_ready.self, capacity: 64
        ) {
            entries in
            let count = clinux_epoll_wait(raw, entries.baseAddress, timeoutMilliseconds)
            if count < 0 {
                return errno == EINTR ? .success(()) : .failure(SystemError.last("epoll_wait", ""))
            }
            for entry in entries[..<Int(count)] {
                ready.append(Ready(key: entry.key, events: Events(rawValue: entry.events)))
            }
            return .success(())
        }
        try found.get()
    }

    private borrowing func control(
        _ operation: Int32, _ file: Int32, _ events: Events, _ key: UInt64
    ) throws(SystemError) {
        let raw = descriptor.rawValue
        try checked("epoll_ctl", "fd \(file)") {
            clinux_epoll_control(raw, operation, file, events.rawValue, key)
        }
    }
}

/// A counter that wakes an ``EventPoll`` from another thread; see `eventfd(2)`.
public struct WakeupDescriptor: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    public init() throws(SystemError) {
        descriptor = OwnedDescriptor(adopting: try checked("eventfd") { clinux_eventfd() })
    }

    /// The number to wait on.
    public var rawValue: Int32 { descriptor.rawValue }

    /// Makes the descriptor readable.
    public borrowing func signal() {
        var one: UInt64 = 1
        _ = Glibc.write(descriptor.rawValue, &one, 8)
    }

    /// Makes it unreadable again.
    public borrowing func clear() {
        var count: UInt64 = 0
        _ = Glibc.read(descriptor.rawValue, &count, 8)
    }
}
