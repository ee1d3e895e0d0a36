internal import AsyncPrimitives
internal import Engine
internal import Linux

// The main thread does no more than wait for signals: an `await` here would park it in a call that lets them
// through to their default actions.
do {
    switch try DaemonOptions.parse(Array(CommandLine.arguments.dropFirst())) {
    case .help: print(DaemonOptions.help)
    case .version: print("berthd version \(ContainerEngine.version)")
    case .serve(let options):
        guard isRootUser() else {
            writeError("berthd needs to be started with root privileges: try sudo berthd")
            exitProcess(1)
        }
        // Blocked in this thread before there is any other, so that every thread inherits it.
        let signals = try SignalDescriptor([1, 2, 15])
        let stop = OneShot<Int32>()
        Task.detached {
            do {
                try await Daemon(options).run(until: stop)
                exitProcess(0)
            } catch {
                writeError("failed to start daemon: \(error)")
                exitProcess(1)
            }
        }
        let poll = try EventPoll()
        try poll.add(signals.rawValue, .readable, key: 1)
        while true {
            _ = try poll.wait()
            // A hang-up is a daemon's word for reading its settings again: there are none to read yet.
            while let signal = signals.next() {
                if signal != 1 { stop.set(signal) }
            }
        }
    }
} catch let error as DaemonOptions.UsageError {
    writeError(error.description)
    exitProcess(125)
} catch {
    writeError("failed to start daemon: \(error)")
    exitProcess(1)
}
