internal import CZlib
internal import Linux

/// Compresses rotated files, and reads them again.
///
/// The gzip header's comment holds which file it was: a reader that follows the log knows by it what it has
/// read already.
enum LogCompression {
    private static let chunkBytes = 64 << 10

    /// Puts `path.gz` in the place of the rotated file at `path`; on failure that one stays.
    static func compress(_ path: String) throws(SystemError) {
        let source = try openFile(path)
        let temporary = path + ".gz.tmp"
        do {
            let target = try openFile(temporary, [.writeOnly, .create, .truncate], mode: 0o640)
            let identity = try FileIdentity(descriptor: source.rawValue)
            try deflate(source.rawValue, to: target.rawValue, comment: "\(identity.device):\(identity.inode)")
            try renameFile(temporary, to: path + ".gz")
        } catch {
            try? removeFile(temporary)
            throw error
        }
        try removeFile(path)
    }

    private static func deflate(_ source: Int32, to target: Int32, comment: String) throws(SystemError) {
        var stream = z_stream()
        guard czlib_begin_deflate(&stream) == Z_OK else { throw failure("deflate") }
        defer { deflateEnd(&stream) }
        var words = Array(comment.utf8) + [0]
        let result: Result<Void, SystemError> = words.withUnsafeMutableBufferPointer { words in
            // The header is read until the first call is done, and may not move before.
            var header = gz_header()
            header.comment = words.baseAddress
            return withUnsafeMutablePointer(to: &header) { header in
                guard deflateSetHeader(&stream, header) == Z_OK else { return .failure(failure("deflate")) }
                do throws(SystemError) {
                    try pump(&stream, source, target) { stream, isLast in
                        CZlib.deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    }
                    return .success(())
                } catch { return .failure(error) }
            }
        }
        try result.get()
    }

    /// Opens the content of the compressed file at `path`, and says which file it was.
    ///
    /// The content lies in a file without a name beside it, as its reader goes back and forth in it.
    static func open(_ path: String) throws(SystemError) -> (file: SharedDescriptor, identity: FileIdentity) {
        let source = try openFile(path)
        let name = path + ".read"
        let content = SharedDescriptor(try openFile(name, [.readWrite, .create, .truncate], mode: 0o600))
        try removeFile(name)
        let comment = try inflate(source.rawValue, to: content.rawValue)
        let numbers = comment.split(separator: ":").compactMap { UInt64($0) }
        let plain = try FileIdentity(descriptor: content.rawValue)
        guard numbers.count == 2 else { return (content, plain) }
        return (content, FileIdentity(device: numbers[0], inode: numbers[1], sizeBytes: plain.sizeBytes))
    }

    private static func inflate(_ source: Int32, to target: Int32) throws(SystemError) -> String {
        var stream = z_stream()
        guard czlib_begin_inflate(&stream) == Z_OK else { throw failure("inflate") }
        defer { inflateEnd(&stream) }
        var words = [UInt8](repeating: 0, count: 64)
        let count = UInt32(words.count)
        let result: Result<Void, SystemError> = words.withUnsafeMutableBufferPointer { words in
            var header = gz_header()
            header.comment = words.baseAddress
            header.comm_max = count - 1
            return withUnsafeMutablePointer(to: &header) { header in
                guard inflateGetHeader(&stream, header) == Z_OK else { return .failure(failure("inflate")) }
                do throws(SystemError) {
                    try pump(&stream, source, target) { stream, _ in CZlib.inflate(&stream, Z_NO_FLUSH) }
                    return .success(())
                } catch { return .failure(error) }
            }
        }
        try result.get()
        return String(decoding: words.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Sends all of `source` through `step` to `target`, until the stream says that it has ended.
    private static func pump(
        _ stream: inout z_stream, _ source: Int32, _ target: Int32,
        _ step: (inout z_stream, _ isLast: Bool) -> Int32
    ) throws(SystemError) {
        var input = [UInt8](repeating: 0, count: chunkBytes)
        var output = [UInt8](repeating: 0, count: chunkBytes)
        var offset: Int64 = 0
        while true {
            let count = try read(source, offset, &input)
            offset += Int64(count)
            let status: Result<Int32, SystemError> = input.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(count)
                return output.withUnsafeMutableBytes { output in
                    var status: Int32
                    repeat {
                        stream.next_out = output.bindMemory(to: UInt8.self).baseAddress
                        stream.avail_out = UInt32(output.count)
                        status = step(&stream, count == 0)
                        let made = output.count - Int(stream.avail_out)
                        do throws(SystemError) {
                            try writeAll(target, UnsafeRawBufferPointer(rebasing: output[..<made]))
                        } catch { return .failure(error) }
                    } while stream.avail_out == 0 && status == Z_OK
                    return .success(status)
                }
            }
            switch try status.get() {
            case Z_STREAM_END: return
            // No progress: more input is needed, and the end of it is an end before the stream's own.
            case Z_OK, Z_BUF_ERROR: if count == 0 { throw failure("inflate") }
            default: throw failure("inflate")
            }
        }
    }

    private static func read(
        _ descriptor: Int32, _ offset: Int64, _ chunk: inout [UInt8]
    ) throws(SystemError) -> Int {
        let result: Result<Int, SystemError> = chunk.withUnsafeMutableBytes { buffer in
            do throws(SystemError) {
                return .success(try readBytes(descriptor, at: offset, into: buffer))
            } catch { return .failure(error) }
        }
        return try result.get()
    }

    private static func failure(_ call: String) -> SystemError {
        SystemError(call: call, subject: "log", code: .invalid)
    }
}
