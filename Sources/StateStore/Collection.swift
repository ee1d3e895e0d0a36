internal import OrderedJSON

/// The records of one kind; each verb is a transaction of its own.
public struct Collection<T: Codable & Sendable>: Sendable {
    private let store: StateStore
    /// What the records are called in the file.
    public let name: String
    /// The layout of `T` that is written. A property that an earlier one did not have reads as its zero value.
    public let version: Int

    init(store: StateStore, name: String, version: Int) {
        self.store = store
        self.name = name
        self.version = version
    }

    /// Puts `value` under `key`, in place of what was there; once a durable put has returned it survives a power loss.
    public func put(_ key: String, _ value: T, durable: Bool = true) throws {
        try store.transaction(durable: durable) { try $0.put(self, key, value) }
    }

    /// The record under `key`, if there is one that can be read.
    public func get(_ key: String) throws -> T? {
        try store.read { try $0.get(self, key) }
    }

    /// Every record that can be read, in the order of the keys' bytes.
    public func all() throws -> [(key: String, value: T)] {
        try store.read { try $0.all(self) }
    }

    /// Removes the record under `key`; one that is not there is removed already.
    public func remove(_ key: String, durable: Bool = true) throws {
        try store.transaction(durable: durable) { try $0.remove(self, key) }
    }

    func encode(_ key: String, _ value: T) throws -> [UInt8] {
        do {
            return try OrderedJSONEncoder(escapesHTML: false).encode(value)
        } catch {
            throw StateStoreError(.value, "encode \"\(name)/\(key)\": \(error)")
        }
    }
}
