internal import Linux
internal import OrderedJSON

/// A context as a tar archive: `meta.json`, and its TLS files below `tls/docker`.
struct ContextArchive {
    /// Files by name; folders are not among them.
    private(set) var files: [(name: String, bytes: [UInt8])]

    /// More than any context has.
    static let limitBytes = 10 << 20

    init(_ context: EngineContext, store: ContextStore) throws {
        files = [("meta.json", context.document.bytes())]
        for name in context.securityFiles {
            files.append(
                ("tls/docker/\(name)", try readFile("\(store.securityFolder(context.name))/docker/\(name)")))
        }
    }

    /// The archive's bytes.
    var bytes: [UInt8] {
        var archive: [UInt8] = []
        var hasFolders = false
        for (name, bytes) in files {
            if name != "meta.json", !hasFolders {
                hasFolders = true
                for folder in ["tls", "tls/docker"] {
                    archive += Self.header(folder, size: 0, mode: 0o700, type: 0x35)
                }
            }
            archive += Self.header(
                name, size: bytes.count, mode: name == "meta.json" ? 0o644 : 0o600, type: 0x30)
            archive += bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
        }
        return archive + [UInt8](repeating: 0, count: 1024)
    }

    private static func header(_ name: String, size: Int, mode: Int, type: UInt8) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(name, at: 0)
        put(octal(mode, 7), at: 100)
        for offset in [108, 116] { put(octal(0, 7), at: offset) }
        put(octal(size, 11), at: 124)
        put(octal(0, 11), at: 136)
        put("        ", at: 148)
        block[156] = type
        put("ustar\u{0}00", at: 257)
        put(octal(block.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
        return block
    }

    /// Reads an archive; what no context has in it is refused.
    init(parsing archive: [UInt8]) throws {
        files = []
        var rest = archive[...]
        while !rest.isEmpty {
            guard rest.count >= 512 else { throw CommandFailure("unexpected EOF") }
            let block = Array(rest.prefix(512))
            rest = rest.dropFirst(512)
            if block.allSatisfy({ $0 == 0 }) { break }
            func text(_ range: Range<Int>) -> String {
                String(decoding: block[range].prefix { $0 != 0 }, as: UTF8.self)
            }
            let sum = block.enumerated().reduce(0) {
                $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element))
            }
            guard Int(text(148..<156).filter(\.isNumber), radix: 8) == sum,
                let size = Int(text(124..<136).filter(\.isNumber), radix: 8), size <= Self.limitBytes
            else { throw CommandFailure("archive/tar: invalid tar header") }
            let whole = (size + 511) / 512 * 512
            guard rest.count >= size else { throw CommandFailure("unexpected EOF") }
            let name = text(0..<100)
            if block[156] == 0x30 || block[156] == 0 {
                try Self.check(name)
                files.append((name, Array(rest.prefix(size))))
            } else if block[156] != 0x35 {
                throw CommandFailure("unexpected context file \"\(name)\": it is no regular file")
            }
            rest = rest.dropFirst(whole)
        }
    }

    private static func check(_ name: String) throws {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if name == "meta.json" { return }
        guard parts.count == 3, parts[0] == "tls", parts[1] == "docker",
            ["ca.pem", "cert.pem", "key.pem"].contains(parts[2])
        else { throw CommandFailure("invalid context: unexpected context file \"\(name)\"") }
    }

    /// The document and the TLS files of the context in the archive.
    func content() throws -> (document: JSONValue, security: [String: [UInt8]]) {
        guard let meta = files.first(where: { $0.name == "meta.json" }) else {
            throw CommandFailure("invalid context: no metadata found")
        }
        var security: [String: [UInt8]] = [:]
        for file in files where file.name != "meta.json" {
            security[String(file.name.dropFirst("tls/docker/".count))] = file.bytes
        }
        return (try JSONValue(parsing: meta.bytes), security)
    }
}

extension Command {
    static let contextExport = Command(
        path: "context export", usage: "[OPTIONS] CONTEXT [FILE|-]",
        summary: "Export a context to a tar archive FILE or a tar stream on STDOUT.",
        arguments: .between(1, 2)
    ) { cli, flags in
        let name = flags.arguments[0]
        let store = cli.choice.contexts
        if name != ContextStore.defaultName { try ContextStore.check(name) }
        let archive = try ContextArchive(try cli.choice.described(name), store: store)
        let target = flags.arguments.count > 1 ? flags.arguments[1] : name + ".dockercontext"
        if target == "-" {
            if isTerminal(1) {
                throw CommandFailure("cowardly refusing to export to a terminal, please specify a file path")
            }
            cli.write(archive.bytes[...])
            return 0
        }
        do {
            let file = try openFile(target, [.writeOnly, .create, .exclusive], mode: 0o600)
            try writeAll(file.rawValue, archive.bytes)
        } catch let error as SystemError { throw CommandFailure("open \(target): \(error.code.reason)") }
        cli.complain("Written file \"\(target)\"")
        return 0
    }

    static let contextImport = Command(
        path: "context import", usage: "CONTEXT FILE|-", summary: "Import a context from a tar or zip file",
        arguments: .exactly(2)
    ) { cli, flags in
        let (name, source) = (flags.arguments[0], flags.arguments[1])
        let store = cli.choice.contexts
        try ContextStore.check(name)
        if store.contains(name) { throw CommandFailure("context \"\(name)\" already exists") }
        let bytes: [UInt8]
        do {
            bytes =
                source == "-"
                ? try readAll(0, limitBytes: ContextArchive.limitBytes)
                : try readFile(source, limitBytes: ContextArchive.limitBytes)
        } catch let error as SystemError { throw CommandFailure("open \(source): \(error.code.reason)") }
        if bytes.starts(with: [0x50, 0x4B]) {
            throw CommandFailure("zip files of contexts are not supported: export the context as a tar file")
        }
        let content = try ContextArchive(parsing: bytes).content()
        var context = store.context(content.document, name: name)
        context.name = name
        try store.save(context, files: content.security)
        cli.print(name)
        cli.complain("Successfully imported context \"\(name)\"")
        return 0
    }
}
