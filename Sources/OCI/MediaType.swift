/// The names of content types in manifests, those of Docker and those of OCI.
public enum MediaType {
    public static let ociManifest = "application/vnd.oci.image.manifest.v1+json"
    public static let ociIndex = "application/vnd.oci.image.index.v1+json"
    public static let ociConfig = "application/vnd.oci.image.config.v1+json"
    public static let ociLayer = "application/vnd.oci.image.layer.v1.tar"
    public static let ociLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
    public static let ociLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd"
    public static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    public static let dockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json"
    public static let dockerConfig = "application/vnd.docker.container.image.v1+json"
    public static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar"
    public static let dockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    public static let dockerLayerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd"

    /// Whether a blob of this type is a manifest of one image.
    public static func isManifest(_ type: String) -> Bool { type == ociManifest || type == dockerManifest }

    /// Whether a blob of this type lists manifests.
    public static func isIndex(_ type: String) -> Bool { type == ociIndex || type == dockerManifestList }

    /// Whether a blob of this type is an image's config.
    public static func isConfig(_ type: String) -> Bool { type == ociConfig || type == dockerConfig }

    /// Whether a blob of this type is a layer that can be unpacked; compression is told by its first bytes.
    public static func isLayer(_ type: String) -> Bool { layers.contains(type) }

    /// Whether a blob of this type is a layer that a registry is not to hold.
    public static func isForeignLayer(_ type: String) -> Bool {
        type.contains(".nondistributable.") || type.contains(".foreign.")
    }

    private static let layers: Set = [
        ociLayer, ociLayerGzip, ociLayerZstd, dockerLayer, dockerLayerGzip, dockerLayerZstd,
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    ]
}
