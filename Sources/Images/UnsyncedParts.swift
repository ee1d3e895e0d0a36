internal import AsyncPrimitives
internal import ContentStore
internal import Linux
internal import Logging
internal import OCI
internal import Snapshots
internal import StateStore
internal import Synchronization
internal import TarArchive
internal import TarFormat

/// Layers and blobs that are on record before the kernel has put them on the disk.
///
/// Nobody waits for a gigabyte to be written: the record says in which boot of the machine the parts were made, and goes
/// once a sync in the background has ended. Another boot that finds such a record does not trust the parts.
final class UnsyncedParts: Sendable {
    struct Mark: Codable, Sendable {
        var boot: String
    }

    private struct State {
        var isRunning = false
        var pending: Set<String> = []
    }

    private let marks: Collection<Mark>
    private let snapshots: SnapshotStore
    private let logger: Logger
    private let boot: String
    private let state = Mutex(State())
    private let threads = BlockingPool(maximumThreads: 1)

    init(_ store: StateStore, _ snapshots: SnapshotStore, _ logger: Logger) {
        marks = store.collection("unsynced-parts", version: 1, of: Mark.self)
        self.snapshots = snapshots
        self.logger = logger
        boot = (try? readText("/proc/sys/kernel/random/boot_id", limitBytes: 64)) ?? ""
    }

    /// Removes what a boot that ended too early may have left wrong; to be called before anything is used.
    func recover() throws {
        for (key, mark) in try marks.all() {
            if mark.boot == boot && !boot.isEmpty {
                state.withLock { _ = $0.pending.insert(key) }
                continue
            }
            let parts = key.split(separator: " ").map(String.init)
            if parts.count == 2, parts[0] == "layer" {
                logger.warning(
                    "layer removed: the machine went down before it was on the disk",
                    metadata: ["layer": "\(parts[1])"])
                try snapshots.drop(parts[1])
            } else if parts.count == 2, let digest = try? Digest(parsing: parts[1]), try !isWhole(digest) {
                logger.warning(
                    "blob removed: the machine went down before it was on the disk",
                    metadata: ["blob": "\(digest)"])
                try snapshots.content.remove(digest)
            }
            try marks.remove(key, durable: false)
        }
        syncSoon()
    }

    private func isWhole(_ digest: Digest) throws -> Bool {
        guard snapshots.content.contains(digest) else { return true }
        let source = HashingSource(DescriptorSource(SharedDescriptor(try snapshots.content.open(digest))))
        try source.drain()
        return source.digest == digest
    }

    /// Marks what `transaction` puts on record; ``syncSoon()`` follows it.
    func mark(_ layers: [LayerRecord], _ blobs: [Digest], in transaction: borrowing Transaction) throws {
        let keys = layers.map { "layer \($0.key)" } + blobs.map { "blob \($0)" }
        for key in keys { try transaction.put(marks, key, Mark(boot: boot)) }
        state.withLock { $0.pending.formUnion(keys) }
    }

    /// Syncs in the background, and again as long as parts come meanwhile.
    func syncSoon() {
        let starts = state.withLock { state in
            if state.isRunning || state.pending.isEmpty { return false }
            state.isRunning = true
            return true
        }
        if starts { threads.submit { [self] in work() } }
    }

    private func work() {
        while true {
            let keys = state.withLock { state in
                state.isRunning = !state.pending.isEmpty
                defer { state.pending = [] }
                return state.pending
            }
            if keys.isEmpty { return }
            do { try sync(keys) } catch {
                logger.warning("images not synced", metadata: ["reason": "\(error)"])
                return state.withLock { state in
                    state.isRunning = false
                    state.pending.formUnion(keys)
                }
            }
        }
    }

    private func sync(_ keys: Set<String>) throws {
        try snapshots.sync()
        for key in keys { try marks.remove(key, durable: false) }
    }

    /// Syncs what is left now: the daemon ends.
    func finish() async {
        await threads.run { [self] in work() }
    }
}
