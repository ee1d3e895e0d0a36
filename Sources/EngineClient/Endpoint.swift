/// Where an engine listens: `unix:///path`, `tcp://address:port` (with TLS too) or `ssh://user@host`.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    enum Address: Sendable, Hashable {
        case unix(String)
        case tcp(host: String, port: UInt16)
        /// A program that passes bytes on from and to its standard input and output.
        case program(ConnectionProgram)
    }

    let address: Address
    /// The address as the user wrote it, completed; error texts show it.
    public let description: String
    /// Prefix of every path, from `tcp://host:port/prefix`.
    let basePath: String

    /// Where `berthd` listens unless told otherwise.
    public static let standard = Endpoint(
        address: .unix("/run/berth/berth.sock"), description: "unix:///run/berth/berth.sock")

    init(address: Address, description: String, basePath: String = "") {
        self.address = address
        self.description = description
        self.basePath = basePath
    }

    /// Reads a host as `-H` and `DOCKER_HOST` have it.
    public init(parsing text: String) throws {
        let host = String(text.drop { $0 == " " })
        if host.hasPrefix("unix://") {
            self.init(address: .unix(String(host.dropFirst(7))), description: host)
            return
        }
        if host.hasPrefix("/") {
            self.init(address: .unix(host), description: "unix://" + host)
            return
        }
        if host.hasPrefix("ssh://") {
            self = try Self.ssh(host)
            return
        }
        for scheme in ["npipe", "fd", "https"] where host.hasPrefix(scheme + "://") {
            throw EngineClientError.invalidHost(
                "the \(scheme) transport of host \"\(host)\" is not supported: use unix:// or tcp://")
        }
        var rest = host[...]
        for prefix in ["tcp://", "http://"] where rest.hasPrefix(prefix) {
            rest = rest.dropFirst(prefix.count)
        }
        if rest.contains("://") {
            throw EngineClientError.invalidHost("invalid bind address format: \(host)")
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let path = String(rest[slash...])
        let tcp = try Self.tcp(rest[..<slash], path, shown: host)
        self.init(address: tcp.0, description: tcp.1, basePath: tcp.2)
    }

    private static func tcp(_ part: Substring, _ path: String, shown: String) throws -> (
        Address, String, String
    ) {
        var name = part, port: UInt16 = 2375
        if part.hasPrefix("["), let end = part.firstIndex(of: "]") {
            name = part[part.index(after: part.startIndex)..<end]
            let after = part[part.index(after: end)...]
            if !after.isEmpty {
                guard after.hasPrefix(":"), let number = UInt16(after.dropFirst()) else {
                    throw EngineClientError.invalidHost("invalid bind address format: \(shown)")
                }
                port = number
            }
        } else if let colon = part.lastIndex(of: ":") {
            guard let number = UInt16(part[part.index(after: colon)...]) else {
                throw EngineClientError.invalidHost("invalid bind address format: \(shown)")
            }
            (name, port) = (part[..<colon], number)
        }
        let host = name.isEmpty ? "localhost" : String(name)
        let shownName = host.contains(":") ? "[\(host)]" : host
        let base = path == "/" ? "" : path
        return (.tcp(host: host, port: port), "tcp://\(shownName):\(port)\(base)", base)
    }

    /// The socket's path, if the engine is reached by one.
    public var socketPath: String? {
        if case .unix(let path) = address { return path }
        return nil
    }
}
