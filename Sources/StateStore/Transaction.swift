internal import Glibc
internal import OrderedJSON

/// Reads and writes that belong together; see ``StateStore/transaction(durable:_:)``.
public struct Transaction: ~Copyable {
    /// What was set aside on the way, for the log once the lock is free.
    final class Notes {
        var records: [StateStore.SetAsideRecord] = []
    }

    let database: Database
    let notes = Notes()

    init(database: Database) { self.database = database }

    /// The record under `key`, if there is one that can be read.
    public borrowing func get<T>(_ collection: Collection<T>, _ key: String) throws -> T? {
        var found: (bytes: [UInt8], version: Int)?
        try database.run(
            "SELECT value, version FROM records WHERE collection=?1 AND key=?2",
            [.text(collection.name), .text(key)]
        ) { found = ($0.blob(0), $0.integer(1)) }
        guard let found else { return nil }
        return try decode(collection, key, found.bytes, found.version)
    }

    /// Every record that can be read, in the order of the keys' bytes.
    public borrowing func all<T>(_ collection: Collection<T>) throws -> [(key: String, value: T)] {
        var rows: [(key: String, bytes: [UInt8], version: Int)] = []
        try database.run(
            "SELECT key, value, version FROM records WHERE collection=?1 ORDER BY key",
            [.text(collection.name)]
        ) { rows.append(($0.text(0), $0.blob(1), $0.integer(2))) }
        var found: [(key: String, value: T)] = []
        found.reserveCapacity(rows.count)
        for row in rows {
            if let value = try decode(collection, row.key, row.bytes, row.version) {
                found.append((row.key, value))
            }
        }
        return found
    }

    /// Puts `value` under `key`, in place of what was there.
    public borrowing func put<T>(_ collection: Collection<T>, _ key: String, _ value: T) throws {
        let bytes = try collection.encode(key, value)
        try database.run(
            "INSERT OR REPLACE INTO records (collection, key, version, value) VALUES (?1, ?2, ?3, ?4)",
            [.text(collection.name), .text(key), .integer(collection.version), .blob(bytes)])
    }

    /// Removes the record under `key`; one that is not there is removed already.
    public borrowing func remove<T>(_ collection: Collection<T>, _ key: String) throws {
        try database.run(
            "DELETE FROM records WHERE collection=?1 AND key=?2", [.text(collection.name), .text(key)])
    }

    private borrowing func decode<T>(
        _ collection: Collection<T>, _ key: String, _ bytes: [UInt8], _ version: Int
    ) throws -> T? {
        do {
            // A later berth may mean something else by the same words.
            guard version <= collection.version else {
                throw StateStoreError(.value, "written by a later berth")
            }
            return try OrderedJSONDecoder().decode(T.self, from: bytes)
        } catch {
            let reason = "version \(version), this berth reads up to \(collection.version): \(error)"
            try database.run(
                """
                INSERT INTO quarantine (collection, key, version, value, reason, seconds)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                """,
                [
                    .text(collection.name), .text(key), .integer(version), .blob(bytes), .text(reason),
                    .integer(time(nil)),
                ])
            try remove(collection, key)
            notes.records.append(.init(collection: collection.name, key: key, reason: reason))
            return nil
        }
    }
}
