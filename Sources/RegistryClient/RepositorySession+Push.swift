internal import NIOHTTP1
public import OCI

extension RepositorySession {
    /// How a blob came to be in the repository.
    public enum Arrival: Sendable, Hashable {
        case existed
        /// From another repository of the same registry.
        case mounted(from: String)
        case uploaded
    }

    /// Whether the repository has the blob.
    public func hasBlob(_ digest: Digest) async throws -> Bool {
        try await retrying {
            try await withEndpoint { endpoint in
                let response = try await perform(
                    Call(method: "HEAD", path: path("blobs/\(digest)")), at: endpoint)
                await response.discard()
                switch response.status {
                case 200: return true
                case 404: return false
                default: throw RegistryAnswer.failure(response, [], "blob \"\(digest)\"")
                }
            }
        }
    }

    /// Puts a blob into the repository: from `sources`, repositories of the same registry that have it, where one can
    /// be mounted; else with the bytes that `read` gives, at an offset and at most so many.
    ///
    /// An upload that breaks off goes on where the registry says it was.
    public func upload(
        _ blob: Descriptor, mountingFrom sources: [String],
        report: @escaping @Sendable (Int64) -> Void,
        read: @escaping @Sendable (Int64, Int) async throws -> [UInt8]
    ) async throws -> Arrival {
        if try await hasBlob(blob.digest) { return .existed }
        var location: String?
        for source in sources.prefix(3) {
            switch try await begin(mounting: blob.digest, from: source) {
            case .mounted: return .mounted(from: source)
            case .upload(let address): location = address
            }
            if location != nil { break }
        }
        var address = ""
        if let location {
            address = location
        } else if case .upload(let found) = try await begin(mounting: nil, from: nil) {
            address = found
        }
        address = try await send(blob, to: address, report, read)
        try await finish(blob, at: address)
        return .uploaded
    }

    private enum Begun {
        case mounted
        case upload(String)
    }

    private func begin(mounting digest: Digest?, from source: String?) async throws -> Begun {
        try await retrying {
            try await withEndpoint { endpoint in
                var call = Call(
                    method: "POST", path: path("blobs/uploads/"), headers: [("Content-Length", "0")])
                call.follows = false
                if let digest, let source {
                    call.path +=
                        "?mount=\(WebAddress.escaped(digest.description))&from=\(WebAddress.escaped(source))"
                    call.scope = "repository:\(repository.path):pull,push repository:\(source):pull"
                }
                let response = try await perform(call, at: endpoint)
                let bytes = try await response.bytes(limitBytes: 64 << 10, "upload")
                if response.status == 201, digest != nil { return .mounted }
                if response.status != 202 {
                    // A source that may not be read is none.
                    if digest != nil, [401, 403, 404].contains(response.status) {
                        var plain = Call(
                            method: "POST", path: path("blobs/uploads/"), headers: [("Content-Length", "0")])
                        plain.follows = false
                        let second = try await perform(plain, at: endpoint)
                        let words = try await second.bytes(limitBytes: 64 << 10, "upload")
                        if second.status == 202 { return .upload(try location(of: second)) }
                        throw RegistryAnswer.failure(second, words, "upload to \(repository.familiarName)")
                    }
                    throw RegistryAnswer.failure(response, bytes, "upload to \(repository.familiarName)")
                }
                return .upload(try location(of: response))
            }
        }
    }

    private func location(of response: Transport.Response) throws -> String {
        guard let text = response.header("Location"), let address = response.address.resolving(text) else {
            throw RegistryError(
                .invalid, "upload to \(repository.familiarName): the registry names no place for it")
        }
        return address.description
    }

    /// Sends all bytes, in one request if nothing breaks; returns where the upload is then.
    private func send(
        _ blob: Descriptor, to start: String, _ report: @escaping @Sendable (Int64) -> Void,
        _ read: @escaping @Sendable (Int64, Int) async throws -> [UInt8]
    ) async throws -> String {
        var address = start
        var position: Int64 = 0
        var attempt = 0
        while position < blob.size {
            let from = position
            do {
                address = try await withEndpoint { endpoint in
                    let reader = UploadReader(from, end: blob.size, report, read)
                    let call = Call(
                        method: "PATCH", path: address,
                        headers: [
                            ("Content-Type", "application/octet-stream"),
                            ("Content-Range", "\(from)-\(blob.size - 1)"),
                        ],
                        body: .stream(sizeBytes: blob.size - from) { try await reader.next() }, follows: false
                    )
                    let response = try await perform(call, at: endpoint)
                    let bytes = try await response.bytes(limitBytes: 64 << 10, "upload")
                    if response.status != 202 && response.status != 204 && response.status != 201 {
                        throw RegistryAnswer.failure(response, bytes, "upload to \(repository.familiarName)")
                    }
                    return try location(of: response)
                }
                position = blob.size
            } catch let error as RegistryError {
                attempt += 1
                guard error.isTransient, attempt < settings.attempts, let pause = Self.pause(attempt, error)
                else {
                    throw error
                }
                try await Task.sleep(for: pause)
                let known = try await status(of: address)
                if known.position > position { attempt = 0 }
                (address, position) = known
            }
        }
        return address
    }

    /// Where an upload that broke off is, and how many bytes the registry has of it.
    private func status(of address: String) async throws -> (address: String, position: Int64) {
        try await retrying {
            try await withEndpoint { endpoint in
                var call = Call(path: address)
                call.follows = false
                let response = try await perform(call, at: endpoint)
                let bytes = try await response.bytes(limitBytes: 64 << 10, "upload")
                if response.status != 204 && response.status != 202 {
                    throw RegistryAnswer.failure(response, bytes, "upload to \(repository.familiarName)")
                }
                // "0-99" is a hundred bytes; "0-0" is none, or one, of which none is safe.
                let last = response.header("Range")?.split(separator: "-").last.flatMap { Int64($0) } ?? 0
                let next = response.header("Location") == nil ? address : try location(of: response)
                return (next, last > 0 ? last + 1 : 0)
            }
        }
    }

    private func finish(_ blob: Descriptor, at address: String) async throws {
        guard let place = WebAddress(parsing: address) else {
            throw RegistryError(.invalid, "upload to \(repository.familiarName): no valid place for it")
        }
        try await withEndpoint { endpoint in
            var call = Call(
                method: "PUT", path: place.adding([("digest", blob.digest.description)]).description,
                headers: [("Content-Length", "0")])
            call.follows = false
            let response = try await perform(call, at: endpoint)
            let bytes = try await response.bytes(limitBytes: 64 << 10, "upload")
            if response.status != 201 && response.status != 204 {
                throw RegistryAnswer.failure(response, bytes, "upload to \(repository.familiarName)")
            }
        }
    }

    /// Gives a manifest to the registry under `reference`, a tag or its own digest.
    public func putManifest(_ manifest: Descriptor, _ bytes: [UInt8], as reference: String) async throws {
        try await retrying {
            try await withEndpoint { endpoint in
                var call = Call(
                    method: "PUT", path: path("manifests/\(reference)"),
                    headers: [("Content-Type", manifest.mediaType)], body: .bytes(bytes))
                call.follows = false
                let response = try await perform(call, at: endpoint)
                let answer = try await response.bytes(limitBytes: 64 << 10, "manifest")
                if response.status != 201 && response.status != 200 && response.status != 202 {
                    throw RegistryAnswer.failure(response, answer, "manifest \"\(reference)\"")
                }
            }
        }
    }
}

/// Reads a blob from front to back, a piece for each call.
private actor UploadReader {
    private static let pieceBytes = 1 << 20
    private var position: Int64
    private let end: Int64
    private let report: @Sendable (Int64) -> Void
    private let read: @Sendable (Int64, Int) async throws -> [UInt8]

    init(
        _ start: Int64, end: Int64, _ report: @escaping @Sendable (Int64) -> Void,
        _ read: @escaping @Sendable (Int64, Int) async throws -> [UInt8]
    ) {
        (position, self.end, self.report, self.read) = (start, end, report, read)
    }

    func next() async throws -> [UInt8]? {
        if position >= end { return nil }
        let piece = try await read(position, Int(min(Int64(Self.pieceBytes), end - position)))
        if piece.isEmpty { throw RegistryError(.invalid, "upload: the blob is shorter than it should be") }
        position += Int64(piece.count)
        report(position)
        return piece
    }
}
