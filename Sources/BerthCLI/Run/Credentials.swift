internal import Linux
internal import OrderedJSON

/// What the user's configuration knows of registries' users and passwords.
struct Credentials {
    /// Docker Hub's name among them.
    static let hub = "https://index.docker.io/v1/"
    private let cli: CLI

    init(_ cli: CLI) { self.cli = cli }

    /// The name under which a server's credentials are kept.
    static func server(_ text: String) -> String {
        if text == hub || text == "docker.io" || text == "index.docker.io" || text == "registry-1.docker.io" {
            return hub
        }
        var name = text[...]
        for scheme in ["https://", "http://"] where name.hasPrefix(scheme) {
            name = name.dropFirst(scheme.count)
        }
        return String(name.prefix { $0 != "/" })
    }

    /// The header for the registry that `name` is in.
    func header(for name: ImageName) -> String {
        let host = String(name.fullName.prefix { $0 != "/" })
        return header(server: host == "docker.io" ? Self.hub : host)
    }

    /// What a server knows somebody by.
    struct Known: Equatable {
        var user = ""
        var password = ""
        /// A refresh token, which takes the password's place.
        var token = ""
    }

    /// How helpers call somebody whose secret is a refresh token.
    private static let tokenUser = "<token>"

    /// The program that keeps this server's secrets, if one does.
    private func helper(_ server: String) -> CredentialHelper? {
        let name =
            cli.configuration["credHelpers"]?[server]?.stringValue
            ?? cli.configuration["credsStore"]?.stringValue ?? ""
        return name.isEmpty ? nil : CredentialHelper(name)
    }

    /// What is kept for a server; nil where nothing is.
    func known(_ server: String) throws(CredentialHelper.Failure) -> Known? {
        if let helper = helper(server) {
            guard let found = try helper.get(server) else { return nil }
            return found.user == Self.tokenUser
                ? Known(token: found.secret) : Known(user: found.user, password: found.secret)
        }
        guard let entry = cli.configuration["auths"]?[server] else { return nil }
        var known = Known(token: entry["identitytoken"]?.stringValue ?? "")
        if let text = entry["auth"]?.stringValue, let bytes = Base64.decoded(text) {
            let parts = String(decoding: bytes, as: UTF8.self)
                .split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            known.user = parts[0]
            known.password = parts.count > 1 ? String(parts[1].filter { $0 != "\0" }) : ""
        }
        return known == Known() ? nil : known
    }

    /// The header with what is known of a server's user, or an empty object.
    func header(server: String) -> String {
        var document: JSONObject = [:]
        // As with docker, a helper that fails is as one that knows nobody: the registry's answer will tell.
        if let known = try? known(server) {
            if !known.user.isEmpty { document["username"] = .string(known.user) }
            if !known.password.isEmpty { document["password"] = .string(known.password) }
            document["serveraddress"] = .string(server)
            if !known.token.isEmpty { document["identitytoken"] = .string(known.token) }
        }
        return Base64.encoded(JSONValue.object(document).bytes(escapesHTML: false), forURLs: true)
    }

    /// Keeps what a server knows somebody by; true if that is new, and lies readable in the user's configuration.
    func store(_ known: Known, server: String) throws -> Bool {
        if let helper = helper(server) {
            if known.token.isEmpty {
                try helper.store(server, user: known.user, secret: known.password)
            } else {
                try helper.store(server, user: Self.tokenUser, secret: known.token)
            }
            try change(server, [:])
            return false
        }
        if try self.known(server) == known { return false }
        try change(server, Self.entry(known))
        return true
    }

    /// How the configuration's file says it.
    private static func entry(_ known: Known) -> JSONValue {
        var entry: JSONObject = [
            "auth": .string(Base64.encoded(Array("\(known.user):\(known.password)".utf8)))
        ]
        if !known.token.isEmpty { entry["identitytoken"] = .string(known.token) }
        return .object(entry)
    }

    /// All that is kept, by file and by helpers, as a file would have it.
    func all() throws -> JSONObject {
        var servers = Set(cli.configuration["auths"]?.objectValue?.members.map(\.key) ?? [])
        servers.formUnion(cli.configuration["credHelpers"]?.objectValue?.members.map(\.key) ?? [])
        if let name = cli.configuration["credsStore"]?.stringValue, !name.isEmpty {
            servers.formUnion(try CredentialHelper(name).servers())
        }
        var found = JSONObject()
        for server in servers.sorted() {
            if let known = try known(server) { found[server] = Self.entry(known) }
        }
        return found
    }

    /// Forgets a server, also by the names that older programs kept it under.
    func forget(_ server: String) throws {
        let names = server == Self.hub ? [server] : [server, "http://" + server, "https://" + server]
        for name in names {
            if let helper = helper(server), cli.configuration["auths"]?[server] != nil {
                try helper.erase(name)
            }
            if cli.configuration["auths"]?[name] != nil { try change(name, nil) }
        }
    }

    private func change(_ server: String, _ entry: JSONValue?) throws {
        try cli.changeConfiguration { object in
            var auths = object["auths"]?.objectValue ?? JSONObject()
            auths[server] = entry
            object["auths"] = .object(auths)
        }
    }
}

/// Base64, by RFC 4648.
enum Base64 {
    private static let letters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// `forURLs` takes the two other letters that need no escapes.
    static func encoded(_ bytes: [UInt8], forURLs: Bool = false) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = Array(bytes[start..<min(start + 3, bytes.count)])
            let word = (0..<3).reduce(0) { $0 << 8 | Int($1 < part.count ? part[$1] : 0) }
            for index in 0..<4 {
                text.append(index <= part.count ? letters[word >> (18 - 6 * index) & 63] : 0x3D)
            }
        }
        if forURLs { text = text.map { $0 == 0x2B ? 0x2D : $0 == 0x2F ? 0x5F : $0 } }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil where the text is none.
    static func decoded(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var word = 0
        var bits = 0
        for letter in text.utf8 where letter != 0x3D {
            let plain: UInt8 = letter == 0x2D ? 0x2B : letter == 0x5F ? 0x2F : letter
            guard let value = letters.firstIndex(of: plain) else { return nil }
            word = word << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: word >> bits))
                word &= (1 << bits) - 1
            }
        }
        return bytes
    }
}
