internal import Linux
internal import TarFormat

/// What a program makes of another source's bytes: for compressions that no library here reads.
///
/// The program is fed and read in turns by the one thread that reads; it is killed if that thread stops early.
final class ProgramSource: ByteSource {
    private let source: any ByteSource
    private let program: String
    private var pid: Int32
    private var input: SharedDescriptor?
    private let output: SharedDescriptor
    private let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 64)
    private var pending = UnsafeRawBufferPointer(start: nil, count: 0)
    private var ended = false

    /// Starts `program`, found in `PATH`, to decompress what `source` gives.
    init(_ program: String, _ arguments: [String], _ source: any ByteSource) throws {
        let toProgram = try PipeEnds()
        let fromProgram = try PipeEnds()
        let null = try openFile("/dev/null", .readWrite)
        var launch = ProcessLaunch(program, arguments)
        launch.standard = (toProgram.reading.rawValue, fromProgram.writing.rawValue, null.rawValue)
        do throws(SystemError) { pid = try launch.start() } catch {
            if error.code != .noEntry { throw error }
            throw ArchiveError(
                .unsupported, "exec: \"\(program)\": executable file not found in $PATH", cause: error)
        }
        self.program = program
        self.source = source
        let writing = SharedDescriptor(try toProgram.writing.duplicate())
        output = SharedDescriptor(try fromProgram.reading.duplicate())
        try setNonBlocking(writing.rawValue)
        try setNonBlocking(output.rawValue)
        input = writing
    }

    deinit {
        chunk.deallocate()
        if pid > 0 {
            _ = try? signalProcess(pid, 9)
            _ = try? waitForExit(pid)
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while !ended {
            if let input, pending.isEmpty {
                let count = try source.read(into: chunk)
                pending = UnsafeRawBufferPointer(rebasing: chunk[..<count])
                if count == 0 { self.input = nil } else { try feed(input) }
            }
            var items = [PollItem(output.rawValue)]
            if let input { items.append(PollItem(input.rawValue, read: false, write: true)) }
            _ = try waitForAny(&items)
            if items[0].isReadable {
                do throws(SystemError) {
                    let count = try readBytes(output.rawValue, into: buffer)
                    if count > 0 { return count }
                } catch {
                    if error.code == .again { continue }
                    throw error
                }
                try finish()
            } else if let input, items.count > 1, items[1].isWritable {
                try feed(input)
            }
        }
        return 0
    }

    /// Gives the program what it takes now; one that wants no more is read to its end.
    private func feed(_ input: SharedDescriptor) throws {
        do throws(SystemError) {
            let count = try writeSome(input.rawValue, pending)
            pending = UnsafeRawBufferPointer(rebasing: pending[count...])
        } catch {
            switch error.code {
            case .again: return
            case .brokenPipe:
                self.input = nil
                pending = UnsafeRawBufferPointer(start: nil, count: 0)
            default: throw error
            }
        }
    }

    private func finish() throws {
        ended = true
        input = nil
        let exit = try waitForExit(pid)
        pid = 0
        if exit != .exited(0) {
            throw ArchiveError(.truncated, "read archive: \(program) ended with \(exit.shellCode)")
        }
    }
}
