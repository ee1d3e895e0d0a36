internal import Linux
internal import TestSupport
internal import Testing

extension OnARealKernel {
    /// Sessions recorded with docker 28, replayed with both clients on an engine of our own.
    ///
    /// `BERTH_RECORD=1 BERTH_E2E_HOST=unix:///…` writes the files anew from a real dockerd, which should have
    /// no other containers (see CONTRIBUTING.md).
    @Suite("Recorded sessions with docker 28", .requires(.root, .overlay))
    struct TranscriptTests {
        @Test("A session gives the same answers", .timeLimit(.minutes(5)), arguments: sessions())
        func replay(_ session: Session) async throws {
            try await session.replay()
        }
    }
}

/// One transcript with one client.
struct Session: Sendable, CustomTestStringConvertible {
    let name: String
    let kind: ClientKind

    var testDescription: String { "\(name), \(kind.rawValue) CLI" }
    private var file: String { "\(sourceTree)/Tests/Transcripts/\(name).session" }

    func replay() async throws {
        if let host = environmentVariable("BERTH_E2E_HOST") {
            let client = Client(kind, host: host)
            try await TestImage.busybox.install(in: client)
            try await client.removeContainers()
            try await replay(on: client)
            return try await client.removeContainers()
        }
        let before = try await KernelObjects.now()
        let daemon = try await Daemon()
        do {
            let client = daemon.client(kind)
            try await TestImage.busybox.install(in: client)
            try await replay(on: client)
        } catch {
            Issue.record(error, "the daemon's log ends: \(daemon.log.suffix(1500))")
        }
        try await daemon.remove()
        let left = try await KernelObjects.leftovers(since: before)
        #expect(left.isEmpty, "left behind")
    }

    private func replay(on client: Client) async throws {
        var transcript = Transcript(parsing: try readText(file))
        let scratch = try Scratch("session")
        defer { scratch.remove() }
        try makeDirectory("\(scratch.path)/bin")
        try makeDirectory("\(scratch.path)/work")
        let program = try #require(client.kind.path)
        try writeFile("\(scratch.path)/bin/docker", "#!/bin/sh\nexec \(program) \"$@\"\n", mode: 0o755)
        let recording = environmentVariable("BERTH_RECORD") != nil
        var normalizer = OutputNormalizer(ownName: client.kind.rawValue)

        for index in transcript.steps.indices {
            let step = transcript.steps[index]
            var answer = step.answer
            let before = normalizer
            if recording, step.directives.contains("retry") { try await Task.sleep(for: .seconds(3)) }
            let matched = try await eventually(
                within: step.directives.contains("retry") ? .seconds(15) : .zero
            ) {
                normalizer = before
                let result = try await perform(step.command, client, scratch.path)
                answer = Transcript.Answer(
                    stdout: normalizer.normalize(result.stdout), stderr: normalizer.normalize(result.stderr),
                    code: result.code)
                return recording || step.answer.matches(answer, step.directives)
            }
            if recording {
                transcript.steps[index].answer = answer
            } else if !matched {
                Issue.record("$ \(step.command)\nexpected \(step.answer.shown)\ngot \(answer.shown)")
            }
        }
        if recording { try writeFile(file, transcript.text) }
    }

    private func perform(_ script: String, _ client: Client, _ scratch: String) async throws -> CommandResult
    {
        var command = Command("sh", ["-c", script])
        command.environment = client.environment
        let path = environmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin"
        command.environment["PATH"] = "\(scratch)/bin:\(path)"
        command.directory = "\(scratch)/work"
        command.timeout = .seconds(40)
        return try await command.run()
    }
}

extension Transcript.Answer {
    fileprivate var shown: String { "exit \(code)\n\(stdout)\(stderr.isEmpty ? "" : "stderr: \(stderr)")" }
}

/// Every transcript with every client that is here.
private func sessions() -> [Session] {
    let only = environmentVariable("BERTH_SESSIONS")?.split(separator: ",").map(String.init)
    let names = ((try? listDirectory("\(sourceTree)/Tests/Transcripts")) ?? []).sorted()
        .filter { $0.hasSuffix(".session") }.map { String($0.dropLast(8)) }
        .filter { only?.contains($0) ?? true }
    let chosen = environmentVariable("BERTH_E2E_CLIENT").flatMap { ClientKind(rawValue: $0) }
    let foreign = environmentVariable("BERTH_E2E_HOST") != nil
    let kinds = chosen.map { [$0] } ?? (foreign ? [.docker] : ClientKind.available)
    return names.flatMap { name in kinds.map { Session(name: name, kind: $0) } }
}
