public import Linux

/// A compiled seccomp filter in a memory file, as it is passed to a supervisor.
///
/// Eight bytes come first: the flags of `seccomp(2)` as a little-endian 32-bit number, and zeros; the
/// instructions (`struct sock_filter`, 8 bytes each) follow. The file may be passed again and again.
public struct SeccompFile: Hashable, Sendable {
    public var flags: UInt32
    public var instructions: [UInt8]

    public init(flags: UInt32, instructions: [UInt8]) {
        self.flags = flags
        self.instructions = instructions
    }

    /// A memory file with this filter.
    public func makeFile() throws(SystemError) -> OwnedDescriptor {
        var bytes = (0..<4).map { UInt8(truncatingIfNeeded: flags >> (8 * UInt32($0))) } + [0, 0, 0, 0]
        bytes.append(contentsOf: instructions)
        return try memoryFile("berth-seccomp", bytes)
    }

    /// Reads a file of ``makeFile()``, from its start whatever its position.
    public init(reading descriptor: Int32) throws(SystemError) {
        let bytes = try readFile("/proc/self/fd/\(descriptor)", limitBytes: 1 << 20)
        guard bytes.count >= 16, bytes.count % 8 == 0 else {
            throw SystemError(
                call: "read", subject: "seccomp program of \(bytes.count) bytes", code: .invalid)
        }
        flags = bytes[..<4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        instructions = Array(bytes[8...])
    }
}
