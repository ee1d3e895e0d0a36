/// Takes the frames of Docker's multiplexed streams apart, however the bytes are cut.
public struct StreamFrames {
    private var header: [UInt8] = []
    private var left = 0
    private var stream: UInt8 = 1

    public init() {}

    /// Hands each piece of payload to `deliver` with its stream: 1 stdout, 2 stderr, 3 an error of the engine.
    public mutating func feed(
        _ bytes: [UInt8], deliver: (_ stream: UInt8, _ bytes: ArraySlice<UInt8>) throws -> Void
    ) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            if left == 0 {
                let taken = rest.prefix(8 - header.count)
                header += taken
                rest = rest.dropFirst(taken.count)
                if header.count < 8 { return }
                stream = header[0]
                if stream > 3 {
                    throw EngineClientError.transport("unrecognized stream: \(stream)")
                }
                left = header[4...].reduce(0) { $0 << 8 | Int($1) }
                header.removeAll(keepingCapacity: true)
                continue
            }
            let piece = rest.prefix(left)
            try deliver(stream, piece)
            left -= piece.count
            rest = rest.dropFirst(piece.count)
        }
    }
}
