internal import ContainerLog
internal import Linux

/// Where an OCI command's words go: the file of `--log`, as text or JSON lines, and stderr for failures.
struct OCILog {
    var path: String?
    var isJSON = false
    var showsDebug = false

    func error(_ message: String) {
        write("error", message)
        // Whoever called by hand looks at stderr, whoever called from a program reads the log.
        if path != nil { try? writeAll(2, Array((message + "\n").utf8)) }
    }

    func warning(_ message: String) { write("warning", message) }

    func debug(_ message: String) { if showsDebug { write("debug", message) } }

    private func write(_ level: String, _ message: String) {
        let clock = wallClock()
        let time = formatTime(nanoseconds: clock.seconds * 1_000_000_000)
        let line: String
        if isJSON {
            let entry: [(String, OutputJSON)] = [
                ("level", .string(level)), ("msg", .string(message)), ("time", .string(time)),
            ]
            line = OutputJSON.object(entry).text()
        } else {
            line = "time=\"\(time)\" level=\(level) msg=\(OutputJSON.quoted(message))"
        }
        let bytes = Array((line + "\n").utf8)
        guard let path, let file = try? openFile(path, [.writeOnly, .create, .append]) else {
            try? writeAll(2, bytes)
            return
        }
        try? writeAll(file.rawValue, bytes)
    }
}
