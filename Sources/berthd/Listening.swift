internal import DaemonConfiguration
internal import EngineModel
internal import HTTPServer
internal import Linux
internal import Logging

/// Where the API is served, and with what security.
struct Listening {
    private let settings: DaemonSettings
    private let logger: Logger

    init(_ settings: DaemonSettings, logger: Logger) { (self.settings, self.logger) = (settings, logger) }

    /// What all the `-H` mean.
    func addresses() throws -> [ListenAddress] {
        var seen: Set<String> = []
        return try settings.hosts.filter { seen.insert($0).inserted }.flatMap(address)
    }

    /// TLS, where it was asked for and the network is in between; a unix socket has its mode instead.
    func security(of address: ListenAddress) -> ServerSecurity? {
        guard let tls = settings.tls else { return nil }
        if address.isUnixSocket { return nil }
        return ServerSecurity(
            certificate: tls.certificate, key: tls.key, clientAuthority: tls.clientAuthority)
    }

    private func address(_ host: String) throws -> [ListenAddress] {
        if host.hasPrefix("unix://") {
            let path = String(host.dropFirst("unix://".count))
            guard path.hasPrefix("/") else {
                throw EngineError(
                    .invalidParameter, "invalid bind address (\(host)): a socket's path is absolute")
            }
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
                try makeDirectories(String(path[..<slash]))
            }
            if let group = settings.group, ListenAddress.groupNumber(group) == nil {
                throw EngineError(
                    .invalidParameter, "can't create unix socket \(path): group \(group) not found")
            }
            return [.unix(path: path, group: settings.group ?? "docker")]
        }
        if host.hasPrefix("fd://") { return try inherited(String(host.dropFirst("fd://".count)), host) }
        return [try tcp(host)]
    }

    private func tcp(_ host: String) throws -> ListenAddress {
        let rest = host.hasPrefix("tcp://") ? host.dropFirst("tcp://".count) : host[...]
        var (name, port) = (rest, settings.tls == nil ? 2375 : 2376)
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]") {
            guard let number = Int(rest[rest.index(after: colon)...]), (0...65535).contains(number) else {
                throw EngineError(.invalidParameter, "invalid bind address (\(host)): tcp://HOST:PORT")
            }
            (name, port) = (rest[..<colon], number)
        }
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        let loopback = ["127.0.0.1", "::1", "localhost"].contains(String(name))
        if settings.tls == nil, !loopback {
            logger.warning(
                "the API is served over TCP without authentication: whoever reaches it is root on this host",
                metadata: ["address": "\(host)"])
        } else if let tls = settings.tls, tls.clientAuthority == nil, !loopback {
            logger.warning(
                "the API is served over TLS without asking for certificates: whoever reaches it is root on this host",
                metadata: ["address": "\(host)"])
        }
        return .tcp(host: name.isEmpty ? "localhost" : String(name), port: port)
    }

    /// The sockets that systemd passes: all of them, or the one that is named by number or name.
    private func inherited(_ name: String, _ host: String) throws -> [ListenAddress] {
        guard environmentVariable("LISTEN_PID").flatMap({ Int32($0) }) == currentProcessID(),
            let count = environmentVariable("LISTEN_FDS").flatMap({ Int32($0) }), count > 0
        else {
            throw EngineError(
                .invalidParameter,
                "no sockets found via socket activation: make sure the service was started by systemd")
        }
        let all = Array(3..<3 + count)
        if name.isEmpty || name == "*" { return all.map { .inherited($0) } }
        if let number = Int32(name), all.contains(number) { return [.inherited(number)] }
        let names = (environmentVariable("LISTEN_FDNAMES") ?? "").split(separator: ":").map(String.init)
        let found = zip(all, names).filter { $0.1 == name }.map { ListenAddress.inherited($0.0) }
        guard !found.isEmpty else {
            throw EngineError(
                .invalidParameter, "failed to find systemd activated socket \"\(name)\" for \(host)")
        }
        return found
    }

    /// Where metrics are served.
    static func metrics(_ text: String) throws -> ListenAddress {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else {
            throw EngineError(.invalidParameter, "invalid metrics address \"\(text)\": use host:port")
        }
        var name = text[..<colon]
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        return .tcp(host: String(name), port: port)
    }
}
