internal import Linux
internal import OCI

/// One server that may answer for a domain.
struct RegistryEndpoint: Sendable, Hashable {
    let scheme: String
    /// Host and port, as certs.d names them.
    let authority: String
    /// What stands before `/v2/`.
    var prefix = ""
    /// Whether its certificate must be right.
    let verifies: Bool
    var isMirror = false

    /// The beginning of every address, `https://host:port`.
    var base: String { "\(scheme)://\(authority)\(prefix)" }

    /// Docker Hub's own registry.
    private static let hub = RegistryEndpoint(
        scheme: "https", authority: "registry-1.docker.io", verifies: true)

    /// The servers of `domain`, in the order in which they are asked.
    static func all(of domain: String, _ settings: RegistrySettings, withMirrors: Bool) -> [RegistryEndpoint]
    {
        if domain == "docker.io" {
            return (withMirrors ? settings.mirrors.compactMap { mirror($0, settings) } : []) + [hub]
        }
        return servers(domain, settings)
    }

    private static func servers(_ authority: String, _ settings: RegistrySettings) -> [RegistryEndpoint] {
        let isInsecure = isInsecure(authority, settings)
        let secure = RegistryEndpoint(scheme: "https", authority: authority, verifies: !isInsecure)
        if !isInsecure { return [secure] }
        return [secure, RegistryEndpoint(scheme: "http", authority: authority, verifies: false)]
    }

    private static func mirror(_ address: String, _ settings: RegistrySettings) -> RegistryEndpoint? {
        guard let url = WebAddress(parsing: address) else { return nil }
        let prefix = url.path == "/" ? "" : url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
        return RegistryEndpoint(
            scheme: url.scheme, authority: url.authority, prefix: prefix,
            verifies: !isInsecure(url.authority, settings), isMirror: true)
    }

    /// Whether `authority` is on this host, or was named as insecure.
    static func isInsecure(_ authority: String, _ settings: RegistrySettings) -> Bool {
        let host = WebAddress.host(of: authority)
        if host == "localhost" || host == "::1" || host.hasPrefix("127.") { return true }
        let address = IPAddress(host)
        return settings.insecure.contains { entry in
            if entry == authority || entry == host { return true }
            guard let address, let slash = entry.firstIndex(of: "/"),
                let network = IPAddress(String(entry[..<slash])),
                let bits = Int(entry[entry.index(after: slash)...])
            else { return false }
            return address.isIn(network, bits: bits)
        }
    }
}

extension IPAddress {
    func isIn(_ network: IPAddress, bits: Int) -> Bool {
        guard network.bytes.count == bytes.count, bits >= 0, bits <= bytes.count * 8 else { return false }
        for bit in 0..<bits {
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            if bytes[bit / 8] & mask != network.bytes[bit / 8] & mask { return false }
        }
        return true
    }

    /// Whether only this host itself is meant: what a registry elsewhere has no reason to lead to.
    var isOwnHost: Bool {
        mapped.map(\.isOwnHost) ?? (isLoopback || isUnspecified || bytes.count == 4 && bytes[0] == 0)
    }

    /// Whether the address counts on one link only, as that of a cloud's metadata does.
    var isOnLink: Bool {
        if let mapped { return mapped.isOnLink }
        return bytes.count == 4
            ? bytes[0] == 169 && bytes[1] == 254 : bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80
    }

    /// The IPv4 address in an IPv6 one.
    private var mapped: IPAddress? {
        guard bytes.count == 16, bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xff,
            bytes[11] == 0xff
        else { return nil }
        return IPAddress(bytes: Array(bytes[12...]))
    }
}
