import AsyncPrimitives
import Images
import Linux
import Logging
import OCI
import Snapshots
import StateStore

/// A data root of its own, gone with the value.
final class StoreFixture: Sendable {
    let root: String
    let state: StateStore
    let snapshots: SnapshotStore
    let images: ImageStore

    init(root: String? = nil) throws {
        let path = root ?? "/tmp/berth-test-\(UInt64.random(in: 0...UInt64.max))"
        self.root = path
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        state = try StateStore(path: path + "/berth.db", logger: logger)
        snapshots = try SnapshotStore.open(dataRoot: path, store: state, logger: logger)
        images = try ImageStore.open(dataRoot: path, store: state, snapshots: snapshots, logger: logger)
    }

    func remove() { try? removeTree(root) }

    /// What is below the data root, apart from the database: names of layers, blobs and half-made things.
    ///
    /// Waits for a collection that is on its way.
    func contents() throws -> (layers: [String], blobs: [String], temporary: [String]) {
        while images.isCollectionDue { sleepMilliseconds(1) }
        return (
            try listDirectory(root + "/layers").sorted(), try listDirectory(root + "/blobs/sha256").sorted(),
            try listDirectory(root + "/tmp").sorted()
        )
    }

    @discardableResult
    func importBytes(_ bytes: [UInt8], as name: String? = nil, changes: [String] = []) async throws -> Digest
    {
        var options = ImageStore.ImportOptions()
        options.reference = try name.map { try ImageReference(parsing: $0) }
        options.changes = changes
        return try await images.importRoot(from: Self.pipe(bytes), options)
    }

    @discardableResult
    func load(
        _ bytes: [UInt8], platforms: [String] = []
    ) async throws -> (ids: [Digest], messages: [String]) {
        let platforms = try platforms.map { try Platform(parsing: $0) }
        let messages = Messages()
        let ids = try await images.load(from: Self.pipe(bytes), platforms: platforms) { event in
            if case .message(let text) = event { messages.add(text) }
        }
        return (ids, messages.all)
    }

    /// A pipe that a task fills with `bytes`.
    static func pipe(_ bytes: [UInt8]) -> BytePipe {
        let pipe = BytePipe()
        Task {
            do {
                for start in stride(from: 0, to: bytes.count, by: 100_000) {
                    try await pipe.send(Array(bytes[start..<min(bytes.count, start + 100_000)]))
                }
                pipe.finish()
            } catch {
                pipe.finish(throwing: error)
            }
        }
        return pipe
    }
}
