internal import Glibc
internal import Linux
internal import OCI
internal import SupervisorProtocol

extension Supervisor {
    /// Has another runtime make the container; its first process becomes this process's child.
    func startExternally(_ request: LaunchRequest, _ external: ExternalRuntimeRequest) throws {
        let runtime = ExternalRuntime(request: external, id: id, stateDirectory: stateDirectory)
        try runtime.makeBundle(request, initProgram: request.usesInit ? machine.program : nil)
        self.external = runtime
        let pipes = try makeStreams()
        var console: SharedDescriptor?
        if pipes == nil {
            console = try step("stdio") { () throws(SystemError) in
                SharedDescriptor(try listenUnix(runtime.consoleSocket, kind: .stream))
            }
        }
        let null = try step("stdio") { () throws(SystemError) in
            SharedDescriptor(try openFile("/dev/null", .readWrite))
        }
        let none = (null.rawValue, null.rawValue, null.rawValue)
        pid = try runtime.create(pipes?.child ?? none, hasTerminal: console != nil)
        pidfd = try step("runtime") { () throws(SystemError) in SharedDescriptor(try openProcess(pid)) }
        try pipes?.keepParentEnds(in: hub, stdin: openStdin)
        if let console { try takeTerminal(console.rawValue, size: request.spec.process?.consoleSize) }
        announce()
        hasGroup = true
        if !isHeld { startExternalProgram() }
    }

    /// The terminal's master, which the runtime has sent already.
    private func takeTerminal(_ listener: Int32, size: RuntimeSpec.ConsoleSize?) throws(StartFailure) {
        try step("stdio", "error taking the terminal") { () throws(SystemError) in
            let connection = try acceptConnection(listener)
            guard let terminal = try receiveMessage(connection.rawValue, limitBytes: 4096)?.descriptors.first
            else {
                throw SystemError(call: "recvmsg", subject: "console socket", code: .invalid)
            }
            if let size {
                try setTerminalSize(
                    terminal.rawValue, rows: UInt16(clamping: size.height),
                    columns: UInt16(clamping: size.width))
            }
            try hub.addOutput(terminal, .stdout)
            if openStdin { try hub.setInput(terminal) }
        }
    }

    /// Lets the program of an external runtime's container run.
    func startExternalProgram() {
        do throws(StartFailure) { try external?.start() } catch { fail(error) }
        noteRunning()
    }
}
