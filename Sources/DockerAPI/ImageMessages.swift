public import OrderedJSON

/// One line of `docker images`.
public struct ImageSummary: Codable, Hashable, Sendable {
    public var containers: Int64 = -1
    public var created: Int64 = 0
    public var id: String = ""
    @Nullable public var labels: [String: String]?
    public var parentID: String = ""
    @Nullable public var repoDigests: [String]?
    @Nullable public var repoTags: [String]?
    public var sharedSize: Int64 = -1
    public var size: Int64 = 0
    /// Up to API 1.43.
    public var virtualSize: Int64?
    /// Only where they were asked for.
    public var manifests: [ImageManifestSummary]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case containers = "Containers"
        case created = "Created"
        case id = "Id"
        case labels = "Labels"
        case parentID = "ParentId"
        case repoDigests = "RepoDigests"
        case repoTags = "RepoTags"
        case sharedSize = "SharedSize"
        case size = "Size"
        case virtualSize = "VirtualSize"
        case manifests = "Manifests"
    }
}
extension ImageSummary: GoZero {}

/// One step of an image's making (ImageHistoryResponseItem).
public struct ImageHistoryItem: Codable, Hashable, Sendable {
    public var comment: String = ""
    public var created: Int64 = 0
    public var createdBy: String = ""
    public var id: String = ""
    public var size: Int64 = 0
    @Nullable public var tags: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case comment = "Comment"
        case created = "Created"
        case createdBy = "CreatedBy"
        case id = "Id"
        case size = "Size"
        case tags = "Tags"
    }
}
extension ImageHistoryItem: GoZero {}

/// One thing that removing an image did (ImageDeleteResponseItem).
public struct ImageDeleteItem: Codable, Hashable, Sendable {
    @OmitEmpty public var deleted: String = ""
    @OmitEmpty public var untagged: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case deleted = "Deleted"
        case untagged = "Untagged"
    }
}
extension ImageDeleteItem: GoZero {}

/// What pruning images freed.
public struct ImagesPruneReport: Codable, Hashable, Sendable {
    @Nullable public var imagesDeleted: [ImageDeleteItem]?
    public var spaceReclaimed: Int64 = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case imagesDeleted = "ImagesDeleted"
        case spaceReclaimed = "SpaceReclaimed"
    }
}
extension ImagesPruneReport: GoZero {}

/// One line of the progress stream of pull, push, load, import and build.
public struct ProgressMessage: Codable, Hashable, Sendable {
    @OmitEmpty public var stream: String = ""
    @OmitEmpty public var status: String = ""
    public var progressDetail: ProgressDetail?
    /// For clients older than 1.24's progressDetail.
    @OmitEmpty public var progress: String = ""
    @OmitEmpty public var id: String = ""
    public var errorDetail: ErrorDetail?
    @OmitEmpty public var error: String = ""
    public var aux: JSONValue?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case stream
        case status
        case progressDetail
        case progress
        case id
        case errorDetail
        case error
        case aux
    }
}
extension ProgressMessage: GoZero {}

/// How far a step has come.
public struct ProgressDetail: Codable, Hashable, Sendable {
    @OmitEmpty public var current: Int64 = 0
    @OmitEmpty public var total: Int64 = 0
    @OmitEmpty public var units: String = ""
    @OmitEmpty public var hidecounts: Bool = false

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case current
        case total
        case units
        case hidecounts
    }
}
extension ProgressDetail: GoZero {}

/// An error inside a stream.
public struct ErrorDetail: Codable, Hashable, Sendable {
    @OmitEmpty public var code: Int = 0
    public var message: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case code
        case message
    }
}
extension ErrorDetail: GoZero {}
