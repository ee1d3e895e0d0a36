public import DockerAPI

/// What the routes need that change or watch a container while it runs.
public protocol ContainerLiveControl: Sendable {
    func pauseContainer(_ container: String) async throws
    func unpauseContainer(_ container: String) async throws
    /// Changes the limits and the restart policy that `change` names; returns warnings.
    func updateContainer(_ container: String, _ change: HostConfig) async throws -> [String]
    /// The processes as `ps` with these arguments shows them; none are `-ef`.
    func topContainer(_ container: String, psArguments: String) async throws -> ContainerTopResponse
    /// One sample, or one a second until the container is removed or the reader's task is cancelled.
    func containerStats(
        _ container: String, _ options: StatsOptions
    ) async throws -> AsyncStream<ContainerStats>
}
