public import AsyncPrimitives
public import DockerAPI
internal import EngineModel
internal import Images
internal import OCI
internal import Snapshots

extension ContainerEngine {
    /// The images that match, the newest first.
    public func listImages(_ options: ImageListOptions) async throws -> [ImageSummary] {
        let filters = options.filters
        let before = try filters["before"].first.map { try services.image($0).config.created }
        let since = try filters["since"].first.map { try services.image($0).config.created }
        // Of several, the earliest counts.
        let until = try filters["until"].map { try PastMoment.parse($0, now: .now) }.min {
            $0.nanoseconds < $1.nanoseconds
        }
        func seconds(_ text: String??) -> Int64? { (text ?? nil).flatMap { RFC3339(parsing: $0)?.seconds } }
        let users = await imageUsers()
        let entries = services.images.list()
        let sharing = options.sharedSize ? SharedLayers(entries) : nil
        return entries.compactMap { entry -> ImageSummary? in
            if !options.all && entry.repoTags.isEmpty && entry.repoDigests.isEmpty && entry.hasChildren {
                return nil
            }
            let dangling = entry.repoTags.isEmpty && entry.repoDigests.isEmpty
            if let wanted = filters.flag("dangling"), wanted != dangling { return nil }
            if !filters.labelsMatch(entry.labels) { return nil }
            if filters.contains("label!") && filters.labelsMatch(entry.labels, name: "label!") { return nil }
            if let limit = seconds(before), entry.created >= limit { return nil }
            if let limit = seconds(since), entry.created <= limit { return nil }
            if let until, entry.created > until.nanoseconds / 1_000_000_000 { return nil }
            var tags = entry.repoTags
            let patterns = filters["reference"]
            if !patterns.isEmpty {
                tags = tags.filter { tag in patterns.contains { ReferencePattern.matches($0, tag) } }
                if tags.isEmpty { return nil }
            }
            let containers = users[entry.id.description] ?? []
            var line = ImageSummary()
            line.containers = Int64(containers.count)
            line.created = entry.created
            line.id = entry.id.description
            line.labels = entry.labels.isEmpty ? nil : entry.labels
            line.parentID = entry.parent?.description ?? ""
            line.repoDigests = entry.repoDigests
            line.repoTags = tags
            line.size = entry.sizeBytes
            if let sharing { line.sharedSize = sharing.bytes(entry, services.snapshots) }
            if options.manifests { line.manifests = manifests(entry, users) }
            return line
        }
    }

    /// The manifests of what a line's names stand for, as far as these came with one.
    private func manifests(
        _ entry: ImageListEntry, _ users: [String: [ImageUser]]
    ) -> [ImageManifestSummary] {
        ([entry] + entry.variants).compactMap { manifest($0, users[$0.id.description] ?? []) }
    }

    private func manifest(_ entry: ImageListEntry, _ containers: [ImageUser]) -> ImageManifestSummary? {
        guard let manifest = entry.manifest else { return nil }
        var line = ImageManifestSummary()
        line.id = manifest.digest.description
        line.descriptor.mediaType = manifest.mediaType
        line.descriptor.digest = manifest.digest.description
        line.descriptor.size = manifest.size
        line.size.content = services.images.contentBytes(of: entry.id)
        line.size.total = line.size.content + entry.sizeBytes
        var data = ImageManifestSummary.ImageData()
        data.platform.architecture = entry.platform.architecture
        data.platform.os = entry.platform.os
        data.platform.variant = entry.platform.variant ?? ""
        data.containers = containers.map(\.container)
        data.size.unpacked = entry.sizeBytes
        line.imageData = data
        return line
    }

    public func inspectImage(_ image: String, _ options: ImageInspectOptions) async throws -> ImageInspect {
        let found = try services.image(image, platform: options.platform)
        var answer = ImageInspect()
        answer.id = found.id.description
        answer.repoTags = found.repoTags
        answer.repoDigests = found.repoDigests
        answer.parent = found.parent?.description ?? ""
        answer.comment = found.config.comment ?? found.config.history?.last?.comment ?? ""
        answer.created = found.config.created
        answer.dockerVersion = found.config.dockerVersion ?? ""
        answer.author = found.config.author ?? ""
        answer.architecture = found.config.architecture
        answer.variant = found.config.variant ?? ""
        answer.os = found.config.os
        answer.osVersion = found.config.osVersion ?? ""
        answer.size = found.sizeBytes
        answer.graphDriver.name = "overlay2"
        let lower = (try? services.snapshots.lowerDirectories(for: found.diffIDs)) ?? []
        var data = ["UpperDir": lower.first ?? ""]
        if lower.count > 1 { data["LowerDir"] = lower.dropFirst().joined(separator: ":") }
        answer.graphDriver.data = data
        answer.rootFS.layers = found.diffIDs.map(\.description)
        if let tagged = found.lastTagged { answer.metadata.lastTagTime = tagged.description }
        answer.config = found.defaults
        if options.manifests {
            let users = await imageUsers()
            let entry = services.images.list().first { $0.id == found.id }
            answer.manifests = entry.map { manifests($0, users) } ?? []
        }
        return answer
    }

    public func imageHistory(_ image: String, platform: String) async throws -> [ImageHistoryItem] {
        let image = try services.image(image, platform: platform)
        do {
            return try services.images.history(of: image).map { entry in
                var item = ImageHistoryItem()
                item.comment = entry.comment
                item.created = entry.created
                item.createdBy = entry.createdBy
                item.id = entry.id?.description ?? "<missing>"
                item.size = entry.sizeBytes
                item.tags = entry.tags.isEmpty ? nil : entry.tags
                return item
            }
        } catch { throw EngineServices.translated(error) }
    }

    public func tagImage(_ image: String, repository: String, tag: String) async throws {
        let text = tag.isEmpty ? repository : "\(repository):\(tag)"
        do {
            let reference = try ImageReference(parsing: text)
            let images = services.images
            try await BlockingPool.shared.run { try images.tag(image, as: reference) }
            services.publishImage(
                "tag", id: try services.image(image).id.description,
                name: reference.withDefaultTag.familiarString)
        } catch { throw EngineServices.translated(error) }
    }

    public func removeImage(_ image: String, _ options: ImageRemoveOptions) async throws -> [ImageDeleteItem]
    {
        let platforms = try options.platforms.map { try EngineServices.platform($0) }
        let users = await imageUsers()
        let images = services.images
        let removals: [ImageRemoval]
        do {
            removals = try await BlockingPool.shared.run {
                try images.remove(
                    image, platforms: platforms, force: options.force, prune: !options.noPrune
                ) { users[$0.description] ?? [] }
            }
        } catch { throw EngineServices.translated(error) }
        return removals.map { removal in
            var item = ImageDeleteItem()
            switch removal {
            case .untagged(let name, let id):
                item.untagged = name
                services.publishImage("untag", id: id.description, name: id.description)
            case .deletedImage(let id):
                item.deleted = id.description
                services.publishImage("delete", id: id.description, name: id.description)
            case .deletedLayer(let id): item.deleted = id.description
            }
            return item
        }
    }

    /// The containers that were made from each image.
    private func imageUsers() async -> [String: [ImageUser]] {
        var users: [String: [ImageUser]] = [:]
        for actor in registry.all {
            let record = await actor.record
            users[record.imageID, default: []].append(
                ImageUser(container: record.id, isRunning: record.lifecycle.isRunning))
        }
        return users
    }

    public func loadImages(
        _ options: ImageLoadOptions, body: BytePipe
    ) async throws -> AsyncThrowingStream<ProgressMessage, any Error> {
        let platforms: [Platform]
        do { platforms = try options.platforms.map { try EngineServices.platform($0) } } catch {
            body.close()
            throw error
        }
        let (stream, continuation) = AsyncThrowingStream<ProgressMessage, any Error>.makeStream()
        let services = services
        let quiet = options.quiet
        Task {
            do {
                let ids = try await services.images.load(from: body, platforms: platforms) { event in
                    var message = ProgressMessage()
                    switch event {
                    case .message(let text): message.stream = text
                    case .layer(let id, let current, let total):
                        if quiet { return }
                        message.status = "Loading layer"
                        message.id = id
                        var detail = ProgressDetail()
                        detail.current = current
                        detail.total = total
                        message.progressDetail = detail
                    case .loaded: return
                    }
                    continuation.yield(message)
                }
                for id in ids {
                    services.publishImage("load", id: id.description, name: id.description)
                }
                continuation.finish()
            } catch { continuation.finish(throwing: EngineServices.translated(error)) }
        }
        return stream
    }

    public func importImage(
        _ options: ImageImportOptions, body: BytePipe
    ) async throws -> AsyncThrowingStream<ProgressMessage, any Error> {
        var settings = ImageStore.ImportOptions()
        do {
            if !options.repository.isEmpty {
                settings.reference = try ImageReference(
                    parsing: options.tag.isEmpty ? options.repository : "\(options.repository):\(options.tag)"
                )
            }
            if !options.platform.isEmpty { settings.platform = try Platform(parsing: options.platform) }
        } catch {
            body.close()
            throw EngineError(.invalidParameter, "\(error)", cause: error)
        }
        settings.changes = options.changes
        let isRemote = options.source != "-"
        let address = options.source.contains("://") ? options.source : "http://\(options.source)"
        if !options.message.isEmpty {
            settings.message = options.message
        } else if isRemote {
            settings.message = "Imported from \(address)"
        }
        let (stream, continuation) = AsyncThrowingStream<ProgressMessage, any Error>.makeStream()
        let services = services
        if isRemote { body.close() }
        Task { [settings] in
            do {
                let id: Digest
                if isRemote {
                    continuation.yield(.status("Downloading from \(address)"))
                    id = try await services.importRoot(address, settings) { continuation.yield($0) }
                } else {
                    id = try await services.images.importRoot(from: body, settings)
                }
                services.publishImage(
                    "import", id: id.description,
                    name: settings.reference?.withDefaultTag.familiarString ?? id.description)
                var message = ProgressMessage()
                message.status = id.description
                continuation.yield(message)
                continuation.finish()
            } catch { continuation.finish(throwing: EngineServices.translated(error)) }
        }
        return stream
    }
}

/// How many images have each layer.
private struct SharedLayers {
    private var users: [Digest: Int] = [:]

    init(_ entries: [ImageListEntry]) {
        for entry in entries {
            for layer in Set(entry.diffIDs) { users[layer, default: 0] += 1 }
        }
    }

    /// Bytes of the layers of `entry` that other images have as well.
    func bytes(_ entry: ImageListEntry, _ snapshots: SnapshotStore) -> Int64 {
        guard entry.diffIDs.contains(where: { (users[$0] ?? 0) > 1 }) else { return 0 }
        let layers = snapshots.layers(for: entry.diffIDs) ?? []
        return zip(entry.diffIDs, layers).reduce(0) { total, pair in
            (users[pair.0] ?? 0) > 1 ? total + pair.1.sizeBytes : total
        }
    }
}
