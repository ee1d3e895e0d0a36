public import ContentStore
internal import Linux
public import Logging
public import OCI
public import StateStore
internal import Synchronization
internal import TarArchive
internal import TarFormat

/// Keeps unpacked layers, and turns stacks of them into roots of containers.
///
/// Calls block and may come from any thread. A layer is on the disk completely or not at all; the record that makes
/// it count is written by the owner of the image (``commit(_:in:)``), so that both appear together.
public final class SnapshotStore: Sendable {
    private struct State {
        var layers: [String: LayerRecord] = [:]
        var pinned: [String: [String]] = [:]
    }

    /// Where the blobs are, and what is half made.
    public let content: ContentStore
    let layersPath: String
    let logger: Logger
    private let layerRecords: Collection<LayerRecord>
    private let writableRecords: Collection<WritableRecord>
    private let state: Mutex<State>
    private let background: @Sendable (@escaping @Sendable () -> Void) -> Void

    /// Opens the layers below `dataRoot`. Slow removals are handed to `background`.
    public static func open(
        dataRoot: String, store: StateStore, logger: Logger,
        background: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = { $0() }
    ) throws -> SnapshotStore {
        try SnapshotStore(dataRoot: dataRoot, store: store, logger: logger, background: background)
    }

    private init(
        dataRoot: String, store: StateStore, logger: Logger,
        background: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
    ) throws {
        content = try ContentStore(root: dataRoot)
        layersPath = dataRoot + "/layers"
        try makeDirectories(layersPath, mode: 0o700)
        self.logger = logger
        self.background = background
        layerRecords = store.collection("layers", version: 1, of: LayerRecord.self)
        writableRecords = store.collection("writable-layers", version: 1, of: WritableRecord.self)
        var state = State()
        for (key, record) in try layerRecords.all() { state.layers[key] = record }
        for (container, record) in try writableRecords.all() { state.pinned[container] = record.layers }
        self.state = Mutex(state)
    }

    // MARK: Layers

    /// The layers of `diffIDs` (lowest first), or nil where one is not unpacked.
    public func layers(for diffIDs: [Digest]) -> [LayerRecord]? {
        state.withLock { state in
            var found: [LayerRecord] = []
            for index in diffIDs.indices {
                guard let record = Self.find(diffIDs[...index], in: state.layers) else { return nil }
                found.append(record)
            }
            return found
        }
    }

    private static func find(_ diffIDs: ArraySlice<Digest>, in layers: [String: LayerRecord]) -> LayerRecord?
    {
        guard let top = diffIDs.last else { return nil }
        if let plain = layers[top.hex], !plain.needsParent || diffIDs.count == 1 { return plain }
        guard let chain = ChainID.of(diffIDs) else { return nil }
        return layers[chain.hex]
    }

    /// Overlayfs's lower directories for `diffIDs` (lowest first): paths, the topmost first.
    public func lowerDirectories(for diffIDs: [Digest]) throws -> [String] {
        guard let layers = layers(for: diffIDs) else {
            let missing = diffIDs.indices.first { self.layers(for: Array(diffIDs[...$0])) == nil }
            throw SnapshotError.missingLayer(missing.map { diffIDs[$0].description } ?? "")
        }
        return layers.reversed().map { path(of: $0) }
    }

    /// Where the layer is.
    public func path(of layer: LayerRecord) -> String { "\(layersPath)/\(layer.key)" }

    /// Every layer that is unpacked.
    public var allLayers: [LayerRecord] { state.withLock { Array($0.layers.values) } }

    /// Makes a layer findable in this process; ``commit(_:in:)`` makes it last.
    func add(_ layer: LayerRecord) { state.withLock { $0.layers[layer.key] = layer } }

    /// Writes the records of `layers` in the image's own transaction, and returns those that had none before.
    public func commit(_ layers: [LayerRecord], in transaction: borrowing Transaction) throws -> [LayerRecord]
    {
        let new = try layers.filter { try transaction.get(layerRecords, $0.key) == nil }
        for layer in layers { try transaction.put(layerRecords, layer.key, layer) }
        return new
    }

    /// Removes a layer, whoever wants it: what is in it cannot be trusted.
    public func drop(_ key: String) throws {
        try layerRecords.remove(key, durable: false)
        _ = state.withLock { $0.layers.removeValue(forKey: key) }
        try discard("\(layersPath)/\(key)")
    }

    /// Removes every layer that is neither in `wanted` (keys) nor below a container, and tells which these were.
    ///
    /// Nobody may be unpacking meanwhile. The directories go in the background.
    @discardableResult
    public func collect(keeping wanted: Set<String>) throws -> [LayerRecord] {
        let (gone, pinned) = state.withLock { state in
            let pinned = Set(state.pinned.values.joined())
            return (
                state.layers.values.filter { !wanted.contains($0.key) && !pinned.contains($0.key) }, pinned
            )
        }
        for layer in gone {
            try layerRecords.remove(layer.key, durable: false)
            _ = state.withLock { $0.layers.removeValue(forKey: layer.key) }
            try discard(path(of: layer))
        }
        try removeStrays(keeping: wanted.union(pinned))
        return gone
    }

    /// Removes directories that no record names: a crash left them.
    private func removeStrays(keeping wanted: Set<String>) throws {
        let known = state.withLock { Set($0.layers.keys) }.union(wanted)
        for name in try listDirectory(layersPath) where !known.contains(name) {
            try discard("\(layersPath)/\(name)")
        }
    }

    /// Takes `path` away at once and deletes it when there is time.
    public func discard(_ path: String) throws {
        let trash = content.temporaryPath("trash")
        do {
            try renameFile(path, to: trash)
        } catch {
            if error.code == .noEntry { return }
            throw error
        }
        let logger = logger
        background {
            do {
                try removeTree(trash)
            } catch {
                logger.warning("trash not removed", metadata: ["path": "\(trash)", "reason": "\(error)"])
            }
        }
    }

    /// Puts everything that was written below the data root on the disk.
    public func sync() throws {
        let directory = try openFile(layersPath, [.readOnly, .directory])
        try syncFileSystem(directory.rawValue)
    }

    // MARK: Writable layers

    /// Makes `upper` and `work` in `directory` for a container over `diffIDs`, and pins these layers until it is removed.
    ///
    /// The pins last with ``recordPins(of:in:)``. `upper` is like the image's own root directory.
    public func createWritable(
        container: String, directory: String, over diffIDs: [Digest]
    ) throws -> WritableLayer {
        let lower = try lowerDirectories(for: diffIDs)
        guard let layers = layers(for: diffIDs) else { throw SnapshotError.missingLayer("") }
        let keys = layers.map(\.key)
        state.withLock { $0.pinned[container] = keys }
        let writable = WritableLayer(lower: lower, upper: directory + "/upper", work: directory + "/work")
        do {
            try makeDirectories(writable.upper, mode: 0o755)
            try makeDirectories(writable.work, mode: 0o700)
            if let definer = layers.last(where: \.definesRoot) {
                try copyRoot(from: definer, to: writable.upper)
            }
        } catch {
            _ = state.withLock { $0.pinned.removeValue(forKey: container) }
            throw error
        }
        return writable
    }

    /// Puts on record which layers the container pins.
    public func recordPins(of container: String, in transaction: borrowing Transaction) throws {
        let keys = state.withLock { $0.pinned[container] }
        if let keys { try transaction.put(writableRecords, container, WritableRecord(layers: keys)) }
    }

    /// Takes the container's pins off the record; they hold until ``removeWritable(container:directory:)``.
    public func forgetPins(of container: String, in transaction: borrowing Transaction) throws {
        try transaction.remove(writableRecords, container)
    }

    private func copyRoot(from layer: LayerRecord, to upper: String) throws {
        let source = try openFile(path(of: layer), [.readOnly, .directory])
        let target = try openFile(upper, [.readOnly, .directory])
        let status = try fileStatus(of: source.rawValue)
        if status.userID != 0 || status.groupID != 0 {
            try changeOwner(target.rawValue, user: status.userID, group: status.groupID)
        }
        try changeMode(target.rawValue, status.mode)
    }

    /// Lets go of a container's layers, and takes its `directory` off the user's path.
    public func removeWritable(container: String, directory: String) throws {
        try discard(directory)
        _ = state.withLock { $0.pinned.removeValue(forKey: container) }
    }

    /// The keys of all layers that containers pin.
    public var pinnedLayerKeys: Set<String> { state.withLock { Set($0.pinned.values.joined()) } }

    /// The containers whose layers are pinned.
    public var pinnedContainers: [String] { state.withLock { Array($0.pinned.keys) } }
}
