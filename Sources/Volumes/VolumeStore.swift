internal import Linux
public import EngineModel
public import Logging
public import StateStore
internal import Synchronization

/// A volume that berth keeps, as its record stands on disk.
public struct VolumeRecord: Codable, Sendable, Hashable {
    public var name: String
    public var labels: [String: String]
    public var options: [String: String]
    public var created: Timestamp
    /// Made for one container without a name; `rm -v` takes it along.
    public var isAnonymous: Bool

    public init(
        name: String, labels: [String: String], options: [String: String], created: Timestamp, isAnonymous: Bool
    ) {
        self.name = name
        self.labels = labels
        self.options = options
        self.created = created
        self.isAnonymous = isAnonymous
    }
}

/// The named and anonymous volumes below `volumes/` of the data root.
///
/// Calls block for a file system call or two; they may come from any thread.
public final class VolumeStore: Sendable {
    private let root: String
    private let records: Collection<VolumeRecord>
    private let logger: Logger
    private let known = Mutex<[String: VolumeRecord]>([:])

    /// Opens the volumes below `dataRoot`; a directory without its record (a crash between the two) gets one.
    public init(dataRoot: String, store: StateStore, logger: Logger) throws {
        root = dataRoot + "/volumes"
        records = store.collection("volumes", version: 1, of: VolumeRecord.self)
        self.logger = logger
        try makeDirectories(root, mode: 0o701)
        let loaded = try records.all()
        known.withLock { known in for (name, record) in loaded { known[name] = record } }
        for name in try listDirectory(root)
        where loaded.allSatisfy({ $0.key != name }) && ContainerIdentity.isRestrictedName(name) {
            logger.warning("volume without a record adopted", metadata: ["volume": "\(name)"])
            let record = VolumeRecord(name: name, labels: [:], options: [:], created: .now, isAnonymous: false)
            try records.put(name, record)
            known.withLock { $0[name] = record }
        }
    }

    /// Where the content of the volume `name` is.
    public func path(_ name: String) -> String { "\(root)/\(name)/_data" }

    /// Makes the volume, or returns the one that has the name already; no name makes an anonymous one.
    ///
    /// The Boolean says whether it is new.
    public func create(
        name: String?, driver: String, options: [String: String], labels: [String: String]
    ) throws -> (volume: VolumeRecord, isNew: Bool) {
        let anonymous = (name ?? "").isEmpty
        let name = anonymous ? ContainerIdentity.randomHex(bytes: 32) : name ?? ""
        guard driver.isEmpty || driver == "local" else {
            throw EngineError(
                .notFound, "error looking up volume plugin \(driver): plugin \"\(driver)\" not found")
        }
        guard ContainerIdentity.isRestrictedName(name) else {
            throw EngineError(
                .invalidParameter,
                "create \(name): \"\(name)\" includes invalid characters for a local volume name, "
                    + "only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, "
                    + "use absolute path")
        }
        if let present = known.withLock({ $0[name] }) { return (present, false) }
        if let option = options.keys.sorted().first {
            throw EngineError(
                .notImplemented,
                "create volume \"\(name)\": berth does not support options of the local driver yet (\(option)): "
                    + "mount the device yourself and bind it with -v")
        }
        var labels = labels
        if anonymous { labels["com.docker.volume.anonymous"] = labels["com.docker.volume.anonymous"] ?? "" }
        let record = VolumeRecord(
            name: name, labels: labels, options: options, created: .now, isAnonymous: anonymous)
        try makeDirectories(path(name), mode: 0o755)
        do {
            try records.put(name, record)
        } catch {
            try? removeTree("\(root)/\(name)")
            throw error
        }
        known.withLock { $0[name] = record }
        return (record, true)
    }

    /// The volume `name`; one that is not there is an error in Docker's words.
    public func get(_ name: String) throws -> VolumeRecord {
        guard let record = known.withLock({ $0[name] }) else {
            throw EngineError(.notFound, "get \(name): no such volume")
        }
        return record
    }

    /// All volumes, by name.
    public func list() -> [VolumeRecord] {
        known.withLock { Array($0.values) }.sorted { $0.name < $1.name }
    }

    /// Removes the volume and its content, which no container may use any more.
    public func remove(_ name: String) throws {
        _ = try get(name)
        try records.remove(name)
        _ = known.withLock { $0.removeValue(forKey: name) }
        do {
            try removeTree("\(root)/\(name)")
        } catch {
            logger.error("volume content not removed", metadata: ["volume": "\(name)", "error": "\(error)"])
            throw error
        }
    }
}
