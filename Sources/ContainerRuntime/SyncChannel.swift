internal import Linux
internal import SupervisorProtocol

/// The child's side of the connection to the process that cloned it; it closes with the exec.
///
/// The messages are the supervisor's own: warnings and failures go through it unchanged.
///
/// ```
/// child                                supervisor
///   | <-- go: its cgroup is there ---------- |   it moves into it
///   | --- done(1) + the pty's master ------> |   only with a terminal
///   | --- created: the root is ready ------> |
///   | <-- go: its network is there --------- |
///   | --- started: exec comes next --------> |
///   | (exec closes the channel)              |   end of file: the program runs
/// ```
struct SyncChannel {
    let descriptor: Int32

    /// Tells the other side; a supervisor that has gone ends the child at once.
    func send(_ message: SupervisorMessage, descriptors: [Int32] = []) {
        do { try message.send(descriptor, descriptors: descriptors) } catch { exitNow(125) }
    }

    /// Waits for the next `go`; no supervisor any more ends the child.
    func waitForGo() {
        guard let message = try? DaemonMessage.receive(descriptor), message.message == .go else {
            exitNow(125)
        }
    }

    /// Reports `failure` and ends the child.
    func fail(_ failure: StartFailure) -> Never {
        send(.failed(failure))
        exitNow(1)
    }
}
