internal import Logging
internal import NIOCore

/// How a handler's response becomes bytes, a stream, or the end of HTTP on this connection.
extension HTTPConnection {
    private func submit<Value: Sendable>(_ body: @escaping @Sendable () -> Value?) async throws -> Value? {
        if core.isStopped { return nil }
        return try await loop.submit(body).get()
    }

    func answer(_ request: HTTPRequest, _ response: HTTPResponse) async {
        if response.status >= 400 { await readRest(of: request) }
        switch response.body {
        case .none: onLoop { self.answerAtOnce(response, bytes: nil) }
        case .bytes(let bytes): onLoop { self.answerAtOnce(response, bytes: bytes) }
        case .stream(let body): await stream(response, body)
        case .takeover(let run): await takeOver(request, response, run)
        }
    }

    /// Reads what is left of a short body that no handler wanted: a client that is still sending it would take an answer
    /// for a broken connection, and Go's say so.
    private func readRest(of request: HTTPRequest) async {
        let body = request.body
        let limit = core.limits.drainedBytes
        guard !body.isEmpty, body.length ?? 0 <= limit,
            request.headers["Expect"] == nil || body.queue.wasAsked
        else { return }
        let reader = Task {
            var count = 0
            while count <= limit, let chunk = try? await body.next() { count += chunk.count }
        }
        let alarm = Task {
            try await Task.sleep(for: .seconds(2))
            reader.cancel()
        }
        await reader.value
        alarm.cancel()
    }

    private func answerAtOnce(_ response: HTTPResponse, bytes: [UInt8]?) {
        guard case .request(let exchange) = phase else { return }
        var headers = finalHeaders(response, exchange, isStream: false)
        let hasBody = response.status != 204 && response.status != 304 && response.status >= 200
        if hasBody { headers["Content-Length"] = "\(bytes?.count ?? 0)" }
        var message = responseHead(response.status, response.reason, headers)
        if let bytes, hasBody, exchange.head.method != "HEAD" { message += bytes }
        write(message)
        finish(exchange)
    }

    /// Adds what the connection decides: Date, and whether it stays open.
    private func finalHeaders(
        _ response: HTTPResponse, _ exchange: Exchange, isStream: Bool
    ) -> HTTPHeaders {
        var headers = response.headers
        headers["Date"] = httpDateNow()
        if !exchange.body.isAtEnd {
            let left = if case .length(let count) = exchange.head.framing { count } else { Int.max }
            // A streamed answer may go along with the body; whether anything is left shows at its end.
            let isUnread = !isStream && !exchange.queue.wasAsked
            if isUnread && (exchange.head.expectsContinue || left > core.limits.drainedBytes) {
                exchange.keepsAlive = false
            }
        }
        if core.isShuttingDown { exchange.keepsAlive = false }
        if !exchange.keepsAlive {
            headers["Connection"] = "close"
        } else if !exchange.head.isHTTP11 {
            headers["Connection"] = "keep-alive"
        }
        return headers
    }

    func write(_ bytes: [UInt8]) {
        guard let context else { return }
        var out = context.channel.allocator.buffer(capacity: bytes.count)
        out.writeBytes(bytes)
        context.writeAndFlush(wrapOutboundOut(out), promise: nil)
    }

    /// The answer is complete: on to the next request, or to the end.
    private func finish(_ exchange: Exchange) {
        exchange.task = nil
        if !exchange.keepsAlive {
            if exchange.body.isAtEnd && buffer.readableBytes == 0 { closeAfterWrites() } else { linger() }
            return
        }
        phase = exchange.body.isAtEnd ? .idle : .draining(exchange)
        process()
        readIfWanted()
    }

    private func stream(
        _ response: HTTPResponse, _ body: @Sendable (HTTPBodyWriter) async throws -> Void
    ) async {
        let writer: HTTPBodyWriter? = try? await submit { self.beginStream(response) }
        guard let writer else { return }
        do {
            try await body(writer)
            try await writer.finish()
            onLoop {
                if case .request(let exchange) = self.phase { self.finish(exchange) }
            }
        } catch {
            core.logger.debug("stream broken off", metadata: ["reason": "\(error)"])
            onLoop { self.closeNow() }
        }
    }

    private func beginStream(_ response: HTTPResponse) -> HTTPBodyWriter? {
        guard case .request(let exchange) = phase else { return nil }
        let chunked = exchange.head.isHTTP11
        if !chunked { exchange.keepsAlive = false }
        var headers = finalHeaders(response, exchange, isStream: true)
        if chunked { headers["Transfer-Encoding"] = "chunked" }
        write(responseHead(response.status, response.reason, headers))
        exchange.isStreaming = true
        if inputClosed { exchange.task?.cancel() }
        return HTTPBodyWriter(channel: channel, chunked: chunked, discards: exchange.head.method == "HEAD")
    }

    private func takeOver(
        _ request: HTTPRequest, _ response: HTTPResponse, _ run: @Sendable (RawConnection) async -> Void
    ) async {
        // What is left of the request's own body is not part of the stream.
        do { while try await request.body.next() != nil {} } catch {
            onLoop { self.closeNow() }
        }
        let raw: RawConnection? = try? await submit { self.beginRaw(response) }
        guard let raw else {
            await run(RawConnection.closed(channel))
            return
        }
        await run(raw)
        try? await raw.settle()
        onLoop { self.linger() }
    }

    private func beginRaw(_ response: HTTPResponse) -> RawConnection? {
        guard case .request(let exchange) = phase else { return nil }
        let queue = InputQueue { [weak self] _ in
            guard let self else { return }
            onLoop { self.readIfWanted() }
        }
        if let early = buffer.readBytes(length: buffer.readableBytes), !early.isEmpty { queue.push(early) }
        buffer = channel.allocator.buffer(capacity: 0)
        if inputClosed { queue.finish() }
        phase = .raw(queue, exchange.task)
        write(responseHead(response.status, response.reason, response.headers))
        readIfWanted()
        return RawConnection(channel: channel, input: queue)
    }
}

extension RawConnection {
    /// A connection that is gone before it could be handed over, so that its taker cleans up.
    static func closed(_ channel: any Channel) -> RawConnection {
        let queue = InputQueue()
        queue.finish()
        return RawConnection(channel: channel, input: queue)
    }
}
