/// One option of a command, as a row of a table.
struct Flag: Sendable {
    var name: String
    var short: Character?
    var kind: FlagKind
    var help: String
    /// The value without the option, and what the help shows of it.
    var standard: String
    var isHidden = false
    /// Turns a value into the one to keep, or refuses it.
    var convert: (@Sendable (String) throws -> String)?

    init(
        _ name: String, _ short: Character? = nil, _ kind: FlagKind = .string, _ help: String,
        standard: String = "", hidden: Bool = false, convert: (@Sendable (String) throws -> String)? = nil
    ) {
        (self.name, self.short, self.kind, self.help) = (name, short, kind, help)
        (self.standard, isHidden, self.convert) = (standard, hidden, convert)
    }

    var isBool: Bool { if case .bool = kind { true } else { false } }

    /// How the option is called in the error for a bad value: `-m, --memory`.
    var shownName: String { short.map { "-\($0), --\(name)" } ?? "--\(name)" }
}

/// The options and arguments that a command line holds.
struct ParsedFlags {
    private let flags: [Flag]
    private var values: [String: [String]] = [:]
    /// What is left when the options are taken out.
    private(set) var arguments: [String] = []

    /// The options in the order in which they were given.
    private(set) var order: [String] = []

    /// Takes the options of `flags` out of `words`.
    ///
    /// `stopsAtArgument` leaves everything from the first argument on alone, as `run` and `exec` need it.
    init(_ words: some Sequence<String>, flags: [Flag], stopsAtArgument: Bool) throws {
        self.flags = flags
        var rest = Array(words)[...]
        while let word = rest.popFirst() {
            if word == "--" {
                arguments += rest
                return
            }
            if word.hasPrefix("--") {
                try parseLong(word, &rest)
            } else if word.hasPrefix("-"), word.count > 1 {
                try parseShort(word, &rest)
            } else {
                arguments.append(word)
                if stopsAtArgument {
                    arguments += rest
                    return
                }
            }
        }
    }

    private mutating func parseLong(_ word: String, _ rest: inout ArraySlice<String>) throws {
        let body = word.dropFirst(2)
        let equals = body.firstIndex(of: "=")
        let name = String(body[..<(equals ?? body.endIndex)])
        if name.isEmpty || name.hasPrefix("-") { throw FlagError("bad flag syntax: \(word)") }
        guard let flag = flags.first(where: { $0.name == name }) else {
            if name == "help" {
                let text = equals.map { String(body[body.index(after: $0)...]) } ?? "true"
                guard let asks = GoNumbers.bool(text) else {
                    throw FlagError(
                        "invalid argument \(goQuoted(text)) for \"--help\" flag: strconv.ParseBool: parsing "
                            + "\(goQuoted(text)): invalid syntax")
                }
                if asks { throw FlagError.help }
                return
            }
            throw FlagError("unknown flag: --\(name)")
        }
        if let equals {
            try set(flag, String(body[body.index(after: equals)...]))
        } else if flag.isBool {
            try set(flag, "true")
        } else if let value = rest.popFirst() {
            try set(flag, value)
        } else {
            throw FlagError("flag needs an argument: --\(name)")
        }
    }

    private mutating func parseShort(_ word: String, _ rest: inout ArraySlice<String>) throws {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let flag = flags.first(where: { $0.short == letter }) else {
                if letter == "h" { throw FlagError.shortHelp }
                throw FlagError("unknown shorthand flag: '\(letter)' in -\(String(letter) + letters)")
            }
            if letters.first == "=", letters.count > 1 {
                try set(flag, String(letters.dropFirst()))
                return
            }
            if flag.isBool {
                try set(flag, "true")
                continue
            }
            if !letters.isEmpty {
                try set(flag, String(letters))
            } else if let value = rest.popFirst() {
                try set(flag, value)
            } else {
                throw FlagError("flag needs an argument: '\(letter)' in -\(word.dropFirst())")
            }
            return
        }
    }

    private mutating func set(_ flag: Flag, _ text: String) throws {
        do {
            try flag.kind.check(text)
            let value = try flag.convert?(text) ?? text
            switch flag.kind {
            case .list, .map, .filter, .named: values[flag.name, default: []].append(value)
            case .strings: values[flag.name, default: []] += value.split(separator: ",").map { String($0) }
            default: values[flag.name] = [value]
            }
            order.append(flag.name)
        } catch {
            throw FlagError(
                "invalid argument \(goQuoted(text)) for \(goQuoted(flag.shownName)) flag: \(error)")
        }
    }

    // MARK: Reading

    /// Whether the option was given.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// All values of an option that may be repeated.
    func list(_ name: String) -> [String] { values[name] ?? [] }

    /// The option's value, or the one it has without being given.
    func string(_ name: String) -> String {
        values[name]?.last ?? flags.first { $0.name == name }?.standard ?? ""
    }

    func bool(_ name: String) -> Bool { GoNumbers.bool(string(name)) ?? false }

    func int(_ name: String) -> Int { (try? GoNumbers.integer(string(name))).flatMap { $0 } ?? 0 }
}

/// A command line that cannot be understood, in pflag's words.
struct FlagError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
    /// `--help` was asked for.
    static var help: FlagError { FlagError("") }
    /// `-h`, which pflag takes for help where it is no option of its own.
    static var shortHelp: FlagError { FlagError("-h") }
}
