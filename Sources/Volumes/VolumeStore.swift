public import EngineModel
internal import Linux
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
        name: String, labels: [String: String], options: [String: String], created: Timestamp,
        isAnonymous: Bool
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
/// Calls block for a file system call or two; they may come from any thread. A volume is a directory and a
/// record. Creating makes the directory first, removing first renames it to `.removing-NAME` (which is no
/// volume's name): so a crash in between never brings back what a user removed, and never loses what he kept.
public final class VolumeStore: Sendable {
    private static let removalPrefix = ".removing-"

    let root: String
    private let records: Collection<VolumeRecord>
    let logger: Logger
    /// Held through a create or a removal, so that of two creates with one name the second finds the first's.
    let known = Mutex<[String: VolumeRecord]>([:])
    /// What is mounted on the directories of volumes with options, or was.
    let mounts = Mutex<[String: VolumeMount]>([:])

    /// Opens the volumes below `dataRoot` and finishes what a crash left half-done.
    ///
    /// A directory without a record, or a record without a directory, gets the other half.
    public init(dataRoot: String, store: StateStore, logger: Logger) throws {
        root = dataRoot + "/volumes"
        records = store.collection("volumes", version: 1, of: VolumeRecord.self)
        self.logger = logger
        try makeDirectories(root, mode: 0o701)
        let present = Set(try listDirectory(root))
        var volumes = Dictionary(uniqueKeysWithValues: try records.all().map { ($0.key, $0.value) })
        for leftover in present where leftover.hasPrefix(Self.removalPrefix) {
            let name = String(leftover.dropFirst(Self.removalPrefix.count))
            if !present.contains(name), volumes.removeValue(forKey: name) != nil { try records.remove(name) }
            try removeTree("\(root)/\(leftover)")
        }
        for name in present where volumes[name] == nil && (try? VolumeName.validated(name)) != nil {
            logger.warning("volume without a record adopted", metadata: ["volume": "\(name)"])
            let record = VolumeRecord(
                name: name, labels: [:], options: [:], created: .now, isAnonymous: false)
            try records.put(name, record)
            volumes[name] = record
        }
        for name in volumes.keys where !present.contains(name) {
            logger.error("volume without its directory, made empty", metadata: ["volume": "\(name)"])
        }
        try findMounts()
        let mounted = mounts.withLock { Set($0.keys) }
        // A server that does not answer must not hold up the daemon's start.
        for name in volumes.keys where !mounted.contains(name) {
            try makeDirectories("\(root)/\(name)/_data")
        }
        known.withLock { $0 = volumes }
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
                .notFound,
                "create \(name): error looking up volume plugin \(driver): plugin \"\(driver)\" not found")
        }
        try VolumeName.validated(name)
        return try known.withLock { known in
            if let present = known[name] { return (present, false) }
            try LocalDriverOptions.validate(options, volume: name)
            var labels = labels
            if anonymous {
                labels["com.docker.volume.anonymous"] = labels["com.docker.volume.anonymous"] ?? ""
            }
            let record = VolumeRecord(
                name: name, labels: labels, options: options, created: .now, isAnonymous: anonymous)
            do {
                try makeDirectories(path(name), mode: 0o755)
                try records.put(name, record)
            } catch {
                try? removeTree("\(root)/\(name)")
                throw error
            }
            known[name] = record
            return (record, true)
        }
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
    ///
    /// It is gone at once; content that cannot be deleted is logged and deleted by the next daemon.
    public func remove(_ name: String) throws {
        let leftover = "\(root)/\(Self.removalPrefix)\(name)"
        try endMount(name)
        try known.withLock { known in
            guard known[name] != nil else { throw EngineError(.notFound, "get \(name): no such volume") }
            if fileExists(leftover) { try removeTree(leftover) }
            try renameFile("\(root)/\(name)", to: leftover)
            do {
                try records.remove(name)
            } catch {
                try? renameFile(leftover, to: "\(root)/\(name)")
                throw error
            }
            known[name] = nil
        }
        do {
            try removeTree(leftover)
        } catch {
            logger.error("volume content not removed", metadata: ["volume": "\(name)", "error": "\(error)"])
        }
    }
}
