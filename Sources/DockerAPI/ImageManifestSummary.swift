/// One manifest of an image, as `manifests=1` lists them (ImageManifestSummary).
public struct ImageManifestSummary: Codable, Hashable, Sendable {
    /// Bytes of what it takes.
    public struct Size: Codable, Hashable, Sendable {
        /// The blobs here.
        public var content: Int64 = 0
        /// These, and the files that were unpacked from them.
        public var total: Int64 = 0

        public init() {}

        enum CodingKeys: String, CodingKey, CaseIterable {
            case content = "Content"
            case total = "Total"
        }
    }

    /// What is known of an image, as opposed to a note about one.
    public struct ImageData: Codable, Hashable, Sendable {
        public struct Size: Codable, Hashable, Sendable {
            public var unpacked: Int64 = 0

            public init() {}

            enum CodingKeys: String, CodingKey, CaseIterable { case unpacked = "Unpacked" }
        }

        public var platform = DistributionInspect.Platform()
        /// Ids of the containers that were made from it.
        public var containers: [String] = []
        public var size = Size()

        public init() {}

        enum CodingKeys: String, CodingKey, CaseIterable {
            case platform = "Platform"
            case containers = "Containers"
            case size = "Size"
        }
    }

    public var id = ""
    public var descriptor = DistributionInspect.Descriptor()
    public var available = true
    public var kind = "image"
    public var size = Size()
    public var imageData: ImageData?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id = "ID"
        case descriptor = "Descriptor"
        case available = "Available"
        case kind = "Kind"
        case size = "Size"
        case imageData = "ImageData"
    }
}

/// One repository that a registry found (ImageSearchResponseItem).
public struct ImageSearchResult: Codable, Hashable, Sendable {
    public var stars = 0
    public var isOfficial = false
    public var name = ""
    /// Docker Hub tells nothing of it any more.
    public var isAutomated = false
    public var description = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case stars = "star_count"
        case isOfficial = "is_official"
        case name
        case isAutomated = "is_automated"
        case description
    }
}
