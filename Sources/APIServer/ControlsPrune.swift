public import DockerAPI

/// What the prune routes need of an engine: each removes what is not used and meets the filters.
public protocol PruneControl: Sendable {
    func pruneContainers(_ filters: Filters) async throws -> ContainersPruneReport
    func pruneImages(_ filters: Filters) async throws -> ImagesPruneReport
    func pruneVolumes(_ filters: Filters) async throws -> VolumesPruneReport
    func pruneNetworks(_ filters: Filters) async throws -> NetworksPruneReport
    func pruneBuildCache(_ filters: Filters) async throws -> BuildPruneReport
}
