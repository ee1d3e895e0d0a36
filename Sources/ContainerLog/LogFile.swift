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

    /// Opens the log's files, the oldest first; with `known`, only those newer than that one.
    ///
    /// They are opened from the newest back, as a rotation meanwhile then shows one file twice and never
    /// hides one.
    static func openAll(
        _ configuration: LogConfiguration, newerThan known: FileIdentity?
    ) throws(SystemError) -> [LogFile] {
        var files: [LogFile] = []
        for number in 0..<configuration.maxFiles {
            let file: LogFile
            do {
                file = try LogFile(SharedDescriptor(openFile(configuration.path(rotated: number))))
            } catch let error where error.code == .noEntry {
                if number == 0 { continue }
                break
            }
            if let known, file.identity.isSameFile(as: known) { break }
            if let last = files.last, last.identity.isSameFile(as: file.identity) { continue }
            files.append(file)
        }
        return files.reversed()
    }

    mutating func read(into chunk: inout [UInt8]) throws(SystemError) -> Int {
        let count = try Self.read(descriptor.rawValue, offset, &chunk)
        offset += Int64(count)
        return count
    }

    /// Where the last `count` lines begin, and how many there are; bytes after the last newline belong to
    /// none.
    func offset(ofLast count: Int) throws(SystemError) -> (offset: Int64, found: Int) {
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
