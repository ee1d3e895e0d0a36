internal import ContentStore
public import OCI
internal import Snapshots
internal import Synchronization

extension ImageStore {
    /// A full digest, with or without its algorithm.
    static func digest(in text: String) -> Digest? {
        if text.utf8.count == 64 { return try? Digest(parsing: "sha256:\(text)") }
        return try? Digest(parsing: text)
    }

    /// The id of the image that `text` means: a name, a name with tag or digest, an id, or the start of one.
    ///
    /// Fails in Docker's words: with those of the reference grammar, or `No such image: x:latest`, an ambiguous start
    /// of an id included.
    public func resolveID(_ text: String) throws -> Digest { try resolved(text).id }

    /// All images that `text` means, the one without a platform first; see ``resolveID(_:)``.
    public func resolveIDs(_ text: String) throws -> [Digest] { try resolved(text).all }

    /// What `text` stands for; see ``resolveID(_:)``.
    func resolved(_ text: String) throws -> NameRecord {
        if let digest = Self.digest(in: text) {
            if state.withLock({ $0.images[digest] }) != nil { return NameRecord(id: digest) }
            throw ImageError.notFound(text)
        }
        let reference: ImageReference
        do {
            reference = try ImageReference(parsing: text)
        } catch {
            throw ImageError(.invalid, "\(error)")
        }
        return try state.withLock { state in
            if let name = Self.find(reference, in: state.names), state.images[name.id] != nil { return name }
            if let id = Self.find(prefix: text, in: state.images.keys) { return NameRecord(id: id) }
            throw ImageError.notFound(text)
        }
    }

    private static func find(_ reference: ImageReference, in names: [String: NameRecord]) -> NameRecord? {
        // With both, the digest decides and the tag is words.
        if let digest = reference.digest { return names[reference.withDigest(digest).description] }
        return names[reference.withDefaultTag.description]
    }

    private static func find(prefix text: String, in ids: some Sequence<Digest>) -> Digest? {
        let prefix = text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]
        guard !prefix.isEmpty, prefix.utf8.count <= 64 else { return nil }
        var found: Digest?
        for id in ids where id.hex.hasPrefix(prefix) {
            if found != nil { return nil }
            found = id
        }
        return found
    }

    /// The image that `text` means, with its config; see ``resolveID(_:)``.
    public func resolve(_ text: String) throws -> Image { try image(resolveID(text)) }

    /// The image that `text` means on `platform`; nil where it is for others only.
    public func resolve(_ text: String, for platform: Platform) throws -> Image? {
        try variant(of: resolved(text), for: platform).map { try image($0) }
    }

    private func variant(of name: NameRecord, for platform: Platform) -> Digest? {
        let images = state.withLock { state in name.all.compactMap { state.images[$0] } }
        return platform.best(of: images, \.platform)?.id
    }

    /// Of what a name stands for, what `platforms` ask for, or all; fails in Docker's words where it is for others only.
    func chosen(_ target: NameRecord, _ name: String, _ platforms: [Platform]) throws -> NameRecord {
        if platforms.isEmpty { return target }
        var ids: [Digest] = []
        for platform in platforms {
            guard let id = variant(of: target, for: platform) else {
                throw wrongPlatform(name, target, platform)
            }
            if !ids.contains(id) { ids.append(id) }
        }
        let isWhole = ids.count == target.all.count
        return NameRecord(
            id: ids[0], others: Array(ids.dropFirst()), index: isWhole ? target.index : nil)
    }

    private func wrongPlatform(_ name: String, _ target: NameRecord, _ platform: Platform) -> ImageError {
        let known = state.withLock { state in target.all.compactMap { state.images[$0]?.platform.description }
        }
        return ImageError(
            .notFound,
            "image with reference \(name) was found but its platform (\(known.joined(separator: ", "))) does not "
                + "match the specified platform (\(platform))")
    }

    /// The image with this id.
    public func image(_ id: Digest) throws -> Image {
        let found = state.withLock { state in
            state.images[id].map { ($0, Self.names(of: id, in: state.names), state.configs[id]) }
        }
        guard let (record, names, known) = found else { throw ImageError.notFound(id.description) }
        let config = try known ?? config(of: id)
        return Image(
            id: id, config: config, layers: record.layers, manifest: record.manifest,
            sizeBytes: record.sizeBytes,
            repoTags: names.tags, repoDigests: names.digests, parent: record.parent,
            lastTagged: record.lastTagged.flatMap { RFC3339(parsing: $0) })
    }

    /// The config of an image, from its blob; the last few are kept.
    private func config(of id: Digest) throws -> ImageConfig {
        let config = try Self.decode(ImageConfig.self, content.read(id), "config \(id)")
        state.withLock { state in
            if state.configs.count >= 32 { state.configs.removeAll() }
            state.configs[id] = config
        }
        return config
    }

    /// The config's bytes, as they came.
    public func configBytes(_ id: Digest) throws -> [UInt8] { try content.read(id) }

    static func names(of id: Digest, in names: [String: NameRecord]) -> (tags: [String], digests: [String]) {
        var tags: [String] = []
        var digests: [String] = []
        for (name, target) in names where target.contains(id) {
            guard let reference = try? ImageReference(parsing: name) else { continue }
            if reference.digest == nil {
                tags.append(reference.familiarString)
            } else {
                digests.append(reference.familiarString)
            }
        }
        return (tags.sorted(), digests.sorted())
    }

    /// Every image, the newest first.
    public func list() -> [ImageListEntry] {
        let (images, names) = state.withLock { state in (Array(state.images.values), state.names) }
        var tags: [Digest: [String]] = [:]
        var digests: [Digest: [String]] = [:]
        var variants: [Digest: [Digest]] = [:]
        for (name, target) in names {
            let id = target.id
            if !target.others.isEmpty {
                let known = variants[id] ?? []
                variants[id] = known + target.others.filter { !known.contains($0) }
            }
            let familiar = ImageReference.familiar(canonical: name)
            if name.utf8.contains(0x40) {
                digests[id, default: []].append(familiar)
            } else {
                tags[id, default: []].append(familiar)
            }
        }
        let parents = Set(images.compactMap(\.parent))
        func entry(_ record: ImageRecord) -> ImageListEntry {
            ImageListEntry(
                id: record.id, parent: record.parent, repoTags: (tags[record.id] ?? []).sorted(),
                repoDigests: (digests[record.id] ?? []).sorted(),
                created: record.created.flatMap { RFC3339(parsing: $0) }?.seconds ?? 0,
                sizeBytes: record.sizeBytes, labels: record.labels ?? [:], platform: record.platform,
                diffIDs: record.layers.map(\.diffID), manifest: record.manifest,
                hasChildren: parents.contains(record.id))
        }
        // What a name stands for on other platforms is listed with it.
        var entries = images.map(entry)
        if !variants.isEmpty {
            let hidden = Set(variants.values.joined()).filter { tags[$0] == nil && digests[$0] == nil }
            let lines = Dictionary(entries.map { ($0.id, $0) }) { first, _ in first }
            entries = entries.filter { !hidden.contains($0.id) }
            for index in entries.indices {
                entries[index].variants = (variants[entries[index].id] ?? []).compactMap { lines[$0] }
            }
        }
        return entries.sorted {
            $0.created == $1.created ? $0.id.hex < $1.id.hex : $0.created > $1.created
        }
    }

    /// Bytes of the image's blobs: manifest, config and layers.
    public func contentBytes(of id: Digest) -> Int64 {
        guard let record = state.withLock({ $0.images[id] }) else { return 0 }
        let config = (try? content.sizeBytes(of: record.id)) ?? nil
        return (record.manifest?.size ?? 0) + (config ?? 0)
            + record.layers.reduce(0) { $0 + ($1.blob?.size ?? 0) }
    }

    /// How the image was made, the newest step first.
    public func history(of image: Image) throws -> [ImageHistoryEntry] {
        let sizes = snapshots.layers(for: image.diffIDs)?.map(\.sizeBytes) ?? []
        var entries: [ImageHistoryEntry] = []
        var layer = 0
        for step in image.config.history ?? [] {
            var size: Int64 = 0
            if step.emptyLayer != true {
                guard layer < image.layers.count else {
                    throw ImageError(.system, "too many non-empty layers in History section")
                }
                size = layer < sizes.count ? sizes[layer] : 0
                layer += 1
            }
            entries.append(
                ImageHistoryEntry(
                    id: nil, created: step.created.flatMap { RFC3339(parsing: $0) }?.seconds ?? 0,
                    createdBy: step.createdBy ?? "", tags: [], sizeBytes: size, comment: step.comment ?? ""))
        }
        // The newest step made this image, the one before it the image that this one was committed from.
        entries.reverse()
        var maker: Image? = image
        for index in entries.indices {
            guard let known = maker else { break }
            let step = entries[index]
            entries[index] = ImageHistoryEntry(
                id: known.id, created: step.created, createdBy: step.createdBy, tags: known.repoTags,
                sizeBytes: step.sizeBytes, comment: step.comment)
            maker = known.parent.flatMap { try? self.image($0) }
        }
        return entries
    }
}
