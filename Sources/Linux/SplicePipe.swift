internal import CLinux

/// A pipe that takes bytes from a socket to a file inside the kernel; see `splice(2)`. For one thread.
public final class SplicePipe {
    private let input: OwnedDescriptor
    private let output: OwnedDescriptor
    private let capacity: Int

    /// Makes the pipe, as large as an ordinary user may have one.
    public init() throws(SystemError) {
        let (read, write) = try makePipe()
        output = OwnedDescriptor(adopting: read)
        input = OwnedDescriptor(adopting: write)
        let wanted = clinux_fcntl(write, 1031, 1 << 20)  // F_SETPIPE_SZ
        capacity = wanted > 0 ? Int(wanted) : 65536
    }

    /// Moves at most `limit` bytes from the socket `source` to the file `target`, waiting for the first; 0 is the end.
    ///
    /// `EINVAL` means that the source does not take part, and that nothing was moved.
    public func move(from source: Int32, to target: Int32, upTo limit: Int) throws(SystemError) -> Int {
        let count = try checkedSize("splice", "fd \(source)") {
            clinux_splice(source, input.rawValue, min(limit, capacity))
        }
        var left = count
        while left > 0 {
            do throws(SystemError) {
                let moved = try checkedSize("splice", "fd \(target)") {
                    clinux_splice(output.rawValue, target, left)
                }
                if moved == 0 {
                    throw SystemError(call: "splice", subject: "fd \(target)", code: .inputOutput)
                }
                left -= moved
            } catch {
                if error.code != .invalid { throw error }
                try copy(left, to: target)
                left = 0
            }
        }
        return count
    }

    /// What is in the pipe for a target that does not take part.
    private func copy(_ count: Int, to target: Int32) throws(SystemError) {
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: min(count, 65536), alignment: 16)
        defer { chunk.deallocate() }
        var left = count
        while left > 0 {
            let space = UnsafeMutableRawBufferPointer(rebasing: chunk[..<min(left, chunk.count)])
            let got = try readBytes(output.rawValue, into: space)
            try writeAll(target, UnsafeRawBufferPointer(rebasing: chunk[..<got]))
            left -= got
        }
    }
}
