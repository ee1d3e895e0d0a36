public import Linux

/// Appends a container's output to its json-file log, one record a line, as Docker does byte for byte.
///
/// Lines over 16 KiB become several records, of which only the last one's text ends with a newline. A line
/// without its newline yet is held back until more comes or the writer is closed. Each call of
/// ``write(_:_:nowNanoseconds:)`` makes one `write(2)` (and a rotation where the file is full), so that a
/// record is complete in the file as soon as the call returns. For one thread.
public final class LogWriter {
    /// The longest text of one record: Docker's copy buffer.
    static let longestText = 16 << 10

    private let configuration: LogConfiguration
    private var encoder: RecordEncoder
    private var file: OwnedDescriptor
    private var sizeBytes: Int64
    private var standardOutput = PendingLine()
    private var standardError = PendingLine()

    /// How many bytes of encoded records were lost because they could not be written.
    public private(set) var lostBytes: Int64 = 0

    /// Opens the log for appending, and makes it if it isn't there.
    ///
    /// A last record that a crash cut off is closed with a newline first, so that it damages no other.
    public init(_ configuration: LogConfiguration) throws(SystemError) {
        self.configuration = configuration
        encoder = RecordEncoder(attributes: configuration.attributes)
        file = try openFile(configuration.path, [.readWrite, .create, .append], mode: 0o640)
        sizeBytes = try FileIdentity(descriptor: file.rawValue).sizeBytes
        if sizeBytes > 0, try Self.endsInsideRecord(file.rawValue, sizeBytes) {
            try writeAll(file.rawValue, [UInt8(ascii: "\n")])
            sizeBytes += 1
        }
    }

    /// Adds `bytes` of the output `stream`, which were read at `nowNanoseconds` since 1970.
    ///
    /// On failure (disk full, say) the records of this call are lost and counted, the file ends with a whole
    /// record, and the next call tries again.
    public func write(
        _ stream: LogStream, _ bytes: UnsafeRawBufferPointer, nowNanoseconds now: Int64
    ) throws(SystemError) {
        switch stream {
        case .stdout: try append(bytes, stream, &standardOutput, now)
        case .stderr: try append(bytes, stream, &standardError, now)
        }
        try flush()
    }

    /// Writes the lines of both outputs that never got a newline. Call it once, when the outputs are at
    /// their end.
    public func close() throws(SystemError) {
        try closePending(.stdout, &standardOutput)
        try closePending(.stderr, &standardError)
        try flush()
    }

    private func append(
        _ bytes: UnsafeRawBufferPointer, _ stream: LogStream, _ pending: inout PendingLine, _ now: Int64
    ) throws(SystemError) {
        var rest = bytes
        while !rest.isEmpty {
            let room = Self.longestText - pending.bytes.count
            let window = UnsafeRawBufferPointer(rebasing: rest[..<min(room, rest.count)])
            let newline = firstIndex(of: UInt8(ascii: "\n"), in: window)
            if newline == nil && window.count < room {
                if pending.bytes.isEmpty && !pending.isContinued { pending.timeNanoseconds = now }
                pending.bytes.append(contentsOf: window)
                return
            }
            // A record is due: a whole line, or 16 KiB of one.
            let text = UnsafeRawBufferPointer(rebasing: window[..<(newline ?? window.count)])
            let time = pending.isContinued ? pending.timeNanoseconds : now
            try rotateIfFull()
            if pending.bytes.isEmpty {
                encoder.append(stream, text, endsLine: newline != nil, timeNanoseconds: time)
            } else {
                pending.bytes.append(contentsOf: text)
                encoder.append(stream, pending.bytes, endsLine: newline != nil, timeNanoseconds: time)
                pending.bytes.removeAll(keepingCapacity: true)
            }
            pending.isContinued = newline == nil
            pending.timeNanoseconds = time
            rest = UnsafeRawBufferPointer(rebasing: rest[(newline.map { $0 + 1 } ?? window.count)...])
        }
    }

    private func closePending(_ stream: LogStream, _ pending: inout PendingLine) throws(SystemError) {
        guard !pending.bytes.isEmpty else { return }
        try rotateIfFull()
        encoder.append(stream, pending.bytes, endsLine: false, timeNanoseconds: pending.timeNanoseconds)
        pending = PendingLine()
    }

    private func flush() throws(SystemError) {
        let count = encoder.bytes.count
        guard count > 0 else { return }
        defer { encoder.removeAll() }
        do {
            try writeAll(file.rawValue, encoder.bytes)
            sizeBytes += Int64(count)
        } catch {
            lostBytes += Int64(count)
            try? truncateFile(file.rawValue, sizeBytes: sizeBytes)
            throw error
        }
    }

    private func rotateIfFull() throws(SystemError) {
        guard let limit = configuration.maxSizeBytes, sizeBytes + Int64(encoder.bytes.count) >= limit else {
            return
        }
        try flush()
        if configuration.maxFiles == 1 {
            try truncateFile(file.rawValue, sizeBytes: 0)
        } else {
            for number in stride(from: configuration.maxFiles - 2, through: 0, by: -1) {
                let (old, new) = (
                    configuration.path(rotated: number), configuration.path(rotated: number + 1)
                )
                do { try renameFile(old, to: new) } catch let error where error.code == .noEntry { continue }
            }
            file = try openFile(configuration.path, [.readWrite, .create, .append, .truncate], mode: 0o640)
        }
        sizeBytes = 0
    }

    private static func endsInsideRecord(_ descriptor: Int32, _ size: Int64) throws(SystemError) -> Bool {
        var last: UInt8 = 0
        let result = withUnsafeMutableBytes(of: &last) { buffer -> Result<Int, SystemError> in
            do throws(SystemError) {
                return .success(try readBytes(descriptor, at: size - 1, into: buffer))
            } catch {
                return .failure(error)
            }
        }
        return try result.get() == 1 && last != UInt8(ascii: "\n")
    }
}

/// The start of a line whose newline has not come yet.
private struct PendingLine {
    var bytes: [UInt8] = []
    /// Whether records of this line were written already; they all carry the first one's time.
    var isContinued = false
    var timeNanoseconds: Int64 = 0
}
