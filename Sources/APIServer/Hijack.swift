internal import DockerAPI
internal import HTTPServer

/// How a stream's bytes are named: a terminal's are raw, others are in frames, which clients before 1.42 were
/// not told.
func streamType(_ request: APIRequest, isTerminal: Bool) -> String {
    isTerminal || request.version < APIVersion(1, 42)
        ? "application/vnd.docker.raw-stream" : "application/vnd.docker.multiplexed-stream"
}

/// The answer that turns the connection over to a session: 101 for a client that asked for an upgrade, a bare
/// 200 for the others.
func hijacked(_ request: APIRequest, _ session: any StreamSession) -> APIResponse {
    let takeover = HTTPResponse.Body.takeover { connection in await pump(session, connection) }
    if request.http.headers["Upgrade"] != nil {
        return APIResponse(
            status: 101, reason: "UPGRADED",
            headers: [
                "Content-Type": streamType(request, isTerminal: session.isTerminal), "Connection": "Upgrade",
                "Upgrade": "tcp",
            ],
            body: takeover)
    }
    return APIResponse(
        status: 200, headers: ["Content-Type": "application/vnd.docker.raw-stream"], body: takeover)
}

/// Carries bytes both ways until the output has ended or the client has gone.
///
/// The client's end of input closes the session's input only: output goes on (`echo … | docker run -i`).
private func pump(_ session: any StreamSession, _ connection: RawConnection) async {
    await withTaskGroup(of: Void.self) { group in
        group.addTask {
            do {
                while let bytes = try await connection.read() {
                    // A process that has closed its input does not end the output.
                    do { try await session.sendInput(bytes) } catch is CancellationError { break } catch {}
                }
                await session.closeInput()
            } catch {}
        }
        do {
            while let bytes = try await session.nextOutput() { try await connection.write(bytes) }
            try await connection.settle()
        } catch {}
        group.cancelAll()
        // Before the other direction has ended: it may be stuck in a process that does not read.
        await session.close()
    }
}

/// A session that says one thing: the failure of something whose client expects a stream already.
struct MessageSession: StreamSession {
    let isTerminal: Bool
    private let once: Once

    init(_ message: String, isTerminal: Bool) {
        self.isTerminal = isTerminal
        let text = Array(message.utf8) + [0x0D, 0x0A]
        once = Once(isTerminal ? text : streamFrameHeader(.stdout, length: text.count) + text)
    }

    func nextOutput() async throws -> [UInt8]? { await once.take() }
    func sendInput(_ bytes: [UInt8]) async throws {}
    func closeInput() async {}
    func close() async {}

    private actor Once {
        private var bytes: [UInt8]?

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        func take() -> [UInt8]? {
            defer { bytes = nil }
            return bytes
        }
    }
}
