/// Replaces what differs from run to run in an engine's output by names that do not.
///
/// Ids and ports are numbered by first appearance, so that a transcript still shows which of them
/// are the same; a short id gets the number of the full one.
public struct OutputNormalizer {
    private var known: [String: [String]] = [:]
    private let ownName: String

    /// `ownName` is the client's own name, which is shown as `docker`.
    public init(ownName: String) { self.ownName = ownName }

    /// `text` with everything that varies replaced.
    public mutating func normalize(_ text: String) -> String {
        // A carriage return and a line feed are one Character in Swift, and no line's end.
        var text = String(
            String.UnicodeScalarView(text.unicodeScalars.flatMap { $0 == "\r" ? ["^", "M"] : [$0] }))
        if ownName != "docker" {
            text.replace(#/\bberth\b(?!-runtime)/#) { _ in "docker" }
        }
        text.replace(#/\b[0-9a-f]{64}\b/#) { label("ID", String($0.0.prefix(12))) }
        text.replace(#/\b[0-9a-f]{12}\b/#) { label("id", String($0.0), as: "ID") }
        text.replace(#/\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b/#) { _ in "<mac>" }
        text.replace(#/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?( [+-]\d{4} UTC)?/#) {
            match in
            match.0.hasPrefix("0001-01-01") ? String(match.0) : "<time>"
        }
        text.replace(#/\b(10|172|192)\.\d+\.\d+\.\d+(/\d+)?/#) { _ in "<ip>" }
        text.replace(#/:(3[2-9]|4\d|5\d|60)\d{3}\b/#) { ":" + label("port", String($0.0)) }
        text.replace(#/endpoint [a-z]+_[a-z]+ /#) { _ in "endpoint <name> " }
        text.replace(#/to \d+\.00, as there are only \d+ CPUs/#) { _ in "to <n>, as there are only <n> CPUs" }
        text.replace(#/available: \d+(-\d+)?/#) { _ in "available: <cpus>" }
        text.replace(#/@if\d+/#) { _ in "@if<n>" }
        text.replace(#/mtu \d+ qdisc noqueue( qlen \d+)?/#) { _ in "mtu <n> qdisc noqueue" }
        text.replace(
            #/(Less than a second|About an? (second|minute|hour)|\d+ (seconds?|minutes?|hours?))( ago)?/#
        ) {
            match in match.0.hasSuffix("ago") ? "<ago>" : "<while>"
        }
        text.replace(#/pid \d+/#) { _ in "pid <pid>" }
        // The width of a table's columns follows from what was replaced.
        text.replace(#/ {3,}/#) { _ in "   " }
        text.replace(#/ +\n/#) { _ in "\n" }
        return text
    }

    private mutating func label(_ shown: String, _ value: String, as kind: String? = nil) -> String {
        let kind = kind ?? shown
        var values = known[kind] ?? []
        let index = values.firstIndex(of: value) ?? values.count
        if index == values.count { values.append(value) }
        known[kind] = values
        return "<\(shown)\(index + 1)>"
    }
}
