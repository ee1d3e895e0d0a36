internal import Glibc
internal import NIOSSL

/// Who a server is, by certificate, and which clients it takes.
public struct ServerSecurity: Sendable {
    private let certificate: String
    private let key: String
    private let clientAuthority: String?

    /// Paths of PEM files; with `clientAuthority`, a client has to show a certificate that it signed.
    public init(certificate: String, key: String, clientAuthority: String?) {
        (self.certificate, self.key, self.clientAuthority) = (certificate, key, clientAuthority)
    }

    /// Reads the files; one that cannot be used is an error in dockerd's words.
    ///
    /// TLS takes some megabytes, so nothing of it is made before a server asks for it.
    func context() throws(HTTPServerError) -> NIOSSLContext {
        var configuration: TLSConfiguration
        do {
            for path in [certificate, key] { try Self.open(path) }
            let chain = try NIOSSLCertificate.fromPEMFile(certificate).map {
                NIOSSLCertificateSource.certificate($0)
            }
            configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain,
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        } catch {
            throw .address(
                "invalid TLS configuration: Could not load X509 key pair (cert: \"\(certificate)\", key: \"\(key)\"): "
                    + "\(Self.reason(error))")
        }
        configuration.minimumTLSVersion = .tlsv12
        if let clientAuthority {
            do {
                try Self.open(clientAuthority)
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(clientAuthority))
            } catch {
                throw .address(
                    "invalid TLS configuration: could not read CA certificate \"\(clientAuthority)\": "
                        + "\(Self.reason(error))")
            }
            configuration.certificateVerification = .noHostnameVerification
        }
        do { return try NIOSSLContext(configuration: configuration) } catch {
            throw .address(
                "invalid TLS configuration: Could not load X509 key pair (cert: \"\(certificate)\", key: \"\(key)\"): "
                    + "\(Self.reason(error))")
        }
    }

    /// Finds out whether the files can be used, without listening.
    public func check() throws(HTTPServerError) { _ = try context() }

    /// Why a file cannot be opened, in Go's words: NIO only says that it cannot.
    private static func open(_ path: String) throws(HTTPServerError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            throw .address("open \(path): \(String(cString: strerror(errno)).lowercased())")
        }
        close(descriptor)
    }

    private static func reason(_ error: any Error) -> String { "\(error)" }
}
