internal import Logging
internal import NIOCore

/// One client: reads requests one after the other, runs the handler for each, and gives the connection
/// away when a handler takes it over.
///
/// Everything here happens on the connection's event loop; tasks come back to it with `loop.execute`.
/// That is the rule which makes `@unchecked Sendable` safe.
final class HTTPConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// One request and its answer.
    final class Exchange {
        let head: RequestHead
        var body: BodyDecoder
        let queue: InputQueue
        var task: Task<Void, Never>?
        var drained = 0
        /// The answer's head is out, its body is not: now a half-closed client counts as gone.
        var isStreaming = false
        var keepsAlive: Bool

        init(_ head: RequestHead, queue: InputQueue) {
            self.head = head
            self.queue = queue
            body = BodyDecoder(head.framing)
            keepsAlive = head.keepsAlive
        }
    }

    private enum Phase {
        case idle
        case request(Exchange)
        /// The answer is out; the rest of the request is read and thrown away.
        case draining(Exchange)
        case raw(InputQueue, Task<Void, Never>?)
        /// Our side is closed; the client's last bytes are thrown away, so that it reads the answer.
        case lingering
        case closed
    }

    private let core: ServerCore
    let channel: any Channel
    private var context: ChannelHandlerContext?
    private var phase = Phase.idle
    private var buffer: ByteBuffer
    private var parser: HTTPRequestParser
    private var inputClosed = false
    private var readPending = false
    private var isProcessing = false
    private var timer: Scheduled<Void>?

    init(core: ServerCore, channel: any Channel) {
        self.core = core
        self.channel = channel
        buffer = channel.allocator.buffer(capacity: 0)
        parser = HTTPRequestParser(headLimit: core.limits.headBytes)
    }

    private var loop: any EventLoop { channel.eventLoop }

    /// Runs `body` on the event loop, unless the server has ended.
    private func onLoop(_ body: @escaping @Sendable () -> Void) {
        if !core.isStopped { loop.execute(body) }
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { channelActive(context: context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        core.opened(self)
        readIfWanted()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        switch phase {
        case .raw(let queue, _):
            if let chunk = bytes.readBytes(length: bytes.readableBytes) { queue.push(chunk) }
        case .lingering, .closed: break
        case .idle, .request, .draining:
            if buffer.readableBytes == 0 { buffer = bytes } else { buffer.writeBuffer(&bytes) }
            process()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        readPending = false
        readIfWanted()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            inputClosed = true
            clientEnded()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let ended = phase
        phase = .closed
        timer?.cancel()
        switch ended {
        case .request(let exchange):
            exchange.queue.finish(throwing: HTTPServerError.clientGone)
            exchange.task?.cancel()
        case .raw(let queue, let task):
            queue.finish()
            task?.cancel()
        case .idle, .draining, .lingering, .closed: break
        }
        self.context = nil
        core.closed(self)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        core.logger.debug("connection failed", metadata: ["reason": "\(error)"])
        context.close(promise: nil)
    }

    /// The client will send no more.
    private func clientEnded() {
        switch phase {
        case .idle, .draining, .lingering: closeNow()
        case .request(let exchange):
            exchange.keepsAlive = false
            if !exchange.body.isAtEnd { exchange.queue.finish(throwing: HTTPServerError.clientGone) }
            if exchange.isStreaming { exchange.task?.cancel() }
        case .raw(let queue, _): queue.finish()
        case .closed: break
        }
    }

    // MARK: Reading

    private func readIfWanted() {
        guard let context, !readPending, !inputClosed else { return }
        let wanted =
            switch phase {
            case .idle, .draining, .lingering: true
            case .request(let exchange):
                // With the body complete, reading goes on to notice that the client hangs up.
                buffer.readableBytes < core.limits.bufferedBytes
                    && exchange.queue.bufferedBytes < core.limits.bufferedBytes
            case .raw(let queue, _): queue.bufferedBytes < core.limits.bufferedBytes
            case .closed: false
            }
        if wanted {
            readPending = true
            context.read()
        }
    }

    /// Takes as much out of the buffer as the phase allows.
    private func process() {
        if isProcessing { return }
        isProcessing = true
        defer { isProcessing = false }
        var goesOn = true
        while goesOn {
            switch phase {
            case .idle: goesOn = readHead()
            case .request(let exchange):
                readBody(exchange)
                goesOn = false
            case .draining(let exchange): goesOn = drain(exchange)
            case .raw, .lingering, .closed: goesOn = false
            }
        }
        if buffer.readableBytes == 0 { buffer = channel.allocator.buffer(capacity: 0) }
    }

    private func readHead() -> Bool {
        do {
            guard let head = try parser.head(in: &buffer) else {
                if buffer.readableBytes > 0, timer == nil { startTimer() }
                return false
            }
            timer?.cancel()
            timer = nil
            begin(head)
            return true
        } catch {
            refuse(error)
            return false
        }
    }

    private func startTimer() {
        timer = loop.scheduleTask(in: .seconds(Int64(core.limits.headSeconds))) { [weak self] in
            guard let self, case .idle = phase else { return }
            closeNow()
        }
    }

    private func begin(_ head: RequestHead) {
        let queue = InputQueue { [weak self] first in
            guard let self else { return }
            onLoop { self.bodyAsked(first: first) }
        }
        let exchange = Exchange(head, queue: queue)
        if inputClosed { exchange.keepsAlive = false }
        phase = .request(exchange)
        if exchange.body.isAtEnd { queue.finish() }
        let length: Int? = if case .length(let count) = head.framing { count } else { nil }
        let request = HTTPRequest(
            method: head.method, path: head.path, query: head.query, headers: head.headers,
            body: HTTPRequestBody(length: length, queue: queue))
        let handler = core.handler
        core.taskBegan()
        exchange.task = Task { [self] in
            let response = await handler(request)
            await answer(request, response)
            core.taskEnded()
        }
    }

    private func bodyAsked(first: Bool) {
        if first, case .request(let exchange) = phase, exchange.head.expectsContinue, !exchange.isStreaming,
            !exchange.body.isAtEnd
        {
            write(responseHead(100, nil, HTTPHeaders()))
        }
        readIfWanted()
    }

    private func readBody(_ exchange: Exchange) {
        do {
            while true {
                switch try exchange.body.next(&buffer) {
                case .data(let bytes): exchange.queue.push(bytes)
                case .needsMore: return
                case .end:
                    exchange.queue.finish()
                    return
                }
            }
        } catch {
            exchange.keepsAlive = false
            buffer.clear()
            exchange.queue.finish(throwing: HTTPServerError.malformedBody(error.reason))
        }
    }

    private func drain(_ exchange: Exchange) -> Bool {
        while true {
            guard let step = try? exchange.body.next(&buffer) else {
                linger()
                return false
            }
            switch step {
            case .data(let bytes):
                exchange.drained += bytes.count
                if exchange.drained > core.limits.drainedBytes {
                    linger()
                    return false
                }
            case .needsMore: return false
            case .end:
                phase = .idle
                return true
            }
        }
    }
}

// MARK: - Answering

extension HTTPConnection {
    private func submit<Value: Sendable>(_ body: @escaping @Sendable () -> Value?) async throws -> Value? {
        if core.isStopped { return nil }
        return try await loop.submit(body).get()
    }

    private func answer(_ request: HTTPRequest, _ response: HTTPResponse) async {
        switch response.body {
        case .none: onLoop { self.answerAtOnce(response, bytes: nil) }
        case .bytes(let bytes): onLoop { self.answerAtOnce(response, bytes: bytes) }
        case .stream(let body): await stream(response, body)
        case .takeover(let run): await takeOver(request, response, run)
        }
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

    private func write(_ bytes: [UInt8]) {
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

    // MARK: Ending

    private func refuse(_ failure: ParseFailure) {
        var headers: HTTPHeaders = ["Content-Type": "text/plain; charset=utf-8", "Connection": "close"]
        let text =
            failure.status == 431
            ? "431 Request Header Fields Too Large" : "\(failure.status) Bad Request: \(failure.reason)"
        headers["Content-Length"] = "\(text.utf8.count)"
        write(responseHead(failure.status, nil, headers) + Array(text.utf8))
        buffer.clear()
        linger()
    }

    /// Ends our side, then waits a moment for the client to end its own.
    private func linger() {
        buffer.clear()
        if case .closed = phase { return }
        if inputClosed {
            closeAfterWrites()
            return
        }
        phase = .lingering
        timer?.cancel()
        channel.close(mode: .output).whenComplete { _ in
            // All that was written has gone out.
            self.timer = self.loop.scheduleTask(in: .seconds(2)) { [weak self] in self?.closeNow() }
        }
        readIfWanted()
    }

    /// Closes once what was written has gone out.
    private func closeAfterWrites() {
        guard let context else { return }
        let channel = self.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in channel.close(promise: nil) }
    }

    private func closeNow() { context?.close(promise: nil) }

    /// Closes an idle connection; says whether it was one. For the shutdown of the server.
    func closeIfIdle() {
        onLoop {
            if case .idle = self.phase { self.closeNow() }
        }
    }

    /// Cancels what is under way and closes.
    func abort() {
        onLoop {
            switch self.phase {
            case .request(let exchange): exchange.task?.cancel()
            case .raw(_, let task): task?.cancel()
            default: break
            }
            self.closeNow()
        }
    }

    /// Cancels a streamed answer or a taken-over connection, which has no end of its own.
    func cancelStream() {
        onLoop {
            switch self.phase {
            case .request(let exchange) where exchange.isStreaming: exchange.task?.cancel()
            case .raw(let queue, let task):
                queue.finish()
                task?.cancel()
            default: break
            }
        }
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
