internal import EngineClient
internal import Linux
internal import OrderedJSON
internal import TerminalUI

/// Shows a stream of JSON messages: statuses, progress bars, errors.
struct ProgressStream {
    private let cli: CLI
    private let toError: Bool
    private let quiet: Bool
    private let isTerminalOutput: Bool
    private var lines: [String: Int] = [:]
    private var count = 0

    init(_ cli: CLI, toError: Bool = false, quiet: Bool = false) {
        (self.cli, self.toError, self.quiet) = (cli, toError, quiet)
        isTerminalOutput = isTerminal(toError ? 2 : 1)
    }

    /// Shows the response to its end; the engine's error is thrown.
    mutating func show(_ response: HTTPResponse, each: (JSONValue) -> Void = { _ in }) throws {
        var rest: [UInt8] = []
        while let bytes = try response.read() {
            rest += bytes
            while let end = rest.firstIndex(of: 10) {
                try show(line: rest[..<end], each: each)
                rest.removeSubrange(...end)
            }
        }
        try show(line: rest[...], each: each)
    }

    private mutating func show(line: ArraySlice<UInt8>, each: (JSONValue) -> Void) throws {
        guard line.contains(where: { $0 > 32 }), let message = try? JSONValue(parsing: Array(line)) else {
            return
        }
        if let text = message["errorDetail"]?["message"]?.stringValue ?? message["error"]?.stringValue {
            throw CommandFailure(text)
        }
        each(message)
        if !quiet { show(message) }
    }

    private mutating func show(_ message: JSONValue) {
        if let stream = message["stream"]?.stringValue {
            emit(stream)
            return
        }
        let id = message["id"]?.stringValue ?? "", status = message["status"]?.stringValue ?? ""
        if status.isEmpty, id.isEmpty { return }
        let bar = progress(message["progressDetail"])
        if !isTerminalOutput {
            if bar.isEmpty { emit((id.isEmpty ? "" : id + ": ") + status + "\n") }
            return
        }
        let text = (id.isEmpty ? "" : id + ": ") + status + (bar.isEmpty ? "" : " " + bar)
        guard !id.isEmpty, message["progressDetail"] != nil else {
            emit(text + "\n")
            count += 1
            return
        }
        if let line = lines[id] {
            let up = count - line
            emit("\u{1B}[\(up)A\u{1B}[2K\r\(text)\r\u{1B}[\(up)B")
        } else {
            lines[id] = count
            count += 1
            emit(text + "\n")
        }
    }

    private func progress(_ detail: JSONValue?) -> String {
        let current = detail?["current"]?.doubleValue ?? 0
        let total = detail?["total"]?.doubleValue ?? 0
        if current <= 0 && total <= 0 { return "" }
        if total <= 0 { return HumanUnits.size(current) }
        let filled = min(50, Int(current / total * 50))
        let bar =
            String(repeating: "=", count: filled) + ">" + String(repeating: " ", count: max(0, 50 - filled))
        return "[\(bar)]  \(HumanUnits.size(current))/\(HumanUnits.size(total))"
    }

    private func emit(_ text: String) {
        if toError { cli.writeError(Array(text.utf8)[...]) } else { cli.write(text); cli.flush() }
    }
}
