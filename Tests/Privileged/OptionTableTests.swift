internal import Linux
internal import OrderedJSON
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// Every option of `run` and `create` with what docker 28 made of it; the tables are in `Tests/Options`.
    ///
    /// `BERTH_RECORD=1 BERTH_E2E_HOST=unix:///…` writes the answers anew from a real dockerd.
    @Suite("The options of run and create", .engine)
    struct OptionTableTests {
        private let docker: Client

        init() throws { docker = try Engine.shared().client() }

        @Test("say in inspect what docker 28 says, or are refused in its words", .timeLimit(.minutes(5)))
        func create() async throws {
            var table = try OptionTable("create")
            var probe = Probe(docker)
            try await probe.make("")
            for entry in table.entries { try await probe.make(entry.words) }
            let answers = try await probe.answers()
            try table.compare(Array(answers.dropFirst()))
        }

        @Test(
            "have the effect inside of the container that they have with docker 28", .timeLimit(.minutes(10)))
        func run() async throws {
            var table = try OptionTable("run")
            try await docker.must("volume", "create", "optpart")
            var answers: [[String]] = []
            for entry in table.entries {
                let cut = try #require(entry.words.range(of: " -- "))
                var flags = OptionTable.split(entry.words[..<cut.lowerBound])
                // No option here is about a network of the container's own, which takes time.
                if !flags.contains("--network") { flags += ["--network", "none"] }
                let script = String(entry.words[cut.upperBound...])
                let result = try await docker.run(
                    ["run", "--rm", "--pull", "never"] + flags + ["busybox", "sh", "-c", script])
                answers.append(
                    Probe.lines(result.stdout, "> ") + Probe.messages(result.stderr, code: result.code))
            }
            try table.compare(answers)
        }
    }
}

/// Containers that are made with options and looked at together.
private struct Probe {
    let docker: Client
    private var results: [(id: String, messages: [String])] = []

    init(_ docker: Client) { self.docker = docker }

    mutating func make(_ words: String) async throws {
        let result = try await docker.run(["create"] + OptionTable.split(words[...]) + ["busybox", "true"])
        results.append(
            (
                result.code == 0 ? result.output : "",
                Self.messages(result.stderr, code: result.code)
            ))
    }

    /// What was said at each create and is shown afterwards, as far as the first container's does not show it.
    func answers() async throws -> [[String]] {
        let ids = results.map(\.id).filter { !$0.isEmpty }
        let shown =
            try JSONValue(parsing: Array(try await docker.must(["inspect"] + ids).utf8)).arrayValue ?? []
        _ = try await docker.run(["rm", "-f", "-v"] + ids)
        var documents = shown[...]
        var base: [String: String] = [:]
        return results.enumerated().map { index, result in
            guard !result.id.isEmpty, let document = documents.popFirst() else { return result.messages }
            let members = Self.members(document, id: result.id)
            if index == 0 { base = members }
            let names = Set(members.keys).union(base.keys).sorted()
            return result.messages
                + names.filter { members[$0] != base[$0] }.map { "\($0) \(members[$0] ?? "(none)")" }
        }
    }

    private static func members(_ document: JSONValue, id: String) -> [String: String] {
        var found: [String: String] = [:]
        for part in ["HostConfig", "Config"] {
            for member in document[part]?.objectValue?.members ?? [] {
                found["\(part).\(member.key)"] = member.value.text(.compact)
            }
        }
        for name in ["Mounts", "AppArmorProfile", "Path", "Args"] {
            found[name] = document[name]?.text(.compact)
        }
        // Whose default is another on hosts with cgroup v1.
        found["HostConfig.CgroupnsMode"] = nil
        return found.mapValues { text in
            var text = text
            text.replace(id, with: "<id>")
            text.replace(String(id.prefix(12)), with: "<id>")
            text.replace(#/"\/[^" ]*\/volumes\//#) { _ in "\"<volumes>/" }
            text.replace(#/\b[0-9a-f]{64}\b/#) { _ in "<hex>" }
            return text
        }
    }

    static func lines(_ text: String, _ mark: String) -> [String] {
        text.split(separator: "\n").map { mark + $0.replacing(#/\b[0-9a-f]{64}\b/#) { _ in "<hex>" } }
    }

    /// The lines of an error without its advice, and without the way that runc and the shim tell it.
    static func messages(_ text: String, code: Int32) -> [String] {
        lines(text, "").filter { !$0.hasPrefix("Usage:") && !$0.hasPrefix("Run '") && !$0.isEmpty }.map {
            line in
            var line = line
            for way in [
                "error during container init: ", "unable to start container process: ",
                "runc create failed: ",
            ] {
                if let range = line.range(of: way), line.contains("OCI runtime create failed") {
                    line = "docker: Error response from daemon: " + line[range.upperBound...]
                    break
                }
            }
            line.replace(#/\/[^ ]*\/volumes\//#) { _ in "<volumes>/" }
            return "! \(code) \(line)"
        }
    }
}

/// A file of options with the answers that belong to them.
private struct OptionTable {
    struct Entry {
        var words: String
        var answers: [String]
    }

    private let path: String
    private var head: [String] = []
    private(set) var entries: [Entry] = []

    init(_ name: String) throws {
        path = "\(sourceTree)/Tests/Options/\(name).txt"
        for line in try readText(path).split(separator: "\n").map(String.init) {
            if line.hasPrefix("$ ") {
                entries.append(Entry(words: String(line.dropFirst(2)), answers: []))
            } else if entries.isEmpty {
                head.append(line)
            } else {
                entries[entries.count - 1].answers.append(line)
            }
        }
        try #require(!entries.isEmpty)
    }

    /// Compares what was answered now with what stands in the file, or writes it there.
    mutating func compare(_ answers: [[String]]) throws {
        try #require(answers.count == entries.count)
        if environmentVariable("BERTH_RECORD") != nil {
            let text = zip(entries, answers).map { entry, answer in
                (["$ " + entry.words] + answer).joined(separator: "\n") + "\n"
            }
            return try writeFile(path, head.joined(separator: "\n") + "\n\n" + text.joined())
        }
        for (entry, answer) in zip(entries, answers) where entry.answers != answer {
            Issue.record(
                "\(entry.words)\ndocker:\n\(entry.answers.joined(separator: "\n"))\nhere:\n\(answer.joined(separator: "\n"))"
            )
        }
    }

    /// The words of a command line; a space after a backslash belongs to its word.
    static func split(_ text: Substring) -> [String] {
        text.replacing("\\ ", with: "\u{1}").split(separator: " ").map {
            String($0).replacing("\u{1}", with: " ")
        }
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}
