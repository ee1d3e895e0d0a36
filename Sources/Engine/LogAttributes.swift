internal import DockerAPI
internal import GoTemplate

/// Labels, variables and the tag that go with every record of a log.
enum LogAttributes {
    static func of(_ container: LogTag, _ options: [String: String]) throws(LogFault) -> [String: String] {
        var found: [String: String] = [:]
        let labels = container.config.labels ?? [:]
        for label in names(options["labels"]) {
            if let value = labels[label] { found[label] = value }
        }
        if let expression = try expression(options["labels-regex"]) {
            for (label, value) in labels where label.contains(expression) { found[label] = value }
        }
        let wanted = Set(names(options["env"]))
        let expression = try expression(options["env-regex"])
        for variable in container.config.env ?? [] {
            guard let cut = variable.firstIndex(of: "=") else { continue }
            let name = String(variable[..<cut])
            if wanted.contains(name) || expression.map(name.contains) == true {
                found[name] = String(variable[variable.index(after: cut)...])
            }
        }
        if let text = options["tag"], !text.isEmpty {
            let tag = try container.render(text)
            if !tag.isEmpty { found["tag"] = tag }
        }
        return found
    }

    private static func names(_ list: String?) -> [String] {
        (list ?? "").split(separator: ",").map(String.init)
    }

    /// Reads a regular expression; a bad one is told in the words of Go's parser, as far as they are common.
    private static func expression(_ text: String?) throws(LogFault) -> Regex<AnyRegexOutput>? {
        guard let text, !text.isEmpty else { return nil }
        if let fault = fault(in: text) { throw LogFault("error parsing regexp: \(fault)") }
        do { return try Regex(text) } catch {
            throw LogFault("error parsing regexp: invalid or unsupported syntax: `\(text)`")
        }
    }

    private static func fault(in text: String) -> String? {
        var depth = 0
        var classStart: String.Index?
        var isRepeatable = false
        var index = text.startIndex
        while index < text.endIndex {
            let character = text[index]
            let next = text.index(after: index)
            switch character {
            case "\\":
                if next == text.endIndex { return "trailing backslash at end of expression: ``" }
                index = next
                isRepeatable = true
            case "]" where classStart != nil: classStart = nil
            case _ where classStart != nil: break
            case "[":
                classStart = index
                // The first one in a class stands for itself.
                if next < text.endIndex, text[next] == "]" { index = next }
                isRepeatable = true
            case "(":
                depth += 1
                isRepeatable = false
                // Look-around is nothing that Go knows, and could take for ever.
                let rest = text[next...]
                for mark in ["?=", "?!", "?<=", "?<!"] where rest.hasPrefix(mark) {
                    return "invalid or unsupported Perl syntax: `(\(mark)`"
                }
                if rest.hasPrefix("?") { isRepeatable = true }
            case ")":
                depth -= 1
                if depth < 0 { return "unexpected ): `\(text)`" }
                isRepeatable = true
            case "*", "+", "?":
                if !isRepeatable { return "missing argument to repetition operator: `\(character)`" }
            case "|", "^": isRepeatable = false
            default: isRepeatable = true
            }
            index = text.index(after: index)
        }
        if let classStart { return "missing closing ]: `\(text[classStart...])`" }
        return depth > 0 ? "missing closing ): `\(text)`" : nil
    }
}

/// What a log's `tag` may tell of its container: a Go template over Docker's names.
struct LogTag: GoObject {
    let id: String
    let name: String
    let imageID: String
    let path: String
    let arguments: [String]
    let config: ContainerConfig

    init(_ record: ContainerRecord) {
        id = record.id
        name = record.name
        imageID = record.imageID
        path = record.path
        arguments = record.arguments
        config = record.config
    }

    func render(_ text: String) throws(LogFault) -> String {
        do { return try Template(text, name: "log-tag").render(.object(self)) } catch {
            throw LogFault("\(error)")
        }
    }

    let typeName = "*logger.Info"

    var fields: [(key: String, value: GoValue)] {
        [
            ("ContainerID", .string(id)), ("ContainerName", .string("/" + name)),
            ("ContainerEntrypoint", .string(path)), ("ContainerArgs", .list(arguments.map(GoValue.string))),
            ("ContainerImageID", .string(imageID)), ("ContainerImageName", .string(config.image)),
            ("ContainerEnv", .list((config.env ?? []).map(GoValue.string))),
            (
                "ContainerLabels",
                .map((config.labels ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
            ),
            ("DaemonName", .string("docker")),
        ]
    }

    func member(_ name: String, _ arguments: [GoValue]) -> GoValue? {
        let plainImage = imageID.hasPrefix("sha256:") ? String(imageID.dropFirst("sha256:".count)) : imageID
        return switch name {
        case "ID": .string(String(id.prefix(12)))
        case "FullID": .string(id)
        case "Name": .string(self.name)
        case "ImageID": .string(String(plainImage.prefix(12)))
        case "ImageFullID": .string(imageID)
        case "ImageName": .string(config.image)
        case "Command": .string(([path] + self.arguments).joined(separator: " "))
        case "Hostname": .string(HostFacts.name)
        default: fields.first { $0.key == name }?.value
        }
    }
}
