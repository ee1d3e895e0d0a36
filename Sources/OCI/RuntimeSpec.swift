/// The OCI runtime specification's `config.json` (1.2), for Linux.
///
/// Lists, maps and flags that are missing in JSON read as empty or false, and are left out again when written.
public struct RuntimeSpec: Codable, Hashable, Sendable {
    public var ociVersion: String
    public var process: Process?
    public var root: Root?
    public var hostname: String?
    public var domainname: String?
    public var mounts: [Mount]
    public var hooks: Hooks?
    public var annotations: [String: String]
    public var linux: Linux?

    public init(
        ociVersion: String = "1.2.0", process: Process? = nil, root: Root? = nil, hostname: String? = nil,
        domainname: String? = nil, mounts: [Mount] = [], hooks: Hooks? = nil,
        annotations: [String: String] = [:],
        linux: Linux? = nil
    ) {
        self.ociVersion = ociVersion
        self.process = process
        self.root = root
        self.hostname = hostname
        self.domainname = domainname
        self.mounts = mounts
        self.hooks = hooks
        self.annotations = annotations
        self.linux = linux
    }

    enum CodingKeys: String, SpecKey {
        case ociVersion, process, root, hostname, domainname, mounts, hooks, annotations, linux
    }

    /// Where a bundle's root file system is.
    public struct Root: Codable, Hashable, Sendable {
        public var path: String
        public var readonly: Bool

        public init(path: String, readonly: Bool = false) {
            self.path = path
            self.readonly = readonly
        }

        enum CodingKeys: String, SpecKey { case path, readonly }
    }

    /// One mount, done in the order of the list.
    public struct Mount: Codable, Hashable, Sendable {
        public var destination: String
        public var type: String?
        public var source: String?
        public var options: [String]
        public var uidMappings: [IDMapping]
        public var gidMappings: [IDMapping]

        public init(
            destination: String, type: String? = nil, source: String? = nil, options: [String] = [],
            uidMappings: [IDMapping] = [], gidMappings: [IDMapping] = []
        ) {
            self.destination = destination
            self.type = type
            self.source = source
            self.options = options
            self.uidMappings = uidMappings
            self.gidMappings = gidMappings
        }

        enum CodingKeys: String, SpecKey { case destination, type, source, options, uidMappings, gidMappings }
    }

    /// One range of user or group ids inside a user namespace.
    public struct IDMapping: Codable, Hashable, Sendable {
        public var containerID: UInt32
        public var hostID: UInt32
        public var size: UInt32

        public init(containerID: UInt32, hostID: UInt32, size: UInt32) {
            self.containerID = containerID
            self.hostID = hostID
            self.size = size
        }
    }

    /// Programs to run at points of the container's life.
    public struct Hooks: Codable, Hashable, Sendable {
        public var prestart: [Hook]
        public var createRuntime: [Hook]
        public var createContainer: [Hook]
        public var startContainer: [Hook]
        public var poststart: [Hook]
        public var poststop: [Hook]

        public init(
            prestart: [Hook] = [], createRuntime: [Hook] = [], createContainer: [Hook] = [],
            startContainer: [Hook] = [], poststart: [Hook] = [], poststop: [Hook] = []
        ) {
            self.prestart = prestart
            self.createRuntime = createRuntime
            self.createContainer = createContainer
            self.startContainer = startContainer
            self.poststart = poststart
            self.poststop = poststop
        }

        enum CodingKeys: String, SpecKey {
            case prestart, createRuntime, createContainer, startContainer, poststart, poststop
        }
    }

    /// One program of ``Hooks``; its timeout is in seconds.
    public struct Hook: Codable, Hashable, Sendable {
        public var path: String
        public var args: [String]
        public var env: [String]
        public var timeout: Int?

        public init(path: String, args: [String] = [], env: [String] = [], timeout: Int? = nil) {
            self.path = path
            self.args = args
            self.env = env
            self.timeout = timeout
        }

        enum CodingKeys: String, SpecKey { case path, args, env, timeout }
    }
}
