internal import FoundationEssentials

/// One repository that a registry found.
public struct FoundRepository: Sendable, Hashable, Decodable {
    public let name: String
    public let description: String
    public let stars: Int
    public let isOfficial: Bool

    enum CodingKeys: String, CodingKey {
        case name
        case description
        case stars = "star_count"
        case isOfficial = "is_official"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decodeIfPresent(String.self, forKey: .name) ?? ""
        description = try values.decodeIfPresent(String.self, forKey: .description) ?? ""
        stars = try values.decodeIfPresent(Int.self, forKey: .stars) ?? 0
        isOfficial = try values.decodeIfPresent(Bool.self, forKey: .isOfficial) ?? false
    }
}

extension RegistryClient {
    private struct Page: Decodable { var results: [FoundRepository]? }

    /// Docker Hub's index, which is not its registry.
    private static let hub = RegistryEndpoint(
        scheme: "https", authority: "index.docker.io", verifies: true)

    /// Asks the index of the registry that `term` begins with, else Docker Hub's, for repositories
    /// (`GET /v1/search`, which most registries do not have).
    public func search(
        _ term: String, limit: Int, credentials: RegistryCredentials = RegistryCredentials()
    ) async throws -> [FoundRepository] {
        var endpoints = [Self.hub]
        var wanted = term
        if let slash = term.firstIndex(of: "/") {
            let host = String(term[..<slash])
            let isHost = host.contains(".") || host.contains(":") || host == "localhost"
            if isHost { wanted = String(term[term.index(after: slash)...]) }
            if isHost, host != "docker.io", host != "index.docker.io" {
                endpoints = RegistryEndpoint.all(of: host, settings, withMirrors: false)
            }
        }
        if endpoints == [Self.hub], wanted.hasPrefix("library/") { wanted.removeFirst("library/".utf8.count) }
        let transport = Transport(settings)
        do {
            let found = try await search(wanted, limit, endpoints, credentials, transport)
            await transport.close()
            return found
        } catch {
            await transport.close()
            throw error
        }
    }

    private func search(
        _ term: String, _ limit: Int, _ endpoints: [RegistryEndpoint], _ credentials: RegistryCredentials,
        _ transport: Transport
    ) async throws -> [FoundRepository] {
        var attempts: [String] = []
        for endpoint in endpoints {
            guard
                let address = WebAddress(parsing: endpoint.base + "/v1/search")?.adding([
                    ("q", term), ("n", "\(limit)"),
                ])
            else { throw RegistryError(.invalid, "search: \"\(endpoint.authority)\" is no address") }
            var request = Transport.Request(address: address)
            request.verifies = endpoint.verifies
            if !credentials.user.isEmpty, !credentials.password.isEmpty {
                request.authorization = Authorization.basic(credentials)
            }
            let response: Transport.Response
            do { response = try await transport.send(request) } catch let error as RegistryError {
                if error.kind != .unreachable || endpoints.count == 1 { throw error }
                attempts.append("\(endpoint.scheme.uppercased()) attempt: \(error)")
                continue
            }
            if response.status != 200 {
                throw RegistryAnswer.failure(
                    response, await response.refusal(), "search \"\(endpoint.authority)\"")
            }
            let bytes = try await response.bytes(limitBytes: 8 << 20, "search \"\(endpoint.authority)\"")
            do { return try JSONDecoder().decode(Page.self, from: Data(bytes)).results ?? [] } catch {
                throw RegistryError(
                    .invalid, "search \"\(endpoint.authority)\": the answer is no list of repositories")
            }
        }
        throw RegistryError(
            .unreachable,
            "invalid registry endpoint \"\(endpoints.last?.base ?? "")/v1/\". "
                + attempts.joined(separator: ". "))
    }

    /// Reads `address` (http or https) to its end into `send`, which also gets the number of bytes that are to come,
    /// if the server tells.
    public func fetch(_ address: String, into send: ([UInt8], Int64?) async throws -> Void) async throws {
        guard let parsed = WebAddress(parsing: address) else {
            throw RegistryError(.invalid, "\"\(address.prefix(200))\" is no address of http or https")
        }
        let transport = Transport(settings)
        do {
            let response = try await transport.send(Transport.Request(address: parsed))
            if response.status != 200 {
                let said = RegistryAnswer.clean(String(decoding: await response.refusal(), as: UTF8.self))
                throw RegistryError(
                    .notFound, "failed to GET \(parsed.redacted) with status \(response.status): \(said)")
            }
            let total = response.header("Content-Length").flatMap { Int64($0) }
            try await response.read { try await send($0, total) }
        } catch {
            await transport.close()
            throw error
        }
        await transport.close()
    }
}
