internal import DockerAPI
internal import EngineModel
internal import OCI

/// One mount of a container, resolved at create: paths and names are final.
struct ContainerMount: Codable, Sendable, Hashable {
    enum Kind: String, Codable, Sendable { case bind, volume, tmpfs, image }

    var kind: Kind
    /// The volume's name, or the image's as it was asked for; empty for others.
    var volume = ""
    /// The path on the host; empty for tmpfs and images.
    var source = ""
    var destination: String
    var isReadOnly = false
    /// Whether a read-only bind leaves the mounts below it as they are.
    var readOnlyNonRecursive = false
    var nonRecursive = false
    /// Make the source directory if it is not there, as `-v` does.
    var createSource = false
    var propagation = ""
    /// The mode text of `-v`, for inspect.
    var mode = ""
    /// For tmpfs: options of `mount(8)`.
    var options: [String] = []
    /// The volume was made for this container alone.
    var isAnonymous = false
    /// Fill an empty volume with the image's content at the destination.
    var copiesContent = false
    /// A read-only bind makes the mounts below it read-only, or the start fails.
    var readOnlyForceRecursive: Bool?
    /// The part of the volume or image that is mounted.
    var subpath: String?
    /// An image's layers by diff ID, lowest first.
    var layers: [Digest]?
    /// Taken over from another container by `--volumes-from`.
    var isInherited: Bool?
}

/// What berth keeps of one container.
struct ContainerRecord: Codable, Sendable {
    var id: String
    var name: String
    var created: Timestamp
    /// The image's id, `sha256:…`.
    var imageID: String
    /// The image's layers by diff ID, lowest first: they stay even if the image's names go.
    var layers: [Digest]
    var config: ContainerConfig
    var hostConfig: HostConfig
    var networking: NetworkingConfig
    var mounts: [ContainerMount]
    var lifecycle = Lifecycle()
    /// Start time of the init process in clock ticks since boot, to tell it from a later one with its pid.
    var processStartTime: UInt64 = 0
    /// What its health checks have come to, as of the last change.
    var health: HealthState?
    /// The containers that this one is linked to (`--link`).
    var links: [ContainerLink]?
    /// The variables that its links brought at its last start.
    var linkEnvironment: [String]?

    /// Set while a commit holds its programs still: a daemon that takes over lets them go on.
    var isHeldForCommit: Bool?

    /// The whole command: entrypoint and arguments.
    var commandLine: [String] { (config.entrypoint ?? []) + (config.cmd ?? []) }

    var path: String { commandLine.first ?? "" }
    var arguments: [String] { Array(commandLine.dropFirst()) }

    /// The container's network mode, in its long form.
    var networkMode: NetworkMode { NetworkMode(hostConfig.networkMode) }
}

/// What `--network` says.
enum NetworkMode: Sendable, Hashable {
    case bridge, host, none
    /// The network namespace of another container.
    case container(String)
    /// A network of the user's.
    case named(String)

    init(_ text: String) {
        switch text {
        case "", "default", "bridge": self = .bridge
        case "host": self = .host
        case "none": self = .none
        default:
            self =
                text.hasPrefix("container:")
                ? .container(String(text.dropFirst("container:".count))) : .named(text)
        }
    }

    /// Whether the container has a network namespace of its own.
    var isPrivate: Bool {
        switch self {
        case .bridge, .none, .named: true
        case .host, .container: false
        }
    }
}
