public import OCI

/// An unpacked layer: `layers/<key>/` is what overlayfs mounts.
public struct LayerRecord: Codable, Sendable, Hashable {
    /// The directory's name: the diff ID's digits, or the chain ID's where the layer needed its parents.
    public var key: String
    public var diffID: Digest
    /// The files' sizes together, as Docker counts them.
    public var sizeBytes: Int64
    /// Whether it fits above the layers only that it was unpacked on.
    public var needsParent: Bool
    /// Whether it says what the root directory is like.
    public var definesRoot: Bool
}

/// What a container's writable layer pins.
struct WritableRecord: Codable, Sendable {
    var layers: [String]
}

/// The writable layer of one container.
public struct WritableLayer: Sendable, Hashable {
    /// Overlayfs's lower directories, the topmost first.
    public let lower: [String]
    public let upper: String
    public let work: String
}
