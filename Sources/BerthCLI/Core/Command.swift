/// How many arguments a command takes.
enum ArgumentCount: Sendable {
    case none, exactly(Int), atLeast(Int), atMost(Int), between(Int, Int), any

    /// What is wrong with `count` arguments; nil if it is fine.
    func complaint(_ count: Int) -> (text: String, see: String)? {
        func words(_ count: Int) -> String { "\(count) argument\(count == 1 ? "" : "s")" }
        switch self {
        case .none where count > 0: return ("accepts no arguments", "Run")
        case .exactly(let want) where count != want: return ("requires \(words(want))", "Run")
        case .atLeast(let want) where count < want: return ("requires at least \(words(want))", "See")
        case .atMost(let want) where count > want: return ("requires at most \(words(want))", "SRun")
        case .between(let low, let high) where count < low || count > high:
            return ("requires at least \(low) and at most \(words(high))", "Run")
        default: return nil
        }
    }
}

/// A command: what its help says, which options and arguments it takes, what it does.
struct Command: Sendable {
    /// The words behind the program's name: `container ls`.
    var path: String
    /// The usage line behind the path: `[OPTIONS] CONTAINER [CONTAINER...]`.
    var usage: String
    var summary: String
    /// All the ways to call it, where there are several.
    var aliases: [String] = []
    var flags: [Flag] = []
    var arguments: ArgumentCount = .any
    /// Whether options end at the first argument.
    var stopsAtArgument = false
    /// Whether help leaves it out.
    var isHidden = false
    var run: @Sendable (CLI, ParsedFlags) throws -> Int32

    /// The command under another path.
    func renamed(_ path: String) -> Command {
        var copy = self
        copy.path = path
        return copy
    }

    var usageLine: String { "docker \(path)\(usage.isEmpty ? "" : " " + usage)" }
}

/// Why a command ends without success.
struct CommandFailure: Error, CustomStringConvertible {
    var message: String
    var code: Int32 = 1
    var description: String { message }

    init(_ message: String, code: Int32 = 1) {
        self.message = message
        self.code = code
    }
}
