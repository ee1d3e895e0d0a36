public import Linux

/// Appends a container's output to its log, one record a line, as Docker does byte for byte.
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
    private let forksCompressor: Bool
    /// The process that compresses a rotated file, or 0.
    private var compressor: Int32 = 0

    /// How many bytes of encoded records were lost because they could not be written.
    public private(set) var lostBytes: Int64 = 0

    /// Opens the log for appending, and makes it if it isn't there.
    ///
    /// A last record that a crash cut off is closed with a newline first, so that it damages no other; in the
    /// format `local` it is taken away.
    ///
    /// Rotated files are compressed by a process of their own, which is for callers with one thread; others say
    /// no to `forksCompressor`, and wait.
    public init(_ configuration: LogConfiguration, forksCompressor: Bool = true) throws(SystemError) {
        self.configuration = configuration
        self.forksCompressor = forksCompressor
        encoder = RecordEncoder(format: configuration.format, attributes: configuration.attributes)
        file = try openFile(configuration.path, [.readWrite, .create, .append], mode: 0o640)
        sizeBytes = try FileIdentity(descriptor: file.rawValue).sizeBytes
        guard sizeBytes > 0 else { return }
        switch configuration.format {
        case .jsonLines:
            if try Self.endsInsideRecord(file.rawValue, sizeBytes) {
                try writeAll(file.rawValue, [UInt8(ascii: "\n")])
                sizeBytes += 1
            }
        case .local:
            let whole = try LogFile.wholeRecords(file.rawValue, sizeBytes)
            if whole < sizeBytes { try truncateFile(file.rawValue, sizeBytes: whole) }
            sizeBytes = whole
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
                if pending.bytes.isEmpty && pending.pieces == 0 { pending.timeNanoseconds = now }
                pending.bytes.append(contentsOf: window)
                return
            }
            // A record is due: a whole line, or 16 KiB of one.
            let text = UnsafeRawBufferPointer(rebasing: window[..<(newline ?? window.count)])
            let time = pending.pieces > 0 ? pending.timeNanoseconds : now
            let piece = newline == nil || pending.pieces > 0 ? pending.pieces + 1 : 0
            try rotateIfFull()
            if pending.bytes.isEmpty {
                encoder.append(stream, text, endsLine: newline != nil, piece: piece, timeNanoseconds: time)
            } else {
                pending.bytes.append(contentsOf: text)
                encoder.append(
                    stream, pending.bytes, endsLine: newline != nil, piece: piece, timeNanoseconds: time)
                pending.bytes.removeAll(keepingCapacity: true)
            }
            pending.pieces = newline == nil ? piece : 0
            pending.timeNanoseconds = time
            rest = UnsafeRawBufferPointer(rebasing: rest[(newline.map { $0 + 1 } ?? window.count)...])
        }
    }

    private func closePending(_ stream: LogStream, _ pending: inout PendingLine) throws(SystemError) {
        guard !pending.bytes.isEmpty else { return }
        try rotateIfFull()
        encoder.append(
            stream, pending.bytes, endsLine: false, piece: pending.pieces + 1,
            timeNanoseconds: pending.timeNanoseconds)
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
            try waitForCompressor()
            for number in stride(from: configuration.maxFiles - 2, through: 0, by: -1) {
                try shift(number)
            }
            file = try openFile(configuration.path, [.readWrite, .create, .append, .truncate], mode: 0o640)
            if configuration.compresses { try startCompressor() }
        }
        sizeBytes = 0
    }

    /// Gives the file `number` the next higher number; what had that one is gone.
    private func shift(_ number: Int) throws(SystemError) {
        let names = [
            (configuration.path(rotated: number), configuration.path(rotated: number + 1)),
            (configuration.path(compressed: number), configuration.path(compressed: number + 1)),
        ]
        for (index, (old, new)) in names.enumerated() {
            if index == 1 && number == 0 { continue }
            do { try renameFile(old, to: new) } catch let error where error.code == .noEntry { continue }
            // The other form of the one that it replaces.
            try? removeFile(names[1 - index].1)
        }
    }

    /// Compresses the newest rotated file in a process of its own, so that the container's output does not wait.
    private func startCompressor() throws(SystemError) {
        if !forksCompressor { return try LogCompression.compress(configuration.path(rotated: 1)) }
        switch try forkProcess() {
        case .parent(let pid, _): compressor = pid
        case .child:
            closeDescriptors(from: 3)
            // What fails leaves the file as it is, which is read as well.
            try? LogCompression.compress(configuration.path(rotated: 1))
            exitNow(0)
        }
    }

    /// The names must not change under the compressor. Whoever reaps this process's children may have reaped it.
    private func waitForCompressor() throws(SystemError) {
        guard compressor > 0 else { return }
        _ = try reapChild(compressor, wait: true)
        compressor = 0
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
    /// How many records of this line were written already; they all carry the first one's time.
    var pieces = 0
    var timeNanoseconds: Int64 = 0
}
