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
        descriptor = OwnedDescriptor(adopting: try checked("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
    }

    /// Begins to wait for `events` of `file`; `wait` reports them under `key`.
    public borrowing func add(_ file: Int32, _ events: Events, key: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, file, events, key)
    }

    /// Replaces what is waited for.
    public borrowing func modify(_ file: Int32, _ events: Events, key: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_MOD, file, events, key)
    }

    /// Stops waiting for `file`, which must still be open.
    public borrowing func remove(_ file: Int32) throws(SystemError) {
        try control(EPOLL_CTL_DEL, file, [], 0)
    }

    /// Waits until something is ready or `timeoutMilliseconds` have passed (-1: for ever), and reports up to 64.
    public borrowing func wait(timeoutMilliseconds: Int32 = -1) throws(SystemError) -> [Ready] {
        var ready: [Ready] = []
        try wait(timeoutMilliseconds: timeoutMilliseconds, into: &ready)
        return ready
    }

    /// ``wait(timeoutMilliseconds:)`` into an array that keeps its storage.
    public borrowing func wait(timeoutMilliseconds: Int32 = -1, into ready: inout [Ready]) throws(SystemError) {
        let raw = descriptor.rawValue
        ready.removeAll(keepingCapacity: true)
        let capacity = 64
        let found: Result<Void, SystemError> = withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: capacity) {
            events in
            let count = epoll_wait(raw, events.baseAddress, Int32(capacity), timeoutMilliseconds)
            if count < 0 {
                return errno == EINTR ? .success(()) : .failure(SystemError.last("epoll_wait", ""))
            }
            for event in events[..<Int(count)] {
                ready.append(Ready(key: event.data.u64, events: Events(rawValue: event.events)))
            }
            return .success(())
        }
        try found.get()
    }

    private borrowing func control(
        _ operation: Int32, _ file: Int32, _ events: Events, _ key: UInt64
    ) throws(SystemError) {
        let raw = descriptor.rawValue
        var event = epoll_event(events: events.rawValue, data: epoll_data_t(u64: key))
        try checked("epoll_ctl", "fd \(file)") { epoll_ctl(raw, operation, file, &event) }
    }
}
