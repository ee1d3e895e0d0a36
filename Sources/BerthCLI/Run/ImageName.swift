/// An image's name as users write it, as far as the client must understand it.
struct ImageName {
    /// Without tag and digest, as the user wrote it.
    var name: String
    var tag: String?
    var digest: String?

    /// Nil if the text cannot be a reference.
    init?(_ text: String) {
        var rest = text[...]
        if let at = rest.firstIndex(of: "@") {
            digest = String(rest[rest.index(after: at)...])
            rest = rest[..<at]
        }
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        }
        let isFine = rest.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-/:".contains($0)) }
        let path = rest.drop { $0 != "/" }
        if rest.isEmpty || !isFine || path.contains(where: \.isUppercase) || tag == "" { return nil }
        if !rest.contains("/"), rest.contains(where: \.isUppercase) { return nil }
        name = String(rest)
        for prefix in ["docker.io/library/", "docker.io/", "index.docker.io/library/"] where name.hasPrefix(prefix) {
            name = String(name.dropFirst(prefix.count))
            break
        }
    }

    /// The name with `:latest` where it has neither tag nor digest.
    var withDefaultTag: String {
        var text = name
        if let tag { text += ":" + tag } else if digest == nil { text += ":latest" }
        if let digest { text += "@" + digest }
        return text
    }
}
