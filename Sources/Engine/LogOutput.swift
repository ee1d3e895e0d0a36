internal import AsyncPrimitives
internal import ContainerLog
internal import DockerAPI
internal import EngineModel
internal import Linux
internal import RuntimeClient
internal import Synchronization

/// The output of `docker logs`: records of the log file as frames, or as raw text for a terminal's log.
///
/// Reading blocks, so it happens on the pool; nobody holds a thread while waiting for more.
final class LogOutput: ByteOutput {
    let isTerminal: Bool
    private let reader: LogReader
    private let options: DockerAPI.LogOptions
    private let watch: AsyncDescriptor?
    private let directoryWatch: WatchBox?
    private let waitForEnd: (@Sendable () async -> Void)?
    private let follower = Mutex<Task<Void, Never>?>(nil)

    private final class WatchBox: Sendable {
        let watch: DirectoryWatch
        init(_ watch: consuming DirectoryWatch) { self.watch = watch }
    }

    /// Opens the log; `waitForEnd` returns once the container has ended, and nil means that it has.
    init(
        _ configuration: LogConfiguration, directory: String, options: DockerAPI.LogOptions, isTerminal: Bool,
        waitForEnd: (@Sendable () async -> Void)?
    ) throws {
        self.isTerminal = isTerminal
        self.options = options
        let follows = options.follow && waitForEnd != nil
        self.waitForEnd = follows ? waitForEnd : nil
        if follows {
            let box = WatchBox(try DirectoryWatch())
            _ = try box.watch.add(directory)
            directoryWatch = box
            watch = try AsyncDescriptor(
                try duplicateDescriptor(box.watch.descriptor))
        } else {
            directoryWatch = nil
            watch = nil
        }
        reader = try LogReader(
            configuration,
            query: LogQuery(
                tail: options.tail, sinceNanoseconds: options.since, untilNanoseconds: options.until,
                follows: follows))
    }

    /// Begins to watch for the container's end.
    func begin() {
        guard let waitForEnd, let watch else { return }
        let hasEnded = hasEnded
        let task = Task {
            await waitForEnd()
            hasEnded.withLock { $0 = true }
            watch.close()
        }
        follower.withLock { $0 = task }
        if let until = options.until {
            let left = max(until, 0) - Timestamp.now.nanoseconds
            let stop = Task {
                if left > 0 { try? await Task.sleep(for: .nanoseconds(left)) }
                hasEnded.withLock { $0 = true }
                watch.close()
            }
            deadline.withLock { $0 = stop }
        }
    }

    private final class Flag: Sendable {
        let value = Mutex(false)
        func withLock<Result: Sendable>(_ body: (inout sending Bool) -> sending Result) -> Result {
            value.withLock(body)
        }
    }

    private let hasEnded = Flag()
    private let deadline = Mutex<Task<Void, Never>?>(nil)

    func nextOutput() async throws -> [UInt8]? {
        while true {
            let (bytes, state) = try await BlockingPool.shared.run { [self] in try readBatch() }
            if !bytes.isEmpty { return bytes }
            if state == .end { return nil }
            if hasEnded.withLock({ $0 }) {
                reader.finish()
                continue
            }
            guard let watch else { return nil }
            do {
                try await watch.performReading { descriptor in
                    var scratch = [UInt8](repeating: 0, count: 4096)
                    _ = try scratch.withUnsafeMutableBytes { try readBytes(descriptor, into: $0) }
                }
            } catch is CancellationError {
                return nil
            } catch {
                hasEnded.withLock { $0 = true }
            }
        }
    }

    func close() async {
        follower.withLock { $0?.cancel() }
        deadline.withLock { $0?.cancel() }
        watch?.close()
    }

    private enum BatchState { case more, wait, end }

    /// Reads up to some 64 KiB of records.
    private func readBatch() throws -> ([UInt8], BatchState) {
        var bytes: [UInt8] = []
        while bytes.count < 65536 {
            switch try reader.next() {
            case .record(let record): append(record, to: &bytes)
            case .skipped: continue
            case .wait: return (bytes, .wait)
            case .end: return (bytes, .end)
            }
        }
        return (bytes, .more)
    }

    private func append(_ record: LogRecord, to bytes: inout [UInt8]) {
        guard record.stream == .stdout ? options.stdout : options.stderr else { return }
        var line: [UInt8] = []
        if options.timestamps { line += Array(record.timeWithNineDigits.utf8) + [32] }
        if options.details {
            let pairs = record.attributes.sorted { $0.name < $1.name }.map { "\($0.name)=\($0.value)" }
            line += Array(pairs.joined(separator: ",").utf8) + [32]
        }
        let length = line.count + record.bytes.count
        if !isTerminal {
            bytes += streamFrameHeader(record.stream == .stdout ? .stdout : .stderr, length: length)
        }
        bytes += line
        bytes += record.bytes
    }
}
