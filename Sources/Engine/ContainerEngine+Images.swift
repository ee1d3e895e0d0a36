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
        func seconds(_ text: String??) -> Int64? { (text ?? nil).flatMap { RFC3339(parsing: $0)?.seconds } }
        let users = await imageUsers()
        return services.images.list().compactMap { entry -> ImageSummary? in
            if !options.all && entry.repoTags.isEmpty && entry.repoDigests.isEmpty && entry.hasChildren {
                return nil
            }
            let dangling = entry.repoTags.isEmpty && entry.repoDigests.isEmpty
            if let wanted = filters.flag("dangling"), wanted != dangling { return nil }
            if !filters.labelsMatch(entry.labels) { return nil }
            if filters.contains("label!") && filters.labelsMatch(entry.labels, name: "label!") { return nil }
            if let limit = seconds(before), entry.created >= limit { return nil }
            if let limit = seconds(since), entry.created <= limit { return nil }
            var tags = entry.repoTags
            let patterns = filters["reference"]
            if !patterns.isEmpty {
                tags = tags.filter { tag in patterns.contains { ReferencePattern.matches($0, tag) } }
                if tags.isEmpty { return nil }
            }
            var line = ImageSummary()
            line.containers = Int64(users[entry.id.description]?.count ?? 0)
            line.created = entry.created
            line.id = entry.id.description
            line.labels = entry.labels.isEmpty ? nil : entry.labels
            line.parentID = entry.parent?.description ?? ""
            line.repoDigests = entry.repoDigests
            line.repoTags = tags
            line.size = entry.sizeBytes
            if options.sharedSize { line.sharedSize = sharedBytes(entry) }
            return line
        }
    }

    /// Bytes of the image's layers that other images have as well.
    private func sharedBytes(_ entry: ImageListEntry) -> Int64 {
        let others = services.images.list().filter { $0.id != entry.id }.map { Set($0.diffIDs) }
        let sizes = services.snapshots.layers(for: entry.diffIDs) ?? []
        return zip(entry.diffIDs, sizes).reduce(0) { total, pair in
            others.contains { $0.contains(pair.0) } ? total + pair.1.sizeBytes : total
        }
    }

    public func inspectImage(_ image: String) async throws -> ImageInspect {
        let found = try services.image(image)
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
        return answer
    }

    public func imageHistory(_ image: String) async throws -> [ImageHistoryItem] {
        do {
            return try services.images.history(image).map { entry in
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
        let users = await imageUsers()
        let images = services.images
        let removals: [ImageRemoval]
        do {
            removals = try await BlockingPool.shared.run {
                try images.remove(image, force: options.force, prune: !options.noPrune) { id in
                    users[id.description] ?? []
                }
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
        let platform: Platform?
        do {
            platform = try options.platforms.first.map { text in
                // The API sends each platform as a JSON document.
                try PlatformDocument(parsing: text).platform
            }
        } catch {
            body.close()
            throw EngineError(.invalidParameter, "invalid platform: \(error)")
        }
        let (stream, continuation) = AsyncThrowingStream<ProgressMessage, any Error>.makeStream()
        let services = services
        let quiet = options.quiet
        Task {
            do {
                let ids = try await services.images.load(from: body, platform: platform) { event in
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
        guard options.source == "-" || options.source.isEmpty else {
            body.close()
            throw EngineError(
                .notImplemented,
                "import \"\(options.source)\": berth does not fetch archives from URLs yet: "
                    + "fetch it yourself and pipe it in with -")
        }
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
        if !options.message.isEmpty { settings.message = options.message }
        let (stream, continuation) = AsyncThrowingStream<ProgressMessage, any Error>.makeStream()
        let services = services
        Task { [settings] in
            do {
                let id = try await services.images.importRoot(from: body, settings)
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
