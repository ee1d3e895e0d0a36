/// A runtime that is not ours, as `daemon.json` names it.
public struct OCIRuntime: Sendable, Hashable {
    /// Its program: an absolute path, or a name in `PATH`.
    public var path: String
    /// What comes before the command: `--debug`.
    public var arguments: [String]

    public init(path: String, arguments: [String] = []) {
        self.path = path
        self.arguments = arguments
    }
}

/// The names that a container may ask for with `--runtime`.
enum OCIRuntimes {
    /// Names of our own runtime: those that Docker's users know, and its own.
    static let builtIn: Set<String> = ["", "berth", "berth-runtime", "runc", "io.containerd.runc.v2"]
}
