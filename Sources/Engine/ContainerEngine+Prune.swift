internal import AsyncPrimitives
public import DockerAPI
internal import EngineModel
internal import Images
internal import Logging
internal import OCI
internal import Volumes

/// Removing what is not used. One prune runs at a time of each kind that could trip over itself.
extension ContainerEngine {
    /// Removes containers that do not run.
    public func pruneContainers(_ filters: Filters) async throws -> ContainersPruneReport {
        let filter = try PruneFilter(filters)
        var report = ContainersPruneReport()
        var removed: [String] = []
        var entries: [(actor: ContainerActor, created: Timestamp)] = []
        for actor in registry.all { entries.append((actor, await actor.record.created)) }
        for (actor, created) in entries.sorted(by: { $0.created > $1.created }) {
            let record = await actor.record
            guard [.created, .exited, .dead].contains(record.lifecycle.phase),
                filter.matches(created: created, labels: record.config.labels ?? [:])
            else { continue }
            let size = (try? await services.writtenBytes(record.id)) ?? 0
            // One that has started meanwhile, or goes by itself, stays out of the report.
            do { try await actor.remove(ContainerRemoveOptions()) } catch {
                services.logger.info(
                    "container not pruned", metadata: ["container": "\(record.id)", "error": "\(error)"])
                continue
            }
            removed.append(record.id)
            report.spaceReclaimed += size
        }
        report.containersDeleted = removed.isEmpty ? nil : removed
        publishPrune("container", reclaimed: report.spaceReclaimed)
        return report
    }

    /// Removes images without a name, or with `dangling=false` all that no container uses.
    public func pruneImages(_ filters: Filters) async throws -> ImagesPruneReport {
        if filters.contains("dangling"), filters.flag("dangling") == nil || filters["dangling"].count > 1 {
            let values = filters["dangling"].joined(separator: " ")
            throw EngineError(.invalidParameter, "invalid filter 'dangling=[\(values)]'")
        }
        let danglingOnly = filters.flag("dangling") ?? true
        let filter: PruneFilter
        do { filter = try PruneFilter(filters) } catch let error as EngineError {
            // Docker calls this one an internal error.
            throw error.message.hasPrefix("failed to parse") ? EngineError(.system, error.message) : error
        }
        let before = services.images.layersSizeBytes
        var report = ImagesPruneReport()
        var removed: [ImageDeleteItem] = []
        for image in services.images.list() {
            let names = image.repoTags + image.repoDigests
            if names.isEmpty && image.hasChildren { continue }
            if danglingOnly && !image.repoTags.isEmpty { continue }
            guard
                filter.matches(
                    created: Timestamp(seconds: image.created), labels: image.labels)
            else { continue }
            for name in names.isEmpty ? [image.id.hex] : names {
                // One that a container uses stays.
                removed += (try? await removeImage(name, ImageRemoveOptions())) ?? []
            }
        }
        report.imagesDeleted = removed.isEmpty ? nil : removed
        report.spaceReclaimed = max(0, before - services.images.layersSizeBytes)
        publishPrune("image", reclaimed: report.spaceReclaimed)
        return report
    }

    /// Removes anonymous volumes, or with `all` every one, that no container uses; one with options of the driver, whose
    /// content is elsewhere, stays.
    public func pruneVolumes(_ filters: Filters) async throws -> VolumesPruneReport {
        let all = try PruneFilter.flag(filters, "all") ?? false
        let filter = try PruneFilter(filters)
        var report = VolumesPruneReport()
        for volume in services.volumes.list() {
            guard all || volume.isAnonymous, volume.options.isEmpty, filter.matches(labels: volume.labels)
            else { continue }
            let size = (try? await services.bytes(below: services.volumes.path(volume.name))) ?? 0
            do { try await removeVolume(volume.name, force: false) } catch { continue }
            report.volumesDeleted.append(volume.name)
            report.spaceReclaimed += size
        }
        publishPrune("volume", reclaimed: report.spaceReclaimed)
        return report
    }

    /// Removes networks that no container is in: those that are built in stay, and there are no others yet.
    public func pruneNetworks(_ filters: Filters) async throws -> NetworksPruneReport {
        _ = try PruneFilter(filters)
        publishPrune("network", reclaimed: 0)
        return NetworksPruneReport()
    }

    /// Removes build cache, of which there is none without a builder.
    public func pruneBuildCache(_ filters: Filters) async throws -> BuildPruneReport {
        publishPrune("builder", reclaimed: 0)
        return BuildPruneReport()
    }

    private func publishPrune(_ type: String, reclaimed: Int64) {
        services.events.publish(
            type: type, action: "prune", id: "", attributes: ["reclaimed": String(reclaimed)])
    }
}
