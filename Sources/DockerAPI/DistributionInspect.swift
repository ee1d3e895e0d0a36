/// What `GET /distribution/{name}/json` answers: an image's manifest as its registry has it.
public struct DistributionInspect: Codable, Hashable, Sendable {
    /// A pointer to the manifest or index.
    public struct Descriptor: Codable, Hashable, Sendable {
        public var mediaType = ""
        public var digest = ""
        public var size: Int64 = 0

        public init() {}
    }

    /// One platform that the image is for.
    public struct Platform: Codable, Hashable, Sendable {
        public var architecture = ""
        public var os = ""
        @OmitEmpty public var variant: String = ""

        public init() {}

        enum CodingKeys: String, CodingKey, CaseIterable {
            case architecture, os, variant
        }
    }

    public var descriptor = Descriptor()
    public var platforms: [Platform] = []

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case descriptor = "Descriptor"
        case platforms = "Platforms"
    }
}
