internal import EngineClient
internal import Linux
internal import OrderedJSON

/// Answers what may follow on a command line: for the shells, by the protocol that docker's scripts speak.
struct Completer {
    /// What the shell is to do with the answers, by bits.
    struct Directive: OptionSet {
        let rawValue: Int
        static let error = Directive(rawValue: 1)
        /// No space follows: the word goes on.
        static let noSpace = Directive(rawValue: 2)
        /// No files are offered instead.
        static let noFiles = Directive(rawValue: 4)

        var name: String {
            let names = [(Directive.error, "Error"), (.noSpace, "NoSpace"), (.noFiles, "NoFileComp")]
                .filter { contains($0.0) }.map { "ShellCompDirective" + $0.1 }
            return names.isEmpty ? "ShellCompDirectiveDefault" : names.joined(separator: ", ")
        }
    }

    /// Words that may follow, each with what it means, and the directive.
    struct Answer {
        var words: [(word: String, note: String)] = []
        var directive: Directive = .noFiles

        init(_ words: [String] = [], _ directive: Directive = .noFiles) {
            self.words = words.map { ($0, "") }
            self.directive = directive
        }

        static let files = Answer([], [])
    }

    /// Prints the answer for `words`, the last of which is the one to complete.
    static func run(_ words: [String], describes: Bool) -> Int32 {
        var output = ""
        var answer = Answer([], .error)
        if let last = words.last {
            answer = (try? Completer(Array(words.dropLast()), last)?.answer()) ?? Answer([], [])
            for (word, note) in answer.words where word.hasPrefix(last) {
                let line = note.split(separator: "\n").first.map { String($0) } ?? ""
                output += describes && !line.isEmpty ? "\(word)\t\(line)\n" : word + "\n"
            }
        }
        try? writeAll(1, Array((output + ":\(answer.directive.rawValue)\n").utf8))
        try? writeAll(2, Array("Completion ended with directive: \(answer.directive.name)\n".utf8))
        return 0
    }

    private let current: String
    private let cli: CLI
    private var group: Registry.Group?
    private var command: Command?
    private var arguments: [String] = []
    private var given: Set<String> = []
    /// The option that waits for its value.
    private var pending: Flag?
    private var optionsEnded = false

    /// Reads the words in front of `current`; nil where they cannot be understood.
    init?(_ words: [String], _ current: String) throws {
        self.current = current
        var globals: [String] = []
        var rest = words[...]
        // Global options first, as the engine to be asked depends on them.
        while let word = rest.first, word.hasPrefix("-"), word != "-" {
            rest.removeFirst()
            let (flag, hasValue) = Self.flag(word, GlobalOptions.flags)
            guard let flag else { return nil }
            if !flag.isBool, !hasValue {
                guard let value = rest.popFirst() else {
                    pending = flag
                    break
                }
                globals += [word, value]
            } else {
                globals.append(word)
            }
        }
        let parsed = try ParsedFlags(globals, flags: GlobalOptions.flags, stopsAtArgument: true)
        cli = CLI(try GlobalOptions(parsed))
        if let name = rest.popFirst() {
            if let found = Registry.group(name) {
                group = found
                if let next = rest.popFirst() {
                    guard let found = found.find(next) else { return nil }
                    command = found
                }
            } else if let found = Registry.find(name) {
                command = found
            } else {
                return nil
            }
        }
        if let command { readWords(rest, of: command) }
    }

    private mutating func readWords(_ words: ArraySlice<String>, of command: Command) {
        var rest = words
        while let word = rest.popFirst() {
            if optionsEnded || !word.hasPrefix("-") || word == "-" {
                arguments.append(word)
                if command.stopsAtArgument { optionsEnded = true }
                continue
            }
            if word == "--" {
                optionsEnded = true
                continue
            }
            let (flag, hasValue) = Self.flag(word, command.flags)
            guard let flag else { continue }
            given.insert(flag.name)
            if !flag.isBool, !hasValue, rest.popFirst() == nil { pending = flag }
        }
    }

    /// The option that `word` names, and whether its value is part of the word.
    private static func flag(_ word: String, _ flags: [Flag]) -> (Flag?, Bool) {
        if word.hasPrefix("--") {
            let name = word.dropFirst(2).prefix { $0 != "=" }
            return (flags.first { $0.name == name }, word.contains("="))
        }
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let flag = flags.first(where: { $0.short == letter }) else { return (nil, false) }
            if !flag.isBool || letters.isEmpty { return (flag, !letters.isEmpty) }
        }
        return (nil, false)
    }

    // MARK: Answers

    func answer() throws -> Answer {
        let sources = CompletionSources(cli: cli, current: current)
        if let pending { return sources.values(of: pending.name, path: command?.path ?? "", arguments) }
        if current.hasPrefix("-"), !optionsEnded { return options(sources) }
        if let command {
            return sources.arguments(of: command.path, flags: given, before: arguments)
        }
        var answer = Answer()
        if let group {
            answer.words = group.visibleCommands.map { ($0.path.lastWord, $0.summary) }
            return answer
        }
        answer.words = Registry.rootCommands.filter { !$0.isHidden }.map { ($0.path, $0.summary) }
        answer.words += Registry.groups.map { ($0.name, $0.summary) }
        answer.words += PluginFolders(cli).all().map { ($0.name, $0.summary) }
        answer.words.append(("help", "Help about the command"))
        answer.words.sort { $0.word < $1.word }
        return answer
    }

    private func options(_ sources: CompletionSources) -> Answer {
        let flags = command?.flags ?? (group == nil ? GlobalOptions.flags : [])
        if current.hasPrefix("--"), let equals = current.firstIndex(of: "=") {
            let name = current[..<equals].dropFirst(2)
            let value = String(current[current.index(after: equals)...])
            var answer = CompletionSources(cli: cli, current: value)
                .values(of: String(name), path: command?.path ?? "", arguments)
            answer.words = answer.words.map { ("--\(name)=\($0.word)", $0.note) }
            return answer
        }
        var answer = Answer()
        for flag in flags.sorted(by: { $0.name < $1.name }) where !flag.isHidden {
            if given.contains(flag.name), !flag.kind.gathers { continue }
            answer.words.append(("--" + flag.name, flag.help))
            if !current.hasPrefix("--"), let short = flag.short {
                answer.words.append(("-\(short)", flag.help))
            }
        }
        return answer
    }
}

extension String {
    /// What follows the last space.
    var lastWord: String { split(separator: " ").last.map { String($0) } ?? "" }
}

extension FlagKind {
    /// Whether the option may be given again.
    fileprivate var gathers: Bool {
        switch self {
        case .list, .strings, .map, .filter, .named: true
        default: false
        }
    }
}
