public import EngineModel
public import Linux

/// Writes a container's `/etc/hosts` and `/etc/hostname`.
public enum HostsFile {
    /// One line: an address and its names.
    public struct Entry: Sendable, Hashable {
        public let address: IPAddress
        public let names: [String]

        public init(_ address: IPAddress, _ names: [String]) {
            self.address = address
            self.names = names
        }
    }

    /// The file of a container with a network namespace of its own (or of a host-network one with `extra`
    /// lines).
    ///
    /// `own` is the container's address with its names; nil where it has none.
    public static func render(extra: [Entry] = [], own: Entry? = nil, ipv6: Bool = true) -> String {
        var text = "127.0.0.1\tlocalhost\n"
        if ipv6 {
            text += """
                ::1\tlocalhost ip6-localhost ip6-loopback
                fe00::\tip6-localnet
                ff00::\tip6-mcastprefix
                ff02::1\tip6-allnodes
                ff02::2\tip6-allrouters

                """
        }
        for entry in extra + (own.map { [$0] } ?? []) where ipv6 || !entry.address.isIPv6 {
            text += "\(entry.address)\t\(entry.names.joined(separator: " "))\n"
        }
        return text
    }

    /// The container's own line: `172.18.0.2  web.example.org web`.
    public static func ownEntry(_ address: IPAddress, hostname: String, domainname: String = "") -> Entry {
        if !domainname.isEmpty { return Entry(address, ["\(hostname).\(domainname)", hostname]) }
        // A name with dots is a whole one: its first label stands beside it.
        let label = String(hostname.prefix { $0 != "." })
        return Entry(address, label == hostname || label.isEmpty ? [hostname] : [hostname, label])
    }

    /// `text` with another address in the lines whose first name is `name`; all else stays.
    public static func moving(_ name: String, to address: IPAddress, in text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard let tab = line.firstIndex(of: "\t") else { return String(line) }
            let names = line[line.index(after: tab)...]
            guard names.prefix(while: { $0 != " " && $0 != "\t" }) == name else { return String(line) }
            return "\(address)\t\(names)"
        }.joined(separator: "\n")
    }

    /// Whether `text` can stand as a name in the file: something, and no blanks or control characters.
    public static func isWord(_ text: String) -> Bool {
        !text.isEmpty && !text.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7f || $0 == "#" }
    }

    /// Parses `--add-host`'s `name:address`, where `host-gateway` stands for `gateway`.
    public static func parse(addHost text: String, gateway: IPAddress?) throws(EngineError) -> Entry {
        guard let colon = text.firstIndex(where: { $0 == ":" || $0 == "=" }), colon != text.startIndex else {
            throw EngineError(.invalidParameter, "bad format for add-host: \"\(text)\"")
        }
        let name = String(text[..<colon])
        var value = String(text[text.index(after: colon)...])
        if value == "host-gateway" {
            guard let gateway else {
                throw EngineError(
                    .invalidParameter, "unable to derive the IP value for host-gateway")
            }
            return Entry(gateway, [name])
        }
        if value.hasPrefix("[") && value.hasSuffix("]") { value = String(value.dropFirst().dropLast()) }
        guard let address = IPAddress(value) else {
            throw EngineError(.invalidParameter, "invalid IP address in add-host: \"\(value)\"")
        }
        return Entry(address, [name])
    }
}
