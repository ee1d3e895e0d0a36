internal import AsyncPrimitives
internal import ContentStore
public import OCI
internal import Snapshots
internal import TarArchive

extension ImageStore {
    /// A container that becomes an image.
    public struct Commit: Sendable {
        /// The image that the container was made from, if it is still there.
        public var parent: Digest?
        /// The container's layers by diff ID, lowest first.
        public var layers: [Digest]
        /// The container's writable layer; nil where it holds no change.
        public var upper: String?
        public var container: String
        public var config: ContainerDefaults
        /// What the history says of how it was made.
        public var createdBy: String
        public var author = ""
        public var comment = ""
        public var platform: Platform
        public var dockerVersion: String
        /// The name that the image gets.
        public var name: ImageReference?

        public init(
            parent: Digest?, layers: [Digest], upper: String?, container: String, config: ContainerDefaults,
            createdBy: String, platform: Platform, dockerVersion: String
        ) {
            self.parent = parent
            self.layers = layers
            self.upper = upper
            self.container = container
            self.config = config
            self.createdBy = createdBy
            self.platform = platform
            self.dockerVersion = dockerVersion
        }
    }

    /// Makes an image out of a container's layers and its writable layer, and returns its id.
    ///
    /// The new layer has no blob: written by `TreeArchiver`, its directory gives the bytes of its diff ID again. On
    /// any failure nothing is left.
    public func commit(_ request: Commit) async throws -> Digest {
        try await BlockingPool.shared.run { [self] in try commitBlocking(request) }
    }

    private func commitBlocking(_ request: Commit) throws -> Digest {
        try whileActive {
            guard var layers = snapshots.layers(for: request.layers) else {
                throw ImageError(
                    .system, "commit container \"\(request.container)\": a layer of its image is missing")
            }
            let parent = request.parent.flatMap { try? image($0) }
            var parts = parent?.layers ?? request.layers.map { ImageLayer(diffID: $0, blob: nil) }
            if let upper = request.upper {
                let made = try snapshots.unpack(ArchivedTree(upper), expected: nil, below: request.layers)
                layers.append(made)
                parts.append(ImageLayer(diffID: made.diffID, blob: nil))
            }
            let config = Self.committedConfig(request, parent: parent?.config, parts.map(\.diffID))
            let id = try content.put(try Self.encode(config))
            let record = ImageRecord(
                id: id, manifest: nil, layers: parts, sizeBytes: layers.reduce(0) { $0 + $1.sizeBytes },
                parent: parent?.id, created: config.created, labels: request.config.labels,
                platform: config.platform)
            try commit(record, layers: layers, names: request.name.map { [$0.withDefaultTag] } ?? [])
            return id
        }
    }

    private static func committedConfig(
        _ request: Commit, parent: ImageConfig?, _ diffIDs: [Digest]
    ) -> ImageConfig {
        let created = now().description
        func text(_ value: String) -> String? { value.isEmpty ? nil : value }
        let step = ImageConfig.History(
            created: created, author: text(request.author), createdBy: text(request.createdBy),
            comment: text(request.comment), emptyLayer: request.upper == nil ? true : nil)
        return ImageConfig(
            created: created, author: text(request.author), comment: text(request.comment),
            architecture: request.platform.architecture, variant: request.platform.variant,
            os: request.platform.os, osVersion: parent?.osVersion, osFeatures: parent?.osFeatures,
            config: request.config, rootFS: ImageConfig.RootFS(diffIDs: diffIDs),
            history: (parent?.history ?? []) + [step], container: request.container,
            dockerVersion: request.dockerVersion)
    }
}
