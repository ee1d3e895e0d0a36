internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import Images
internal import OCI
internal import RegistryClient

extension EngineServices {
    /// The image that `reference` names, in any of Docker's forms.
    func image(_ reference: String) throws -> Image {
        do { return try images.resolve(reference) } catch { throw Self.translated(error) }
    }

    /// The image that `reference` names, which must be for `platform`: a JSON document, or empty for any.
    func image(_ reference: String, platform: String) throws -> Image {
        let image = try image(reference)
        if platform.isEmpty { return image }
        let wanted = try Self.platform(platform)
        if let found = try? images.resolve(reference, for: wanted) { return found }
        throw EngineError(
            .notFound,
            "image with reference \(reference) was found but its platform (\(image.config.platform)) does not "
                + "match the specified platform (\(wanted))")
    }

    /// A platform as the API sends it, a JSON document.
    static func platform(_ text: String) throws(EngineError) -> Platform {
        do { return try PlatformDocument(parsing: text).platform } catch {
            throw EngineError(.invalidParameter, "failed to parse platform: \(error)", cause: error)
        }
    }

    /// The image that `reference` names for a container that is to be for `platform`, such as `linux/arm64`.
    func image(_ reference: String, containerPlatform platform: String?) throws -> Image {
        let image = try image(reference)
        guard let platform, !platform.isEmpty else { return image }
        let wanted: Platform
        do { wanted = try Platform(parsing: platform).normalized } catch {
            throw EngineError(.invalidParameter, "\(error)", cause: error)
        }
        if let found = try? images.resolve(reference, for: wanted),
            wanted.variant == nil || wanted.variant == found.config.platform.normalized.variant
        {
            return found
        }
        throw EngineError(
            .notFound,
            "image with reference \(reference) was found but its platform (\(image.config.platform)) does not match "
                + "the specified platform (\(platform))")
    }

    /// Imports what `address` gives, while it comes.
    func importRoot(
        _ address: String, _ options: ImageStore.ImportOptions, _ report: Report
    ) async throws -> Digest {
        let pipe = BytePipe(limitBytes: 1 << 20)
        async let id = images.importRoot(from: pipe, options)
        do {
            var received: Int64 = 0
            var told: Int64 = 0
            try await registries.fetch(address) { chunk, total in
                try await pipe.send(chunk)
                received += Int64(chunk.count)
                guard let total, received == total || received >= told + 512 << 10 else { return }
                told = received
                report(.step("Importing", "", current: received, total: total))
            }
            pipe.finish()
        } catch is BytePipe.ReceiverGone {
            // The import failed: its reason is the one to tell.
            pipe.finish()
        } catch let error as RegistryError {
            pipe.finish(throwing: EngineError(.system, error.description, cause: error))
        } catch { pipe.finish(throwing: error) }
        return try await id
    }

    /// Bytes of the layers of the image `id`; 0 once it has gone.
    func imageBytes(_ id: String) -> Int64 { (try? images.resolve(id))?.sizeBytes ?? 0 }

    /// A store's failure as the API's.
    static func translated(_ error: any Error) -> any Error {
        guard let failure = error as? ImageError else {
            if let failure = error as? ImageReference.ParseError {
                return EngineError(.invalidParameter, failure.description, cause: failure)
            }
            return error
        }
        let kind: EngineError.Kind =
            switch failure.kind {
            case .notFound: .notFound
            case .conflict: .conflict
            case .invalid: .invalidParameter
            case .unsupported: .notImplemented
            case .system: .system
            }
        return EngineError(kind, failure.description, cause: failure)
    }

    /// Publishes an event of an image.
    func publishImage(_ action: String, id: String, name: String) {
        events.publish(type: "image", action: action, id: id, attributes: ["name": name])
    }
}

extension Image {
    /// The run-time defaults in the API's form.
    var defaults: ImageInspectConfig {
        var answer = ImageInspectConfig()
        guard let from = config.config else { return answer }
        answer.cmd = from.cmd
        answer.entrypoint = from.entrypoint
        answer.env = from.env
        answer.exposedPorts = Dictionary(
            uniqueKeysWithValues: (from.exposedPorts ?? [:]).keys.map { ($0, EmptyObject()) })
        answer.labels = from.labels
        answer.onBuild = from.onBuild
        answer.shell = from.shell
        answer.stopSignal = from.stopSignal ?? ""
        answer.user = from.user ?? ""
        answer.volumes = from.volumes.map { volumes in
            Dictionary(uniqueKeysWithValues: volumes.keys.map { ($0, EmptyObject()) })
        }
        answer.workingDir = from.workingDir ?? ""
        if let health = from.healthcheck {
            var check = HealthConfig()
            check.test = health.test
            check.interval = health.interval ?? 0
            check.timeout = health.timeout ?? 0
            check.startPeriod = health.startPeriod ?? 0
            check.startInterval = health.startInterval ?? 0
            check.retries = health.retries ?? 0
            answer.healthcheck = check
        }
        return answer
    }
}
