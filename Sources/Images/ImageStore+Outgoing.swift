internal import AsyncPrimitives
internal import ContentStore
internal import Linux
public import OCI
internal import Snapshots
internal import StateStore
internal import Synchronization
internal import TarArchive
internal import TarFormat

/// An image as it goes out: every blob is in the store, and stays there as long as this value.
public struct OutgoingImage: Sendable {
    public let manifest: Descriptor
    /// The manifest as it came, or as it was made here.
    public let manifestBytes: [UInt8]
    public let config: Descriptor
    /// Lowest first; each has a blob.
    public let layers: [ImageLayer]
    private let leases: [BlobLease]

    init(
        manifest: Descriptor, manifestBytes: [UInt8], config: Descriptor, layers: [ImageLayer],
        leases: [BlobLease]
    ) {
        (self.manifest, self.manifestBytes, self.config) = (manifest, manifestBytes, config)
        (self.layers, self.leases) = (layers, leases)
    }
}

extension ImageStore {
    /// Makes ready what an image is sent as: the exact bytes that came, or else blobs and a manifest made once.
    ///
    /// A layer that was made here is compressed now, and so is one that came plain in an archive. Fails where a layer's bytes are not
    /// here and cannot be made again, as it came from an image that has gone.
    public func outgoing(_ id: Digest) async throws -> OutgoingImage {
        try await BlockingPool.shared.run { [self] in try whileActive { try outgoingBlocking(id) } }
    }

    private func outgoingBlocking(_ id: Digest) throws -> OutgoingImage {
        guard var record = state.withLock({ $0.images[id] }) else {
            throw ImageError.notFound(id.description)
        }
        // What a registry has under a digest stays as it is there.
        let isKnown = state.withLock { state in
            state.names.contains { $0.value.contains(id) && $0.key.utf8.contains(0x40) }
        }
        func isReady(_ blob: Descriptor) -> Bool {
            content.contains(blob.digest) && (isKnown && record.manifest != nil || !Self.isPlain(blob))
        }
        var leases = [content.lease(id)]
        var made: [Digest] = []
        for index in record.layers.indices {
            let layer = record.layers[index]
            if let blob = layer.blob, isReady(blob) {
                leases.append(content.lease(blob.digest))
                continue
            }
            let blob =
                try kept(layer.diffID).first { !Self.isPlain($0) }
                ?? compress(layer, below: record.layers[..<index].map(\.diffID))
            leases.append(content.lease(blob.digest))
            record.layers[index].blob = blob
            made.append(blob.digest)
        }
        if made.isEmpty, let manifest = record.manifest, content.contains(manifest.digest) {
            leases.append(content.lease(manifest.digest))
            let bytes = try content.read(manifest.digest)
            let parsed = try Self.decode(ImageManifest.self, bytes, "manifest \(manifest.digest)")
            return OutgoingImage(
                manifest: manifest, manifestBytes: bytes, config: parsed.config, layers: record.layers,
                leases: leases)
        }
        let manifest = try makeManifest(for: record)
        let bytes = try Self.encode(manifest)
        let type = manifest.mediaType ?? MediaType.dockerManifest
        let descriptor = Descriptor(mediaType: type, digest: try content.put(bytes), size: Int64(bytes.count))
        leases.append(content.lease(descriptor.digest))
        record.manifest = descriptor
        // An index that has the old manifest is not what these names go out under any more.
        let outdated = state.withLock { state in
            state.names.filter { $0.value.index != nil && $0.value.contains(id) }.mapValues {
                NameRecord(id: $0.id, others: $0.others)
            }
        }
        try store.transaction { [record] transaction in
            try transaction.put(imageRecords, id.description, record)
            for (name, target) in outdated { try transaction.put(nameRecords, name, target) }
            try unsynced.mark([], made + [descriptor.digest], in: transaction)
        }
        state.withLock { [record] state in
            state.images[id] = record
            state.names.merge(outdated) { $1 }
        }
        unsynced.syncSoon()
        return OutgoingImage(
            manifest: descriptor, manifestBytes: bytes, config: manifest.config, layers: record.layers,
            leases: leases)
    }

    /// An index of images that go out together: the very bytes of `kept` if it has just these.
    func outgoingIndex(
        of images: [(image: OutgoingImage, platform: Platform)], kept: Descriptor?
    ) throws -> (descriptor: Descriptor, bytes: [UInt8]) {
        if let kept, let bytes = try? content.read(kept.digest),
            let index = try? Self.decode(ImageIndex.self, bytes, "index \(kept.digest)"),
            Set(index.manifests.map(\.digest)) == Set(images.map(\.image.manifest.digest))
        {
            return (kept, bytes)
        }
        let manifests = images.map { image, platform in
            var entry = image.manifest
            entry.annotations = nil
            entry.platform = platform.normalized
            return entry
        }
        let isDocker = manifests.allSatisfy { $0.mediaType == MediaType.dockerManifest }
        let type = isDocker ? MediaType.dockerManifestList : MediaType.ociIndex
        let bytes = try Self.encode(ImageIndex(mediaType: type, manifests: manifests))
        let digest = ContentStore.digest(of: bytes)
        return (Descriptor(mediaType: type, digest: digest, size: Int64(bytes.count)), bytes)
    }

    /// The blobs of a layer that other images have brought.
    private func kept(_ diffID: Digest) -> [Descriptor] {
        let known = state.withLock { state in
            state.images.values.flatMap(\.layers).filter { $0.diffID == diffID }.compactMap(\.blob)
        }
        return known.filter { content.contains($0.digest) }
    }

    private static func isPlain(_ blob: Descriptor) -> Bool {
        blob.mediaType == MediaType.ociLayer || blob.mediaType == MediaType.dockerLayer
    }

    /// A gzip blob of the layer, from its plain blob or its files; what comes of them has to have the diff ID.
    private func compress(_ layer: ImageLayer, below: [Digest]) throws -> Descriptor {
        let plain: any ByteSource
        if let blob = kept(layer.diffID).first(where: Self.isPlain) {
            plain = DescriptorSource(SharedDescriptor(try content.open(blob.digest)))
        } else if let record = snapshots.layers(for: below + [layer.diffID])?.last {
            plain = ArchivedTree(snapshots.path(of: record))
        } else {
            throw SnapshotError.missingLayer(layer.diffID.description)
        }
        let hashing = HashingSource(plain)
        let ingest = try content.beginIngest()
        try LayerCompression.gzip(hashing, into: ingest)
        if hashing.digest != layer.diffID {
            throw ImageError(
                .system,
                "layer \"\(layer.diffID)\" cannot be sent: the archive that it came in is not here any more, "
                    + "and its files give another one: pull or load the image again")
        }
        let size = ingest.count
        let digest = try ingest.commit(sync: false)
        return Descriptor(mediaType: MediaType.dockerLayerGzip, digest: digest, size: size)
    }

    /// A manifest of Docker's kind; of OCI's where a layer has no type of Docker's.
    private func makeManifest(for record: ImageRecord) throws -> ImageManifest {
        let blobs = record.layers.compactMap(\.blob)
        let isOCI = blobs.contains { $0.mediaType.hasSuffix("zstd") }
        let layers = blobs.map { blob in
            let isZstd = blob.mediaType.hasSuffix("zstd")
            let type =
                isZstd ? MediaType.ociLayerZstd : isOCI ? MediaType.ociLayerGzip : MediaType.dockerLayerGzip
            return Descriptor(mediaType: type, digest: blob.digest, size: blob.size)
        }
        let config = Descriptor(
            mediaType: isOCI ? MediaType.ociConfig : MediaType.dockerConfig, digest: record.id,
            size: try content.sizeBytes(of: record.id) ?? 0)
        return ImageManifest(
            mediaType: isOCI ? MediaType.ociManifest : MediaType.dockerManifest, config: config,
            layers: layers)
    }
}
