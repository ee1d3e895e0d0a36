import APIServer
import AsyncPrimitives
import DockerAPI
import EngineModel

/// The files of `c1`: one, whose tar is the word "tar".
extension FakeEngine {
    private var file: PathStat {
        var stat = PathStat()
        stat.name = "f"
        stat.size = 3
        stat.mode = 0o644
        stat.mtime = "2026-11-25T22:29:59.871737876Z"
        return stat
    }

    private func pipe() -> BytePipe {
        let pipe = BytePipe()
        Task {
            try await pipe.send(Array("tar".utf8))
            pipe.finish()
        }
        return pipe
    }

    func statPath(_ container: String, path: String) async throws -> PathStat {
        note("stat \(path)")
        if path == "/nope" {
            throw EngineError(.notFound, "Could not find the file \(path) in container \(container)")
        }
        return file
    }

    func archivePath(_ container: String, path: String) async throws -> (PathStat, BytePipe) {
        note("archive \(path)")
        return (file, pipe())
    }

    func extractArchive(_ container: String, _ options: ArchiveExtractOptions, body: BytePipe) async throws {
        var bytes: [UInt8] = []
        while let chunk = try await body.receive() { bytes += chunk }
        let flags = "\(options.noOverwriteDirNonDir) \(options.copyUIDGID)"
        note("extract \(options.path) \(flags) \(String(decoding: bytes, as: UTF8.self))")
    }

    func containerChanges(_ container: String) async throws -> [FilesystemChange]? {
        if container == "unchanged" { return nil }
        var change = FilesystemChange()
        change.path = "/etc"
        change.kind = 1
        return [change]
    }

    func exportContainer(_ container: String) async throws -> BytePipe { pipe() }

    func commitContainer(_ options: CommitOptions) async throws -> IDResponse {
        note(
            "commit \(options.container) \(options.repository):\(options.tag) \(options.comment) \(options.author) "
                + "\(options.pause) \(options.changes) \(options.config?.cmd ?? [])")
        var answer = IDResponse()
        answer.id = "sha256:1"
        return answer
    }
}
