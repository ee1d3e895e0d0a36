public import OrderedJSON

/// What takes space on disk.
public struct DiskUsage: Codable, Hashable, Sendable {
    public var layersSize: Int64 = 0
    // What was not asked for is null.
    @Nullable public var images: [ImageSummary]?
    @Nullable public var containers: [ContainerSummary]?
    @Nullable public var volumes: [Volume]?
    @Nullable public var buildCache: [JSONValue]?
    /// Up to API 1.41.
    public var builderSize: Int64?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case layersSize = "LayersSize"
        case images = "Images"
        case containers = "Containers"
        case volumes = "Volumes"
        case buildCache = "BuildCache"
        case builderSize = "BuilderSize"
    }
}
extension DiskUsage: GoZero {}
