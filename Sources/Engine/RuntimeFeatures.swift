internal import EngineModel
internal import Linux
internal import OrderedJSON

/// What OCI runtimes say that they can do, each asked once; see the runtime specification's `features.md`.
actor RuntimeFeatures {
    private static let annotation = "org.opencontainers.runtime-spec.features"
    /// By the runtime's path; one that does not answer has none.
    private var known: [String: String?] = [:]

    /// The status that info shows of the runtime at `path`.
    func status(of path: String) async -> [String: String]? {
        if known[path] == nil { known[path] = .some(await Self.ask(path)) }
        guard let text = known[path] ?? nil else { return nil }
        return [Self.annotation: text]
    }

    private static func ask(_ path: String) async -> String? {
        guard let answer = try? await HostCommand.run(path, ["features"], limit: .seconds(5)),
            answer.exit == .exited(0), let document = try? JSONValue(parsing: answer.output),
            document.objectValue != nil, let bytes = try? OrderedJSONEncoder().encode(document)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
