internal import AsyncPrimitives
internal import DaemonConfiguration
internal import Engine
internal import Linux

// The main thread does no more than wait for signals: an `await` here would park it in a call that lets them
// through to their default actions.
do {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.first == "dial-tls" { exitProcess(try TLSDialer.run(Array(arguments.dropFirst()))) }
    switch try DaemonRequest(arguments) {
    case .help: print(DaemonHelp.text)
    case .version: print("berthd version \(ContainerEngine.version)")
    case .validated: print("configuration OK")
    case .serve(let settings, let source):
        guard isRootUser() else {
            writeError("berthd needs to be started with root privileges: try sudo berthd")
            exitProcess(1)
        }
        limitHeaps(to: 2)
        // Blocked in this thread before there is any other, so that every thread inherits it.
        let signals = try SignalDescriptor([1, 2, 15])
        let stop = OneShot<Int32>()
        let daemon = Daemon(settings, source)
        Task.detached {
            do {
                try await daemon.run(until: stop)
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
            while let signal = signals.next() {
                if signal == 1 { daemon.askForReload() } else { stop.set(signal) }
            }
        }
    }
} catch let error as ConfigurationError {
    writeError(error.description)
    if case .usage = error { exitProcess(125) }
    exitProcess(1)
} catch {
    writeError("failed to start daemon: \(error)")
    exitProcess(1)
}
