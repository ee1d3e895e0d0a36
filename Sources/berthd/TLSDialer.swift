internal import AsyncPrimitives
internal import HTTPServer
internal import Linux

/// `berthd dial-tls`: the client's side of TLS for `berth`, which is too small to have its own.
///
/// Standard input is a socket of berth's; see ``SecureDial/relay(_:)`` for what goes over it.
enum TLSDialer {
    /// Relays until both sides have ended; the arguments are name and value of what is to be known.
    static func run(_ arguments: [String]) throws -> Int32 {
        ignoreBrokenPipes()
        var values: [String: String] = [:]
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        guard let host = values["host"], let port = values["port"].flatMap({ Int($0) }) else {
            writeError("berthd dial-tls is for berth's own use")
            return 125
        }
        var identity: (certificate: String, key: String)?
        if let certificate = values["cert"], let key = values["key"] { identity = (certificate, key) }
        let dial = SecureDial(
            host: host, port: port, authority: values["ca"], identity: identity,
            verifies: values["verify"] == "1")
        Task.detached {
            do { try await dial.relay(0) } catch { writeError("\(error)") }
            exitProcess(0)
        }
        while true { sleepMilliseconds(1_000_000) }
    }
}
