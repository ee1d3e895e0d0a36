internal import Linux

/// The body of a request on its way to the engine, in pieces that the caller pushes.
public final class BodyUpload {
    /// The engine takes no more: ``finish()`` tells why.
    public struct Refused: Error {}

    private static let pieceBytes = 256 << 10
    private let connection: HTTPConnection
    private let answer: () throws -> HTTPResponse
    private var piece: [UInt8] = []
    private var isBroken = false
    /// How many bytes were given.
    public private(set) var count: Int64 = 0

    init(_ connection: HTTPConnection, answer: @escaping () throws -> HTTPResponse) {
        self.connection = connection
        self.answer = answer
    }

    /// Sends `bytes`, soon.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        if isBroken { throw Refused() }
        count += Int64(bytes.count)
        piece.append(contentsOf: bytes)
        if piece.count >= Self.pieceBytes { try flush() }
    }

    private func flush() throws {
        if piece.isEmpty { return }
        defer { piece.removeAll(keepingCapacity: true) }
        do {
            try connection.send(Array((String(piece.count, radix: 16) + "\r\n").utf8))
            piece += [13, 10]
            try connection.send(piece)
        } catch {
            isBroken = true
            throw Refused()
        }
    }

    /// Ends the body and waits for the answer; an error status is thrown.
    @discardableResult
    public func finish() throws -> HTTPResponse {
        if !isBroken { try? flush() }
        if !isBroken { try? connection.send(Array("0\r\n\r\n".utf8)) }
        return try answer()
    }
}

extension EngineClient {
    /// Sends a request whose body the caller pushes; the version is settled before, as it cannot be sent twice.
    public func beginUpload(_ request: Request) throws -> BodyUpload {
        try settleVersion()
        let connection = try beginBody(request)
        return BodyUpload(connection) { [self] in
            try finish(Pending(request: request, connection: connection))
        }
    }
}
