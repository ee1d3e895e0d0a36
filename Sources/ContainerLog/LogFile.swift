internal import Linux

/// One open file of a log, and how far it was read.
struct LogFile {
    let identity: FileIdentity
    var offset: Int64 = 0
    private let descriptor: SharedDescriptor

    private init(_ descriptor: SharedDescriptor) throws(SystemError) {
        self.descriptor = descriptor
        identity = try FileIdentity(descriptor: descriptor.rawValue)
    }

    private init(compressed path: String) throws(SystemError) {
        (descriptor, identity) = try LogCompression.open(path)
    }

    /// Opens the log's files, the oldest first; with `known`, only those newer than that one.
    ///
    /// They are opened from the newest back, as a rotation meanwhile then shows one file twice and never
    /// hides one.
    static func openAll(
        _ configuration: LogConfiguration, newerThan known: FileIdentity?
    ) throws(SystemError) -> [LogFile] {
        var files: [LogFile] = []
        for number in 0..<configuration.maxFiles {
            guard let file = try open(configuration, number) else {
                if number == 0 { continue }
                break
            }
            if let known, file.identity.isSameFile(as: known) { break }
            if let last = files.last, last.identity.isSameFile(as: file.identity) { continue }
            files.append(file)
        }
        return files.reversed()
    }

    /// The file `number`, compressed or not; nil if it is not there.
    private static func open(_ configuration: LogConfiguration, _ number: Int) throws(SystemError) -> LogFile?
    {
        do {
            return try LogFile(SharedDescriptor(openFile(configuration.path(rotated: number))))
        } catch let error where error.code == .noEntry {}
        if number == 0 { return nil }
        do {
            return try LogFile(compressed: configuration.path(compressed: number))
        } catch let error where error.code == .noEntry {}
        // It may have been shifted or compressed just now.
        do {
            return try LogFile(SharedDescriptor(openFile(configuration.path(rotated: number))))
        } catch let error where error.code == .noEntry { return nil }
    }

    mutating func read(into chunk: inout [UInt8]) throws(SystemError) -> Int {
        let count = try Self.read(descriptor.rawValue, offset, &chunk)
        offset += Int64(count)
        return count
    }

    /// How many of the first `size` bytes are whole records of the format `local`.
    static func wholeRecords(_ descriptor: Int32, _ size: Int64) throws(SystemError) -> Int64 {
        var at: Int64 = 0
        while let end = try recordEnd(descriptor, at, size) { at = end }
        return at
    }

    /// Where the record that begins at `at` ends; nil if no whole one does.
    private static func recordEnd(_ descriptor: Int32, _ at: Int64, _ size: Int64) throws(SystemError)
        -> Int64?
    {
        guard let length = try length(descriptor, at, size), length <= LocalRecord.longestMessage else {
            return nil
        }
        let end = at + Int64(length + LocalRecord.overheadBytes)
        guard end <= size, try self.length(descriptor, end - 4, size) == length else { return nil }
        return end
    }

    /// The length that stands at `at`.
    private static func length(_ descriptor: Int32, _ at: Int64, _ size: Int64) throws(SystemError) -> Int? {
        guard at >= 0, at + 4 <= size else { return nil }
        var bytes = [UInt8](repeating: 0, count: 4)
        guard try read(descriptor, at, &bytes) == 4 else { return nil }
        return bytes.withUnsafeBytes { LocalRecord.length($0, at: 0) }
    }

    /// Where the last `count` records begin, and how many there are.
    func offset(ofLast count: Int, _ format: LogFormat) throws(SystemError) -> (offset: Int64, found: Int) {
        if format == .jsonLines { return try offset(ofLastLines: count) }
        var at = try Self.wholeRecords(descriptor.rawValue, identity.sizeBytes)
        var found = 0
        while found < count, let length = try Self.length(descriptor.rawValue, at - 4, identity.sizeBytes) {
            at -= Int64(length + LocalRecord.overheadBytes)
            found += 1
        }
        return (at, found)
    }

    /// Where the last `count` lines begin, and how many there are; bytes after the last newline belong to
    /// none.
    private func offset(ofLastLines count: Int) throws(SystemError) -> (offset: Int64, found: Int) {
        var end = identity.sizeBytes
        var newlines = 0
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while end > 0 {
            let begin = max(0, end - Int64(chunk.count))
            if end - begin < chunk.count { chunk.removeLast(chunk.count - Int(end - begin)) }
            let length = try Self.read(descriptor.rawValue, begin, &chunk)
            // The newline before the first wanted line is found as one more than wanted.
            for index in stride(from: length - 1, through: 0, by: -1) where chunk[index] == UInt8(ascii: "\n")
            {
                newlines += 1
                if newlines > count { return (begin + Int64(index) + 1, count) }
            }
            end = begin
        }
        return (0, newlines)
    }

    private static func read(
        _ descriptor: Int32, _ offset: Int64, _ chunk: inout [UInt8]
    ) throws(SystemError) -> Int {
        let result: Result<Int, SystemError> = chunk.withUnsafeMutableBytes { buffer in
            do throws(SystemError) {
                return .success(try readBytes(descriptor, at: offset, into: buffer))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
