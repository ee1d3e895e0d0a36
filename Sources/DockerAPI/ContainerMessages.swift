/// The answer to a create.
public struct ContainerCreateResponse: Codable, Hashable, Sendable {
    public var id: String = ""
    public var warnings: [String] = []

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id = "Id"
        case warnings = "Warnings"
    }
}
extension ContainerCreateResponse: GoZero {}

/// How a container has ended.
public struct ContainerWaitResponse: Codable, Hashable, Sendable {
    public var error: ContainerWaitExitError?
    public var statusCode: Int64 = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case error = "Error"
        case statusCode = "StatusCode"
    }
}
extension ContainerWaitResponse: GoZero {}

/// Why waiting failed.
public struct ContainerWaitExitError: Codable, Hashable, Sendable {
    @OmitEmpty public var message: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case message = "Message"
    }
}
extension ContainerWaitExitError: GoZero {}

/// The processes of a container, as ps shows them.
public struct ContainerTopResponse: Codable, Hashable, Sendable {
    @Nullable public var processes: [[String]]?
    public var titles: [String] = []

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case processes = "Processes"
        case titles = "Titles"
    }
}
extension ContainerTopResponse: GoZero {}

/// The answer to an update.
public struct ContainerUpdateResponse: Codable, Hashable, Sendable {
    @Nullable public var warnings: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case warnings = "Warnings"
    }
}
extension ContainerUpdateResponse: GoZero {}

/// A path that a container has changed: 0 modified, 1 added, 2 deleted.
public struct FilesystemChange: Codable, Hashable, Sendable {
    public var path: String = ""
    /// 0 changed, 1 added, 2 deleted.
    public var kind: Int = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case path = "Path"
        case kind = "Kind"
    }
}
extension FilesystemChange: GoZero {}
