internal import AsyncPrimitives
public import ContentStore
internal import FoundationEssentials
internal import Linux
public import Logging
internal import OCI
public import Snapshots
public import StateStore
internal import Synchronization

/// Owns images by name and id: their records, blobs and layers.
///
/// Look-ups answer from memory. Everything that touches the disk blocks, or is `async` and uses the blocking pool.
/// A record appears once all that it names is on the disk; what no record names is collected.
public final class ImageStore: Sendable {
    struct State {
        var images: [Digest: ImageRecord] = [:]
        /// By full reference, `docker.io/library/busybox:latest`.
        var names: [String: NameRecord] = [:]
        var configs: [Digest: ImageConfig] = [:]
        /// Images whose parts are missing: nobody can have them, but what is there of them stays.
        var heldBack: [Digest: ImageRecord] = [:]
    }

    /// Imports and loads that are going on; nothing is collected meanwhile.
    struct Activity {
        var running = 0
        var collectLater = false
        /// Whether a collection is on its way in the background.
        var isScheduled = false
    }

    public let snapshots: SnapshotStore
    public var content: ContentStore { snapshots.content }
    let store: StateStore
    let logger: Logger
    let imageRecords: Collection<ImageRecord>
    let nameRecords: Collection<NameRecord>
    let state: Mutex<State>
    private let activity = Mutex(Activity())
    let fetches = LayerFetches()
    let unsynced: UnsyncedParts

    /// Opens the images below `dataRoot`, and removes what a crash left half made.
    public static func open(
        dataRoot: String, store: StateStore, snapshots: SnapshotStore, logger: Logger
    ) throws -> ImageStore {
        let images = try ImageStore(store: store, snapshots: snapshots, logger: logger)
        try images.recover()
        return images
    }

    private init(store: StateStore, snapshots: SnapshotStore, logger: Logger) throws {
        self.store = store
        self.snapshots = snapshots
        self.logger = logger
        imageRecords = store.collection("images", version: 1, of: ImageRecord.self)
        nameRecords = store.collection("image-names", version: 1, of: NameRecord.self)
        unsynced = UnsyncedParts(store, snapshots, logger)
        var state = State()
        for (_, record) in try imageRecords.all() { state.images[record.id] = record }
        for (name, record) in try nameRecords.all() { state.names[name] = record }
        self.state = Mutex(state)
    }

    /// Sets aside images whose parts are missing, empties `tmp/`, removes what nothing names.
    private func recover() throws {
        for name in try listDirectory(content.temporary) {
            try? snapshots.discard("\(content.temporary)/\(name)")
        }
        try unsynced.recover()
        try content.removePartials(olderThan: 7 * 86400)
        let images = state.withLock { Array($0.images.values) }
        for image in images {
            let missing = missingParts(of: image)
            if missing.isEmpty { continue }
            logger.error(
                "image is not whole, its names are kept back",
                metadata: ["image": "\(image.id)", "missing": "\(missing.joined(separator: ", "))"])
            state.withLock { state in
                state.images[image.id] = nil
                state.heldBack[image.id] = image
                state.names = state.names.compactMapValues { $0.without(image.id) }
            }
        }
        collectGarbage()
    }

    private func missingParts(of image: ImageRecord) -> [String] {
        var missing: [String] = []
        if !content.contains(image.id) { missing.append("config") }
        guard let layers = snapshots.layers(for: image.layers.map(\.diffID)) else {
            return missing + ["layers"]
        }
        for layer in layers where !fileExists(snapshots.path(of: layer)) {
            missing.append("layer \(layer.key)")
        }
        return missing
    }

    // MARK: Garbage

    /// Keeps everything in place while `body` puts parts of images together.
    ///
    /// What is left over is collected if `body` fails, and otherwise where `leavesRest` says that there is some.
    func whileActive<R>(leavesRest: Bool = false, _ body: () throws -> R) throws -> R {
        activity.withLock { $0.running += 1 }
        var collects = true
        defer { endActivity(collects: collects) }
        let result = try body()
        collects = leavesRest
        return result
    }

    /// ``whileActive(leavesRest:_:)`` for what waits for the network; what is left over is collected in the background.
    func whileActive<R: Sendable>(_ body: () async throws -> R) async throws -> R {
        activity.withLock { $0.running += 1 }
        do {
            let result = try await body()
            endActivity(collects: false)
            return result
        } catch {
            await BlockingPool.shared.run { [self] in endActivity(collects: true) }
            throw error
        }
    }

    private func endActivity(collects: Bool) {
        activity.withLock { activity in
            activity.running -= 1
            if collects { activity.collectLater = true }
            if activity.running == 0 && activity.collectLater {
                activity.collectLater = false
                collectNow()
            }
        }
    }

    /// Removes blobs and layers that belong to no image, now or when the last import has ended.
    public func collectGarbage() { activity.withLock { collect(&$0) } }

    /// Whether a collection in the background has still to be done.
    public var isCollectionDue: Bool { activity.withLock { $0.isScheduled } }

    private func collect(_ activity: inout Activity) {
        if activity.running > 0 {
            activity.collectLater = true
        } else {
            collectNow()
        }
    }

    /// ``collectGarbage()`` in the background: nobody waits for it.
    func collectSoon() {
        let isFirst = activity.withLock { activity in
            defer { activity.isScheduled = true }
            return !activity.isScheduled
        }
        if !isFirst { return }
        BlockingPool.shared.submit { [self] in
            activity.withLock { activity in
                activity.isScheduled = false
                collect(&activity)
            }
        }
    }

    private func collectNow() {
        do {
            var blobs: Set<Digest> = []
            var layers: Set<String> = []
            // Those that are not whole count too: their parts are not ours to drop.
            let (images, indexes) = state.withLock { state in
                (
                    Array(state.images.values) + Array(state.heldBack.values),
                    state.names.values.compactMap { $0.index?.digest }
                )
            }
            blobs.formUnion(indexes)
            for image in images {
                blobs.insert(image.id)
                if let manifest = image.manifest { blobs.insert(manifest.digest) }
                for layer in image.layers { if let blob = layer.blob { blobs.insert(blob.digest) } }
                let diffIDs = image.layers.map(\.diffID)
                for layer in snapshots.layers(for: diffIDs) ?? [] { layers.insert(layer.key) }
                for index in diffIDs.indices {
                    layers.insert(diffIDs[index].hex)
                    if let chain = ChainID.of(diffIDs[...index]) { layers.insert(chain.hex) }
                }
            }
            for digest in try content.all() where !blobs.contains(digest) {
                try content.remove(digest)
            }
            let gone = try snapshots.collect(keeping: layers)
            if !gone.isEmpty { logger.debug("layers removed", metadata: ["count": "\(gone.count)"]) }
        } catch {
            logger.warning("garbage collection failed", metadata: ["reason": "\(error)"])
        }
    }

    /// All unpacked layers' files together, each layer counted once.
    public var layersSizeBytes: Int64 { snapshots.allLayers.reduce(0) { $0 + $1.sizeBytes } }

    // MARK: Writing

    /// Makes `record` and its `names` last; what they name goes to the disk in the background, see ``UnsyncedParts``.
    ///
    /// The names stand for `others` too, images of other platforms that are on record, with their `index` if it is kept.
    func commit(
        _ record: ImageRecord, layers: [LayerRecord], names: [ImageReference], others: [Digest] = [],
        index: Descriptor? = nil
    ) throws {
        let named = NameRecord(id: record.id, others: others, index: index)
        var record = record
        let old = state.withLock { $0.images[record.id] }
        record.lastTagged = names.isEmpty ? old?.lastTagged : Self.now().description
        record.parent = record.parent ?? old?.parent
        record.manifest = record.manifest ?? old?.manifest
        try store.transaction { transaction in
            let new = try snapshots.commit(layers, in: transaction)
            let made = Set(new.map(\.diffID))
            let blobs = record.layers.filter { made.contains($0.diffID) }.compactMap { $0.blob?.digest }
            let documents = [record.id] + [record.manifest?.digest, index?.digest].compactMap { $0 }
            try unsynced.mark(new, blobs + documents, in: transaction)
            try transaction.put(imageRecords, record.id.description, record)
            for name in names {
                try transaction.put(nameRecords, name.description, named)
            }
        }
        state.withLock { [record] state in
            state.images[record.id] = record
            state.heldBack[record.id] = nil
            for name in names { state.names[name.description] = named }
        }
        unsynced.syncSoon()
    }

    /// Puts on the disk what is not there yet; the daemon ends.
    public func close() async { await unsynced.finish() }

    /// Sets what names stand for, durably; one with nil goes.
    func setNames(_ names: [String: NameRecord?]) throws {
        try store.transaction { try write(names, in: $0) }
        state.withLock { state in
            for (name, record) in names { state.names[name] = record }
        }
    }

    /// The part of ``setNames(_:)`` that is on the disk.
    func write(_ names: [String: NameRecord?], in transaction: borrowing Transaction) throws {
        for (name, record) in names {
            if let record {
                try transaction.put(nameRecords, name, record)
            } else {
                try transaction.remove(nameRecords, name)
            }
        }
    }

    static func now() -> RFC3339 {
        let now = Date().timeIntervalSince1970
        let seconds = now.rounded(.down)
        return RFC3339(seconds: Int64(seconds), nanoseconds: Int32((now - seconds) * 1_000_000) * 1000)
    }

    /// Encodes a config or manifest always in the same way.
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// Decodes JSON of an image; `subject` names it in the failure.
    static func decode<T: Decodable>(_ type: T.Type, _ bytes: [UInt8], _ subject: String) throws -> T {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw ImageError(.invalid, "read \"\(subject)\": \(words(error))")
        }
    }

    private static func words(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        return switch error {
        case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context): "\"\(place(context))\" has the wrong type"
        case .valueNotFound(_, let context): "\"\(place(context))\" has no value"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "invalid JSON" : "\"\(place(context))\": \(context.debugDescription)"
        @unknown default: "invalid JSON"
        }
    }
}
