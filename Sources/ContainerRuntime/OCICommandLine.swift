/// An option that a command takes, by its names without dashes.
struct OCIOption: Sendable {
    enum Kind: Sendable { case flag, value, list }

    let names: [String]
    let kind: Kind

    init(_ names: String..., kind: Kind = .value) {
        self.names = names
        self.kind = kind
    }
}

/// A failure of an OCI command: its words, and the exit status if it is not 1.
struct OCIFailure: Error, CustomStringConvertible {
    let description: String
    var status: Int32 = 1

    init(_ description: String, status: Int32 = 1) {
        self.description = description
        self.status = status
    }
}

/// Parsed options and what is left behind them.
///
/// As in runc, options come before the first other argument, with one dash or two, and `--name=value` or
/// `--name value`.
struct OCIArguments {
    private(set) var values: [String: [String]] = [:]
    private(set) var rest: [String] = []

    init(_ arguments: [String], _ options: [OCIOption]) throws(OCIFailure) {
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            if argument == "--" { break }
            guard argument.hasPrefix("-"), argument != "-" else {
                index -= 1
                break
            }
            let text = argument.dropFirst(argument.hasPrefix("--") ? 2 : 1)
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let option = options.first(where: { $0.names.contains(String(parts[0])) }) else {
                throw OCIFailure("flag provided but not defined: -\(parts[0])")
            }
            let name = option.names[0]
            if option.kind == .flag {
                guard parts.count == 1 || ["true", "false"].contains(parts[1]) else {
                    throw OCIFailure("invalid boolean value \"\(parts[1])\" for -\(parts[0])")
                }
                values[name] = [parts.count == 1 ? "true" : String(parts[1])]
                continue
            }
            var value = parts.count == 2 ? String(parts[1]) : ""
            if parts.count == 1 {
                guard index < arguments.count else {
                    throw OCIFailure("flag needs an argument: -\(parts[0])")
                }
                value = arguments[index]
                index += 1
            }
            if option.kind == .list {
                values[name, default: []].append(value)
            } else {
                values[name] = [value]
            }
        }
        rest = Array(arguments[min(index, arguments.count)...])
    }

    func flag(_ name: String) -> Bool { values[name] == ["true"] }

    /// The option's value; nil where it isn't given, or empty.
    func value(_ name: String) -> String? { values[name]?.first.flatMap { $0.isEmpty ? nil : $0 } }

    func list(_ name: String) -> [String] { values[name] ?? [] }

    func integer(_ name: String) throws(OCIFailure) -> Int64? {
        guard let text = value(name) else { return nil }
        guard let number = Int64(text) else {
            throw OCIFailure("invalid value \"\(text)\" for flag -\(name): not a number")
        }
        return number
    }
}
