public import AsyncPrimitives
public import DockerAPI

/// What the `/containers` routes need of an engine.
///
/// A container is named by its full id, a unique prefix or its name, with or without the leading slash.
/// Failures are `EngineError`s.
public protocol ContainerControl: ContainerLiveControl, ContainerFileControl {
    func createContainer(
        name: String?, platform: String?, _ request: ContainerCreateRequest
    ) async throws -> ContainerCreateResponse
    func startContainer(_ container: String) async throws -> ChangeOutcome
    /// `timeout` is seconds; -1 waits for ever, nil is the container's own.
    func stopContainer(_ container: String, signal: String?, timeout: Int?) async throws -> ChangeOutcome
    func restartContainer(_ container: String, signal: String?, timeout: Int?) async throws
    /// `signal` nil or empty is KILL.
    func killContainer(_ container: String, signal: String?) async throws
    /// Returns once the wait has begun, so that no exit after the answer's header is missed.
    func waitContainer(_ container: String, _ condition: WaitCondition) async throws -> PendingExit
    func removeContainer(_ container: String, _ options: ContainerRemoveOptions) async throws
    func renameContainer(_ container: String, to name: String) async throws
    func listContainers(_ options: ContainerListOptions) async throws -> [ContainerSummary]
    func inspectContainer(_ container: String, size: Bool) async throws -> ContainerInspect
    func containerLogs(_ container: String, _ options: LogOptions) async throws -> any ByteOutput
    func attachContainer(_ container: String, _ options: AttachOptions) async throws -> any StreamSession
    func resizeContainer(_ container: String, height: Int, width: Int) async throws
}

/// What the routes need that concern a container's files.
///
/// Archives are tar streams. Whoever gets a pipe closes it once nobody reads any more.
public protocol ContainerFileControl: Sendable {
    func statPath(_ container: String, path: String) async throws -> PathStat
    func archivePath(_ container: String, path: String) async throws -> (PathStat, BytePipe)
    func extractArchive(_ container: String, _ options: ArchiveExtractOptions, body: BytePipe) async throws
    /// Nil where nothing was changed.
    func containerChanges(_ container: String) async throws -> [FilesystemChange]?
    func exportContainer(_ container: String) async throws -> BytePipe
    func commitContainer(_ options: CommitOptions) async throws -> IDResponse
}

/// What the `/exec` routes need of an engine.
public protocol ExecControl: Sendable {
    func createExec(container: String, _ config: ExecConfig) async throws -> IDResponse
    func startExec(_ exec: String, _ config: ExecStartConfig) async throws -> any StreamSession
    func startExecDetached(_ exec: String, _ config: ExecStartConfig) async throws
    func inspectExec(_ exec: String) async throws -> ExecInspect
    func resizeExec(_ exec: String, height: Int, width: Int) async throws
}
