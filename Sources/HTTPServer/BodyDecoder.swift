internal import NIOCore

/// Takes one request's body out of a connection's bytes.
struct BodyDecoder {
    enum Step: Equatable {
        case data([UInt8])
        case needsMore
        case end
    }

    private enum Phase: Equatable {
        case plain(left: Int)
        case size
        case chunk(left: Int)
        case chunkEnd
        case trailers(read: Int)
        case end
    }

    private var phase: Phase
    private static let lineLimit = 4096

    init(_ framing: BodyFraming) {
        switch framing {
        case .length(let count): phase = count == 0 ? .end : .plain(left: count)
        case .chunked: phase = .size
        }
    }

    var isAtEnd: Bool { phase == .end }

    mutating func next(_ buffer: inout ByteBuffer) throws(ParseFailure) -> Step {
        while true {
            switch phase {
            case .end: return .end
            case .plain(let left):
                guard let bytes = take(left, &buffer) else { return .needsMore }
                phase = bytes.count == left ? .end : .plain(left: left - bytes.count)
                return .data(bytes)
            case .chunk(let left):
                guard let bytes = take(left, &buffer) else { return .needsMore }
                phase = bytes.count == left ? .chunkEnd : .chunk(left: left - bytes.count)
                return .data(bytes)
            case .size:
                guard let line = try line(&buffer) else { return .needsMore }
                let size = try chunkSize(line)
                phase = size == 0 ? .trailers(read: 0) : .chunk(left: size)
            case .chunkEnd:
                guard let line = try line(&buffer) else { return .needsMore }
                guard line.isEmpty else { throw ParseFailure(status: 400, reason: "malformed chunk end") }
                phase = .size
            case .trailers(let read):
                guard let line = try line(&buffer) else { return .needsMore }
                if line.isEmpty {
                    phase = .end
                } else if read + line.count > Self.lineLimit * 4 {
                    throw ParseFailure(status: 400, reason: "trailers too long")
                } else {
                    phase = .trailers(read: read + line.count)
                }
            }
        }
    }

    private func take(_ limit: Int, _ buffer: inout ByteBuffer) -> [UInt8]? {
        let count = min(limit, buffer.readableBytes)
        return count == 0 ? nil : buffer.readBytes(length: count)
    }

    private func line(_ buffer: inout ByteBuffer) throws(ParseFailure) -> [UInt8]? {
        guard let end = buffer.readableBytesView.prefix(Self.lineLimit + 1).firstIndex(of: 0x0A) else {
            if buffer.readableBytes > Self.lineLimit {
                throw ParseFailure(status: 400, reason: "chunk line too long")
            }
            return nil
        }
        var bytes = buffer.readBytes(length: end - buffer.readerIndex + 1) ?? []
        bytes.removeLast()
        if bytes.last == 0x0D { bytes.removeLast() }
        return bytes
    }

    private func chunkSize(_ line: [UInt8]) throws(ParseFailure) -> Int {
        let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 && $0 != 0x09 }
        guard !digits.isEmpty, digits.count <= 15,
            let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), digits.first != 0x2B,
            digits.first != 0x2D
        else { throw ParseFailure(status: 400, reason: "malformed chunk size") }
        return size
    }
}
