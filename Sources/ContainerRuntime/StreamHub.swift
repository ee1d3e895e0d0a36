internal import ContainerLog
internal import Linux
internal import SupervisorProtocol

/// The standard streams of one process: between its pipes or terminal, its log and its clients.
///
/// A client that doesn't read holds this process back, and only this one: nothing more is read from its
/// output until the client has taken what is there, or has gone. A process's input is held back likewise.
final class StreamHub {
    private struct Output {
        let file: SharedDescriptor
        let stream: OutputStream
        let key: UInt64
    }

    private let loop: EventLoop
    private let isTerminal: Bool
    /// Whether stdin ends with the first client that ends its own.
    private let endsWithClient: Bool
    private var outputs: [Output] = []
    private var input: SharedDescriptor?
    private var inputKey: UInt64 = 0
    private var inputPending: [UInt8] = []
    private var inputSent = 0
    private var inputEnds = false
    private var clients: [StreamClient] = []
    private var ended = false
    private var frame: [UInt8] = []
    var log: (any LogSink)?
    /// Called when nothing is left to send to anybody.
    var whenDrained: (() -> Void)?
    /// Called with what could not be logged, once.
    var whenLogFails: ((SystemError) -> Void)?

    init(loop: EventLoop, isTerminal: Bool, endsWithClient: Bool) {
        (self.loop, self.isTerminal, self.endsWithClient) = (loop, isTerminal, endsWithClient)
    }

    /// Begins to read an output of the process.
    func addOutput(_ file: SharedDescriptor, _ stream: OutputStream) throws(SystemError) {
        try setNonBlocking(file.rawValue)
        let key = try loop.watch(file.rawValue, []) { [unowned self] _ in readOutput(stream) }
        outputs.append(Output(file: file, stream: stream, key: key))
        updateInterest()
    }

    /// Sets where the clients' input goes: a pipe, or the terminal's master, which is an output as well.
    func setInput(_ file: SharedDescriptor) throws(SystemError) {
        try setNonBlocking(file.rawValue)
        input = file
        // A terminal's master is watched as an output already: its copy is watched for writing.
        let watched =
            isTerminal
            ? SharedDescriptor(try OwnedDescriptor(adopting: file.rawValue).copyKeepingOriginal()) : file
        input = watched
        inputKey = try loop.watch(watched.rawValue, []) { [unowned self] _ in writeInput() }
    }

    /// The terminal, for its size.
    var terminal: Int32? { isTerminal ? outputs.first?.file.rawValue : nil }

    /// Attaches a client.
    func add(_ socket: SharedDescriptor, _ streams: AttachStreams) throws(SystemError) {
        let client = StreamClient(socket, streams)
        client.key = try loop.watch(socket.rawValue, []) { [unowned self, unowned client] events in
            serve(client, events)
        }
        clients.append(client)
        if ended { finishIfDrained() } else { updateInterest() }
    }

    /// Ends the process's input, once it has taken what is waiting.
    func closeInput() {
        inputEnds = true
        closeInputIfDone()
    }

    // MARK: - output

    private func readOutput(_ stream: OutputStream) {
        guard let output = outputs.first(where: { $0.stream == stream }) else { return }
        switch readChunk(output) {
        case .end: remove(output)
        case .bytes, .nothingYet: break
        }
        updateInterest()
    }

    private func readChunk(_ output: Output) -> ReadResult {
        withUnsafeTemporaryAllocation(byteCount: 32 << 10, alignment: 16) { buffer in
            let result = readNow(output.file.rawValue, into: buffer)
            if case .bytes(let count) = result {
                distribute(output.stream, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
            return result
        }
    }

    private func distribute(_ stream: OutputStream, _ bytes: UnsafeRawBufferPointer) {
        if let log {
            let now = wallClock()
            do throws(SystemError) {
                try log.write(
                    stream == .stdout ? .stdout : .stderr, bytes,
                    nowNanoseconds: now.seconds * 1_000_000_000 + Int64(now.nanoseconds))
            } catch {
                whenLogFails?(error)
                whenLogFails = nil
            }
        }
        guard !clients.isEmpty else { return }
        var gone: [StreamClient] = []
        if isTerminal {
            for client in clients where client.streams.stdout || client.streams.stderr {
                if !client.send(bytes) { gone.append(client) }
            }
        } else {
            frame.removeAll(keepingCapacity: true)
            OutputFrame.append(stream, bytes, to: &frame)
            frame.withUnsafeBytes { framed in
                for client in clients where client.takes(stream) {
                    if !client.send(framed) { gone.append(client) }
                }
            }
        }
        for client in gone { drop(client) }
    }

    private func remove(_ output: Output) {
        loop.forget(output.key)
        outputs.removeAll { $0.key == output.key }
    }

    // MARK: - clients

    private func serve(_ client: StreamClient, _ events: EventPoll.Events) {
        if events.contains(.writable), !client.flush() { return drop(client) }
        if !events.isDisjoint(with: [.readable, .peerClosed, .hangUp, .error]), client.feeds {
            receive(from: client)
        }
        // Both directions are over: nobody reads there any more.
        if !client.feeds && !events.isDisjoint(with: [.hangUp, .error]) { return drop(client) }
        if ended { finishIfDrained() } else { updateInterest() }
    }

    private func receive(from client: StreamClient) {
        // Held back while the process has not taken what came before.
        guard inputSent == inputPending.count else { return }
        let result = withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) {
            buffer -> ReadResult in
            let result = receiveNow(client.socket.rawValue, into: buffer)
            if case .bytes(let count) = result, input != nil, !inputEnds {
                inputPending.append(contentsOf: buffer[..<count])
            }
            return result
        }
        switch result {
        case .bytes: writeInput()
        case .nothingYet: break
        case .end: endFeeding(client)
        }
    }

    private func endFeeding(_ client: StreamClient) {
        guard client.feeds else { return }
        client.feeds = false
        if endsWithClient && !isTerminal { closeInput() }
    }

    private func drop(_ client: StreamClient) {
        guard clients.contains(where: { $0 === client }) else { return }
        endFeeding(client)
        loop.forget(client.key)
        clients.removeAll { $0 === client }
        if ended { finishIfDrained() } else { updateInterest() }
    }

    // MARK: - input

    private func writeInput() {
        while inputSent < inputPending.count, let input {
            let count = inputPending.withUnsafeBytes { bytes in
                writeNow(input.rawValue, UnsafeRawBufferPointer(rebasing: bytes[inputSent...]))
            }
            guard let count else {
                // The process has closed its stdin: what comes is thrown away, as a pipe's writer would see.
                dropInput()
                break
            }
            if count == 0 { break }
            inputSent += count
        }
        if inputSent == inputPending.count {
            inputPending.removeAll(keepingCapacity: inputPending.count <= 64 << 10)
            inputSent = 0
        }
        closeInputIfDone()
        updateInterest()
    }

    private func closeInputIfDone() {
        if inputEnds && inputSent == inputPending.count { dropInput() }
    }

    private func dropInput() {
        guard input != nil else { return }
        loop.forget(inputKey)
        input = nil
        inputPending = []
        inputSent = 0
    }

    // MARK: - interest and end

    private func updateInterest() {
        let held = clients.contains { $0.isBehind }
        for output in outputs { loop.set(output.key, held ? [] : .readable) }
        let inputWaits = inputSent < inputPending.count
        if input != nil { loop.set(inputKey, inputWaits ? .writable : []) }
        for client in clients {
            var events: EventPoll.Events = client.isBehind ? .writable : []
            if client.feeds {
                if !inputWaits { events.formUnion([.readable, .peerClosed]) }
            } else {
                // Only the hang-up is of interest, which is always reported.
                events.formUnion(.error)
            }
            loop.set(client.key, events)
        }
    }

    /// The process has ended: reads what its pipes still hold, closes the log, and lets the clients finish.
    func processEnded() {
        guard !ended else { return }
        ended = true
        dropInput()
        for output in outputs {
            // A descendant that outlived the process may hold the pipe open and fill it for ever.
            var limit = 4 << 20
            while limit > 0, case .bytes(let count) = readChunk(output) { limit -= count }
            loop.forget(output.key)
        }
        outputs = []
        if let log {
            do throws(SystemError) { try log.close() } catch { whenLogFails?(error) }
        }
        log = nil
        finishIfDrained()
    }

    private func finishIfDrained() {
        guard ended else { return }
        for client in clients where !client.isBehind {
            loop.forget(client.key)
            endWriting(client.socket.rawValue)
        }
        clients.removeAll { !$0.isBehind }
        for client in clients {
            client.feeds = false
            loop.set(client.key, [.writable, .error])
        }
        if clients.isEmpty {
            let done = whenDrained
            whenDrained = nil
            done?()
        }
    }

    /// Whether some client has not taken all output yet.
    var isDraining: Bool { !clients.isEmpty }
}

extension OwnedDescriptor {
    /// A second descriptor of a file whose first one stays with its owner.
    consuming func copyKeepingOriginal() throws(SystemError) -> OwnedDescriptor {
        let copy: Int32
        do throws(SystemError) { copy = try duplicate().release() } catch {
            _ = release()
            throw error
        }
        _ = release()
        return OwnedDescriptor(adopting: copy)
    }
}
