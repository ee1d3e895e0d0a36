public import AsyncPrimitives
public import DockerAPI
internal import EngineModel
internal import Images
internal import OCI
internal import RegistryClient

extension ContainerEngine {
    /// Fetches an image, or every tag of a repository where the request names none.
    public func pullImage(
        _ options: ImagePullOptions
    ) async throws -> AsyncThrowingStream<ProgressMessage, any Error> {
        let reference: ImageReference
        var platform: Platform?
        do {
            let separator = options.tag.contains(":") ? "@" : ":"
            reference = try ImageReference(
                parsing: options.tag.isEmpty ? options.image : options.image + separator + options.tag)
            if !options.platform.isEmpty { platform = try Platform(parsing: options.platform).normalized }
        } catch { throw EngineError(.invalidParameter, "\(error)", cause: error) }
        let credentials = RegistryCredentials(options.auth)
        return progress { [services, platform] report in
            let session = services.registries.session(for: reference, credentials: credentials)
            var isNew = false
            do {
                if reference.tag == nil && reference.digest == nil {
                    let tags = try await session.tags()
                    if tags.isEmpty {
                        throw RegistryError(.notFound, "no tags in \(reference.familiarName)")
                    }
                    for tag in tags {
                        let isNewTag = try await services.pull(
                            reference.withTag(tag), platform, session, report)
                        isNew = isNew || isNewTag
                    }
                } else {
                    isNew = try await services.pull(reference, platform, session, report)
                }
                await session.close()
                let status = isNew ? "Downloaded newer image" : "Image is up to date"
                report(.status("Status: \(status) for \(reference.familiarString)"))
            } catch {
                await session.close()
                throw EngineServices.translated(error, reference)
            }
        }
    }

    /// Sends an image to its registry, or every tag of a repository where the request names none.
    public func pushImage(
        _ name: String, _ options: ImagePushOptions
    ) async throws -> AsyncThrowingStream<ProgressMessage, any Error> {
        let reference: ImageReference
        var platform: Platform?
        do {
            reference = try ImageReference(parsing: options.tag.isEmpty ? name : "\(name):\(options.tag)")
            if !options.platform.isEmpty {
                platform = try PlatformDocument(parsing: options.platform).platform
            }
        } catch { throw EngineError(.invalidParameter, "\(error)", cause: error) }
        if reference.digest != nil { throw EngineError(.invalidParameter, "cannot push a digest reference") }
        let references =
            reference.tag == nil ? services.images.tags(of: reference) : [reference]
        if references.isEmpty {
            throw EngineError(
                .notFound, "An image does not exist locally with the tag: \(reference.familiarName)")
        }
        let credentials = RegistryCredentials(options.auth)
        return progress { [services, platform] report in
            let session = services.registries.session(for: reference, credentials: credentials, pushes: true)
            do {
                report(.status("The push refers to repository [\(reference.name)]"))
                for each in references { try await services.push(each, platform, session, report) }
                await session.close()
            } catch {
                await session.close()
                throw EngineServices.translated(error, reference, inItsWords: true)
            }
        }
    }

    /// Finds the images of `names`, and returns the archive of them as it is written.
    public func saveImages(_ names: [String], platforms: [String]) async throws -> BytePipe {
        let images = services.images
        let saved: SavedImages
        do {
            let wanted = try platforms.map { try EngineServices.platform($0) }
            saved = try await images.prepareSave(names, platforms: wanted)
        } catch { throw EngineServices.translated(error) }
        let pipe = BytePipe(limitBytes: 1 << 20)
        services.archives.submit { images.save(saved, to: pipe) }
        for id in saved.ids { services.publishImage("save", id: id.description, name: id.description) }
        return pipe
    }

    /// Asks a registry's index for repositories.
    public func searchImages(_ options: ImageSearchOptions) async throws -> [ImageSearchResult] {
        let filters = options.filters
        func flag(_ name: String) throws -> Bool? {
            guard let value = filters[name].first else { return nil }
            guard let flag = filters.flag(name) else {
                throw EngineError(.invalidParameter, "invalid filter '\(name)=[\(value)]'")
            }
            return flag
        }
        let isAutomated = try flag("is-automated")
        let isOfficial = try flag("is-official")
        let stars = try filters["stars"].map { text in
            guard let count = Int(text) else {
                throw EngineError(.invalidParameter, "invalid filter 'stars=[\(text)]'")
            }
            return count
        }.max()
        guard (1...100).contains(options.limit) else {
            throw EngineError(
                .invalidParameter, "limit \(options.limit) is outside the range of [1, 100]")
        }
        // Nothing is any more, as far as Docker Hub tells.
        if isAutomated == true { return [] }
        let found: [FoundRepository]
        do {
            found = try await services.registries.search(
                options.term, limit: options.limit, credentials: RegistryCredentials(options.auth))
        } catch let error as RegistryError {
            throw EngineError(.system, error.description, cause: error)
        }
        return found.compactMap { repository in
            if let isOfficial, repository.isOfficial != isOfficial { return nil }
            if let stars, repository.stars < stars { return nil }
            var line = ImageSearchResult()
            line.stars = repository.stars
            line.isOfficial = repository.isOfficial
            line.name = repository.name
            line.description = repository.description
            return line
        }
    }

    /// Asks a registry whether it takes these credentials.
    public func login(_ auth: RegistryAuth) async throws -> AuthResponse {
        do {
            try await services.registries.login(auth.serverAddress, RegistryCredentials(auth))
        } catch let error as RegistryError {
            if error.kind == .unauthorized || error.kind == .denied {
                throw EngineError(.unauthorized, error.description, cause: error)
            }
            throw EngineError(.system, error.description, cause: error)
        }
        var answer = AuthResponse()
        answer.status = "Login Succeeded"
        return answer
    }

    /// What the registry says that `name` stands for.
    public func distribution(_ name: String, auth: RegistryAuth) async throws -> DistributionInspect {
        let reference: ImageReference
        do { reference = try ImageReference(parsing: name).withDefaultTag } catch {
            throw EngineError(.invalidParameter, "\(error)", cause: error)
        }
        let session = services.registries.session(for: reference, credentials: RegistryCredentials(auth))
        do {
            let found = try await services.images.distribution(reference, session)
            await session.close()
            var answer = DistributionInspect()
            answer.descriptor.mediaType = found.descriptor.mediaType
            answer.descriptor.digest = found.descriptor.digest.description
            answer.descriptor.size = found.descriptor.size
            answer.platforms = found.platforms.map { platform in
                var line = DistributionInspect.Platform()
                line.architecture = platform.architecture
                line.os = platform.os
                line.variant = platform.variant ?? ""
                return line
            }
            return answer
        } catch {
            await session.close()
            throw EngineServices.translated(error, reference, inItsWords: true)
        }
    }

    /// Runs `body` apart, which ends with the stream's reader; what it reports is the stream.
    func progress(
        _ body: @escaping @Sendable (@escaping @Sendable (ProgressMessage) -> Void) async throws -> Void
    ) -> AsyncThrowingStream<ProgressMessage, any Error> {
        let (stream, continuation) = AsyncThrowingStream<ProgressMessage, any Error>.makeStream()
        let task = Task {
            do {
                try await body { continuation.yield($0) }
                continuation.finish()
            } catch { continuation.finish(throwing: error) }
        }
        continuation.onTermination = { if case .cancelled = $0 { task.cancel() } }
        return stream
    }
}

extension RegistryCredentials {
    init(_ auth: RegistryAuth) {
        self.init(
            user: auth.username, password: auth.password, identityToken: auth.identityToken,
            registryToken: auth.registryToken)
    }
}

extension EngineOptions {
    func registrySettings(_ live: LiveSettings) -> RegistrySettings {
        var settings = RegistrySettings()
        settings.mirrors = live.registryMirrors
        settings.insecure = live.insecureRegistries
        settings.downloadsAtOnce = live.downloadsAtOnce
        settings.uploadsAtOnce = live.uploadsAtOnce
        settings.httpProxy = httpProxy
        settings.httpsProxy = httpsProxy
        settings.noProxy = noProxy
        settings.attempts = max(1, downloadAttempts)
        settings.userAgent = "berth/\(ContainerEngine.version)"
        return settings
    }
}
