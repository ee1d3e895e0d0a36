/// What the daemon was told about registries.
public struct RegistrySettings: Sendable, Hashable {
    /// Addresses that are asked before Docker Hub.
    public var mirrors: [String] = []
    /// Hosts (`host:port`) and networks (`10.0.0.0/8`) whose certificate is not verified, and which may speak plain HTTP.
    public var insecure: [String] = []
    /// Directories with a folder for each host: `*.crt` authorities, `*.cert` with `*.key` for the client.
    public var certificateDirectories = ["/etc/berth/certs.d", "/etc/docker/certs.d"]
    /// Proxies by the address's scheme, as in the environment; empty is none.
    public var httpProxy = ""
    public var httpsProxy = ""
    public var noProxy = ""
    /// How many layers of one pull, and of one push, are on their way at the same time.
    public var downloadsAtOnce = 8
    public var uploadsAtOnce = 5
    /// How often a request is tried before it fails.
    public var attempts = 5
    /// How long a server may send nothing.
    public var stallTimeout = Duration.seconds(30)
    /// What the client calls itself.
    public var userAgent = "berth"

    public init() {}
}

/// Who asks: what `docker login` keeps, or nothing.
public struct RegistryCredentials: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    public var user: String
    public var password: String
    /// A refresh token, which stands for user and password.
    public var identityToken: String
    /// A token that is sent as it is.
    public var registryToken: String

    public init(
        user: String = "", password: String = "", identityToken: String = "", registryToken: String = ""
    ) {
        self.user = user
        self.password = password
        self.identityToken = identityToken
        self.registryToken = registryToken
    }

    public var isEmpty: Bool { user.isEmpty && identityToken.isEmpty && registryToken.isEmpty }
    public var description: String { "RegistryCredentials(redacted)" }
    public var debugDescription: String { description }
}
