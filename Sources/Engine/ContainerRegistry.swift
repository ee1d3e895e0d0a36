internal import EngineModel
internal import Synchronization

/// Which containers there are: by id, by name, by the start of an id.
final class ContainerRegistry: Sendable {
    private struct State {
        var containers: [String: ContainerActor] = [:]
        var idsByName: [String: String] = [:]
        var namesByID: [String: String] = [:]
        /// By the container that has the links.
        var links: [String: [ContainerLink]] = [:]
    }

    private let state = Mutex(State())

    /// Reserves `name` (or a generated one for nil) for the container `id`; a taken one is an error in Docker's words.
    func reserveName(_ name: String?, for id: String) throws -> String {
        try state.withLock { state in
            let chosen: String
            if let name {
                chosen = name
            } else {
                chosen = GeneratedName.new { state.idsByName[$0] != nil }
            }
            if let holder = state.idsByName[chosen] {
                throw EngineError(
                    .conflict,
                    "Conflict. The container name \"/\(chosen)\" is already in use by container \"\(holder)\". "
                        + "You have to remove (or rename) that container to be able to reuse that name.")
            }
            state.idsByName[chosen] = id
            state.namesByID[id] = chosen
            return chosen
        }
    }

    /// Gives the container `id` another name; the old one is free afterwards.
    func rename(_ id: String, to name: String) throws {
        let old = state.withLock { $0.namesByID[id] }
        _ = try reserveName(name, for: id)
        if let old { state.withLock { _ = $0.idsByName.removeValue(forKey: old) } }
    }

    /// Frees the name `name` if the container `id` holds it.
    func releaseName(_ name: String, of id: String) {
        state.withLock { state in
            if state.idsByName[name] == id { state.idsByName[name] = nil }
            if state.namesByID[id] == name { state.namesByID[id] = nil }
        }
    }

    func add(_ container: ContainerActor) {
        state.withLock { $0.containers[container.id] = container }
    }

    /// Forgets the container and its name.
    func remove(_ id: String) {
        state.withLock { state in
            state.containers[id] = nil
            state.links[id] = nil
            if let name = state.namesByID.removeValue(forKey: id), state.idsByName[name] == id {
                state.idsByName[name] = nil
            }
        }
    }

    var all: [ContainerActor] { state.withLock { Array($0.containers.values) } }

    func name(of id: String) -> String? { state.withLock { $0.namesByID[id] } }

    func setLinks(_ links: [ContainerLink], of id: String) {
        state.withLock { $0.links[id] = links.isEmpty ? nil : links }
    }

    /// The names that other containers' links give the container `id`: `/linker/alias`.
    func linkNames(of id: String) -> [String] {
        state.withLock { state in
            state.links.flatMap { linker, links in
                links.filter { $0.target == id }.map { "/\(state.namesByID[linker] ?? linker)/\($0.alias)" }
            }
        }
    }

    /// The containers that have links to the container `id`, and by which aliases.
    func linkers(to id: String) -> [(container: ContainerActor, alias: String)] {
        state.withLock { state in
            state.links.flatMap { linker, links in
                links.compactMap { link in
                    guard link.target == id, let container = state.containers[linker] else { return nil }
                    return (container, link.alias)
                }
            }
        }
    }

    /// The container that `reference` means: a whole id, a name, a link's name, or the start of exactly one id.
    func find(_ reference: String) throws -> ContainerActor {
        let name = reference.hasPrefix("/") ? String(reference.dropFirst()) : reference
        if name.isEmpty {
            throw EngineError(.invalidParameter, "invalid container name or ID: value is empty")
        }
        return try state.withLock { state in
            if let container = state.containers[name] { return container }
            if let id = state.idsByName[name], let container = state.containers[id] { return container }
            if let slash = name.firstIndex(of: "/"), let linker = state.idsByName[String(name[..<slash])],
                let link = state.links[linker]?.first(where: { $0.alias == name[name.index(after: slash)...] }
                ),
                let container = state.containers[link.target]
            {
                return container
            }
            if ContainerIdentity.isHexPrefix(name) {
                let found = state.containers.values.filter { $0.id.hasPrefix(name) }
                if found.count > 1 {
                    throw EngineError(.invalidParameter, "multiple IDs found with provided prefix: \(name)")
                }
                if let container = found.first { return container }
            }
            throw EngineError(.notFound, "No such container: \(reference)")
        }
    }
}
