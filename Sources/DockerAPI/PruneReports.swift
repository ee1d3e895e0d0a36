/// What a prune of containers removed.
public struct ContainersPruneReport: Codable, Hashable, Sendable {
    @Nullable public var containersDeleted: [String]?
    public var spaceReclaimed: Int64 = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case containersDeleted = "ContainersDeleted"
        case spaceReclaimed = "SpaceReclaimed"
    }
}

/// What a prune of volumes removed; unlike the others, nothing is an empty list.
public struct VolumesPruneReport: Codable, Hashable, Sendable {
    public var volumesDeleted: [String] = []
    public var spaceReclaimed: Int64 = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case volumesDeleted = "VolumesDeleted"
        case spaceReclaimed = "SpaceReclaimed"
    }
}

/// What a prune of networks removed.
public struct NetworksPruneReport: Codable, Hashable, Sendable {
    @Nullable public var networksDeleted: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable { case networksDeleted = "NetworksDeleted" }
}

/// What a prune of the build cache removed.
public struct BuildPruneReport: Codable, Hashable, Sendable {
    @Nullable public var cachesDeleted: [String]?
    public var spaceReclaimed: Int64 = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case cachesDeleted = "CachesDeleted"
        case spaceReclaimed = "SpaceReclaimed"
    }
}
