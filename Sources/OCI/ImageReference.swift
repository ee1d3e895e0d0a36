/// A name of an image, as Docker normalises it: `busybox` is `docker.io/library/busybox`.
///
/// The grammar is that of `distribution/reference`: an optional domain with a port, a path of lower-case components,
/// and a tag, a digest, both or none.
public struct ImageReference: Hashable, Sendable {
    /// Why a text is no reference, in Docker's words.
    public enum ParseError: Error, Sendable, Hashable, CustomStringConvertible {
        case format
        case uppercase(name: String)
        case nameTooLong
        case hexadecimalName(String)
        case digest(Digest.ParseError)

        public var description: String {
            switch self {
            case .format: "invalid reference format"
            case .uppercase(let name):
                "invalid reference format: repository name (\(name)) must be lowercase"
            case .nameTooLong: "repository name must not be more than 255 characters"
            case .hexadecimalName(let name):
                "invalid repository name (\(name)), cannot specify 64-byte hexadecimal strings"
            case .digest(let error): "\(error)"
            }
        }
    }

    static let defaultDomain = "docker.io"
    static let officialPrefix = "library/"

    /// The registry's host and port: `docker.io` where the text named none.
    public let domain: String
    /// The repository within the registry, such as `library/busybox`.
    public let path: String
    /// The tag, if the text has one.
    public let tag: String?
    /// The digest, if the text has one.
    public let digest: Digest?

    /// Parses what a user typed.
    public init(parsing text: String) throws(ParseError) {
        if Self.isIdentifier(text) { throw .hexadecimalName(text) }
        let (domain, remainder) = Self.splitDomain(text)
        let remote = remainder.prefix { $0 != ":" && $0 != "@" }
        if remainder.prefix(while: { $0 != ":" }).utf8.contains(where: \.isUpper), !remainder.contains("@") {
            throw .uppercase(name: String(remainder.prefix { $0 != ":" }))
        }
        guard ReferenceGrammar.isDomain(domain), ReferenceGrammar.isPath(remote) else { throw .format }
        (tag, digest) = try Self.suffix(remainder[remote.endIndex...])
        if domain.utf8.count + 1 + remote.utf8.count > 255 { throw .nameTooLong }
        self.domain = domain
        path = String(remote)
    }

    init(domain: String, path: String, tag: String?, digest: Digest?) {
        self.domain = domain
        self.path = path
        self.tag = tag
        self.digest = digest
    }

    /// A first component is a domain if it looks like a host: with a dot, a colon, `localhost`, or upper case.
    private static func splitDomain(_ text: String) -> (domain: String, remainder: String) {
        var domain = defaultDomain
        var remainder = text
        if let slash = text.firstIndex(of: "/") {
            let first = text[..<slash]
            if isHost(first) {
                domain = first == "index.docker.io" ? defaultDomain : String(first)
                remainder = String(text[text.index(after: slash)...])
            }
        }
        if domain == defaultDomain, !remainder.contains("/") { remainder = officialPrefix + remainder }
        return (domain, remainder)
    }

    private static func isHost(_ component: Substring) -> Bool {
        component.utf8.contains { $0 == 0x2e || $0 == 0x3a || $0.isUpper } || component == "localhost"
    }

    /// Parses `[:tag][@digest]`.
    private static func suffix(_ text: Substring) throws(ParseError) -> (tag: String?, digest: Digest?) {
        var rest = text
        var tag: String?
        if rest.first == ":" {
            let found = rest.dropFirst().prefix { $0 != "@" }
            guard ReferenceGrammar.isTag(found) else { throw .format }
            tag = String(found)
            rest = rest[found.endIndex...]
        }
        if rest.isEmpty { return (tag, nil) }
        let found = String(rest.dropFirst())
        guard rest.first == "@", ReferenceGrammar.isDigest(found) else { throw .format }
        do {
            return (tag, try Digest(parsing: found))
        } catch {
            throw .digest(error)
        }
    }

    /// Domain and path: `docker.io/library/busybox`.
    public var name: String { "\(domain)/\(path)" }

    /// The name as users write it: `busybox`, `localhost:5000/busybox`.
    public var familiarName: String {
        guard domain == Self.defaultDomain else { return name }
        guard path.hasPrefix(Self.officialPrefix) else { return Self.shortened(path) }
        let short = path.dropFirst(Self.officialPrefix.utf8.count)
        return short.contains("/") ? path : String(short)
    }

    /// Whether it is an image's id rather than a name.
    private static func isIdentifier(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy(\.isLowerHexDigit)
    }

    /// A path without Docker Hub's domain, unless it would be read as a path of another then.
    private static func shortened(_ path: String) -> String {
        guard let slash = path.firstIndex(of: "/"), isHost(path[..<slash]) else { return path }
        return "\(defaultDomain)/\(path)"
    }

    /// The ``familiarString`` of a reference's ``description``, which is not parsed again.
    public static func familiar(canonical text: String) -> String {
        let official = "\(defaultDomain)/\(officialPrefix)"
        let bytes = text.utf8
        if text.hasPrefix(official), !bytes.dropFirst(official.utf8.count).contains(0x2f) {
            let short = String(text.dropFirst(official.utf8.count))
            return isIdentifier(short) ? officialPrefix + short : short
        }
        let domain = "\(defaultDomain)/"
        return text.hasPrefix(domain) ? shortened(String(text.dropFirst(domain.utf8.count))) : text
    }

    /// The familiar name with tag and digest, as far as they are there; one that would read as an id is not shortened.
    public var familiarString: String {
        let text = familiarName + suffixText
        return Self.isIdentifier(text) ? path : text
    }

    private var suffixText: String { (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "") }

    /// The same reference, with the tag `latest` if it has neither tag nor digest.
    public var withDefaultTag: ImageReference {
        tag == nil && digest == nil ? withTag("latest") : self
    }

    /// The repository with `tag` alone; the caller knows that it is one (``isValidTag(_:)``).
    public func withTag(_ tag: String) -> ImageReference {
        ImageReference(domain: domain, path: path, tag: tag, digest: nil)
    }

    /// The repository with `digest` alone.
    public func withDigest(_ digest: Digest) -> ImageReference {
        ImageReference(domain: domain, path: path, tag: nil, digest: digest)
    }

    /// The repository with neither tag nor digest.
    public var repository: ImageReference {
        ImageReference(domain: domain, path: path, tag: nil, digest: nil)
    }

    /// Whether `text` can be a tag.
    public static func isValidTag(_ text: String) -> Bool { ReferenceGrammar.isTag(text[...]) }
}

extension ImageReference: CustomStringConvertible, Codable {
    /// The full form: `docker.io/library/busybox:latest`.
    public var description: String { name + suffixText }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            try self.init(parsing: text)
        } catch {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(error): \(text.debugDescription)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
