public import DockerAPI
internal import EngineModel
internal import Images
internal import OCI

extension ContainerEngine {
    /// Verifies every blob, layer and record of the images, a line for each thing that is wrong.
    ///
    /// The stream ends with a failure where something is wrong and was not repaired.
    public func checkSystem(repairs: Bool) async throws -> AsyncThrowingStream<ProgressMessage, any Error> {
        var used: Set<Digest> = []
        for actor in registry.all {
            if let id = try? Digest(parsing: await actor.record.imageID) { used.insert(id) }
        }
        return progress { [services, used] report in
            let summary: CheckSummary
            do {
                summary = try await services.images.check(repairs: repairs, inUse: used) { report(.line($0)) }
            } catch { throw EngineServices.translated(error) }
            report(
                .line("checked \(summary.images) images, \(summary.layers) layers and \(summary.blobs) blobs")
            )
            let left = summary.problems - summary.repaired
            if left > 0 {
                let advice =
                    repairs
                    ? "see what is said of each" : "\"berth system check --repair\" removes what is broken"
                throw EngineError(.system, "\(left) of \(summary.problems) problems are left: \(advice)")
            }
        }
    }
}

extension ProgressMessage {
    static func line(_ text: String) -> ProgressMessage {
        var message = ProgressMessage()
        message.stream = text + "\n"
        return message
    }
}
