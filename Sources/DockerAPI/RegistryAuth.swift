internal import FoundationEssentials

/// Credentials for one registry: the body of `POST /auth`, and the content of `X-Registry-Auth` headers.
public struct RegistryAuth: Decodable, Sendable, CustomStringConvertible {
    /// A header's value is not base64 of a JSON object.
    public struct Malformed: Error, Sendable {}

    public var username = ""
    public var password = ""
    /// User and password in one, as in a client's configuration file.
    public var auth = ""
    public var serverAddress = ""
    public var identityToken = ""
    public var registryToken = ""

    enum CodingKeys: String, CodingKey {
        case username, password, auth
        case serverAddress = "serveraddress"
        case identityToken = "identitytoken"
        case registryToken = "registrytoken"
    }

    public init() {}

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) throws -> String {
            try container.decodeIfPresent(String.self, forKey: key) ?? ""
        }
        username = try text(.username)
        password = try text(.password)
        auth = try text(.auth)
        serverAddress = try text(.serverAddress)
        identityToken = try text(.identityToken)
        registryToken = try text(.registryToken)
        if username.isEmpty, let bytes = Self.base64(auth) {
            let parts = String(decoding: bytes, as: UTF8.self).split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { (username, password) = (String(parts[0]), String(parts[1])) }
        }
    }

    /// Reads a header's value; nothing, and an empty object, are no credentials.
    public init(header: String?) throws {
        guard let header, !header.isEmpty else { return }
        guard header.utf8.count <= 64 << 10, let bytes = Self.base64(header) else { throw Malformed() }
        if bytes.isEmpty { return }
        do { self = try JSONDecoder().decode(RegistryAuth.self, from: Data(bytes)) } catch {
            throw Malformed()
        }
    }

    /// Decodes base64 of either alphabet, with or without its padding.
    private static func base64(_ text: String) -> [UInt8]? {
        var plain = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }.filter { $0 != "=" })
        while plain.utf8.count % 4 != 0 { plain += "=" }
        return Data(base64Encoded: plain).map { Array($0) }
    }

    public var description: String { "RegistryAuth(redacted)" }
}

/// What `POST /auth` answers.
public struct AuthResponse: Codable, Hashable, Sendable {
    public var identityToken = ""
    public var status = ""

    enum CodingKeys: String, CodingKey, CaseIterable {
        case identityToken = "IdentityToken"
        case status = "Status"
    }

    public init() {}
}
