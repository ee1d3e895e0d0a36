internal import Glibc
internal import Linux
internal import OCI

extension OCICommands {
    static func create(_ context: OCIContext, _ arguments: OCIArguments) throws -> Int32 {
        let start = try OCIStart(context, arguments, waitsForStart: true)
        try checkConsole(start.state.spec.process?.terminal ?? false, arguments, isDetached: true)
        do { try start.run() } catch let error as OCIFailure {
            throw OCIFailure("\(name) create failed: \(error.description)")
        }
        return 0
    }

    static func start(_ context: OCIContext, _ arguments: OCIArguments) throws -> Int32 {
        let state = try context.store.load(arguments.rest[0])
        switch try context.store.status(state) {
        case .created: break
        case .stopped: throw OCIFailure("cannot start a container that has stopped")
        case .running, .paused, .creating: throw OCIFailure("cannot start an already running container")
        }
        let fifo = context.store.fifo(state.id)
        // Reading ends the wait of the container's process; one that was killed meanwhile never writes.
        let end = try openFile(fifo, [.readOnly, .nonBlocking])
        let poll = try EventPoll()
        try poll.add(end.rawValue, .readable, key: 0)
        while try poll.wait(timeoutMilliseconds: 100).isEmpty {
            if try context.store.status(state) == .stopped {
                throw OCIFailure("container process is already dead")
            }
        }
        try removeFile(fifo)
        do {
            let document = state.document(.running).text()
            try runHooks(state.spec.hooks?.poststart ?? [], "poststart", state: document)
        } catch {
            // Only a failure to log, says the specification; runc kills, and so its users expect.
            _ = try? signalProcess(state.pid, SIGKILL)
            throw error
        }
        return 0
    }

    static func runForeground(_ context: OCIContext, _ arguments: OCIArguments) throws -> Int32 {
        let isDetached = arguments.flag("detach")
        let start = try OCIStart(context, arguments, waitsForStart: false)
        try checkConsole(start.state.spec.process?.terminal ?? false, arguments, isDetached: isDetached)
        if !isDetached {
            if !arguments.flag("no-subreaper") { try becomeSubreaper() }
            blockSignals(true)
        }
        do {
            try start.run()
            let document = start.state.document(.running).text()
            do { try runHooks(start.state.spec.hooks?.poststart ?? [], "poststart", state: document) } catch {
                start.undo()
                throw error
            }
        } catch let error as OCIFailure {
            throw OCIFailure("\(name) run failed: \(error.description)")
        }
        if isDetached { return 0 }
        guard let pidfd = start.pidfd else { return 1 }
        let status = try OCIForeground(
            pid: start.state.pid, pidfd: pidfd, terminal: start.terminal
        ).wait()
        if !arguments.flag("keep") { try destroy(start.state, context) }
        return status
    }

    /// A terminal goes to whoever listens, or to ours; both at once or neither is a mistake.
    static func checkConsole(_ isTerminal: Bool, _ arguments: OCIArguments, isDetached: Bool)
        throws(OCIFailure)
    {
        let hasSocket = arguments.value("console-socket") != nil
        if isTerminal, isDetached, !hasSocket {
            throw OCIFailure("cannot allocate tty if \(name) will detach without setting console socket")
        }
        if hasSocket, !isDetached || !isTerminal {
            throw OCIFailure("cannot use console socket if \(name) will not detach or allocate tty")
        }
    }
}
