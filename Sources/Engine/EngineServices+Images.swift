internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import Images
internal import Linux
internal import Snapshots

extension EngineServices {
    func image(_ reference: String) throws -> EngineImage { fatalError() }
    func imageRoot(_ id: String) async throws -> ImageRoot { fatalError() }
    func imageBytes(_ id: String) -> Int64 { fatalError() }
    func copyImageContent(_ id: String, path: String, to directory: String) throws {}
}

/// An image as the engine needs it.
struct EngineImage: Sendable {
    let id: String
    let config: ImageInspectConfig
    func check(platform: String) throws {}
}
