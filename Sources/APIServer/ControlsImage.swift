public import AsyncPrimitives
public import DockerAPI

/// The lines of a progress stream; a failure after the first of them is written as an `error` line.
public typealias ProgressStream = AsyncThrowingStream<ProgressMessage, any Error>

/// What the `/images` routes need of an engine.
public protocol ImageControl: Sendable {
    func listImages(_ options: ImageListOptions) async throws -> [ImageSummary]
    func inspectImage(_ image: String, _ options: ImageInspectOptions) async throws -> ImageInspect
    /// `platform` is a JSON document that the image must satisfy, or empty.
    func imageHistory(_ image: String, platform: String) async throws -> [ImageHistoryItem]
    func tagImage(_ image: String, repository: String, tag: String) async throws
    func removeImage(_ image: String, _ options: ImageRemoveOptions) async throws -> [ImageDeleteItem]
    /// Reads an archive from `body` to its end, or closes it.
    func loadImages(_ options: ImageLoadOptions, body: BytePipe) async throws -> ProgressStream
    /// Makes an image of the file tree in `body`, which is read to its end or closed.
    func importImage(_ options: ImageImportOptions, body: BytePipe) async throws -> ProgressStream
    /// Finds the images, and returns the archive of them as it is written.
    func saveImages(_ names: [String], platforms: [String]) async throws -> BytePipe
    /// Verifies what the store holds: a berth-only request.
    func checkSystem(repairs: Bool) async throws -> ProgressStream
    /// Fetches an image, or every tag of a repository.
    func pullImage(_ options: ImagePullOptions) async throws -> ProgressStream
    /// Sends an image, or every tag of a repository.
    func pushImage(_ name: String, _ options: ImagePushOptions) async throws -> ProgressStream
    /// Asks a registry's index for repositories.
    func searchImages(_ options: ImageSearchOptions) async throws -> [ImageSearchResult]
    /// Asks a registry whether it takes these credentials.
    func login(_ auth: RegistryAuth) async throws -> AuthResponse
    /// What the registry says that `name` stands for.
    func distribution(_ name: String, auth: RegistryAuth) async throws -> DistributionInspect
}
