public import Linux

/// What ``LogReader/next()`` found.
public enum LogRead: Sendable, Hashable {
    case record(LogRecord)
    /// A line of so many bytes is no record (cut off by a crash, or damaged) and was passed over.
    case skipped(bytes: Int)
    /// Nothing more for now; ask again when the log's directory changed, or call ``LogReader/finish()``.
    case wait
    case end
}

/// Which records of a log to read.
public struct LogQuery: Sendable, Hashable {
    /// Only the last so many records; nil is all.
    public var tail: Int?
    /// Only records from this time on, in nanoseconds since 1970.
    public var sinceNanoseconds: Int64?
    /// Only records up to this time.
    public var untilNanoseconds: Int64?
    /// Whether to go on with what is written later, across rotations.
    public var follows: Bool

    public init(
        tail: Int? = nil, sinceNanoseconds: Int64? = nil, untilNanoseconds: Int64? = nil,
        follows: Bool = false
    ) {
        self.tail = tail
        self.sinceNanoseconds = sinceNanoseconds
        self.untilNanoseconds = untilNanoseconds
        self.follows = follows
    }
}

/// Reads a log from its oldest rotated file to the end, while its writer may go on.
///
/// Pull ``next()`` until it says ``LogRead/end`` or, when following, ``LogRead/wait``: then wait for a
/// ``DirectoryWatch`` of the log's directory (or for some milliseconds) and pull again. Nothing here waits,
/// so one thread can serve any number of followers.
///
/// `@unchecked Sendable`: the state has no lock; whoever holds the reader calls it from one task or thread
/// at a time.
public final class LogReader: @unchecked Sendable {
    /// The longest line that is looked at; one without an end by then is passed over.
    static let longestLine = 4 << 20

    private let configuration: LogConfiguration
    private let query: LogQuery
    private var isFollowing: Bool
    private var hasEnded = false
    /// The files still to read, the newest last; the first one is being read.
    private var files: [LogFile]
    private var buffer: [UInt8] = []
    private var start = 0
    /// Where in `buffer` to look on for the newline.
    private var searched = 0
    private var chunk = [UInt8](repeating: 0, count: 64 << 10)
    /// How many bytes of an overlong line were dropped already.
    private var dropped = 0

    /// Opens the log that a writer with this configuration writes, or wrote; a log that isn't there yet is
    /// empty.
    public init(_ configuration: LogConfiguration, query: LogQuery = LogQuery()) throws(SystemError) {
        self.configuration = configuration
        self.query = query
        isFollowing = query.follows
        files = try LogFile.openAll(configuration, newerThan: nil)
        if let tail = query.tail { try skipAllBut(last: max(0, tail)) }
    }

    /// Ends following: what is there by now is still read, then comes the end. Call it when the container
    /// has ended.
    public func finish() { isFollowing = false }

    /// The next record, in the order in which they were written.
    public func next() throws(SystemError) -> LogRead {
        while !hasEnded {
            if let damaged = damagedBytes() { return .skipped(bytes: damaged) }
            if let line = nextLine() {
                guard let read = evaluate(line) else { continue }
                return read
            }
            if try fill() { continue }
            if files.count > 1 {
                // A file that was rotated away is complete: what has no newline is damaged.
                let rest = buffer.count - start + dropped
                advance()
                if rest > 0 { return .skipped(bytes: rest) }
                continue
            }
            if query.follows, try findNewerFiles() { continue }
            if isFollowing { return .wait }
            hasEnded = true
        }
        return .end
    }

    private func evaluate(_ line: Range<Int>) -> LogRead? {
        if dropped > 0 {
            defer { dropped = 0 }
            return .skipped(bytes: dropped + line.count)
        }
        let format = configuration.format
        let record = buffer.withUnsafeBytes { bytes in
            let text = UnsafeRawBufferPointer(rebasing: bytes[line])
            return format == .local ? LocalRecord.parse(text) : LogRecord.parse(text)
        }
        guard let record else { return line.isEmpty ? nil : .skipped(bytes: line.count) }
        if query.sinceNanoseconds != nil || query.untilNanoseconds != nil {
            guard let time = record.timeNanoseconds else { return .skipped(bytes: line.count) }
            if let since = query.sinceNanoseconds, time < since { return nil }
            if let until = query.untilNanoseconds, time > until {
                hasEnded = true
                return .end
            }
        }
        return .record(record)
    }

    /// What is left of this file if no record begins where one should; all of it is passed over.
    private func damagedBytes() -> Int? {
        guard configuration.format == .local, buffer.count - start >= 4 else { return nil }
        let length = buffer.withUnsafeBytes { LocalRecord.length($0, at: start) }
        if length <= LocalRecord.longestMessage {
            let end = start + length + LocalRecord.overheadBytes
            if end > buffer.count { return nil }
            if buffer.withUnsafeBytes({ LocalRecord.length($0, at: end - 4) }) == length { return nil }
        }
        let rest = buffer.count - start
        (start, searched) = (buffer.count, buffer.count)
        return rest
    }

    /// The next whole message in the buffer, without the lengths around it.
    private func nextMessage() -> Range<Int>? {
        guard buffer.count - start >= LocalRecord.overheadBytes else { return nil }
        let length = buffer.withUnsafeBytes { LocalRecord.length($0, at: start) }
        let end = start + length + LocalRecord.overheadBytes
        guard end <= buffer.count else { return nil }
        defer { (start, searched) = (end, end) }
        return start + 4..<end - 4
    }

    /// The next whole line in the buffer, without its newline.
    private func nextLine() -> Range<Int>? {
        if configuration.format == .local { return nextMessage() }
        let newline = buffer.withUnsafeBytes {
            firstIndex(of: UInt8(ascii: "\n"), in: UnsafeRawBufferPointer(rebasing: $0[searched...]))
        }
        guard let newline else {
            searched = buffer.count
            return nil
        }
        let line = start..<(searched + newline)
        start = line.upperBound + 1
        searched = start
        return line
    }

    /// Reads on in the current file, and says whether there was more.
    private func fill() throws(SystemError) -> Bool {
        guard !files.isEmpty else { return false }
        if start > 0 {
            buffer.removeSubrange(..<start)
            (start, searched) = (0, searched - start)
        }
        if buffer.count > Self.longestLine {
            dropped += buffer.count
            buffer.removeAll(keepingCapacity: true)
            searched = 0
        }
        let count = try files[0].read(into: &chunk)
        buffer.append(contentsOf: chunk[..<count])
        return count > 0
    }

    private func advance() {
        files.removeFirst()
        buffer.removeAll(keepingCapacity: true)
        (start, searched, dropped) = (0, 0, 0)
    }

    /// Looks whether the writer rotated or emptied the file, and says whether there is something new to read.
    private func findNewerFiles() throws(SystemError) -> Bool {
        guard let current = files.first else {
            files = try LogFile.openAll(configuration, newerThan: nil)
            return !files.isEmpty
        }
        guard let newest = try FileIdentity(path: configuration.path) else { return false }
        if newest.isSameFile(as: current.identity) {
            guard newest.sizeBytes < current.offset else { return false }
            files[0].offset = 0
            buffer.removeAll(keepingCapacity: true)
            (start, searched, dropped) = (0, 0, 0)
            return true
        }
        let newer = try LogFile.openAll(configuration, newerThan: current.identity)
        files.append(contentsOf: newer)
        // The writer may have added to the current file just before it rotated: it is read to its end once
        // more.
        return !newer.isEmpty
    }

    private func skipAllBut(last count: Int) throws(SystemError) {
        var left = count
        for index in files.indices.reversed() {
            let (offset, found) = try files[index].offset(ofLast: left, configuration.format)
            files[index].offset = offset
            left -= found
            if left == 0 {
                files.removeSubrange(..<index)
                return
            }
        }
    }
}
