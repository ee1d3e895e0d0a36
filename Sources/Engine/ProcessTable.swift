internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import Linux
internal import RuntimeClient

/// What `ps` of the host shows of some processes.
struct ProcessTable {
    /// Runs `ps` with the client's options and keeps what concerns `pids`; each failure has Docker's words.
    static func read(options text: String, pids: [Int32]) async throws -> ContainerTopResponse {
        let options = text.isEmpty ? "-ef" : text
        try check(options)
        let arguments = options.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        var output = try await HostCommand.run(
            "ps", arguments + ["-q" + pids.map(String.init).joined(separator: ",")])
        // Some options, such as f, cannot stand beside a list of processes.
        if output.exit != .exited(0) { output = try await HostCommand.run("ps", arguments) }
        guard output.exit == .exited(0) else {
            let words = output.error.split(separator: "\n", omittingEmptySubsequences: false).first ?? ""
            throw EngineError(
                .system, words.isEmpty ? "ps: exit status \(output.exit.shellCode)" : String(words))
        }
        return try parse(output.output, pids: Set(pids))
    }

    /// Refuses another column under the name of the pid's: what it holds would be taken for pids.
    static func check(_ options: String) throws {
        if options.utf8.contains(0) { throw EngineError(.invalidParameter, "ps options: a NUL byte is none") }
        // `\s+(\S*)=\s*(PID\S*)`
        let words = options.split { $0 == " " || $0 == "\t" || $0 == "\n" }
        for (index, word) in words.enumerated() {
            guard let equals = word.lastIndex(of: "="), index > 0 || options.first?.isWhitespace == true
            else { continue }
            let name = word[..<equals]
            var value = word[word.index(after: equals)...]
            if value.isEmpty, index + 1 < words.count { value = words[index + 1] }
            if value.hasPrefix("PID"), name != "pid" {
                throw EngineError(.system, "specifying \"\(name)=\(value)\" is not allowed")
            }
        }
    }

    /// Takes the lines of `pids` out of the output of `ps`, in its columns.
    ///
    /// A line with `-` for a pid is a thread of the process above it.
    static func parse(_ output: String, pids: Set<Int32>) throws -> ContainerTopResponse {
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
        var table = ContainerTopResponse()
        table.titles = fields(lines.first ?? "")
        guard let column = table.titles.firstIndex(of: "PID") else {
            throw EngineError(.system, "Couldn't find PID field in ps output")
        }
        var rows: [[String]] = []
        var isWithinOwn = false
        for line in lines.dropFirst() where !line.isEmpty {
            let cells = fields(line)
            guard cells.count > column else { continue }
            if cells[column] == "-" {
                if isWithinOwn { rows.append(row(cells, width: table.titles.count)) }
                continue
            }
            guard let pid = Int32(cells[column]) else {
                throw EngineError(
                    .system,
                    "unexpected pid '\(cells[column])': strconv.Atoi: parsing \"\(cells[column])\": invalid syntax"
                )
            }
            isWithinOwn = pids.contains(pid)
            if isWithinOwn { rows.append(row(cells, width: table.titles.count)) }
        }
        table.processes = rows.isEmpty ? nil : rows
        return table
    }

    private static func fields(_ line: Substring) -> [String] {
        line.split { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\u{0B}" || $0 == "\u{0C}" }.map(
            String.init)
    }

    /// What is too much for the columns belongs to the last of them: a command line.
    private static func row(_ cells: [String], width: Int) -> [String] {
        guard cells.count > width else { return cells }
        return Array(cells[..<(width - 1)]) + [cells[(width - 1)...].joined(separator: " ")]
    }
}
