internal import Glibc
internal import Linux
internal import SupervisorProtocol

/// PID 1 of a container with Docker's `--init`: starts the program, passes signals on, reaps orphans.
///
/// Its exit status is the program's; 126 or 127 where that could not be started.
public enum TinyInit {
    /// Runs `arguments`, the program first; a leading `--` is left out.
    public static func run(_ arguments: [String]) -> Never {
        let words = arguments.first == "--" ? Array(arguments.dropFirst()) : arguments
        guard let name = words.first else { fail(name: "", "no command specified", 127) }
        blockSignals(true)
        do throws(SystemError) {
            let signals = try signalDescriptor(Array(1...31).filter { $0 != SIGKILL && $0 != SIGSTOP })
            switch try forkProcess() {
            case .child: startProgram(name, words)
            case .parent(let pid, _): exitNow(try supervise(pid, signals.rawValue))
            }
        } catch { fail(name: name, "\(error)", 125) }
    }

    private static func startProgram(_ name: String, _ words: [String]) -> Never {
        // A process group of its own in the foreground, so that the terminal's signals reach it once.
        _ = setpgid(0, 0)
        _ = tcsetpgrp(0, getpid())
        resetSignals()
        var environment: [String] = []
        var entry = environ
        while let text = entry.pointee {
            environment.append(String(cString: text))
            entry = entry.advanced(by: 1)
        }
        do {
            let program = try findProgram(name, environment: environment)
            do throws(SystemError) { try executeProgram(program, words, environment) } catch {
                fail(name: name, error.code.reason, error.code == .noEntry ? 127 : 126)
            }
        } catch {
            fail(name: name, error.message, error.kind == .notFound ? 127 : 126)
        }
        exitNow(126)
    }

    private static func supervise(_ pid: Int32, _ signals: Int32) throws(SystemError) -> Int32 {
        var waiter = [pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
        while true {
            _ = poll(&waiter, 1, -1)
            while let (number, _) = nextSignal(signals) {
                if number != SIGCHLD { _ = try signalProcess(pid, number) }
            }
            while let child = try reapChild() {
                if child.pid == pid { return child.signalled ? 128 + child.status : child.status }
            }
        }
    }

    private static func fail(name: String, _ reason: String, _ status: Int32) -> Never {
        try? writeAll(2, Array("docker-init: exec \(name) failed: \(reason)\n".utf8))
        exitNow(status)
    }
}
