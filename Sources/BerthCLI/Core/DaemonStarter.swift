internal import EngineClient
internal import Linux

/// Starts `berthd` when none runs and the user may.
struct DaemonStarter {
    let cli: CLI

    /// Starts it and waits until it answers; false when there is none to start.
    func start(_ endpoint: Endpoint) throws -> Bool {
        guard isRootUser(), let socket = endpoint.socketPath, let program = Self.findProgram() else {
            return false
        }
        cli.complain("berth: no berthd is running; starting \(program)")
        let log = "/var/log/berthd.log"
        let output = try openFile(log, [.writeOnly, .create, .append], mode: 0o640)
        let input = try openFile("/dev/null")
        var launch = ProcessLaunch(program, [])
        launch.newSession = true
        launch.directory = "/"
        launch.standard = (input.rawValue, output.rawValue, output.rawValue)
        let pid = try launch.start()
        var ended: ProcessExit?
        for attempt in 0..<1000 {
            if let connection = try? connectUnix(socket, kind: .stream) {
                _ = consume connection
                cli.complain("berth: berthd is ready (pid \(pid), log \(log))")
                return true
            }
            if ended == nil { ended = try? exitIfEnded(pid) }
            // Another berth may have started one at the same time: then ours ends, and that one answers soon.
            if let ended, attempt > 200 {
                throw CommandFailure("berthd ended with \(ended.shellCode) while starting: see \(log)")
            }
            sleepMilliseconds(10)
        }
        throw CommandFailure("berthd (pid \(pid)) has not answered on \(socket) for 10 seconds: see \(log)")
    }

    /// `berthd` beside this program, else in `PATH`.
    static func findProgram() -> String? {
        var folders: [String] = []
        if let own = currentProgramPath(), let slash = own.lastIndex(of: "/") {
            folders.append(String(own[..<slash]))
        }
        folders += (environmentVariable("PATH") ?? "/usr/local/bin:/usr/bin").split(separator: ":").map {
            String($0)
        }
        return folders.map { $0 + "/berthd" }.first(where: isExecutable)
    }
}
