internal import Linux

/// A recorded session with a container engine: commands, and what Docker answered.
///
///     # Words about what follows.
///     @ unordered
///     $ docker ps --format '{{.Names}}'
///       one line of standard output, indented by two spaces
///     ! one line of standard error
///     ? 1
///
/// A line that ends no line in the output is followed by `~`. `? N` is the exit code when it is not 0. A command
/// goes on in lines that begin with `> `. The directives of a command stand above it:
///
/// - `@ unordered`: the lines of the output may come in any order
/// - `@ retry`: run again until it matches, for what becomes true a moment later
/// - `@ quiet`: only the exit code counts
public struct Transcript: Sendable {
    public struct Step: Sendable {
        public var preamble: [String]
        public var directives: Set<String>
        public var command: String
        public var answer: Answer
    }

    public struct Answer: Hashable, Sendable {
        public var stdout: String
        public var stderr: String
        public var code: Int32

        public init(stdout: String, stderr: String, code: Int32) {
            (self.stdout, self.stderr, self.code) = (stdout, stderr, code)
        }
    }

    public var steps: [Step] = []
    private var ending: [String] = []

    public init(parsing text: String) {
        var preamble: [String] = []
        var directives: Set<String> = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            let rest = String(line.dropFirst(2))
            let last = steps.count - 1
            if line.hasPrefix("$ ") {
                let none = Answer(stdout: "", stderr: "", code: 0)
                steps.append(Step(preamble: preamble, directives: directives, command: rest, answer: none))
                (preamble, directives) = ([], [])
            } else if line.hasPrefix("@ ") {
                directives.insert(rest)
                preamble.append(line)
            } else if line.hasPrefix("> "), last >= 0 {
                steps[last].command += "\n" + rest
            } else if line.hasPrefix("  "), last >= 0 {
                steps[last].answer.stdout += rest + "\n"
            } else if line.hasPrefix("! ") || line == "!", last >= 0 {
                steps[last].answer.stderr += rest + "\n"
            } else if line == "~", last >= 0 {
                steps[last].answer.stdout.removeLast()
            } else if line.hasPrefix("? "), last >= 0 {
                steps[last].answer.code = Int32(rest) ?? -1
            } else {
                preamble.append(line)
            }
        }
        while preamble.last == "" { preamble.removeLast() }
        ending = preamble
    }

    /// The transcript as text, as the parser reads it.
    public var text: String {
        var lines: [String] = []
        for step in steps {
            lines += step.preamble
            let command = step.command.split(separator: "\n", omittingEmptySubsequences: false)
            lines += command.enumerated().map { ($0.offset == 0 ? "$ " : "> ") + $0.element }
            if !step.directives.contains("quiet") { lines += step.answer.lines }
            if step.answer.code != 0 { lines.append("? \(step.answer.code)") }
        }
        return (lines + ending).joined(separator: "\n") + "\n"
    }
}

extension Transcript.Answer {
    /// The answer's output in the transcript's form, without the exit code.
    fileprivate var lines: [String] {
        var lines: [String] = []
        if !stdout.isEmpty {
            let whole = stdout.hasSuffix("\n")
            let parts = (whole ? String(stdout.dropLast()) : stdout)
                .split(separator: "\n", omittingEmptySubsequences: false)
            lines += parts.map { "  " + $0 }
            if !whole { lines.append("~") }
        }
        if !stderr.isEmpty {
            let text = stderr.hasSuffix("\n") ? String(stderr.dropLast()) : stderr
            lines += text.split(separator: "\n", omittingEmptySubsequences: false).map {
                $0.isEmpty ? "!" : "! \($0)"
            }
        }
        return lines
    }

    /// Whether a script could tell `other` from this answer, given the step's directives.
    public func matches(_ other: Self, _ directives: Set<String>) -> Bool {
        if code != other.code { return false }
        if directives.contains("quiet") { return true }
        if directives.contains("unordered") {
            return stdout.split(separator: "\n").sorted() == other.stdout.split(separator: "\n").sorted()
                && stderr == other.stderr
        }
        // A missing end of the last line on standard error is nothing that a script notices.
        return stdout == other.stdout && stderr.trimmed == other.stderr.trimmed
    }
}
