/// What an image says about itself: how to run it, of which layers it is made, and by which steps.
public struct ImageConfig: Hashable, Sendable, Codable {
    /// The layers, lowest first, by the digest of their uncompressed tar.
    public struct RootFS: Hashable, Sendable, Codable {
        public var type: String
        public var diffIDs: [Digest]

        enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }

        public init(type: String = "layers", diffIDs: [Digest]) {
            self.type = type
            self.diffIDs = diffIDs
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            type = try container.decodeIfPresent(String.self, forKey: .type) ?? "layers"
            diffIDs = try container.decodeIfPresent([Digest].self, forKey: .diffIDs) ?? []
        }
    }

    /// One step that made the image, oldest first.
    public struct History: Hashable, Sendable, Codable {
        public var created: String?
        public var author: String?
        public var createdBy: String?
        public var comment: String?
        public var emptyLayer: Bool?

        enum CodingKeys: String, CodingKey {
            case created
            case author
            case createdBy = "created_by"
            case comment
            case emptyLayer = "empty_layer"
        }

        public init(
            created: String? = nil, author: String? = nil, createdBy: String? = nil, comment: String? = nil,
            emptyLayer: Bool? = nil
        ) {
            self.created = created
            self.author = author
            self.createdBy = createdBy
            self.comment = comment
            self.emptyLayer = emptyLayer
        }
    }

    /// RFC 3339, as the image has it.
    public var created: String?
    public var author: String?
    public var comment: String?
    public var architecture: String
    public var variant: String?
    public var os: String
    public var osVersion: String?
    public var osFeatures: [String]?
    public var config: ContainerDefaults?
    public var rootFS: RootFS
    public var history: [History]?
    public var container: String?
    public var dockerVersion: String?
    public var parent: String?

    enum CodingKeys: String, CodingKey {
        case created, author, comment, architecture, variant, os
        case osVersion = "os.version"
        case osFeatures = "os.features"
        case config
        case rootFS = "rootfs"
        case history, container
        case dockerVersion = "docker_version"
        case parent
    }

    public init(
        created: String? = nil, author: String? = nil, comment: String? = nil, architecture: String,
        variant: String? = nil, os: String = "linux", osVersion: String? = nil, osFeatures: [String]? = nil,
        config: ContainerDefaults? = nil, rootFS: RootFS, history: [History]? = nil, container: String? = nil,
        dockerVersion: String? = nil, parent: String? = nil
    ) {
        self.created = created
        self.author = author
        self.comment = comment
        self.architecture = architecture
        self.variant = variant
        self.os = os
        self.osVersion = osVersion
        self.osFeatures = osFeatures
        self.config = config
        self.rootFS = rootFS
        self.history = history
        self.container = container
        self.dockerVersion = dockerVersion
        self.parent = parent
    }

    /// Reads a config; one without a platform (some old builders) is for Linux on an unknown processor.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        created = try container.decodeIfPresent(String.self, forKey: .created)
        author = try container.decodeIfPresent(String.self, forKey: .author)
        comment = try container.decodeIfPresent(String.self, forKey: .comment)
        architecture = try container.decodeIfPresent(String.self, forKey: .architecture) ?? ""
        variant = try container.decodeIfPresent(String.self, forKey: .variant)
        os = try container.decodeIfPresent(String.self, forKey: .os) ?? ""
        osVersion = try container.decodeIfPresent(String.self, forKey: .osVersion)
        osFeatures = try container.decodeIfPresent([String].self, forKey: .osFeatures)
        config = try container.decodeIfPresent(ContainerDefaults.self, forKey: .config)
        rootFS = try container.decode(RootFS.self, forKey: .rootFS)
        history = try container.decodeIfPresent([History].self, forKey: .history)
        self.container = try container.decodeIfPresent(String.self, forKey: .container)
        dockerVersion = try container.decodeIfPresent(String.self, forKey: .dockerVersion)
        parent = try container.decodeIfPresent(String.self, forKey: .parent)
    }

    /// What it runs on.
    public var platform: Platform {
        Platform(
            architecture: architecture, os: os, variant: variant, osVersion: osVersion, osFeatures: osFeatures
        )
    }
}
