/// The names that a container may ask for with `--runtime`.
enum OCIRuntimes {
    /// Names of our own runtime: those that Docker's users know, and its own.
    static let builtIn: Set<String> = ["", "berth", "berth-runtime", "runc", "io.containerd.runc.v2"]
}
