/// A call to the engine that did not succeed.
public enum EngineClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nobody answers there.
    case cannotConnect(String)
    /// The socket is not ours to use.
    case permissionDenied(String)
    /// The host cannot be understood.
    case invalidHost(String)
    /// The engine answered with an error status.
    case daemon(status: Int, message: String)
    /// The connection broke, or what came is no HTTP.
    case transport(String)

    public var description: String {
        switch self {
        case .cannotConnect(let host):
            return "Cannot connect to the Docker daemon at \(host). Is the docker daemon running?"
        case .permissionDenied(let host):
            return "permission denied while trying to connect to the Docker daemon socket at \(host)"
        case .invalidHost(let message), .transport(let message): return message
        case .daemon(_, let message): return "Error response from daemon: \(message)"
        }
    }

    /// The engine's words without the introduction.
    public var message: String {
        if case .daemon(_, let message) = self { return message }
        return description
    }

    /// The HTTP status that the engine answered with.
    public var status: Int? {
        if case .daemon(let status, _) = self { return status }
        return nil
    }

    /// Whether the engine does not know the object.
    public var isNotFound: Bool { status == 404 }
}
