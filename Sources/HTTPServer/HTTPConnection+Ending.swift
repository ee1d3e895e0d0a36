internal import NIOCore

/// How a connection ends.
extension HTTPConnection {
    func refuse(_ failure: ParseFailure) {
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
    func linger() {
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
    func closeAfterWrites() {
        guard let context else { return }
        let channel = self.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in channel.close(promise: nil) }
    }

    func closeNow() { context?.close(promise: nil) }

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
