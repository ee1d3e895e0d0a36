internal import AsyncHTTPClient
internal import Linux
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Speaks HTTP with registries: the one place that knows the library.
///
/// Connections are kept until ``close()``. Redirects are followed here, without the credentials once the host changes.
final class Transport: Sendable {
    /// What distinguishes clients: trust and proxy.
    private struct Key: Hashable {
        let authority: String
        let verifies: Bool
        let proxy: String
    }

    struct Request: Sendable {
        var method = "GET"
        var address: WebAddress
        var headers: [(String, String)] = []
        var authorization: String?
        var body: Body?
        /// Whether the server's certificate must be right.
        var verifies = true
    }

    enum Body: Sendable {
        case bytes([UInt8])
        /// Chunks of `sizeBytes` together.
        case stream(sizeBytes: Int64, @Sendable () async throws -> [UInt8]?)
    }

    struct Response: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: HTTPClientResponse.Body
        /// Where it came from, after redirects.
        let address: WebAddress

        func header(_ name: String) -> String? { headers.first(name: name) }

        /// The whole body, of at most `limitBytes`.
        func bytes(limitBytes: Int, _ subject: String) async throws -> [UInt8] {
            var bytes: [UInt8] = []
            do {
                for try await part in body {
                    if bytes.count + part.readableBytes > limitBytes {
                        throw RegistryError(
                            .invalid, "\(subject): the answer has more than \(limitBytes) bytes")
                    }
                    bytes.append(contentsOf: part.readableBytesView)
                }
            } catch { throw Transport.translated(error, address) }
            return bytes
        }

        /// Hands the body on as it comes, no faster than `use` takes it.
        func read(_ use: ([UInt8]) async throws -> Void) async throws {
            do {
                for try await part in body { try await use(Array(part.readableBytesView)) }
            } catch { throw Transport.translated(error, address) }
        }

        /// What a refusal says, as far as one reads on.
        func refusal() async -> [UInt8] { (try? await bytes(limitBytes: 64 << 10, "")) ?? [] }

        /// Reads and forgets a small body, so that the connection can be used again.
        func discard() async { _ = try? await bytes(limitBytes: 64 << 10, "") }
    }

    private let settings: RegistrySettings
    private let clients = Mutex<[Key: HTTPClient]>([:])
    private static let maximumRedirects = 10

    init(_ settings: RegistrySettings) { self.settings = settings }

    /// Ends every connection.
    func close() async {
        let all = clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in all { try? await client.shutdown().get() }
    }

    /// Sends `request` and returns the head of the answer; `follows` redirects only where that is safe to repeat.
    func send(_ request: Request, follows: Bool = true) async throws -> Response {
        var request = request
        for _ in 0...Self.maximumRedirects {
            let response = try await exchange(request)
            guard follows, [301, 302, 303, 307, 308].contains(response.status),
                let location = response.header("Location")
            else { return response }
            await response.discard()
            request = try redirected(request, to: location)
        }
        throw RegistryError(
            .invalid, "Get \"\(request.address.redacted)\": stopped after \(Self.maximumRedirects) redirects")
    }

    private func redirected(_ request: Request, to location: String) throws -> Request {
        let from = request.address
        func refused(_ reason: String) -> RegistryError {
            RegistryError(.invalid, "Get \"\(from.redacted)\": the redirect \(reason): not followed")
        }
        guard let target = from.resolving(location) else {
            throw refused("to \"\(location.prefix(200))\" is no address of http or https")
        }
        if from.scheme == "https" && target.scheme == "http" && request.verifies {
            throw refused("leads from https to \"\(target.redacted)\"")
        }
        func isOwn(_ host: String) -> Bool { host == "localhost" || IPAddress(host)?.isOwnHost == true }
        if isOwn(target.host), !isOwn(from.host) {
            throw refused("leads to this host itself, \"\(target.redacted)\"")
        }
        if IPAddress(target.host)?.isOnLink == true, target.host != from.host {
            throw refused("leads to this host's own link, \"\(target.redacted)\"")
        }
        var next = request
        next.address = target
        if target.authority != from.authority {
            next.authorization = nil
            next.verifies = request.verifies || !RegistryEndpoint.isInsecure(target.authority, settings)
        }
        return next
    }

    private func exchange(_ request: Request) async throws -> Response {
        let client = try client(for: request)
        var outgoing = HTTPClientRequest(url: request.address.description)
        outgoing.method = HTTPMethod(rawValue: request.method)
        outgoing.headers.add(name: "User-Agent", value: settings.userAgent)
        for (name, value) in request.headers { outgoing.headers.add(name: name, value: value) }
        if let authorization = request.authorization {
            outgoing.headers.add(name: "Authorization", value: authorization)
        }
        switch request.body {
        case nil: break
        case .bytes(let bytes): outgoing.body = .bytes(ByteBuffer(bytes: bytes))
        case .stream(let size, let next):
            outgoing.body = .stream(ChunkSequence(next: next), length: .known(size))
        }
        do {
            let response = try await client.execute(outgoing, deadline: .distantFuture)
            return Response(
                status: Int(response.status.code), headers: response.headers, body: response.body,
                address: request.address)
        } catch {
            throw Self.translated(error, request.address)
        }
    }

    // MARK: Clients

    private func client(for request: Request) throws -> HTTPClient {
        let address = request.address
        let key = Key(
            authority: address.scheme == "https" ? address.authority : "", verifies: request.verifies,
            proxy: ProxyChoice(settings).proxy(for: address))
        if let known = clients.withLock({ $0[key] }) { return known }
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: .seconds(30), read: .nanoseconds(settings.stallTimeout.nanoseconds),
                write: .nanoseconds(settings.stallTimeout.nanoseconds)),
            decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        if address.scheme == "https" {
            configuration.tlsConfiguration = try trust(address.authority, verifies: request.verifies)
        }
        configuration.proxy = try ProxyChoice.configuration(key.proxy)
        let made = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let known = clients.withLock { clients -> HTTPClient? in
            if let known = clients[key] { return known }
            clients[key] = made
            return nil
        }
        if known != nil { made.shutdown { _ in } }
        return known ?? made
    }

    /// The system's authorities with those of the host's folder, and the client's certificate from there.
    private func trust(_ authority: String, verifies: Bool) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if !verifies { configuration.certificateVerification = .none }
        for directory in settings.certificateDirectories {
            let folder = "\(directory)/\(authority)"
            guard let names = try? listDirectory(folder).sorted() else { continue }
            for name in names {
                let path = "\(folder)/\(name)"
                do {
                    if name.hasSuffix(".crt") {
                        let found = try NIOSSLCertificate.fromPEMFile(path)
                        configuration.additionalTrustRoots.append(.certificates(found))
                    } else if name.hasSuffix(".cert") {
                        let key = String(path.dropLast(5)) + ".key"
                        guard fileExists(key) else {
                            throw RegistryError(
                                .invalid,
                                "missing key \(name.dropLast(5)).key for client certificate \(name). "
                                    + "CA certificates must use the extension .crt")
                        }
                        configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(path).map {
                            .certificate($0)
                        }
                        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
                    }
                } catch let error as RegistryError {
                    throw error
                } catch {
                    throw RegistryError(.invalid, "read certificate \"\(path)\": \(error)")
                }
            }
        }
        return configuration
    }

    // MARK: Failures

    static func translated(_ error: any Error, _ address: WebAddress) -> any Error {
        if error is CancellationError || error is RegistryError { return error }
        let start = "Get \"\(address.redacted)\": "
        if let error = error as? HTTPClientError {
            if error == .cancelled { return CancellationError() }
            let reason =
                switch error {
                case .readTimeout, .writeTimeout: "the registry sends nothing: timed out"
                case .connectTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout:
                    "net/http: timed out while connecting"
                case .remoteConnectionClosed: "EOF: the registry closed the connection"
                case .proxyAuthenticationRequired: "Proxy Authentication Required"
                default: error.description
                }
            let kind: RegistryError.Kind =
                switch error {
                case .proxyAuthenticationRequired: .denied
                case .connectTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout: .unreachable
                default: .unavailable
                }
            return RegistryError(kind, start + reason)
        }
        let text = "\(error)".split(separator: "\n").joined(separator: " ")
        if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("unableToValidateCertificate")
            || text.contains("failedToVerify")
        {
            return RegistryError(
                .invalid,
                start + "tls: failed to verify certificate: put the registry's authority into "
                    + "/etc/docker/certs.d/\(address.authority)/ca.crt, or name it in insecure-registries")
        }
        if text.contains("WRONG_VERSION_NUMBER") {
            return RegistryError(.unreachable, start + "http: server gave HTTP response to HTTPS client")
        }
        if text.contains("handshakeFailed") {
            // Also how a server of plain HTTP ends a conversation that it does not understand.
            return RegistryError(.unreachable, start + "tls: the handshake failed: \(text.prefix(200))")
        }
        if let error = error as? NIOConnectionError {
            return RegistryError(.unreachable, start + connectReason(error))
        }
        if let error = error as? IOError {
            let reason = words(error)
            // A refused connection comes as such where a pool of them is shared.
            if error.errnoCode == ErrorCode.connectionRefused.rawValue {
                return RegistryError(
                    .unreachable, start + "dial tcp \(address.authority): connect: \(reason)")
            }
            return RegistryError(.unavailable, start + reason)
        }
        return RegistryError(.unavailable, start + text)
    }

    private static func connectReason(_ error: NIOConnectionError) -> String {
        if let failure = error.connectionErrors.first {
            return "dial tcp \(error.host):\(error.port): connect: \(words(failure.error))"
        }
        return "dial tcp: lookup \(error.host): no such host"
    }

    private static func words(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return SystemError(call: "connect", subject: "", code: ErrorCode(rawValue: error.errnoCode)).code
            .reason
    }
}

/// Chunks that a closure gives, as the library wants a body.
private struct ChunkSequence: AsyncSequence, Sendable {
    struct AsyncIterator: AsyncIteratorProtocol {
        let next: @Sendable () async throws -> [UInt8]?

        mutating func next() async throws -> ByteBuffer? { try await next().map { ByteBuffer(bytes: $0) } }
    }

    let next: @Sendable () async throws -> [UInt8]?

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(next: next) }
}

extension Duration {
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
