internal import DockerAPI
internal import EngineModel
internal import Images
internal import OCI
internal import OrderedJSON
internal import RegistryClient

/// Pulls and pushes in the words of Docker's progress streams.
extension EngineServices {
    typealias Report = @Sendable (ProgressMessage) -> Void

    /// Whether anything was new.
    func pull(
        _ reference: ImageReference, _ platform: Platform?, _ session: RepositorySession,
        _ report: @escaping Report
    ) async throws -> Bool {
        let shown = reference.digest == nil ? reference.tag ?? "latest" : reference.familiarString
        let pulled = try await images.pull(reference, platform: platform, from: session) { event in
            switch event {
            case .began: report(.status("Pulling from \(reference.path)", id: shown))
            case .layer(let id, let phase): report(.pulling(id, phase))
            }
        }
        report(.status("Digest: \(pulled.digest)"))
        let name = reference.familiarString
        publishImage("pull", id: name, name: reference.familiarName)
        return pulled.isNew
    }

    func push(
        _ reference: ImageReference, _ platform: Platform?, _ session: RepositorySession,
        _ report: @escaping Report
    ) async throws {
        let manifest = try await images.push(reference, platform: platform, to: session) { id, phase in
            report(.pushing(id, phase))
        }
        let tag = reference.withDefaultTag.tag ?? "latest"
        report(.status("\(tag): digest: \(manifest.digest) size: \(manifest.size)"))
        var message = ProgressMessage()
        message.progressDetail = ProgressDetail()
        message.aux = [
            "Tag": .string(tag), "Digest": .string(manifest.digest.description),
            "Size": .number("\(manifest.size)"),
        ]
        report(message)
        publishImage("push", id: reference.familiarString, name: reference.familiarName)
    }

    /// A registry's failure as the API's; `reference` is what it was about, in the words for a
    /// pull unless the registry's own are wanted.
    static func translated(
        _ error: any Error, _ reference: ImageReference, inItsWords: Bool = false
    ) -> any Error {
        guard let failure = error as? RegistryError else { return translated(error) }
        let text = failure.description
        if inItsWords, failure.kind == .denied || failure.kind == .notFound {
            return EngineError(.notFound, text, cause: failure)
        }
        return switch failure.kind {
        case .notFound:
            EngineError(
                .notFound,
                reference.tag == nil && reference.digest == nil
                    ? "repository \(reference.familiarName) not found: \(text)"
                    : "manifest for \(reference.familiarString) not found: \(text)", cause: failure)
        case .denied:
            EngineError(
                .notFound,
                "pull access denied for \(reference.familiarName), repository does not exist or may require "
                    + "'docker login': \(text)", cause: failure)
        case .rateLimited: EngineError(.unavailable, text, cause: failure)
        case .unsupported: EngineError(.notImplemented, text, cause: failure)
        // Not 401, as with dockerd: there the command would ask for a password.
        case .unauthorized, .unreachable, .unavailable, .invalid: EngineError(.system, text, cause: failure)
        }
    }
}

extension ProgressMessage {
    static func status(_ text: String, id: String = "") -> ProgressMessage {
        var message = ProgressMessage()
        message.status = text
        message.id = id
        return message
    }

    /// A step of a layer, with or without numbers.
    static func step(_ text: String, _ id: String, current: Int64 = 0, total: Int64 = 0) -> ProgressMessage {
        var message = status(text, id: id)
        var detail = ProgressDetail()
        detail.current = current
        detail.total = total
        message.progressDetail = detail
        return message
    }

    static func pushing(_ id: String, _ phase: UploadPhase) -> ProgressMessage {
        switch phase {
        case .preparing: step("Preparing", id)
        case .waiting: step("Waiting", id)
        case .uploading(let current, let total): step("Pushing", id, current: current, total: total)
        case .pushed: step("Pushed", id)
        case .mounted(let source): step("Mounted from \(source)", id)
        case .exists: step("Layer already exists", id)
        }
    }

    static func pulling(_ id: String, _ phase: LayerPhase) -> ProgressMessage {
        switch phase {
        case .pending: step("Pulling fs layer", id)
        case .waiting: step("Waiting", id)
        case .downloading(let current, let total): step("Downloading", id, current: current, total: total)
        case .retrying(let seconds): step("Retrying in \(seconds) second\(seconds == 1 ? "" : "s")", id)
        case .verifying: step("Verifying Checksum", id)
        case .downloaded: step("Download complete", id)
        case .extracting(let current, let total): step("Extracting", id, current: current, total: total)
        case .complete: step("Pull complete", id)
        case .exists: step("Already exists", id)
        }
    }
}
