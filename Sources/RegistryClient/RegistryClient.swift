internal import FoundationEssentials
public import OCI
internal import Synchronization

/// Speaks with registries as the daemon was told to.
public final class RegistryClient: Sendable {
    private let current: Mutex<RegistrySettings>
    /// The endpoint that answered last for an insecure host, so that the other one is not asked first.
    private let working = Mutex<[String: RegistryEndpoint]>([:])

    public init(_ settings: RegistrySettings) { current = Mutex(settings) }

    /// What later sessions go by; the running ones keep what they began with.
    public var settings: RegistrySettings {
        get { current.withLock { $0 } }
        set {
            current.withLock { $0 = newValue }
            working.withLock { $0 = [:] }
        }
    }

    /// Prepares to read from `repository`, or to write to it as well; nothing is sent yet.
    ///
    /// The caller ends it with ``RepositorySession/close()``.
    public func session(
        for repository: ImageReference, credentials: RegistryCredentials = RegistryCredentials(),
        pushes: Bool = false
    ) -> RepositorySession {
        let settings = settings
        var endpoints = RegistryEndpoint.all(of: repository.domain, settings, withMirrors: !pushes)
        if let known = working.withLock({ $0[repository.domain] }), endpoints.contains(known) {
            endpoints = [known] + endpoints.filter { $0 != known }
        }
        return RepositorySession(
            repository, endpoints: endpoints, settings: settings, credentials: credentials, pushes: pushes
        ) { [self] endpoint in
            if !endpoint.verifies && !endpoint.isMirror {
                working.withLock { $0[repository.domain] = endpoint }
            }
        }
    }

    /// Whether a registry takes these credentials; returns the identity token that it gave for them, or nothing.
    ///
    /// `server` is what `docker login` was given: a host, or Docker Hub's old address.
    public func login(_ server: String, _ credentials: RegistryCredentials) async throws {
        var domain = server
        for prefix in ["https://", "http://"] where domain.hasPrefix(prefix) {
            domain.removeFirst(prefix.utf8.count)
        }
        domain = String(domain.prefix { $0 != "/" })
        if domain.isEmpty || domain == "index.docker.io" || domain == "registry-1.docker.io" {
            domain = "docker.io"
        }
        let probe: ImageReference
        do { probe = try ImageReference(parsing: "\(domain)/library/probe") } catch {
            throw RegistryError(.invalid, "login to \"\(server)\": \(error)")
        }
        let session = session(for: probe, credentials: credentials, pushes: true)
        do {
            try await session.checkAccess()
        } catch {
            await session.close()
            throw error
        }
        await session.close()
    }
}
