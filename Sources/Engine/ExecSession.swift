internal import DockerAPI
internal import EngineModel
internal import Synchronization

/// One exec, from create until its container has gone.
final class ExecSession: Sendable {
    enum Phase: Sendable {
        case created
        case starting
        case running(pid: Int32)
        case ended(exitCode: Int)
    }

    let id: String
    let config: ExecConfig
    let containerID: String
    private let state = Mutex(Phase.created)

    init(id: String, config: ExecConfig, containerID: String) {
        self.id = id
        self.config = config
        self.containerID = containerID
    }

    /// The command as events show it: a space stands between the program and its arguments even if there are none.
    var eventCommand: String {
        let command = config.cmd ?? []
        return (command.first ?? "") + " " + command.dropFirst().joined(separator: " ")
    }

    var phase: Phase { state.withLock { $0 } }

    /// Claims the only start; a second one is an error in Docker's words.
    func beginStart() throws {
        try state.withLock { phase in
            guard case .created = phase else {
                throw EngineError(.conflict, "Error: Exec command \(id) has already run")
            }
            phase = .starting
        }
    }

    func recordStart(pid: Int32) {
        state.withLock { phase in
            if case .starting = phase { phase = .running(pid: pid) }
        }
    }

    func recordExit(_ code: Int) { state.withLock { $0 = .ended(exitCode: code) } }

    /// The container ended, and with it this process, if it still ran.
    func containerEnded() {
        state.withLock { phase in
            switch phase {
            case .starting, .running: phase = .ended(exitCode: 137)
            case .created, .ended: break
            }
        }
    }

    var isRunning: Bool { if case .running = phase { true } else { false } }

    /// What ExecInspect answers.
    var inspect: ExecInspect {
        var answer = ExecInspect()
        answer.id = id
        answer.processConfig.tty = config.tty
        answer.processConfig.entrypoint = config.cmd?.first ?? ""
        answer.processConfig.arguments = Array((config.cmd ?? []).dropFirst())
        answer.processConfig.privileged = config.privileged
        answer.processConfig.user = config.user
        answer.openStdin = config.attachStdin
        answer.openStdout = config.attachStdout
        answer.openStderr = config.attachStderr
        answer.containerID = containerID
        switch phase {
        case .created, .starting: break
        case .running(let pid):
            answer.running = true
            answer.pid = Int(pid)
        case .ended(let code):
            answer.exitCode = code
            answer.canRemove = true
        }
        return answer
    }
}
