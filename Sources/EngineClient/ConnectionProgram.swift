internal import Linux

/// A program through which an engine is reached: ssh, or one that speaks TLS for us.
struct ConnectionProgram: Sendable, Hashable {
    /// The program and its arguments.
    var words: [String]
    /// Whether it says first, in one line, if it has reached the engine.
    var greets: Bool
}

/// Such a program while it runs; its standard input and output are one socket.
final class RunningProgram {
    let socket: SharedDescriptor
    private let words: [String]
    private let pid: Int32
    private let errors: OwnedDescriptor

    init(_ program: ConnectionProgram) throws {
        words = program.words
        let pair = try SocketPair(.stream).release()
        let far = OwnedDescriptor(adopting: pair.second)
        socket = SharedDescriptor(OwnedDescriptor(adopting: pair.first))
        let pipe = try makePipe()
        errors = OwnedDescriptor(adopting: pipe.read)
        let writing = OwnedDescriptor(adopting: pipe.write)
        var launch = ProcessLaunch(words.first ?? "", Array(words.dropFirst()))
        launch.standard = (far.rawValue, far.rawValue, program.greets ? -1 : writing.rawValue)
        do { pid = try launch.start() } catch {
            throw EngineClientError.transport(
                "error during connect: exec: \"\(words.first ?? "")\": executable file not found in $PATH")
        }
    }

    /// What the program has to say of its end; nil while it runs and where it ended well.
    func failure() -> String? {
        for _ in 0..<200 {
            if let exit = try? exitIfEnded(pid) {
                if exit == .exited(0) { return nil }
                let text = String(
                    decoding: (try? readAll(errors.rawValue, limitBytes: 65536)) ?? [], as: UTF8.self)
                return
                    "command [\(words.joined(separator: " "))] has exited with exit status \(exit.shellCode), "
                    + "make sure the URL is valid, and Docker 18.09 or later is installed on the remote host: "
                    + "stderr=\(text)"
            }
            sleepMilliseconds(10)
        }
        return nil
    }
}

extension Endpoint {
    /// The engine behind `ssh://[user@]host[:port][/path/of/socket]`.
    static func ssh(_ text: String) throws -> Endpoint {
        func invalid(_ reason: String) -> EngineClientError {
            .invalidHost("ssh host connection is not valid: invalid SSH URL: \(reason)")
        }
        var rest = text.dropFirst("ssh://".count)
        var path = ""
        if let slash = rest.firstIndex(of: "/") {
            path = String(rest[slash...])
            rest = rest[..<slash]
        }
        if rest.contains("?") || path.contains("?") { throw invalid("query parameters are not allowed") }
        if rest.contains("#") || path.contains("#") { throw invalid("fragments are not allowed") }
        var words = ["ssh", "-o", "ConnectTimeout=30", "-T"]
        if let at = rest.lastIndex(of: "@") {
            let user = rest[..<at]
            if user.contains(":") { throw invalid("plain-text password is not supported") }
            words += ["-l", String(user)]
            rest = rest[rest.index(after: at)...]
        }
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]") {
            guard let port = UInt16(rest[rest.index(after: colon)...]) else { throw invalid("invalid port") }
            words += ["-p", String(port)]
            rest = rest[..<colon]
        }
        let host =
            rest.hasPrefix("[") && rest.hasSuffix("]") ? String(rest.dropFirst().dropLast()) : String(rest)
        if host.isEmpty { throw invalid("no host specified") }
        if host.hasPrefix("-") { throw invalid("invalid hostname") }
        words += ["--", host, "docker"]
        if !path.isEmpty && path != "/" { words += ["--host", "unix://\(quoted(path))"] }
        words += ["system", "dial-stdio"]
        return Endpoint(address: .program(.init(words: words, greets: false)), description: text)
    }

    /// `text` as one word of the remote shell.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-._/".utf8.contains(byte)
        }
        return isPlain
            ? text
            : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
                + "'"
    }

    /// The same engine, spoken to with TLS by `program` (berthd); a unix socket stays as it is.
    public func secured(_ security: ClientSecurity, program: String) -> Endpoint {
        guard case .tcp(let host, let port) = address else { return self }
        var words = [
            program, "dial-tls", "host=\(host)", "port=\(port)", "verify=\(security.verifies ? 1 : 0)",
        ]
        if let authority = security.authority { words.append("ca=\(authority)") }
        if let identity = security.identity {
            words += ["cert=\(identity.certificate)", "key=\(identity.key)"]
        }
        return Endpoint(
            address: .program(.init(words: words, greets: true)), description: description, basePath: basePath
        )
    }

    /// Connects without speaking HTTP, for whoever passes bytes on.
    public func connect() throws -> RawEngineConnection { RawEngineConnection(try HTTPConnection(to: self)) }
}

/// Which TLS server is the right one, and who we are; paths of PEM files.
public struct ClientSecurity: Sendable {
    public var authority: String?
    public var identity: (certificate: String, key: String)?
    public var verifies: Bool

    public init(authority: String?, identity: (certificate: String, key: String)?, verifies: Bool) {
        (self.authority, self.identity, self.verifies) = (authority, identity, verifies)
    }
}

/// A connection to the engine that carries whatever is put into it.
public final class RawEngineConnection {
    private let connection: HTTPConnection

    init(_ connection: HTTPConnection) { self.connection = connection }

    public var descriptor: Int32 { connection.rawValue }
}
