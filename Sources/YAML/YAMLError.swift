/// Why a text is not a YAML document.
public struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, in libyaml's words where they are its.
    public let problem: String
    /// Counted from 1; 0 where there is no place.
    public let line: Int

    public var description: String {
        line == 0 ? "yaml: \(problem)" : "yaml: line \(line): \(problem)"
    }
}
