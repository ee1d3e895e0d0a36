internal import Cgroups
internal import Glibc
internal import Linux
internal import OCI
internal import SupervisorProtocol

extension Supervisor {
    /// Does what a daemon asks, and answers.
    func handle(_ received: Received<DaemonMessage>, from connection: DaemonConnection) {
        func answer(_ request: UInt32, _ body: () throws(SystemError) -> String?) {
            do throws(SystemError) {
                if let refusal = try body() {
                    connection.send(.refused(request: request, message: refusal))
                } else {
                    connection.send(.done(request: request))
                }
            } catch { connection.send(.refused(request: request, message: "\(error)")) }
        }
        switch received.message {
        case .go: go()
        case .abort: abort()
        case .attach(let request, let streams):
            answer(request) { () throws(SystemError) in
                guard let socket = received.descriptors.first else { return "attach without a stream socket" }
                try hub.add(socket, streams)
                return nil
            }
        case .signal(let request, let number, let toAll):
            answer(request) { () throws(SystemError) in try signal(number, toAll: toAll) }
        case .resize(let request, let rows, let columns, let execID):
            answer(request) { () throws(SystemError) in
                guard let target = execID == nil ? hub : execs[execID ?? ""]?.hub else {
                    return "no exec \"\(execID ?? "")\" is running"
                }
                guard let terminal = target.terminal else { return "there is no terminal to resize" }
                try setTerminalSize(terminal, rows: rows, columns: columns)
                return nil
            }
        case .closeStdin(let request):
            answer(request) { () throws(SystemError) in
                hub.closeInput()
                return nil
            }
        case .exec(let request, let exec): startExec(request, exec, received.descriptors, connection)
        case .execSignal(let request, let execID, let number):
            answer(request) { () throws(SystemError) in
                guard let exec = execs[execID], exec.exit == nil, let pidfd = exec.pidfd else {
                    return "no exec \"\(execID)\" is running"
                }
                return try signalProcess(pidfd: pidfd.rawValue, number) ? nil : "the process has ended"
            }
        case .status(let request): answerStatus(request, connection)
        case .reopenLog(let request):
            answer(request) { () throws(SystemError) in
                try reopenLog()
                return nil
            }
        }
    }

    private func signal(_ number: Int32, toAll: Bool) throws(SystemError) -> String? {
        guard let pidfd, phase == .running || phase == .starting else {
            return "the container is not running"
        }
        if toAll, let cgroup = group.handle {
            if number == SIGKILL {
                do { try cgroup.killAll() } catch { return error.description }
            } else {
                for member in (try? cgroup.processes()) ?? [] { _ = try signalProcess(member, number) }
            }
            return nil
        }
        if let external { return external.kill(number) ? nil : "the process has ended" }
        return try signalProcess(pidfd: pidfd.rawValue, number) ? nil : "the process has ended"
    }

    private func answerStatus(_ request: UInt32, _ connection: DaemonConnection) {
        let phases: SupervisorStatus.Phase =
            phase == .starting ? .starting : phase == .running ? .running : .ending
        let states = execs.values.map { ExecState(id: $0.id, pid: $0.pid, exit: $0.exit) }.sorted {
            $0.id < $1.id
        }
        let status = SupervisorStatus(
            id: id, phase: phases, pid: pid, startTime: startTime, startedAt: startedAt, execs: states)
        connection.send(.status(request: request, status), [pidfd, networkNamespace].compactMap { $0 })
        // Ended execs were kept for a daemon to hear of.
        for exec in Array(execs.values) where exec.exit != nil && !exec.hub.isDraining {
            execs[exec.id] = nil
        }
    }
}
