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

    enum Phase {
        case idle
        case request(Exchange)
        /// The answer is out; the rest of the request is read and thrown away.
        case draining(Exchange)
        case raw(InputQueue, Task<Void, Never>?)
        /// Our side is closed; the client's last bytes are thrown away, so that it reads the answer.
        case lingering
        case closed
    }

    let core: ServerCore
    let channel: any Channel
    var context: ChannelHandlerContext?
    var phase = Phase.idle
    var buffer: ByteBuffer
    private var parser: HTTPRequestParser
    var inputClosed = false
    private var readPending = false
    private var isProcessing = false
    var timer: Scheduled<Void>?

    init(core: ServerCore, channel: any Channel) {
        self.core = core
        self.channel = channel
        buffer = channel.allocator.buffer(capacity: 0)
        parser = HTTPRequestParser(headLimit: core.limits.headBytes)
    }

    var loop: any EventLoop { channel.eventLoop }

    /// Runs `body` on the event loop, unless the server has ended.
    func onLoop(_ body: @escaping @Sendable () -> Void) {
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

    func readIfWanted() {
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
    func process() {
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
