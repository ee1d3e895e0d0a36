internal import Linux
internal import TestSupport
internal import Testing

@Suite("The architecture")
struct ArchitectureTests {
    /// The Swift files of `folder` with their lines, comments left out.
    private func sources(_ folder: String) throws -> [(file: String, lines: [(number: Int, text: String)])] {
        var found: [(String, [(number: Int, text: String)])] = []
        for name in try listDirectory(folder).sorted() {
            let path = "\(folder)/\(name)"
            if name.hasSuffix(".swift") {
                let lines = try readText(path).split(separator: "\n", omittingEmptySubsequences: false)
                    .enumerated().map { (number: $0.offset + 1, text: String($0.element)) }
                    .filter { !$0.text.trimmed.hasPrefix("//") }
                found.append((path, lines))
            } else if (try? listDirectory(path)) != nil {
                found += try sources(path)
            }
        }
        return found
    }

    /// The module that `line` imports, if it is an import.
    private func imported(_ line: String) -> String? {
        let words = line.split(separator: " ").map(String.init)
        guard let index = words.firstIndex(of: "import"), index <= 2, index + 1 < words.count else {
            return nil
        }
        let before = words[..<index]
        let allowed: Set = [
            "public", "internal", "package", "private", "fileprivate", "@testable", "@preconcurrency",
        ]
        guard before.allSatisfy({ allowed.contains($0) }) else { return nil }
        return words[index + 1].split(separator: ".").first.map(String.init)
    }

    /// What `target` may import, through the rows of what it may import.
    private func closure(_ target: String) -> Set<String> {
        var found: Set<String> = []
        var open = [target]
        while let next = open.popLast() {
            for module in importTable.first(where: { $0.target == next })?.mayImport ?? []
            where module != "Glibc" && found.insert(module).inserted { open.append(module) }
        }
        return found
    }

    @Test("holds a row for each target, and a target for each row")
    func rows() throws {
        let folders = try listDirectory("\(sourceTree)/Sources").filter { !$0.hasPrefix(".") }
        #expect(Set(folders) == Set(importTable.map(\.target)))
        #expect(Set(importTable.map(\.target)).count == importTable.count)
    }

    @Test("lets each target import what its row says, and nothing else", arguments: importTable.map(\.target))
    func imports(_ target: String) throws {
        var allowed = closure(target).union(common)
        if target == "Linux" || glibcUsers.contains(target) { allowed.insert("Glibc") }
        for (file, lines) in try sources("\(sourceTree)/Sources/\(target)") {
            for line in lines {
                guard let module = imported(line.text), !allowed.contains(module) else { continue }
                Issue.record(
                    "\(file):\(line.number): \(target) may not import \(module) (Tests/Architecture/ImportTable.swift)"
                )
            }
        }
    }

    @Test("imports Foundation nowhere, tests included")
    func foundation() throws {
        for folder in ["Sources", "Tests"] {
            for (file, lines) in try sources("\(sourceTree)/\(folder)") {
                for line in lines where imported(line.text) == "Foundation" {
                    Issue.record("\(file):\(line.number): import FoundationEssentials instead")
                }
            }
        }
    }

    @Test(
        "keeps the bare ring free of async, tasks and threads",
        arguments: importTable.filter { $0.ring == .bare }.map(\.target))
    func bareRing(_ target: String) throws {
        let words = [
            " async ", " await ", "Task {", "Task(", "Task.detached", "actor ", "withTaskGroup",
            "pthread_create", "AsyncStream", "DispatchQueue",
        ]
        for (file, lines) in try sources("\(sourceTree)/Sources/\(target)") {
            for line in lines {
                let code = line.text.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                    .filter { $0.offset % 2 == 0 }.map { String($0.element) }.joined(separator: "\"")
                for word in words where " \(code)".contains(word == "actor " ? " actor " : word) {
                    Issue.record("\(file):\(line.number): \"\(word.trimmed)\" in the bare ring")
                }
            }
        }
    }

    @Test("keeps the C library's types out of what Linux makes public")
    func publicSignatures() throws {
        for (file, lines) in try sources("\(sourceTree)/Sources/Linux") {
            for line in lines where imported(line.text) != nil && line.text.hasPrefix("public import") {
                let module = imported(line.text) ?? ""
                if ["Glibc", "CLinux"].contains(module) {
                    Issue.record("\(file):\(line.number): public import of \(module)")
                }
            }
        }
    }

    @Test(
        "says in each target's README.md what belongs there",
        arguments: importTable.map(\.target).filter {
            !["CSeccomp", "CSQLite", "CCompression", "CYAML", "CZlib"].contains($0)
        })
    func readme(_ target: String) throws {
        let text = try readText("\(sourceTree)/Sources/\(target)/README.md")
        #expect(text.hasPrefix("# \(target)\n"))
        #expect(text.split(separator: "\n").count >= 3, "a title alone says nothing")
    }

    @Test("has no file that has outgrown one topic")
    func sizes() throws {
        for (file, lines) in try sources("\(sourceTree)/Sources") {
            let count = lines.last?.number ?? 0
            #expect(count <= 600, "\(file) has \(count) lines: what second thing has moved in?")
        }
    }

    @Test("never unwraps or tries by force")
    func force() throws {
        for (file, lines) in try sources("\(sourceTree)/Sources") {
            for line in lines where line.text.contains("try! ") || line.text.contains("as! ") {
                Issue.record("\(file):\(line.number): \(line.text.trimmed)")
            }
        }
    }

    @Test("lists only requirements that exist among the limits of CI")
    func knownLimits() throws {
        for line in try readText("\(sourceTree)/.ci/known-limits").split(separator: "\n")
        where !line.hasPrefix("#") {
            let name = String(line.prefix { $0 != " " })
            #expect(Requirement(rawValue: name) != nil, "no test requires \"\(name)\"")
            #expect(line.contains("# "), "\"\(name)\" gives no reason")
        }
    }
}
