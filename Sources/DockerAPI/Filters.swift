/// What `--filter` asks for: values by name, all of them strings.
public struct Filters: Sendable, Hashable {
    public private(set) var values: [String: [String]]

    public init(_ values: [String: [String]] = [:]) { self.values = values }

    public var isEmpty: Bool { values.isEmpty }

    /// The values asked for under a name, each once, in order; empty if it was not named.
    public subscript(_ name: String) -> [String] { values[name] ?? [] }

    public func contains(_ name: String) -> Bool { values[name] != nil }

    public mutating func add(_ name: String, _ value: String) {
        if !self[name].contains(value) { values[name, default: []].append(value) }
    }

    /// The first name, by alphabet, that is not among `accepted`.
    public func firstUnknown(accepted: Set<String>) -> String? {
        values.keys.sorted().first { !accepted.contains($0) }
    }

    /// Whether nothing was asked under `name`, or exactly `value` was.
    public func exactMatch(_ name: String, _ value: String) -> Bool {
        guard let wanted = values[name], !wanted.isEmpty else { return true }
        return wanted.contains(value)
    }

    /// Whether each of the `key` or `key=value` asked for under `name` is among `labels`.
    public func labelsMatch(_ labels: [String: String], name: String = "label") -> Bool {
        self[name].allSatisfy { wanted in
            guard let equals = wanted.firstIndex(of: "=") else { return labels[wanted] != nil }
            return labels[String(wanted[..<equals])] == String(wanted[wanted.index(after: equals)...])
        }
    }

    /// A yes-or-no filter such as `dangling`; nil if it was not named or is neither.
    public func flag(_ name: String) -> Bool? {
        switch self[name].first {
        case "1", "true", "True", "TRUE", "t", "T": true
        case "0", "false", "False", "FALSE", "f", "F": false
        default: nil
        }
    }
}
