internal import DockerAPI
internal import EngineModel

/// What a new container takes from others that are there already.
extension ContainerEngine {
    /// Puts ids in the place of names in the modes `container:NAME`, so that they outlive a rename.
    ///
    /// A network's container may still be missing: Docker looks for it at the start only.
    func nameContainers(_ host: inout HostConfig) async throws {
        func identified(_ mode: String, mustExist: Bool) throws -> String {
            guard mode.hasPrefix("container:"), mode != "container:" else { return mode }
            do {
                return "container:" + (try container(String(mode.dropFirst("container:".count))).id)
            } catch let error as EngineError {
                if !mustExist { return mode }
                throw EngineError(.invalidParameter, error.message, cause: error)
            }
        }
        host.ipcMode = try identified(host.ipcMode, mustExist: true)
        host.pidMode = try identified(host.pidMode, mustExist: true)
        host.networkMode = try identified(host.networkMode, mustExist: false)
    }

    /// The mounts of the containers that `--volumes-from` names, the first one's first.
    func mounts(from specifications: [String]) async throws -> [ContainerMount] {
        var found: [ContainerMount] = []
        for specification in try specifications.map(VolumesFrom.init) {
            let donor: ContainerActor
            do { donor = try container(specification.container) } catch let error as EngineError {
                throw EngineError(.invalidParameter, error.message, cause: error)
            }
            for var mount in await donor.lendableMounts {
                if specification.isReadOnly { mount.isReadOnly = true }
                // A later container's mount takes the place of an earlier one's.
                found.removeAll { $0.destination == mount.destination }
                found.append(mount)
            }
        }
        return found
    }
}

extension ContainerActor {
    /// The mounts that other containers may take over: all but those of `--tmpfs`.
    var lendableMounts: [ContainerMount] {
        record.mounts.filter { $0.kind != .tmpfs || isFromMountOption($0) }.map { mount in
            var copy = mount
            copy.isInherited = true
            copy.copiesContent = false
            copy.mode = ""
            return copy
        }
    }
}

/// One `--volumes-from`: `CONTAINER[:MODE]`.
struct VolumesFrom: Sendable, Hashable {
    let container: String
    let isReadOnly: Bool

    /// Reads `text`; what cannot be right is an error in Docker's words.
    init(_ text: String) throws {
        if text.isEmpty {
            throw EngineError(.invalidParameter, "volumes-from specification cannot be an empty string")
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let mode = parts.count > 1 ? parts[1] : ""
        // How mounts spread, and filling from the image, are settled by the container that they come from.
        let words = mode.split(separator: ",").map(String.init)
        guard BindSpecification.isMode(mode), !words.contains("nocopy"),
            BindSpecification.propagations.isDisjoint(with: words)
        else { throw EngineError(.invalidParameter, "invalid mode: \(mode)") }
        if parts[0].isEmpty { throw EngineError(.invalidParameter, "invalid name or ID supplied: \"\"") }
        container = parts[0]
        isReadOnly = words.contains("ro")
    }
}
