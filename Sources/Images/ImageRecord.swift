public import OCI

/// One layer of an image, as it is kept.
public struct ImageLayer: Codable, Sendable, Hashable {
    public var diffID: Digest
    /// The blob that it came in, exactly as received.
    public var blob: Descriptor?

    public init(diffID: Digest, blob: Descriptor?) {
        self.diffID = diffID
        self.blob = blob
    }
}

/// What is kept of an image beside its blobs.
struct ImageRecord: Codable, Sendable {
    /// The config's digest: the image's id, as Docker's own store has it.
    var id: Digest
    /// The manifest's blob, if it came with one.
    var manifest: Descriptor?
    var layers: [ImageLayer]
    var sizeBytes: Int64
    /// The image that this one was committed from here.
    var parent: Digest?
    /// RFC 3339, when a name was last given to it.
    var lastTagged: String?
    // Copied from the config, so that a list needs no blob.
    var created: String?
    var labels: [String: String]?
    var platform: Platform
}

/// What a name stands for: an image, and others that came with it for other platforms.
struct NameRecord: Codable, Sendable, Hashable {
    /// The image that the name means where no platform is asked for.
    var id: Digest
    /// The others, each for a platform of its own.
    var others: [Digest] = []
    /// The index that has them all, where its very bytes are kept.
    var index: Descriptor?

    init(id: Digest, others: [Digest] = [], index: Descriptor? = nil) {
        (self.id, self.others, self.index) = (id, others, index)
    }

    /// All images, the one without a platform first.
    var all: [Digest] { [id] + others }

    func contains(_ id: Digest) -> Bool { self.id == id || others.contains(id) }

    /// The same without the image `id`; nil where nothing is left.
    func without(_ id: Digest) -> NameRecord? {
        if !contains(id) { return self }
        let rest = all.filter { $0 != id }
        return rest.first.map { NameRecord(id: $0, others: Array(rest.dropFirst())) }
    }
}

/// An image with everything that can be asked of it.
public struct Image: Sendable {
    /// The config's digest.
    public let id: Digest
    public let config: ImageConfig
    /// Lowest first.
    public let layers: [ImageLayer]
    public let manifest: Descriptor?
    /// The unpacked layers' files together.
    public let sizeBytes: Int64
    /// Familiar names with tags, in order.
    public let repoTags: [String]
    /// Familiar names with digests, in order.
    public let repoDigests: [String]
    public let parent: Digest?
    public let lastTagged: RFC3339?

    /// The layers by the digest of their plain tar, lowest first.
    public var diffIDs: [Digest] { layers.map(\.diffID) }
}

/// An image in a list.
public struct ImageListEntry: Sendable {
    public let id: Digest
    public let parent: Digest?
    public let repoTags: [String]
    public let repoDigests: [String]
    /// Seconds since 1970, 0 where the config has no date.
    public let created: Int64
    public let sizeBytes: Int64
    public let labels: [String: String]
    public let platform: Platform
    public let diffIDs: [Digest]
    /// The manifest, if it came with one.
    public let manifest: Descriptor?
    /// Whether another image was made from it here.
    public let hasChildren: Bool
    /// What its names stand for on other platforms.
    public var variants: [ImageListEntry] = []
}

/// One step in an image's history.
public struct ImageHistoryEntry: Sendable {
    /// Nil where the step made no image that is kept (`<missing>`).
    public let id: Digest?
    public let created: Int64
    public let createdBy: String
    public let tags: [String]
    public let sizeBytes: Int64
    public let comment: String
}

/// What a removal did, in order.
public enum ImageRemoval: Sendable, Hashable {
    /// A familiar name is gone.
    case untagged(String, image: Digest)
    /// The image is gone.
    case deletedImage(Digest)
    /// A layer, by its chain ID, belongs to no image any more.
    case deletedLayer(Digest)
}

/// A container that keeps an image from being removed.
public struct ImageUser: Sendable, Hashable {
    public let container: String
    public let isRunning: Bool

    public init(container: String, isRunning: Bool) {
        self.container = container
        self.isRunning = isRunning
    }
}
