internal import AsyncPrimitives
public import DockerAPI
internal import EngineModel
internal import Volumes

extension ContainerEngine {
    public func listVolumes(_ filters: Filters) async throws -> VolumeListResponse {
        if let unknown = filters.firstUnknown(accepted: ["dangling", "driver", "label", "name"]) {
            throw EngineError(.invalidParameter, "invalid filter '\(unknown)'")
        }
        let used = await volumesInUse()
        var answer = VolumeListResponse()
        answer.volumes = services.volumes.list().filter { volume in
            if let dangling = filters.flag("dangling"), dangling == (used[volume.name] != nil) {
                return false
            }
            let names = filters["name"]
            return filters.exactMatch("driver", "local") && filters.labelsMatch(volume.labels)
                && (names.isEmpty || names.contains { volume.name.contains($0) })
        }.map(view)
        return answer
    }

    public func createVolume(_ request: VolumeCreateRequest) async throws -> Volume {
        if request.clusterVolumeSpec != nil {
            throw EngineError(.notImplemented, "create volume: berth does not support cluster volumes")
        }
        let (volume, isNew) = try services.volumes.create(
            name: request.name, driver: request.driver, options: request.driverOpts ?? [:],
            labels: request.labels ?? [:])
        if isNew {
            services.events.publish(
                type: "volume", action: "create", id: volume.name, attributes: ["driver": "local"])
        }
        return view(volume)
    }

    public func inspectVolume(_ name: String) async throws -> Volume { view(try services.volumes.get(name)) }

    public func removeVolume(_ name: String, force: Bool) async throws {
        do {
            _ = try services.volumes.get(name)
        } catch {
            if force { return }
            throw error
        }
        if let users = await volumesInUse()[name] {
            throw EngineError(
                .conflict, "remove \(name): volume is in use - [\(users.sorted().joined(separator: ", "))]")
        }
        let volumes = services.volumes
        try await BlockingPool.shared.run { try volumes.remove(name) }
        services.events.publish(type: "volume", action: "destroy", id: name, attributes: ["driver": "local"])
    }

    /// All volumes, with their sizes and how many containers use them.
    func measuredVolumes() async throws -> [Volume] {
        let used = await volumesInUse()
        var volumes: [Volume] = []
        // Those with options of the driver lie elsewhere.
        for record in services.volumes.list() where record.options.isEmpty {
            var volume = view(record)
            var usage = VolumeUsageData()
            usage.refCount = Int64(Set(used[record.name] ?? []).count)
            // One that is removed meanwhile, or cannot be read, has no known size.
            usage.size = (try? await services.bytes(below: services.volumes.path(record.name))) ?? -1
            volume.usageData = usage
            volumes.append(volume)
        }
        return volumes
    }

    /// The containers that use each volume, running or not.
    private func volumesInUse() async -> [String: [String]] {
        var used: [String: [String]] = [:]
        for actor in registry.all {
            for mount in await actor.record.mounts where mount.kind == .volume {
                used[mount.volume, default: []].append(actor.id)
            }
        }
        return used
    }

    private func view(_ volume: VolumeRecord) -> Volume {
        var answer = Volume()
        answer.createdAt = Timestamp(seconds: volume.created.seconds).rfc3339
        answer.driver = "local"
        answer.labels = volume.labels.isEmpty ? nil : volume.labels
        answer.mountpoint = services.volumes.path(volume.name)
        answer.name = volume.name
        answer.options = volume.options.isEmpty ? nil : volume.options
        answer.scope = "local"
        return answer
    }
}
