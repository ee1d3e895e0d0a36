internal import AsyncHTTPClient
internal import Linux

/// Which proxy an address is reached through, by the rules of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`.
struct ProxyChoice {
    private let settings: RegistrySettings

    init(_ settings: RegistrySettings) { self.settings = settings }

    /// The proxy's address, or nothing.
    func proxy(for address: WebAddress) -> String {
        let proxy = address.scheme == "https" ? settings.httpsProxy : settings.httpProxy
        if proxy.isEmpty || isExempt(address) { return "" }
        return proxy
    }

    private func isExempt(_ address: WebAddress) -> Bool {
        let host = address.host
        let number = IPAddress(host)
        if host == "localhost" || number?.isLoopback == true { return true }
        for part in settings.noProxy.split(separator: ",") {
            let entry = String(part.filter { $0 != " " })
            if entry.isEmpty { continue }
            if entry == "*" || entry == host || entry == address.authority { return true }
            if let slash = entry.firstIndex(of: "/"), let number,
                let network = IPAddress(String(entry[..<slash])),
                let bits = Int(entry[entry.index(after: slash)...]), number.isIn(network, bits: bits)
            {
                return true
            }
            let domain = entry.hasPrefix("*.") ? String(entry.dropFirst()) : entry
            if host.hasSuffix(domain.hasPrefix(".") ? domain : "." + domain) { return true }
        }
        return false
    }

    /// The library's form of a proxy's address: `http://user:password@host:port`, `socks5://host:port` or `host:port`.
    static func configuration(_ text: String) throws -> HTTPClient.Configuration.Proxy? {
        if text.isEmpty { return nil }
        let separator = text.firstRange(of: "://")
        let scheme = separator.map { text[..<$0.lowerBound].lowercased() } ?? "http"
        var rest = separator.map { text[$0.upperBound...] } ?? text[...]
        var authorization: HTTPClient.Authorization?
        if let at = rest.lastIndex(of: "@") {
            let user = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            authorization = .basic(
                username: unescaped(user[0]), password: user.count > 1 ? unescaped(user[1]) : "")
            rest = rest[rest.index(after: at)...]
        }
        let authority = String(rest.prefix { $0 != "/" })
        let host = WebAddress.host(of: authority)
        let tail = authority.dropFirst(authority.hasPrefix("[") ? host.count + 2 : host.count)
        let port = tail.hasPrefix(":") ? Int(tail.dropFirst()) : scheme.hasPrefix("socks") ? 1080 : 80
        guard !host.isEmpty, let port else {
            throw RegistryError(.invalid, "the proxy's address is not valid: give it as http://host:port")
        }
        switch scheme {
        case "http": return .server(host: host, port: port, authorization: authorization)
        case "socks5", "socks5h": return .socksServer(host: host, port: port)
        default:
            throw RegistryError(
                .unsupported, "proxies of \"\(scheme)\" are not supported: use http or socks5")
        }
    }

    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let pair = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == 37, pair.utf8.count == 2, let value = UInt8(pair, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
