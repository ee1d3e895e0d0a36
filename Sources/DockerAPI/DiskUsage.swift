public import OrderedJSON

/// What takes space on disk.
public struct DiskUsage: Codable, Hashable, Sendable {
    public var layersSize: Int64 = 0
    public var images: [ImageSummary] = []
    public var containers: [ContainerSummary] = []
    public var volumes: [Volume] = []
    public var buildCache: [JSONValue] = []
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
