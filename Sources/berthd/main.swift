internal import APIServer
internal import Engine
internal import HTTPServer
internal import Linux
internal import Logging

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
        let signals = SignalBox(try SignalDescriptor([1, 2, 15]))
        try await Daemon(options).run(until: signals)
    }
} catch let error as DaemonOptions.UsageError {
    writeError(error.description)
    exitProcess(125)
} catch {
    writeError("failed to start daemon: \(error)")
    exitProcess(1)
}
