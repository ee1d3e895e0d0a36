internal import Linux

/// The outputs of a process, by Docker's numbers.
enum OutputStream: UInt8 {
    case stdout = 1
    case stderr = 2
}

/// Docker's framing of attach and exec streams without a terminal.
enum OutputFrame {
    static let headerBytes = 8

    /// Appends `bytes` of `stream` with the 8-byte header before them.
    static func append(_ stream: OutputStream, _ bytes: UnsafeRawBufferPointer, to frame: inout [UInt8]) {
        let count = UInt32(bytes.count)
        frame.append(contentsOf: [
            stream.rawValue, 0, 0, 0, UInt8(truncatingIfNeeded: count >> 24),
            UInt8(truncatingIfNeeded: count >> 16),
            UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count),
        ])
        frame.append(contentsOf: bytes)
    }
}
