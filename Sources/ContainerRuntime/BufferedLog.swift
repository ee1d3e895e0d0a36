internal import ContainerLog
internal import Linux

/// A log that the container never waits for: a process of its own writes it, fed through a pipe.
///
/// What the disk cannot take at once waits in memory, up to a limit; output beyond it is lost, as with Docker's
/// `mode=non-blocking`. For one thread.
final class BufferedLog: LogSink {
    /// How long the end of a container waits for its log.
    private static let patienceMilliseconds: Int64 = 10_000

    private let loop: EventLoop
    private let limitBytes: Int
    private var pipe: SharedDescriptor?
    private var key: UInt64 = 0
    private let writer: (pid: Int32, pidfd: SharedDescriptor)
    private var waiting: [UInt8] = []
    private var sent = 0

    init(_ configuration: LogConfiguration, limitBytes: Int, loop: EventLoop) throws(SystemError) {
        self.loop = loop
        self.limitBytes = limitBytes
        // A log that cannot be opened is an error of the start, which the other process could not tell.
        let check = try LogWriter(configuration)
        try check.close()
        let ends = try makePipe()
        let source = OwnedDescriptor(adopting: ends.read)
        let target = OwnedDescriptor(adopting: ends.write)
        switch try forkProcess() {
        case .child: Self.serve(source.rawValue, configuration)
        case .parent(let pid, let pidfd): writer = (pid, SharedDescriptor(pidfd))
        }
        source.close()
        try setNonBlocking(target.rawValue)
        let file = SharedDescriptor(target)
        pipe = file
        key = try loop.watch(file.rawValue, []) { [unowned self] _ in flush() }
    }

    func write(
        _ stream: LogStream, _ bytes: UnsafeRawBufferPointer, nowNanoseconds: Int64
    ) throws(SystemError) {
        guard pipe != nil, !bytes.isEmpty else { return }
        let left = waiting.count - sent
        if left > 0, left + Frame.headBytes + bytes.count > limitBytes { return }
        Frame(stream: stream, count: bytes.count, nowNanoseconds: nowNanoseconds).append(to: &waiting)
        waiting.append(contentsOf: bytes)
        flush()
    }

    /// Sends what the pipe takes, and is called again when it takes more.
    private func flush() {
        while sent < waiting.count, let pipe {
            let count = waiting.withUnsafeBytes {
                writeNow(pipe.rawValue, UnsafeRawBufferPointer(rebasing: $0[sent...]))
            }
            guard let count else {
                // The writer has gone: nobody keeps what comes.
                loop.forget(key)
                self.pipe = nil
                break
            }
            if count == 0 { break }
            sent += count
        }
        if sent == waiting.count {
            waiting.removeAll(keepingCapacity: waiting.count <= 64 << 10)
            sent = 0
        } else if sent > 1 << 20 {
            waiting.removeFirst(sent)
            sent = 0
        }
        if pipe != nil { loop.set(key, waiting.isEmpty ? [] : .writable) }
    }

    func close() throws(SystemError) {
        let end = monotonicMicroseconds() / 1000 + Self.patienceMilliseconds
        func left() -> Int32 { Int32(clamping: max(0, end - monotonicMicroseconds() / 1000)) }
        while !waiting.isEmpty, let pipe {
            var items = [PollItem(pipe.rawValue, read: false, write: true)]
            guard try waitForAny(&items, timeoutMilliseconds: left()) else { break }
            flush()
        }
        if pipe != nil { loop.forget(key) }
        pipe = nil
        var items = [PollItem(writer.pidfd.rawValue)]
        if try waitForAny(&items, timeoutMilliseconds: left()) { _ = try reapChild(writer.pid, wait: true) }
    }

    /// Writes the log until the pipe ends; in a process of its own.
    private static func serve(_ source: Int32, _ configuration: LogConfiguration) -> Never {
        do throws(SystemError) {
            // The supervisor's connections must end with the supervisor.
            try duplicate(source, to: 0)
            closeDescriptors(from: 3)
            setProcessTitle("berth-log")
            let log = try LogWriter(configuration)
            while let (frame, bytes) = readFrame() { keep(bytes, frame, in: log) }
            try log.close()
        } catch { exitNow(1) }
        exitNow(0)
    }

    private static func keep(_ bytes: [UInt8], _ frame: Frame, in log: LogWriter) {
        bytes.withUnsafeBytes { bytes in
            // A disk that is full now may have room for the next one.
            do throws(SystemError) {
                try log.write(frame.stream, bytes, nowNanoseconds: frame.nowNanoseconds)
            } catch {}
        }
    }

    private static func readFrame() -> (Frame, [UInt8])? {
        var head = [UInt8](repeating: 0, count: Frame.headBytes)
        guard read(&head) else { return nil }
        let frame = Frame(head)
        var bytes = [UInt8](repeating: 0, count: frame.count)
        return read(&bytes) ? (frame, bytes) : nil
    }

    /// Fills `bytes` from the pipe; false at its end.
    private static func read(_ bytes: inout [UInt8]) -> Bool {
        var filled = 0
        while filled < bytes.count {
            let result = bytes.withUnsafeMutableBytes {
                readNow(0, into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
            }
            guard case .bytes(let count) = result else { return false }
            filled += count
        }
        return true
    }

    /// What stands before each piece of output in the pipe.
    private struct Frame {
        static let headBytes = 16

        var stream: LogStream
        var count: Int
        var nowNanoseconds: Int64

        init(stream: LogStream, count: Int, nowNanoseconds: Int64) {
            (self.stream, self.count, self.nowNanoseconds) = (stream, count, nowNanoseconds)
        }

        init(_ head: [UInt8]) {
            (stream, count, nowNanoseconds) = head.withUnsafeBytes { bytes in
                (
                    bytes.loadUnaligned(as: UInt32.self) == 1 ? .stdout : .stderr,
                    Int(bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)),
                    bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self)
                )
            }
        }

        func append(to bytes: inout [UInt8]) {
            withUnsafeBytes(of: UInt32(stream == .stdout ? 1 : 2)) { bytes.append(contentsOf: $0) }
            withUnsafeBytes(of: UInt32(count)) { bytes.append(contentsOf: $0) }
            withUnsafeBytes(of: nowNanoseconds) { bytes.append(contentsOf: $0) }
        }
    }
}
