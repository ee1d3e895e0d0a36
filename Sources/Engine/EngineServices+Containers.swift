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
        try await BlockingPool.shared.run {
            try makeDirectories(directory, mode: 0o710)
            try makeDirectory(directory + "/upper", mode: 0o755)
            try makeDirectory(directory + "/work", mode: 0o700)
            for mount in filled { try services.fillVolume(mount, record: record) }
        }
    }

    /// Copies what the image has at the mount's place into the volume, if that is still empty.
    private func fillVolume(_ mount: ContainerMount, record: ContainerRecord) throws {
        guard try listDirectory(mount.source).isEmpty else { return }
        try copyImageContent(record.imageID, path: mount.destination, to: mount.source)
    }

    /// Deletes all that a container has on disk; its files go in the background.
    func deleteContainer(_ record: ContainerRecord, volumes removesVolumes: Bool) async throws {
        let services = self
        try await BlockingPool.shared.run {
            try services.containers.remove(record.id)
            try? removeTree(services.paths.state(record.id))
            services.discard(services.paths.container(record.id))
        }
        if removesVolumes {
            for mount in record.mounts where mount.kind == .volume && mount.isAnonymous {
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

    /// Moves a directory out of the way at once, and deletes it when nobody waits.
    func discard(_ directory: String) {
        let grave = "\(paths.temporary)/removed-\(ContainerIdentity.randomHex(bytes: 8))"
        do {
            try renameFile(directory, to: grave)
        } catch let error where error.code == .noEntry {
            return
        } catch {
            logger.warning("directory not moved away", metadata: ["path": "\(directory)", "error": "\(error)"])
            try? removeTree(directory)
            return
        }
        trash.bury(grave, logger: logger)
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
                    "cgroup of a dead container not removed", metadata: ["path": "\(path)", "error": "\(error)"])
            }
        }
    }

    /// Bytes in the container's writable layer.
    func writtenBytes(_ id: String) async throws -> Int64 {
        let upper = paths.container(id) + "/upper"
        return try await BlockingPool.shared.run { try treeBytes(upper) }
    }
}

/// Deletes directories one after another on one thread, when nobody waits for it.
final class Trash: Sendable {
    private let pool = BlockingPool(maximumThreads: 1)

    func bury(_ directory: String, logger: Logger) {
        pool.submit {
            do { try removeTree(directory) } catch {
                logger.warning("directory not deleted", metadata: ["path": "\(directory)", "error": "\(error)"])
            }
        }
    }
}
