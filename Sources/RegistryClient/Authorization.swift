internal import FoundationEssentials
internal import Synchronization

/// Answers a registry's challenges (RFC 9110 section 11; the token flow of the distribution specification).
///
/// Tokens are kept by scope until shortly before they expire. One is for one user's credentials.
final class Authorization: Sendable {
    /// One entry of `WWW-Authenticate`.
    struct Challenge: Sendable, Hashable {
        let scheme: String
        let parameters: [String: String]
    }

    private struct Token {
        let value: String
        let expires: ContinuousClock.Instant
    }

    private struct State {
        var tokens: [String: Token] = [:]
        /// What the registry asked for, by its authority.
        var known: [String: Challenge] = [:]
    }

    private struct TokenAnswer: Decodable {
        var token: String?
        var accessToken: String?
        var expiresIn: Int?

        enum CodingKeys: String, CodingKey {
            case token
            case accessToken = "access_token"
            case expiresIn = "expires_in"
        }
    }

    private let credentials: RegistryCredentials
    private let transport: Transport
    private let state = Mutex(State())

    init(_ credentials: RegistryCredentials, _ transport: Transport) {
        self.credentials = credentials
        self.transport = transport
    }

    /// The header for a request, if it is known already what the server wants.
    func header(for endpoint: RegistryEndpoint, scope: String) async throws -> String? {
        if !credentials.registryToken.isEmpty && !endpoint.isMirror {
            return "Bearer \(credentials.registryToken)"
        }
        guard let challenge = state.withLock({ $0.known[endpoint.authority] }) else { return nil }
        return try await answer(challenge, endpoint, scope: scope)
    }

    /// The header that answers a 401 with these `WWW-Authenticate` values; nil where nothing we have does.
    ///
    /// `refused` is the header that was sent before.
    func header(
        answering values: [String], endpoint: RegistryEndpoint, scope: String, refused: String?
    ) async throws -> String? {
        let challenges = values.flatMap(Self.challenges)
        let wanted =
            challenges.first { $0.scheme == "bearer" } ?? challenges.first { $0.scheme == "basic" }
        guard let wanted else { return nil }
        state.withLock { state in
            state.known[endpoint.authority] = wanted
            // A token that was refused is of no more use.
            if refused != nil { state.tokens[Self.key(wanted, scope)] = nil }
        }
        let header = try await answer(wanted, endpoint, scope: wanted.parameters["scope"] ?? scope)
        return header == refused ? nil : header
    }

    private func answer(
        _ challenge: Challenge, _ endpoint: RegistryEndpoint, scope: String
    ) async throws -> String? {
        // A mirror is somebody else: it gets no one's password.
        let credentials = endpoint.isMirror ? RegistryCredentials() : credentials
        if challenge.scheme == "basic" {
            if credentials.user.isEmpty { return nil }
            return Self.basic(credentials)
        }
        let key = Self.key(challenge, scope)
        if let known = state.withLock({ $0.tokens[key] }), known.expires > .now {
            return "Bearer \(known.value)"
        }
        let token = try await fetch(challenge, endpoint, scope, credentials)
        state.withLock { $0.tokens[key] = token }
        return "Bearer \(token.value)"
    }

    private static func key(_ challenge: Challenge, _ scope: String) -> String {
        "\(challenge.parameters["realm"] ?? "") \(challenge.parameters["service"] ?? "") \(scope)"
    }

    static func basic(_ credentials: RegistryCredentials) -> String {
        "Basic " + Data("\(credentials.user):\(credentials.password)".utf8).base64EncodedString()
    }

    // MARK: Tokens

    private func fetch(
        _ challenge: Challenge, _ endpoint: RegistryEndpoint, _ scope: String,
        _ credentials: RegistryCredentials
    ) async throws -> Token {
        let realm = challenge.parameters["realm"] ?? ""
        guard let address = WebAddress(parsing: realm) else {
            throw RegistryError(
                .invalid, "invalid realm \"\(realm.prefix(200))\" in the registry's challenge")
        }
        if address.scheme == "http" && endpoint.scheme == "https" && endpoint.verifies && !credentials.isEmpty
        {
            throw RegistryError(
                .invalid,
                "the registry wants the password sent to \"\(address.redacted)\" in the clear: refused")
        }
        var request = Transport.Request(address: address)
        request.verifies = endpoint.verifies || address.authority != endpoint.authority
        if request.verifies && !endpoint.verifies {
            request.verifies = WebAddress.host(of: endpoint.authority) != address.host
        }
        let scopes = scope.split(separator: " ").map(String.init)
        if !credentials.identityToken.isEmpty {
            var form = [
                ("grant_type", "refresh_token"), ("refresh_token", credentials.identityToken),
                ("client_id", "docker"),
            ]
            if let service = challenge.parameters["service"] { form.append(("service", service)) }
            if !scope.isEmpty { form.append(("scope", scope)) }
            request.method = "POST"
            request.headers = [("Content-Type", "application/x-www-form-urlencoded")]
            let text = form.map { "\(WebAddress.escaped($0))=\(WebAddress.escaped($1))" }.joined(
                separator: "&")
            request.body = .bytes(Array(text.utf8))
        } else {
            var items: [(String, String)] = []
            if let service = challenge.parameters["service"] { items.append(("service", service)) }
            items += scopes.map { ("scope", $0) }
            if !credentials.user.isEmpty {
                items.append(("account", credentials.user))
                request.authorization = Self.basic(credentials)
            }
            request.address = address.adding(items)
        }
        let response = try await transport.send(request)
        let bytes = try await response.bytes(limitBytes: 1 << 20, "token service \"\(address.redacted)\"")
        if response.status == 401 || response.status == 403 {
            throw RegistryAnswer.refusal(response.status, bytes, response.address)
        }
        if response.status != 200 {
            throw RegistryAnswer.failure(response, bytes, "token service \"\(address.redacted)\"")
        }
        guard let answer = try? JSONDecoder().decode(TokenAnswer.self, from: Data(bytes)),
            let value = answer.token ?? answer.accessToken, Self.isToken(value)
        else {
            throw RegistryError(.invalid, "token service \"\(address.redacted)\": the answer has no token")
        }
        // As the specification: no word of an expiry means a minute. A bit less, so that none expires on its way.
        let seconds = min(max(answer.expiresIn ?? 60, 10), 3600) - 5
        return Token(value: value, expires: .now + .seconds(seconds))
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64 << 10 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    // MARK: Challenges

    /// Parses one `WWW-Authenticate` value, which may hold several challenges.
    static func challenges(_ text: String) -> [Challenge] {
        var found: [Challenge] = []
        var rest = text.utf8.prefix(16 << 10)
        func skip(_ bytes: String) {
            while let byte = rest.first, bytes.utf8.contains(byte) { rest = rest.dropFirst() }
        }
        func word() -> String {
            let word = rest.prefix { !" \t,=\"".utf8.contains($0) }
            rest = rest[word.endIndex...]
            return String(decoding: Array(word), as: UTF8.self)
        }
        var scheme = ""
        var parameters: [String: String] = [:]
        func finish() {
            if !scheme.isEmpty { found.append(Challenge(scheme: scheme, parameters: parameters)) }
            parameters = [:]
        }
        while true {
            skip(" \t,")
            let name = word()
            if name.isEmpty { break }
            skip(" \t")
            guard rest.first == UInt8(ascii: "=") else {
                finish()
                scheme = name.lowercased()
                continue
            }
            rest = rest.dropFirst()
            skip(" \t")
            parameters[name.lowercased()] = rest.first == UInt8(ascii: "\"") ? quoted(&rest) : word()
        }
        finish()
        return found
    }

    private static func quoted(_ rest: inout Substring.UTF8View) -> String {
        var bytes: [UInt8] = []
        rest = rest.dropFirst()
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\"), let next = rest.popFirst() {
                bytes.append(next)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
