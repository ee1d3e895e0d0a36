/// What a container of an image is started with, unless the user says otherwise: a config's `config`.
public struct ContainerDefaults: Hashable, Sendable, Codable {
    /// How to ask a container whether it is well; times in nanoseconds, 0 for the default.
    public struct Healthcheck: Hashable, Sendable, Codable {
        public var test: [String]?
        public var interval: Int64?
        public var timeout: Int64?
        public var startPeriod: Int64?
        public var startInterval: Int64?
        public var retries: Int?

        enum CodingKeys: String, CodingKey {
            case test = "Test"
            case interval = "Interval"
            case timeout = "Timeout"
            case startPeriod = "StartPeriod"
            case startInterval = "StartInterval"
            case retries = "Retries"
        }

        public init(
            test: [String]? = nil, interval: Int64? = nil, timeout: Int64? = nil, startPeriod: Int64? = nil,
            startInterval: Int64? = nil, retries: Int? = nil
        ) {
            self.test = test
            self.interval = interval
            self.timeout = timeout
            self.startPeriod = startPeriod
            self.startInterval = startInterval
            self.retries = retries
        }
    }

    /// The empty object that stands for a set's member.
    public struct Present: Hashable, Sendable, Codable {
        public init() {}
    }

    public var user: String?
    public var exposedPorts: [String: Present]?
    public var env: [String]?
    public var entrypoint: [String]?
    public var cmd: [String]?
    public var volumes: [String: Present]?
    public var workingDir: String?
    public var labels: [String: String]?
    public var stopSignal: String?
    public var healthcheck: Healthcheck?
    public var shell: [String]?
    public var onBuild: [String]?
    public var argsEscaped: Bool?

    enum CodingKeys: String, CodingKey {
        case user = "User"
        case exposedPorts = "ExposedPorts"
        case env = "Env"
        case entrypoint = "Entrypoint"
        case cmd = "Cmd"
        case volumes = "Volumes"
        case workingDir = "WorkingDir"
        case labels = "Labels"
        case stopSignal = "StopSignal"
        case healthcheck = "Healthcheck"
        case shell = "Shell"
        case onBuild = "OnBuild"
        case argsEscaped = "ArgsEscaped"
    }

    public init() {}

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        user = try container.decodeIfPresent(String.self, forKey: .user)
        exposedPorts = try container.decodeIfPresent([String: Present].self, forKey: .exposedPorts)
        env = try container.decodeIfPresent([String].self, forKey: .env)
        entrypoint = try Self.words(container, .entrypoint)
        cmd = try Self.words(container, .cmd)
        volumes = try container.decodeIfPresent([String: Present].self, forKey: .volumes)
        workingDir = try container.decodeIfPresent(String.self, forKey: .workingDir)
        labels = try container.decodeIfPresent([String: String].self, forKey: .labels)
        stopSignal = try container.decodeIfPresent(String.self, forKey: .stopSignal)
        healthcheck = try container.decodeIfPresent(Healthcheck.self, forKey: .healthcheck)
        shell = try Self.words(container, .shell)
        onBuild = try container.decodeIfPresent([String].self, forKey: .onBuild)
        argsEscaped = try container.decodeIfPresent(Bool.self, forKey: .argsEscaped)
    }

    /// An array of words; a lone word, as very old images have it, is an array of one.
    private static func words(
        _ container: KeyedDecodingContainer<CodingKeys>, _ key: CodingKeys
    ) throws -> [String]? {
        if let word = try? container.decodeIfPresent(String.self, forKey: key) { return [word] }
        return try container.decodeIfPresent([String].self, forKey: key)
    }
}
