/// An absolute `http` or `https` address, as far as a registry's client has to look into it.
struct WebAddress: Sendable, Hashable, CustomStringConvertible {
    let scheme: String
    /// Host and port, without a user.
    let authority: String
    /// From the slash on, without query.
    let path: String
    /// Without its question mark.
    var query: String?

    /// Parses an address of at most 8 KiB; nil for another scheme, a user in it, or control characters.
    init?(parsing text: String) {
        guard text.utf8.count <= 8192, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
        guard let separator = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "https" || scheme == "http" else { return nil }
        let rest = text[separator.upperBound...].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.isEmpty, !authority.contains("@"), !authority.contains("\\") else { return nil }
        let target = rest[authority.endIndex...]
        let path = target.prefix { $0 != "?" }
        self.scheme = scheme
        self.authority = String(authority)
        self.path = path.isEmpty ? "/" : String(path)
        query = path.endIndex < target.endIndex ? String(target[target.index(after: path.endIndex)...]) : nil
    }

    /// `reference` seen from this address: absolute, or a path on the same server.
    func resolving(_ reference: String) -> WebAddress? {
        if reference.hasPrefix("//") { return WebAddress(parsing: "\(scheme):\(reference)") }
        if reference.hasPrefix("/") { return WebAddress(parsing: "\(scheme)://\(authority)\(reference)") }
        if reference.contains("://") { return WebAddress(parsing: reference) }
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
        return WebAddress(parsing: "\(scheme)://\(authority)\(folder)\(reference)")
    }

    /// The same address with `items` added to its query.
    func adding(_ items: [(String, String)]) -> WebAddress {
        var copy = self
        let added = items.map { "\(Self.escaped($0.0))=\(Self.escaped($0.1))" }.joined(separator: "&")
        copy.query = query.map { $0.isEmpty ? added : "\($0)&\(added)" } ?? added
        return copy
    }

    var description: String { "\(scheme)://\(authority)\(path)" + (query.map { "?\($0)" } ?? "") }

    /// The address without its query, which may hold a signature.
    var redacted: String { "\(scheme)://\(authority)\(path)" }

    var host: String { Self.host(of: authority) }

    /// The host of `host:port` or `[v6]:port`.
    static func host(of authority: String) -> String {
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }

    /// Percent-encodes all but the unreserved characters of RFC 3986.
    static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-._~".utf8.contains(byte)
            if isPlain {
                bytes.append(byte)
            } else {
                bytes += [37, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
