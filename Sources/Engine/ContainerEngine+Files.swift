public import AsyncPrimitives
public import DockerAPI
internal import EngineModel
internal import Snapshots
internal import TarFormat

extension ContainerEngine {
    public func statPath(_ container: String, path: String) async throws -> PathStat {
        let files = try await files(container, .withMounts)
        return try await services.archives.run { try files.stat(ContainerPath(path)) }
    }

    public func archivePath(_ container: String, path: String) async throws -> (PathStat, BytePipe) {
        let files = try await files(container, .withMounts)
        let path = ContainerPath(path)
        let stat = try await services.archives.run { try files.stat(path) }
        let pipe = BytePipe(limitBytes: 2 << 20)
        services.archives.submit {
            files.archive(path, isDirectory: stat.mode & PathStat.Bits.directory != 0, to: pipe)
        }
        await (try self.container(container)).publish("archive-path")
        return (stat, pipe)
    }

    public func extractArchive(
        _ container: String, _ options: ArchiveExtractOptions, body: BytePipe
    ) async throws {
        let actor = try self.container(container)
        let record = await actor.record
        let archives = services.archives
        try await actor.withFilesToWrite { view in
            let files = ContainerFiles(view: view, name: container)
            try await archives.run {
                defer { body.close() }
                try files.extract(
                    ChunkSource { try body.receiveBlocking() }, to: ContainerPath(options.path), options,
                    user: record.config.user, isRootReadOnly: record.hostConfig.readonlyRootfs)
            }
        }
        await actor.publish("extract-to-dir")
    }

    public func exportContainer(_ container: String) async throws -> BytePipe {
        let actor = try self.container(container)
        try Self.check(await actor.lifecycle, actor.id, for: "export")
        let files = try await files(container, .rootOnly)
        let pipe = BytePipe(limitBytes: 2 << 20)
        services.archives.submit { files.export(to: pipe) }
        await actor.publish("export")
        return pipe
    }

    public func containerChanges(_ container: String) async throws -> [FilesystemChange]? {
        let began = ContinuousClock.now
        let changes = try await self.container(container).changes()
        services.metrics.record(.changes, since: began)
        if changes.isEmpty { return nil }
        return changes.map { change in
            var line = FilesystemChange()
            line.path = "/\(change.path)"
            line.kind =
                switch change.kind {
                case .modified: 0
                case .added: 1
                case .deleted: 2
                }
            return line
        }
    }

    private func files(_ container: String, _ scope: ContainerActor.FileScope) async throws -> ContainerFiles
    {
        let view = try await self.container(container).filesToRead(scope)
        return ContainerFiles(view: view, name: container)
    }

    /// Refuses a container that is about to go.
    static func check(_ life: Lifecycle, _ id: String, for verb: String) throws {
        switch life.phase {
        case .dead: throw EngineError(.conflict, "You cannot \(verb) container \(id) which is Dead")
        case .removing:
            throw EngineError(.conflict, "You cannot \(verb) container \(id) which is being removed")
        default: return
        }
    }
}
