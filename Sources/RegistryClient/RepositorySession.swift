internal import Linux
internal import NIOHTTP1
public import OCI
internal import Synchronization

/// One repository of a registry, for one user: everything that a pull or a push asks of it.
///
/// The first endpoint that answers is kept. Connections are shared by all requests; any task may call.
public final class RepositorySession: Sendable {
    /// Where it is, without tag or digest.
    public let repository: ImageReference
    /// What it goes by.
    public let settings: RegistrySettings
    let transport: Transport
    private let authorization: Authorization
    private let endpoints: [RegistryEndpoint]
    private let holders = Mutex(1)
    private let chosen = Mutex<RegistryEndpoint?>(nil)
    private let scope: String
    private let pushes: Bool
    private let choose: @Sendable (RegistryEndpoint) -> Void

    init(
        _ repository: ImageReference, endpoints: [RegistryEndpoint], settings: RegistrySettings,
        credentials: RegistryCredentials, pushes: Bool, choose: @escaping @Sendable (RegistryEndpoint) -> Void
    ) {
        self.repository = repository.repository
        self.endpoints = endpoints
        self.settings = settings
        self.choose = choose
        transport = Transport(settings)
        authorization = Authorization(credentials, transport)
        self.pushes = pushes
        scope = "repository:\(repository.path):pull" + (pushes ? ",push" : "")
    }

    /// Keeps the connections open until one more ``close()``.
    public func hold() { holders.withLock { $0 += 1 } }

    /// Ends every connection, once everybody who holds the session has called it.
    public func close() async {
        let isLast = holders.withLock { holders in
            holders -= 1
            return holders == 0
        }
        if isLast { await transport.close() }
    }

    /// Whether the registry takes the credentials at all (`GET /v2/`).
    func checkAccess() async throws {
        try await withEndpoint { endpoint in
            let response: Transport.Response
            do { response = try await perform(Call(path: "/v2/", scope: ""), at: endpoint) } catch let error
                as RegistryError where error.kind == .unauthorized
            {
                throw RegistryError(.unauthorized, "Get \"\(endpoint.base)/v2/\": \(error.description)")
            }
            if response.status == 401 {
                await response.discard()
                throw RegistryError(
                    .invalid, "login attempt to \(endpoint.base)/v2/ failed with status: 401 Unauthorized")
            }
            let bytes = try await response.bytes(limitBytes: 64 << 10, endpoint.base)
            if response.status != 200 {
                throw RegistryAnswer.failure(response, bytes, "\(endpoint.base)/v2/")
            }
        }
    }

    // MARK: Requests

    /// One request to an endpoint.
    struct Call: Sendable {
        var method = "GET"
        /// From `/v2/` on, with its query; or an absolute address that the registry gave.
        var path: String
        var headers: [(String, String)] = []
        var body: Transport.Body?
        /// Nil is the session's own.
        var scope: String?
        var follows = true
    }

    /// `/v2/NAME/` and `rest`.
    func path(_ rest: String) -> String { "/v2/\(repository.path)/\(rest)" }

    /// Runs `body` at the endpoint that answers; where none was found yet, at one after the other.
    func withEndpoint<R: Sendable>(_ body: (RegistryEndpoint) async throws -> R) async throws -> R {
        if let endpoint = chosen.withLock({ $0 }) { return try await body(endpoint) }
        for (index, endpoint) in endpoints.enumerated() {
            do {
                let result = try await body(endpoint)
                keep(endpoint)
                return result
            } catch let error as RegistryError {
                let isLast = index == endpoints.count - 1
                // A mirror may lack anything; an insecure host may not speak TLS.
                let goesOn = endpoint.isMirror || (!endpoint.verifies && error.kind == .unreachable)
                if isLast || !goesOn {
                    if error.kind != .unreachable { keep(endpoint) }
                    throw error
                }
            }
        }
        throw RegistryError(.unreachable, "\(repository.domain): no endpoint")
    }

    private func keep(_ endpoint: RegistryEndpoint) {
        chosen.withLock { $0 = endpoint }
        choose(endpoint)
    }

    /// Sends `call`, answering the server's challenge; any status comes back but an unanswered 401.
    func perform(_ call: Call, at endpoint: RegistryEndpoint) async throws -> Transport.Response {
        let text = call.path.hasPrefix("/") ? endpoint.base + call.path : call.path
        guard let address = WebAddress(parsing: text) else {
            throw RegistryError(.invalid, "the registry's address \"\(text.prefix(200))\" is not valid")
        }
        let scope = call.scope ?? scope
        var request = Transport.Request(address: address)
        request.method = call.method
        request.headers = call.headers
        request.body = call.body
        request.verifies = endpoint.verifies
        // Credentials are for the registry's own host, wherever it leads us.
        let isOwn = address.authority == endpoint.authority
        if isOwn { request.authorization = try await authorization.header(for: endpoint, scope: scope) }
        var response = try await transport.send(request, follows: call.follows)
        if response.status == 401, isOwn {
            let header = try await authorization.header(
                answering: response.headers["WWW-Authenticate"], endpoint: endpoint, scope: scope,
                refused: request.authorization)
            if let header, !(call.body?.isStream ?? false) {
                await response.discard()
                request.authorization = header
                response = try await transport.send(request, follows: call.follows)
            } else if header == nil, request.authorization == nil,
                response.headers["WWW-Authenticate"].contains(where: { $0.lowercased().hasPrefix("basic") })
            {
                await response.discard()
                let verb = call.method.prefix(1) + call.method.dropFirst().lowercased()
                let start = pushes ? "" : "\(verb) \"\(address.redacted)\": "
                throw RegistryError(.unauthorized, start + "no basic auth credentials")
            }
            if response.status == 401, header?.hasPrefix("Bearer ") == true, call.scope != "" {
                // It gave us a token, and does not take it for this.
                await response.discard()
                throw RegistryError(.denied, "denied: requested access to the resource is denied")
            }
        }
        return response
    }

    /// Tries `body` again after a failure that may pass, with growing pauses; not where nobody answers at all.
    func retrying<R: Sendable>(_ body: () async throws -> R) async throws -> R {
        var attempt = 0
        while true {
            do { return try await body() } catch let error as RegistryError {
                attempt += 1
                guard error.isTransient, attempt < min(settings.attempts, 3),
                    let pause = Self.pause(attempt, error)
                else { throw error }
                try await Task.sleep(for: pause)
            }
        }
    }

    /// How long to wait before the next try: as the registry says, else 1, 2, 4 … seconds; nil where that is too long.
    static func pause(_ attempt: Int, _ error: RegistryError) -> Duration? {
        if let wanted = error.retryAfter { return wanted <= .seconds(60) ? wanted : nil }
        return .seconds(1 << min(attempt - 1, 4))
    }
}

extension Transport.Body {
    var isStream: Bool {
        if case .stream = self { return true }
        return false
    }
}
