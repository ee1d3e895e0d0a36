/// An image's name as users write it, as far as the client must understand it.
struct ImageName {
    /// Without tag and digest, in its short form.
    var name: String
    var tag: String?
    var digest: String?

    /// Reads a reference; the failure is in docker's words.
    init(parsing text: String) throws {
        let invalid = CommandFailure("invalid reference format")
        var rest = text[...]
        if let at = rest.firstIndex(of: "@") {
            digest = String(rest[rest.index(after: at)...])
            rest = rest[..<at]
            try Self.checkDigest(digest ?? "")
        }
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
            let isFine =
                tag?.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) } ?? false
            if !isFine || tag == "" || tag?.first == "." || tag?.first == "-" || (tag?.count ?? 0) > 128 {
                throw invalid
            }
        }
        for prefix in ["docker.io/library/", "index.docker.io/library/", "docker.io/", "index.docker.io/"]
        where rest.hasPrefix(prefix) {
            rest = rest.dropFirst(prefix.count)
            break
        }
        name = String(rest)
        let path = hasHost ? rest.drop { $0 != "/" }.dropFirst() : rest
        if path.contains(where: \.isUppercase) {
            let shown = name.contains("/") ? path : "library/" + path
            throw CommandFailure("invalid reference format: repository name (\(shown)) must be lowercase")
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let isFine = parts.allSatisfy { part in
            guard let first = part.first, let last = part.last else { return false }
            return part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
                && !"._-".contains(first) && !"._-".contains(last)
        }
        if !isFine { throw invalid }
    }

    /// Whether `digest` is one: an algorithm that is known and a checksum of its length.
    private static func checkDigest(_ digest: String) throws {
        let invalid = CommandFailure("invalid reference format")
        guard let colon = digest.firstIndex(of: ":") else { throw invalid }
        let algorithm = digest[..<colon], checksum = digest[digest.index(after: colon)...]
        let parts = algorithm.split(omittingEmptySubsequences: false) { "-_+.".contains($0) }
        let isFine = parts.allSatisfy { part in
            part.first.map { $0.isASCII && $0.isLetter } == true
                && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        }
        guard isFine, checksum.count >= 32, checksum.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            throw invalid
        }
        guard let length = ["sha256": 64, "sha384": 96, "sha512": 128][algorithm] else {
            throw CommandFailure("unsupported digest algorithm")
        }
        if checksum.count != length { throw CommandFailure("invalid checksum digest length") }
        if checksum.contains(where: \.isUppercase) { throw CommandFailure("invalid checksum digest format") }
    }

    /// Whether the first part names a registry.
    private var hasHost: Bool {
        guard name.contains("/") else { return false }
        let first = name.prefix { $0 != "/" }
        return first.contains(".") || first.contains(":") || first == "localhost"
            || first.contains(where: \.isUppercase)
    }

    /// The name with `:latest` where it has neither tag nor digest.
    var withDefaultTag: String {
        var text = name
        if let tag { text += ":" + tag } else if digest == nil { text += ":latest" }
        if let digest { text += "@" + digest }
        return text
    }

    /// The name with its registry: `docker.io/library/busybox`.
    var fullName: String {
        if hasHost { return name }
        return name.contains("/") ? "docker.io/" + name : "docker.io/library/" + name
    }
}
