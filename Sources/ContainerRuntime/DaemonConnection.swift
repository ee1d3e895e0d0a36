internal import Linux
internal import SupervisorProtocol

/// One connection from a daemon; messages wait here while the daemon doesn't read.
final class DaemonConnection {
    let socket: SharedDescriptor
    private let loop: EventLoop
    private var key: UInt64 = 0
    private var waiting: [(SupervisorMessage, [SharedDescriptor])] = []
    private(set) var isOpen = true
    /// A daemon that takes nothing for so many messages is given up.
    private static let mostWaiting = 4096

    init(
        _ socket: SharedDescriptor, loop: EventLoop,
        onMessage: @escaping (DaemonConnection, Received<DaemonMessage>) -> Void,
        onEnd: @escaping (DaemonConnection) -> Void
    ) throws(SystemError) {
        self.socket = socket
        self.loop = loop
        key = try loop.watch(socket.rawValue, .readable) { [unowned self] events in
            if events.contains(.writable) { flush() }
            if isOpen, !events.isDisjoint(with: [.readable, .hangUp, .error]) {
                do {
                    guard let message = try DaemonMessage.receive(socket.rawValue, wait: false) else {
                        close()
                        return onEnd(self)
                    }
                    onMessage(self, message)
                } catch let error as SystemError where error.code == .again {
                } catch let error as WireError {
                    // Without its number nobody can be told; the daemon sees the connection end.
                    send(.warning("message not understood: \(error)"))
                    close()
                    onEnd(self)
                } catch {
                    close()
                    onEnd(self)
                }
            }
            if !isOpen { onEnd(self) }
        }
    }

    /// Sends `message`, as soon as the daemon takes it.
    func send(_ message: SupervisorMessage, _ descriptors: [SharedDescriptor] = []) {
        guard isOpen else { return }
        waiting.append((message, descriptors))
        if waiting.count > Self.mostWaiting { return close() }
        if waiting.count == 1 { flush() }
    }

    /// Whether messages are waiting to be taken.
    var isBehind: Bool { isOpen && !waiting.isEmpty }

    private func flush() {
        while let (message, descriptors) = waiting.first {
            do throws(SystemError) {
                try message.send(socket.rawValue, descriptors: descriptors.map(\.rawValue), wait: false)
            } catch {
                if error.code == .again { break }
                return close()
            }
            waiting.removeFirst()
        }
        loop.set(key, waiting.isEmpty ? .readable : [.readable, .writable])
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        waiting = []
        loop.forget(key)
    }
}
