internal import GoTemplate
internal import OrderedJSON
internal import TerminalUI

extension Row {
    static let imageTitles: [(key: String, value: String)] = [
        ("ID", "IMAGE ID"), ("Repository", "REPOSITORY"), ("Tag", "TAG"), ("Digest", "DIGEST"),
        ("CreatedSince", "CREATED"), ("CreatedAt", "CREATED AT"), ("Size", "SIZE"),
        ("Containers", "CONTAINERS"),
        ("VirtualSize", "SIZE"), ("SharedSize", "SHARED SIZE"), ("UniqueSize", "UNIQUE SIZE"),
    ]

    /// The rows of `images` for one image: one a name, with digests one a name and digest.
    static func images(_ json: JSONValue, truncate: Bool, digests: Bool) -> [Row] {
        func names(_ field: String) -> [String] { (json[field]?.arrayValue ?? []).compactMap(\.stringValue) }
        let tagged = names("RepoTags").filter { $0 != "<none>:<none>" }.map { split($0, ":") }
        var byDigest = names("RepoDigests").filter { $0 != "<none>@<none>" }.map { split($0, "@") }
        if tagged.isEmpty, byDigest.isEmpty {
            return [image(json, "<none>", "<none>", "<none>", truncate)]
        }
        var rows: [Row] = []
        for (repository, tag) in tagged {
            let own = digests ? byDigest.filter { $0.0 == repository } : []
            if own.isEmpty { rows.append(image(json, repository, tag, "<none>", truncate)) }
            rows += own.map { image(json, repository, tag, $0.1, truncate) }
        }
        byDigest.removeAll { entry in tagged.contains { $0.0 == entry.0 } }
        var seen: Set<String> = []
        for (repository, digest) in byDigest where digests || seen.insert(repository).inserted {
            rows.append(image(json, repository, "<none>", digests ? digest : "", truncate))
        }
        return rows
    }

    private static func split(_ reference: String, _ separator: Unicode.Scalar) -> (String, String) {
        guard let cut = reference.utf8.lastIndex(of: UInt8(ascii: separator)) else {
            return (reference, "<none>")
        }
        return (familiar(reference[..<cut]), String(reference[reference.utf8.index(after: cut)...]))
    }

    private static func familiar(_ name: Substring) -> String {
        for prefix in ["docker.io/library/", "docker.io/"] where name.hasPrefix(prefix) {
            return String(name.dropFirst(prefix.utf8.count))
        }
        return String(name)
    }

    private static func image(
        _ json: JSONValue, _ repository: String, _ tag: String, _ digest: String, _ truncate: Bool
    ) -> Row {
        let id = json["Id"]?.stringValue ?? "", created = json["Created"]?.intValue ?? 0
        let size = json["Size"]?.doubleValue ?? 0, shared = json["SharedSize"]?.doubleValue ?? -1
        let containers = json["Containers"]?.intValue ?? -1
        return Row(
            typeName: "*formatter.imageContext",
            columns: [
                ("Containers", { .string(containers == -1 ? "N/A" : String(containers)) }),
                ("CreatedAt", { .string(Times.goString(created)) }),
                ("CreatedSince", { .string(Times.ago(created)) }),
                ("Digest", { .string(digest) }),
                ("ID", { .string(truncate ? shortID(id) : id) }),
                ("Repository", { .string(repository) }),
                ("SharedSize", { .string(shared == -1 ? "N/A" : HumanUnits.size(shared)) }),
                ("Size", { .string(HumanUnits.size(size, digits: 3)) }),
                ("Tag", { .string(tag) }),
                ("UniqueSize", { .string(shared == -1 ? "N/A" : HumanUnits.size(size - shared)) }),
                ("VirtualSize", { .string(HumanUnits.size(size)) }),
            ])
    }
}
