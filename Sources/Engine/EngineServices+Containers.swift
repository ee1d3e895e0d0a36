internal import AsyncPrimitives
internal import Cgroups
internal import DockerAPI
internal import EngineModel
internal import Linux
internal import Logging
internal import Snapshots
internal import StateStore
internal import Synchronization
internal import Volumes

extension EngineServices {
    /// Makes the container's directories, and fills volumes that are new with the image's content.
    func prepareContainer(_ record: ContainerRecord, newVolumes: Set<String>) async throws {
        let directory = paths.container(record.id)
        let filled = record.mounts.filter { $0.kind == .volume && $0.copiesContent }
        let services = self
        let mayHang = filled.contains { volumes.needsMount($0.volume) }
        try await (mayHang ? archives : BlockingPool.shared).run {
            try makeDirectories(directory, mode: 0o710)
            _ = try services.snapshots.createWritable(
                container: record.id, directory: directory, over: record.layers)
            for mount in filled { try services.fillVolume(mount, record: record) }
        }
    }

    /// Puts a new container on record, with the layers that it pins.
    func recordContainer(_ record: ContainerRecord, durable: Bool) throws {
        try store.transaction(durable: durable) { transaction in
            try snapshots.recordPins(of: record.id, in: transaction)
            try transaction.put(containers, record.id, record)
        }
    }

    /// Copies what the image has at the mount's place into the volume, if that is still empty.
    private func fillVolume(_ mount: ContainerMount, record: ContainerRecord) throws {
        func isEmpty() throws -> Bool { try listDirectory(mount.source).isEmpty }
        if !volumes.needsMount(mount.volume) {
            guard try isEmpty() else { return }
            _ = try snapshots.copyContent(of: record.layers, path: mount.destination) { mount.source }
            return
        }
        let holder = "create \(record.id)"
        defer { volumes.release(mount.volume, by: holder) }
        do {
            _ = try snapshots.copyContent(of: record.layers, path: mount.destination) {
                try volumes.hold(mount.volume, for: holder)
                return try isEmpty() ? mount.source : nil
            }
        } catch {
            throw EngineError(.system, "failed to populate volume: \(error)", cause: error)
        }
    }

    /// Deletes all that a container has on disk; its files go in the background.
    func deleteContainer(_ record: ContainerRecord, volumes removesVolumes: Bool) async throws {
        let services = self
        try await BlockingPool.shared.run {
            let durable = !record.hostConfig.autoRemove
            try services.store.transaction(durable: durable) { transaction in
                try transaction.remove(services.containers, record.id)
                try services.snapshots.forgetPins(of: record.id, in: transaction)
            }
            try? removeTree(services.paths.state(record.id))
            do {
                try services.snapshots.removeWritable(
                    container: record.id, directory: services.paths.container(record.id))
            } catch {
                // It is still there, and its user may try again.
                try? services.recordContainer(record, durable: durable)
                throw error
            }
        }
        if removesVolumes {
            let others = await volumesInUse(except: record.id)
            for mount in record.mounts
            where mount.kind == .volume && mount.isAnonymous && !others.contains(mount.volume) {
                do { try self.volumes.remove(mount.volume) } catch {
                    logger.warning(
                        "anonymous volume not removed",
                        metadata: ["volume": "\(mount.volume)", "error": "\(error)"])
                }
                events.publish(
                    type: "volume", action: "destroy", id: mount.volume, attributes: ["driver": "local"])
            }
        }
    }

    /// The volumes that other containers use, such as those lent by `--volumes-from`.
    private func volumesInUse(except id: String) async -> Set<String> {
        var used: Set<String> = []
        for actor in registry.all where actor.id != id {
            for mount in await actor.record.mounts where mount.kind == .volume { used.insert(mount.volume) }
        }
        return used
    }

    /// The cgroup of the container `id`.
    func group(of id: String, parent: String) throws -> Cgroup {
        guard let cgroups else {
            throw EngineError(
                .system, "find cgroups: nothing of type cgroup or cgroup2 is mounted at \"/sys/fs/cgroup\"")
        }
        return try Cgroup(layout: cgroups, path: cgroupPath(id, parent: parent))
    }

    /// Lets the processes of a container go on that was killed while paused: on cgroup v1 it ends only then.
    func thaw(_ id: String, parent: String) async {
        guard let group = try? group(of: id, parent: parent) else { return }
        await BlockingPool.shared.run { try? group.thaw() }
    }

    /// Kills and removes what a container without a supervisor may have left in the kernel.
    func clearRemains(of id: String, parent: String, pid: Int32) async {
        let path = cgroupPath(id, parent: parent)
        let logger = logger
        await BlockingPool.shared.run {
            do {
                let group = try Cgroup(layout: CgroupLayout.detect(), path: path)
                guard group.exists else { return }
                try group.killAll()
                try group.remove()
            } catch {
                logger.warning(
                    "cgroup of a dead container not removed",
                    metadata: ["path": "\(path)", "error": "\(error)"])
            }
        }
    }

    /// Bytes in the container's writable layer.
    func writtenBytes(_ id: String) async throws -> Int64 {
        try await bytes(below: paths.container(id) + "/upper")
    }

    /// Bytes of all files below a directory, each counted once.
    func bytes(below directory: String) async throws -> Int64 {
        let snapshots = snapshots
        return try await BlockingPool.shared.run { try snapshots.sizeBytes(below: directory) }
    }
}
