/// Where the engine keeps things.
public struct EnginePaths: Sendable {
    /// What survives a reboot.
    public let dataRoot: String
    /// Sockets and running state.
    public let execRoot: String

    public init(dataRoot: String, execRoot: String) {
        self.dataRoot = dataRoot
        self.execRoot = execRoot
    }

    /// The container's own directory: writable layer, log, files that are bound into it.
    func container(_ id: String) -> String { "\(dataRoot)/containers/\(id)" }

    /// The container's log.
    func log(_ id: String) -> String { "\(container(id))/\(id)-json.log" }

    /// The container's log in the format `local`.
    func localLog(_ id: String) -> String { "\(container(id))/local-logs/container.log" }

    /// The container's running state, with its supervisor's socket.
    func state(_ id: String) -> String { "\(execRoot)/containers/\(id)" }

    /// The lowest layer of every container: files that belong in each, where the image has none of its own.
    var baseLayer: String { dataRoot + "/base" }

    /// What is half-made or about to be deleted.
    var temporary: String { dataRoot + "/tmp" }
}
