public import AsyncPrimitives
internal import FoundationEssentials
internal import NIOHTTP1
public import OCI

/// A manifest or an index, as the registry sent it. Its digest is not verified yet.
public struct RemoteManifest: Sendable {
    public let mediaType: String
    public let bytes: [UInt8]
}

extension RepositorySession {
    /// The largest manifest that is accepted, as other engines have it.
    public static let manifestLimitBytes = 4 << 20

    private static let manifestTypes = [
        MediaType.ociIndex, MediaType.dockerManifestList, MediaType.ociManifest, MediaType.dockerManifest,
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    ]

    /// Reads the manifest that a tag or digest names.
    public func manifest(_ reference: String) async throws -> RemoteManifest {
        try await retrying {
            try await withEndpoint { endpoint in
                let response = try await perform(manifestCall("GET", reference), at: endpoint)
                let subject = "manifest \"\(reference)\""
                if response.status != 200 {
                    throw RegistryAnswer.failure(response, await response.refusal(), subject)
                }
                if let length = response.header("Content-Length").flatMap({ Int64($0) }),
                    length > Int64(Self.manifestLimitBytes)
                {
                    throw RegistryError(
                        .invalid,
                        "\(subject): \(length) bytes are more than the \(Self.manifestLimitBytes) allowed")
                }
                let bytes = try await response.bytes(limitBytes: Self.manifestLimitBytes, subject)
                let type = (response.header("Content-Type") ?? "").prefix { $0 != ";" && $0 != " " }
                return RemoteManifest(mediaType: String(type), bytes: bytes)
            }
        }
    }

    /// The digest of the manifest that a tag names, without its content; nil where the registry does not tell.
    public func manifestDigest(_ reference: String) async throws -> (
        digest: Digest, size: Int64, type: String
    )? {
        try await retrying {
            try await withEndpoint { endpoint in
                let response = try await perform(manifestCall("HEAD", reference), at: endpoint)
                await response.discard()
                if response.status == 404 {
                    throw RegistryError(.notFound, "manifest unknown: manifest unknown")
                }
                if response.status != 200 {
                    throw RegistryAnswer.failure(response, [], "manifest \"\(reference)\"")
                }
                guard let text = response.header("Docker-Content-Digest"),
                    let digest = try? Digest(parsing: text)
                else { return nil }
                let size = response.header("Content-Length").flatMap { Int64($0) } ?? 0
                return (digest, size, response.header("Content-Type") ?? "")
            }
        }
    }

    private func manifestCall(_ method: String, _ reference: String) -> Call {
        Call(
            method: method, path: path("manifests/\(reference)"),
            headers: [("Accept", Self.manifestTypes.joined(separator: ", "))])
    }

    // MARK: Tags

    /// Every tag of the repository, page after page.
    public func tags() async throws -> [String] {
        struct Page: Decodable { var tags: [String]? }
        var found: [String] = []
        var next: String? = path("tags/list")
        var pages = 0
        while let path = next {
            pages += 1
            if pages > 1000 || found.count > 100_000 {
                throw RegistryError(.invalid, "tags of \"\(repository.familiarName)\": the list has no end")
            }
            let page: (tags: [String], next: String?) = try await withEndpoint { endpoint in
                let response = try await perform(Call(path: path), at: endpoint)
                let subject = "tags of \"\(repository.familiarName)\""
                let bytes = try await response.bytes(limitBytes: 8 << 20, subject)
                if response.status != 200 { throw RegistryAnswer.failure(response, bytes, subject) }
                guard let page = try? JSONDecoder().decode(Page.self, from: Data(bytes)) else {
                    throw RegistryError(.invalid, "\(subject): the answer is no list of tags")
                }
                return (page.tags ?? [], response.header("Link").flatMap(Self.nextPage))
            }
            found += page.tags.filter(ImageReference.isValidTag)
            next = page.next
        }
        return found
    }

    /// The path of `Link: </v2/…>; rel="next"`.
    private static func nextPage(_ link: String) -> String? {
        guard link.hasPrefix("<"), let end = link.firstIndex(of: ">"), link[end...].contains("next") else {
            return nil
        }
        let text = String(link[link.index(after: link.startIndex)..<end])
        if text.hasPrefix("/v2/") { return text }
        return WebAddress(parsing: text).map { $0.path + ($0.query.map { "?\($0)" } ?? "") }
    }

    // MARK: Blobs

    /// What a download tells while it goes on.
    public enum DownloadEvent: Sendable {
        /// So many bytes of the blob are there.
        case received(Int64)
        /// It broke off and goes on in so many seconds.
        case retrying(seconds: Int)
    }

    /// Reads a small blob, such as a config, of at most `limitBytes`. Its digest is not verified yet.
    public func smallBlob(_ blob: Descriptor, limitBytes: Int) async throws -> [UInt8] {
        let subject = "blob \"\(blob.digest)\""
        if blob.size > Int64(limitBytes) {
            throw RegistryError(
                .invalid, "\(subject): \(blob.size) bytes are more than the \(limitBytes) allowed")
        }
        return try await retrying {
            try await withEndpoint { endpoint in
                let response = try await perform(Call(path: path("blobs/\(blob.digest)")), at: endpoint)
                if response.status != 200 { throw await Self.failure(response, blob) }
                return try await response.bytes(limitBytes: limitBytes, subject)
            }
        }
    }

    /// Sends the bytes of `blob` from `start` on into `pipe`, and finishes it when all have come.
    ///
    /// A broken connection is taken up again where it was, after a pause; more bytes than the blob has are a failure.
    public func download(
        _ blob: Descriptor, from start: Int64, into pipe: BytePipe,
        report: @Sendable (DownloadEvent) -> Void
    ) async throws {
        var position = start
        var attempt = 0
        var lastProgress = start
        while position < blob.size {
            do {
                position = try await receive(blob, from: position, into: pipe) { position in
                    report(.received(position))
                }
                if position < blob.size {
                    throw RegistryError(
                        .unavailable,
                        "blob \"\(blob.digest)\": \(position) of \(blob.size) bytes came: unexpected EOF")
                }
            } catch let broken as BrokenDownload {
                position = broken.position
                guard let error = broken.cause as? RegistryError else { throw broken.cause }
                // Whoever gets on may try for ever, in steps that are worth it.
                if position >= lastProgress + (1 << 20) { attempt = 0 }
                lastProgress = position
                attempt += 1
                guard error.isTransient || (error.kind == .unreachable && position > start),
                    attempt < settings.attempts, let pause = Self.pause(attempt, error)
                else { throw error }
                let seconds = Int(pause.components.seconds)
                report(.retrying(seconds: seconds))
                try await Task.sleep(for: pause)
            }
        }
        pipe.finish()
    }

    private struct BrokenDownload: Error {
        let position: Int64
        let cause: any Error
    }

    private func receive(
        _ blob: Descriptor, from start: Int64, into pipe: BytePipe, report: (Int64) -> Void
    ) async throws -> Int64 {
        var position = start
        do {
            try await withEndpoint { endpoint in
                var call = Call(path: path("blobs/\(blob.digest)"))
                if start > 0 { call.headers = [("Range", "bytes=\(start)-")] }
                let response = try await perform(call, at: endpoint)
                var skipped = start
                switch response.status {
                case 200: skipped = 0
                case 206 where start > 0 && Self.rangeStart(response) == start: break
                case 206:
                    throw RegistryError(
                        .invalid,
                        "blob \"\(blob.digest)\": the registry sends another range than the one asked for")
                default: throw await Self.failure(response, blob)
                }
                if response.status == 200,
                    let length = response.header("Content-Length").flatMap({ Int64($0) }),
                    length != blob.size
                {
                    throw RegistryError(
                        .invalid,
                        "blob \"\(blob.digest)\": the registry has \(length) bytes instead of \(blob.size)")
                }
                try await response.read { part in
                    // A server that knows no ranges sends it all again.
                    let known = min(Int64(part.count), start - skipped)
                    skipped += known
                    let bytes = known == 0 ? part : Array(part.dropFirst(Int(known)))
                    if bytes.isEmpty { return }
                    if position + Int64(bytes.count) > blob.size {
                        throw RegistryError(
                            .invalid,
                            "blob \"\(blob.digest)\": more than the \(blob.size) bytes it should have")
                    }
                    try await pipe.send(bytes)
                    position += Int64(bytes.count)
                    report(position)
                }
            }
        } catch {
            throw BrokenDownload(position: position, cause: error)
        }
        return position
    }

    /// A blob that a manifest names and its registry does not have is the registry's fault, not the user's.
    private static func failure(_ response: Transport.Response, _ blob: Descriptor) async -> RegistryError {
        let subject = "blob \"\(blob.digest)\""
        let failure = RegistryAnswer.failure(response, await response.refusal(), subject)
        return failure.kind == .notFound
            ? RegistryError(.invalid, "\(subject): \(failure.description)") : failure
    }

    /// The first byte of `Content-Range: bytes 100-199/200`.
    private static func rangeStart(_ response: Transport.Response) -> Int64? {
        guard let text = response.header("Content-Range"), text.hasPrefix("bytes ") else { return nil }
        return Int64(text.dropFirst(6).prefix { $0 != "-" })
    }
}
