internal import DockerAPI
internal import EngineModel
internal import HTTPServer
internal import Synchronization

/// The answer that turns the connection into a WebSocket over a session, or says why it does not.
///
/// What a container says comes in one stream, without the frames that tell standard output from error; clients
/// before 1.28 get it as text.
func webSocket(_ request: APIRequest, _ session: any StreamSession) async -> APIResponse {
    let headers: HTTPHeaders
    do {
        headers = try WebSocketHandshake.accept(request.http.headers)
    } catch {
        await session.close()
        return refusal(error)
    }
    let opcode: WebSocketFrame.Opcode = request.version < APIVersion(1, 28) ? .text : .binary
    return APIResponse(
        status: 101, reason: "Switching Protocols", headers: headers,
        body: .takeover { connection in await AttachSocket(session, connection, opcode).run() })
}

private func refusal(_ reason: WebSocketHandshake.Refusal) -> APIResponse {
    switch reason {
    case .notWebSocket: return .text("not websocket protocol", status: 400)
    case .missingKey: return .text("mismatch challenge/response", status: 400)
    case .severalProtocols: return .text("", status: 400)
    case .badVersion:
        var response = APIResponse.text("missing or bad WebSocket Version", status: 400)
        response.headers["Sec-WebSocket-Version"] = "13"
        return response
    }
}

/// Carries a session over a WebSocket, both ways.
private final class AttachSocket: Sendable {
    private let isClosed = Mutex(false)
    let session: any StreamSession
    let connection: RawConnection
    let opcode: WebSocketFrame.Opcode

    init(_ session: any StreamSession, _ connection: RawConnection, _ opcode: WebSocketFrame.Opcode) {
        (self.session, self.connection, self.opcode) = (session, connection, opcode)
    }

    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                guard let code = await self.receive() else { return }
                // The client has ended it, or broken the rules: no more output either.
                try? await self.close(code)
                await self.session.close()
            }
            await send()
            group.cancelAll()
            await session.close()
        }
    }

    /// Says that the WebSocket ends, and why; only once.
    private func close(_ code: UInt16) async throws {
        let isFirst = isClosed.withLock { closed in
            defer { closed = true }
            return !closed
        }
        if isFirst { try await connection.write(WebSocketFrame.close(code)) }
        try await connection.settle()
    }

    private func send() async {
        var frames = StreamFrameReader()
        do {
            while let bytes = try await session.nextOutput() {
                let payload = session.isTerminal ? bytes : frames.payload(of: bytes)
                if !payload.isEmpty { try await connection.write(WebSocketFrame.encode(opcode, payload)) }
            }
            try await close(1000)
        } catch {}
    }

    /// Passes messages on; returns the code to close with, or nil when the connection has ended by itself.
    private func receive() async -> UInt16? {
        var decoder = WebSocketDecoder()
        do {
            while let bytes = try await connection.read() {
                for event in try decoder.read(bytes) {
                    switch event {
                    // A process that has closed its input does not end the output.
                    case .data(let input):
                        do { try await session.sendInput(input) } catch is CancellationError {
                            return nil
                        } catch {}
                    case .ping(let payload): try await connection.write(WebSocketFrame.encode(.pong, payload))
                    case .pong: continue
                    case .close: return 1000
                    }
                }
            }
            await session.closeInput()
            return nil
        } catch is WebSocketDecoder.ProtocolError {
            return 1002
        } catch {
            return nil
        }
    }
}
