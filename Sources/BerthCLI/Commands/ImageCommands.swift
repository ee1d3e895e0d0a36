internal import EngineClient
internal import Linux
internal import OrderedJSON

private typealias Request = EngineClient.Request

extension Command {
    static let rmi = Command(
        path: "rmi", usage: "[OPTIONS] IMAGE [IMAGE...]", summary: "Remove one or more images",
        aliases: ["image rm", "image remove", "rmi"],
        flags: [
            Flag("force", "f", .bool, "Remove the image even if containers were made from it"),
            Flag("no-prune", nil, .bool, "Keep parents without a name"),
            Flag("platform", nil, .strings, "Remove this platform's variant only: \"os[/arch[/variant]]\""),
        ], arguments: .atLeast(1)
    ) { cli, flags in
        var query: [(String, String)] = []
        if flags.bool("force") { query.append(("force", "1")) }
        if flags.bool("no-prune") { query.append(("noprune", "1")) }
        for platform in flags.list("platform") { query.append(("platforms", try Platforms.json(platform))) }
        var failures: [String] = [], isFatal = false
        for name in flags.arguments {
            do {
                let answer = try cli.client().json(
                    Request("DELETE", "/images/\(escapePath(name))", query: query))
                for entry in answer.arrayValue ?? [] {
                    if let deleted = entry["Deleted"]?.stringValue, !deleted.isEmpty {
                        cli.print("Deleted: \(deleted)")
                    } else {
                        cli.print("Untagged: \(entry["Untagged"]?.stringValue ?? "")")
                    }
                }
            } catch let error as EngineClientError where error.status != nil {
                if !error.isNotFound { isFatal = true }
                failures.append("\(error)")
            }
        }
        if failures.isEmpty { return 0 }
        cli.complain(failures.joined(separator: "\n"))
        return flags.bool("force") && !isFatal ? 0 : 1
    }

    static let tag = Command(
        path: "tag", usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
        summary: "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE", aliases: ["image tag", "tag"],
        arguments: .exactly(2)
    ) { cli, flags in
        let text = flags.arguments[1]
        let target: ImageName
        do { target = try ImageName(parsing: text) } catch {
            throw CommandFailure(
                "Error parsing reference: \(goQuoted(text)) is not a valid repository/tag: \(error)")
        }
        if target.digest != nil { throw CommandFailure("refusing to create a tag with a digest reference") }
        let query = [("repo", target.fullName), ("tag", target.tag ?? "latest")]
        try cli.client().json(Request("POST", "/images/\(escapePath(flags.arguments[0]))/tag", query: query))
        return 0
    }

    static let importImage = Command(
        path: "import", usage: "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
        summary: "Import the contents from a tarball to create a filesystem image",
        aliases: ["image import", "import"],
        flags: [
            Flag("change", "c", .list, "Dockerfile instruction to apply to the image"),
            Flag("message", "m", .string, "Message for the image's history"),
            Flag("platform", nil, .string, "Platform of the image", standard: Platforms.standard),
        ], arguments: .atLeast(1)
    ) { cli, flags in
        let source = flags.arguments[0]
        let isURL = source.hasPrefix("http://") || source.hasPrefix("https://")
        var query = [("fromSrc", isURL ? source : "-")]
        if flags.arguments.count > 1 {
            _ = try ImageName(parsing: flags.arguments[1])
            query.append(("repo", flags.arguments[1]))
        }
        if !flags.string("message").isEmpty { query.append(("message", flags.string("message"))) }
        for change in flags.list("change") { query.append(("changes", change)) }
        let platform = flags.string("platform").lowercased()
        if !platform.isEmpty { query.append(("platform", platform)) }
        let client = try cli.client()
        let response: HTTPResponse
        if isURL {
            response = try client.send(Request("POST", "/images/create", query: query))
        } else {
            let input = try Input(source == "-" ? nil : source)
            try client.settleVersion()
            var request = Request("POST", "/images/create", query: query)
            request.contentType = "text/plain"
            response = try client.upload(request, source: input.next)
        }
        var progress = ProgressStream(cli)
        try progress.show(response)
        return 0
    }

    static let load = Command(
        path: "load", usage: "[OPTIONS]", summary: "Load an image from a tar archive or STDIN",
        aliases: ["image load", "load"],
        flags: [
            Flag("input", "i", .string, "Archive to read instead of STDIN"),
            Flag(
                "platform", nil, .strings, "Load these platforms' variants only: \"os[/arch[/variant]]\""),
            Flag("quiet", "q", .bool, "Print no progress"),
        ], arguments: .none
    ) { cli, flags in
        let file = flags.string("input")
        if file.isEmpty, isTerminal(0) {
            throw CommandFailure("requested load from stdin, but stdin is empty")
        }
        let input = try Input(file.isEmpty ? nil : file)
        var query: [(String, String)] = []
        if flags.bool("quiet") || !isTerminal(1) { query.append(("quiet", "1")) }
        for platform in flags.list("platform") { query.append(("platform", try Platforms.json(platform))) }
        let client = try cli.client()
        try client.settleVersion()
        var request = Request("POST", "/images/load", query: query)
        request.contentType = "application/x-tar"
        let response = try client.upload(request, source: input.next)
        if response.header("content-type")?.hasPrefix("application/json") == true {
            var progress = ProgressStream(cli)
            try progress.show(response)
        } else {
            while let bytes = try response.read() { cli.write(bytes[...]) }
        }
        return 0
    }

    static let pull = Command(
        path: "pull", usage: "[OPTIONS] NAME[:TAG|@DIGEST]", summary: "Download an image from a registry",
        aliases: ["image pull", "pull"],
        flags: [
            Flag("all-tags", "a", .bool, "Download every tag of the repository"),
            Flag("disable-content-trust", nil, .bool, "Skip the check of signatures", standard: "true"),
            Flag(
                "platform", nil, .string, "Platform to choose where the image has several",
                standard: Platforms.standard),
            Flag("quiet", "q", .bool, "Print the image's name only"),
        ], arguments: .exactly(1)
    ) { cli, flags in
        let name = try ImageName(parsing: flags.arguments[0])
        let allTags = flags.bool("all-tags")
        if allTags, name.tag != nil || name.digest != nil {
            throw CommandFailure("tag can't be used with --all-tags/-a")
        }
        if !allTags, name.tag == nil, name.digest == nil, !flags.bool("quiet") {
            cli.print("Using default tag: latest")
        }
        try ImagePull(cli: cli).pull(
            name, allTags: allTags, platform: flags.string("platform"), quiet: flags.bool("quiet"),
            toError: false)
        cli.print(allTags ? name.name : ImageName.shownAfterPull(name))
        return 0
    }

    static let save = Command(
        path: "save", usage: "[OPTIONS] IMAGE [IMAGE...]",
        summary: "Save one or more images to a tar archive (streamed to STDOUT by default)",
        aliases: ["image save", "save"],
        flags: [
            Flag("output", "o", .string, "File to write instead of STDOUT"),
            Flag(
                "platform", nil, .strings, "Save these platforms' variants only: \"os[/arch[/variant]]\""),
        ], arguments: .atLeast(1)
    ) { cli, flags in
        var query = flags.arguments.map { ("names", $0) }
        for platform in flags.list("platform") { query.append(("platform", try Platforms.json(platform))) }
        try Output(cli, flags.string("output"), what: "image").receive(
            Request("GET", "/images/get", query: query))
        return 0
    }

    static let export = Command(
        path: "export", usage: "[OPTIONS] CONTAINER",
        summary: "Export a container's filesystem as a tar archive",
        aliases: ["container export", "export"],
        flags: [Flag("output", "o", .string, "File to write instead of STDOUT")], arguments: .exactly(1)
    ) { cli, flags in
        let path = "/containers/\(escapePath(flags.arguments[0]))/export"
        try Output(cli, flags.string("output"), what: "container").receive(Request("GET", path))
        return 0
    }
}

extension ImageName {
    static func shownAfterPull(_ name: ImageName) -> String {
        var text = name.fullName
        if let digest = name.digest { text += "@" + digest } else { text += ":" + (name.tag ?? "latest") }
        return text
    }
}

/// A file or standard input, read piece by piece.
final class Input {
    private let file: SharedDescriptor?
    private var buffer = [UInt8](repeating: 0, count: 262_144)

    init(_ path: String?) throws {
        guard let path else {
            file = nil
            return
        }
        do { file = SharedDescriptor(try openFile(path)) } catch {
            throw CommandFailure("open \(path): \(error.code.reason)")
        }
    }

    func next() throws -> [UInt8]? {
        let descriptor = file?.rawValue ?? 0
        let count = try buffer.withUnsafeMutableBytes { try readBytes(descriptor, into: $0) }
        return count == 0 ? nil : Array(buffer[..<count])
    }
}

/// Where an archive goes: a file that appears when it is complete, or standard output.
private struct Output {
    let cli: CLI
    let path: String

    init(_ cli: CLI, _ path: String, what: String) throws {
        if path.isEmpty, isTerminal(1) {
            throw CommandFailure("cowardly refusing to save to a terminal. Use the -o flag or redirect")
        }
        (self.cli, self.path) = (cli, path)
        if !path.isEmpty, let fault = Self.fault(path) {
            throw CommandFailure("failed to \(what == "image" ? "save" : "export") \(what): \(fault)")
        }
    }

    /// Why a file cannot be put at `path`, in docker's words.
    private static func fault(_ path: String) -> String? {
        let (directory, _) = LocalPath.split(path)
        do throws(SystemError) {
            let parent = try openFile(directory, .path)
            if try fileStatus(of: parent.rawValue).kind != .directory {
                return "invalid output path: not a directory"
            }
        } catch { return "invalid output path: stat \(directory): \(error.code.reason)" }
        switch (try? fileStatusIfPresent(path: path))?.kind {
        case nil, .regular: return nil
        case .directory: return "cannot write to a directory"
        case .symbolicLink: return "cannot write to a symbolic link directly"
        case .fifo: return "cannot write to a named pipe (FIFO)"
        case .socket: return "cannot write to a socket"
        case .blockDevice: return "cannot write to a block device file"
        case .characterDevice: return "cannot write to a character device file"
        case .unknown: return "cannot write to an unknown type of file"
        }
    }

    func receive(_ request: EngineClient.Request) throws {
        let response = try cli.client().send(request)
        if path.isEmpty {
            while let bytes = try response.read() { cli.write(bytes[...]) }
            return
        }
        let temporary = path + ".tmp"
        do {
            let file = try openFile(temporary, [.writeOnly, .create, .truncate], mode: 0o600)
            while let bytes = try response.read() { try writeAll(file.rawValue, bytes) }
            try renameFile(temporary, to: path)
        } catch {
            try? removeFile(temporary)
            throw error
        }
    }
}
