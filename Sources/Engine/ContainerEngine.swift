internal import DockerAPI
internal import EngineModel
internal import Linux

/// The container engine: one method a use case, each in Docker's terms.
///
/// Methods may be called from any task; each container's actor orders what concerns it.
public final class ContainerEngine: Sendable {
    /// The version of berth.
    public static let version = "0.1.0"

    let services: EngineServices

    /// Held for as long as the engine is there; nil in tests.
    private let lock: FileLock?

    init(services: EngineServices, lock: FileLock? = nil) { (self.services, self.lock) = (services, lock) }

    var registry: ContainerRegistry { services.registry }

    /// The container that `reference` names; none is an error in Docker's words.
    func container(_ reference: String) throws -> ContainerActor { try registry.find(reference) }
}
