internal import Linux

/// The body of a request on its way to the engine, in pieces that the caller pushes.
public final class BodyUpload {
    /// The engine takes no more: ``finish()`` tells why.
    public struct Refused: Error {}

    private static let pieceBytes = 256 << 10
    /// Room in front of a piece for its size, so that both go out in one call: eight digits and a line's end.
    private static let headBytes = 10
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
        if bytes.isEmpty { return }
        count += Int64(bytes.count)
        if piece.isEmpty { piece += [UInt8](repeating: 0x30, count: Self.headBytes) }
        piece.append(contentsOf: bytes)
        if piece.count >= Self.pieceBytes { try flush() }
    }

    private func flush() throws {
        if piece.isEmpty { return }
        defer { piece.removeAll(keepingCapacity: true) }
        do {
            let size = Array(String(piece.count - Self.headBytes, radix: 16).utf8)
            let end = Self.headBytes - 2
            piece.replaceSubrange((end - size.count)..<Self.headBytes, with: size + [13, 10])
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
