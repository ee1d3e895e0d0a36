internal import AsyncPrimitives
public import DockerAPI
internal import EngineModel
internal import Images
internal import Logging
internal import OCI
internal import Snapshots

extension ContainerActor {
    /// What the container's writable layer changes in its image.
    func changes() async throws -> [LayerChange] {
        let (services, layers) = (services, record.layers)
        let upper = services.paths.container(id) + "/upper"
        return try await services.archives.run {
            try services.snapshots.changes(upper: upper, over: layers, base: services.paths.baseLayer)
        }
    }

    /// Makes an image of the container as it is; its programs stand still meanwhile, unless that is not wanted.
    func commit(_ options: CommitOptions, name: ImageReference?) async throws -> Digest {
        try ContainerEngine.check(record.lifecycle, id, for: "commit")
        await gate.enter()
        defer { gate.leave() }
        try ContainerEngine.check(record.lifecycle, id, for: "commit")
        let config = try CommitConfig.resolve(
            options.config, changes: options.changes, container: record.config)
        let pauses = options.pause && record.lifecycle.phase == .running
        if pauses {
            record.isHeldForCommit = true
            // Before they stand still, so that a daemon that takes over knows why.
            saveState()
            do { try await pause() } catch {
                record.isHeldForCommit = nil
                saveState()
                // One that ended in between stands still by itself.
                if record.lifecycle.isRunning && process != nil { throw error }
            }
        }
        let result: Result<Digest, any Error>
        do { result = .success(try await makeImage(options, name: name, config)) } catch {
            result = .failure(error)
        }
        if pauses, record.lifecycle.phase == .paused {
            do { try await unpause() } catch {
                services.logger.error(
                    "container not thawed after commit",
                    metadata: ["container": "\(id)", "error": "\(error)"])
            }
        }
        return try result.get()
    }

    private func makeImage(
        _ options: CommitOptions, name: ImageReference?, _ config: OCI.ContainerDefaults
    ) async throws -> Digest {
        let hasChanges = try await !changes().isEmpty
        var request = ImageStore.Commit(
            parent: try? Digest(parsing: record.imageID), layers: record.layers,
            upper: hasChanges ? services.paths.container(id) + "/upper" : nil, container: id, config: config,
            createdBy: (record.config.cmd ?? []).joined(separator: " "), platform: Platform.host.normalized,
            dockerVersion: ContainerEngine.version)
        request.author = options.author
        request.comment = options.comment
        request.name = name
        let image = try await services.images.commit(request)
        let id = image.description
        services.publishImage("create", id: id, name: id)
        if let name = name?.withDefaultTag.familiarString { services.publishImage("tag", id: id, name: name) }
        var attributes = ["imageID": id, "comment": options.comment]
        attributes["imageRef"] = name?.withDefaultTag.familiarString ?? ""
        publish("commit", attributes)
        return image
    }
}

extension ContainerEngine {
    public func commitContainer(_ options: CommitOptions) async throws -> IDResponse {
        if options.container.isEmpty {
            throw EngineError(.invalidParameter, "invalid name or ID supplied: \"\"")
        }
        do {
            var name: ImageReference?
            if !options.repository.isEmpty {
                let given = try ImageReference(parsing: options.repository)
                if given.digest != nil {
                    throw EngineError(.invalidParameter, "cannot import digest reference")
                }
                name =
                    options.tag.isEmpty
                    ? given : try ImageReference(parsing: "\(given.domain)/\(given.path):\(options.tag)")
            }
            let actor = try container(options.container)
            var answer = IDResponse()
            let began = ContinuousClock.now
            answer.id = try await actor.commit(options, name: name).description
            services.metrics.record(.commit, since: began)
            return answer
        } catch { throw EngineServices.translated(error) }
    }
}
