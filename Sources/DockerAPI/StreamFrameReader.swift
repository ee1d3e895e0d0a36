/// Takes the payloads out of frames of Docker's multiplexing that come in any pieces.
public struct StreamFrameReader: Sendable {
    private var header: [UInt8] = []
    private var left = 0

    public init() {}

    /// What `bytes` hold beside the frames' headers.
    public mutating func payload(of bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            if left == 0 {
                let part = rest.prefix(8 - header.count)
                header += part
                rest = rest.dropFirst(part.count)
                guard header.count == 8 else { break }
                left = header[4...].reduce(0) { $0 << 8 | Int($1) }
                header = []
            } else {
                let part = rest.prefix(left)
                output += part
                left -= part.count
                rest = rest.dropFirst(part.count)
            }
        }
        return output
    }
}
