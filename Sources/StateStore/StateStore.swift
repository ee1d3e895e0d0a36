internal import Glibc
internal import Linux
public import Logging
internal import Synchronization

/// Keeps typed records in one SQLite file through crashes.
///
/// A data root belongs to one store at a time: a lock beside the file, gone with the process that holds it, refuses
/// the second. Calls block for about 0.1 ms (a durable write also for the disk) and may come from any thread.
/// A record that no longer decodes is moved to a table of its own, logged, and named by ``setAside``.
public final class StateStore: Sendable {
    /// A record that could not be read, and was put away as it was.
    public struct SetAsideRecord: Sendable, Hashable {
        public let collection: String
        public let key: String
        public let reason: String
    }

    /// The layout of the tables, not of the records in them.
    static let schemaVersion = 1

    private let database: Database
    private let gate = Mutex(())
    private let lock: FileLock
    let logger: Logger

    /// Opens the store at `path`, making the file and its directory where they are not there.
    ///
    /// Fails where another process uses the directory, where a later berth wrote the file, and where it is damaged.
    public init(path: String, logger: Logger) throws {
        let slash = path.lastIndex(of: "/")
        let root = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        try makeDirectories(root, mode: 0o711)
        do {
            lock = try FileLock(path: root + "/berth.lock", pid: getpid())
        } catch let held as FileLock.Held {
            let holder = held.pid.map { "pid \($0)" } ?? "another process"
            throw StateStoreError(.inUse, "data root \"\(root)\" is in use by \(holder)")
        }
        self.logger = logger
        database = try Database(path: path)
        try Self.prepare(database, path: path)
    }

    private static func prepare(_ database: Database, path: String) throws {
        try database.execute("PRAGMA cache_size=-1024")
        try database.execute("PRAGMA journal_mode=WAL")
        try database.setDurable(true)
        let found = try database.integer("PRAGMA user_version")
        if found > schemaVersion {
            throw StateStoreError(
                .newerSchema,
                "open \"\(path)\": written by a later berth (schema \(found), this one knows \(schemaVersion))"
            )
        }
        if found == schemaVersion { return }
        try database.execute(
            """
            BEGIN IMMEDIATE;
            CREATE TABLE records (
                collection TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, value BLOB NOT NULL,
                PRIMARY KEY (collection, key));
            CREATE TABLE quarantine (
                collection TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, value BLOB NOT NULL,
                reason TEXT NOT NULL, seconds INTEGER NOT NULL);
            PRAGMA user_version=\(schemaVersion);
            COMMIT;
            """)
    }

    /// The records of one kind, under `name`; `version` is written with each and grows with the type's layout.
    ///
    /// A type must go on reading what its earlier versions wrote: new properties are optional or have defaults.
    public func collection<T: Codable & Sendable>(
        _ name: String, version: Int, of type: T.Type
    ) -> Collection<T> {
        Collection(store: self, name: name, version: version)
    }

    /// Runs `body` with all its writes done together or, when it throws, not at all.
    ///
    /// After a durable transaction has returned, its writes survive a loss of power; another only the process's end.
    /// `body` must use the transaction and not the collections' own verbs: those would wait for ever.
    public func transaction<R>(
        durable: Bool = true, _ body: (borrowing Transaction) throws -> R
    ) throws -> R {
        // The result crosses the mutex in a box, as it need not be Sendable: `body` runs on this thread.
        var result: R?
        let sets = try gate.withLock { _ in
            try database.setDurable(durable)
            try database.execute("BEGIN IMMEDIATE")
            let transaction = Transaction(database: database)
            do {
                result = try body(transaction)
                let sets = transaction.notes.records
                try database.execute("COMMIT")
                return sets
            } catch {
                // SQLite has rolled back by itself after some failures; then this one says so, and that is fine.
                try? database.execute("ROLLBACK")
                throw error
            }
        }
        report(sets)
        guard let result else { preconditionFailure("a committed transaction has its result") }
        return result
    }

    /// Reads without a transaction of its own, unless a record has to be set aside.
    func read<R>(_ body: (borrowing Transaction) throws -> R) throws -> R {
        var result: R?
        let sets = try gate.withLock { _ in
            let transaction = Transaction(database: database)
            result = try body(transaction)
            return transaction.notes.records
        }
        report(sets)
        guard let result else { preconditionFailure("a read has its result") }
        return result
    }

    private func report(_ records: [SetAsideRecord]) {
        for record in records {
            logger.error(
                "record set aside",
                metadata: [
                    "collection": "\(record.collection)", "key": "\(record.key)",
                    "reason": "\(record.reason)",
                ])
        }
    }

    /// Every record that was ever put away because it could not be read.
    public var setAside: [SetAsideRecord] {
        get throws {
            try gate.withLock { _ in
                var found: [SetAsideRecord] = []
                try database.run("SELECT collection, key, reason FROM quarantine ORDER BY rowid", []) { row in
                    found.append(
                        SetAsideRecord(collection: row.text(0), key: row.text(1), reason: row.text(2)))
                }
                return found
            }
        }
    }
}
