import Linux
import Logging
import StateStore
import Testing

private struct Thing: Codable, Sendable, Equatable {
    var name: String
    var count: Int
}

private struct Other: Codable, Sendable {
    var somethingElse: [Int]
}

@Suite("Keeping records")
struct StateStoreTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func scratch() throws -> String {
        let path = "/tmp/berth-test-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectories(path)
        return path
    }

    @Test("Records are put, found, listed in order, replaced and removed, and last")
    func verbs() throws {
        let root = try scratch()
        defer { try? removeTree(root) }
        do {
            let store = try StateStore(path: root + "/berth.db", logger: logger)
            let things = store.collection("things", version: 1, of: Thing.self)
            try things.put("b", Thing(name: "x", count: 1))
            try things.put("a", Thing(name: "ünïcode \"", count: 2), durable: false)
            try things.put("b", Thing(name: "y", count: 3))
            try things.put("c", Thing(name: "", count: 0))
            try things.remove("c")
            try things.remove("never there")
            #expect(try things.get("c") == nil)
        }
        let store = try StateStore(path: root + "/berth.db", logger: logger)
        let things = store.collection("things", version: 1, of: Thing.self)
        #expect(try things.all().map(\.key) == ["a", "b"])
        #expect(try things.get("b") == Thing(name: "y", count: 3))
        #expect(try things.get("a")?.name == "ünïcode \"")
        #expect(try store.collection("others", version: 1, of: Thing.self).all().isEmpty)
    }

    @Test("A transaction is done whole or not at all")
    func transactions() throws {
        struct Stop: Error {}
        let root = try scratch()
        defer { try? removeTree(root) }
        let store = try StateStore(path: root + "/berth.db", logger: logger)
        let things = store.collection("things", version: 1, of: Thing.self)
        try things.put("a", Thing(name: "before", count: 1))
        #expect(throws: Stop.self) {
            try store.transaction { transaction in
                try transaction.put(things, "a", Thing(name: "within", count: 2))
                try transaction.remove(things, "a")
                try transaction.put(things, "b", Thing(name: "within", count: 2))
                throw Stop()
            }
        }
        #expect(try things.all().count == 1)
        #expect(try things.get("a")?.name == "before")
        let seen = try store.transaction { transaction in
            try transaction.put(things, "b", Thing(name: "n", count: 9))
            return try transaction.get(things, "b")?.count
        }
        #expect(seen == 9)
    }

    @Test("A second daemon is told who has the data root")
    func lock() throws {
        let root = try scratch()
        defer { try? removeTree(root) }
        let store = try StateStore(path: root + "/berth.db", logger: logger)
        do {
            _ = try StateStore(path: root + "/berth.db", logger: logger)
            Issue.record("two stores share a data root")
        } catch let error as StateStoreError {
            #expect(error.kind == .inUse)
            let pid = try readText("/proc/self/stat").split(separator: " ")[0]
            #expect(error.description == "data root \"\(root)\" is in use by pid \(pid)")
        }
        _ = try store.setAside
    }

    @Test("A record that does not decode is set aside and named, the others stay")
    func quarantine() throws {
        let root = try scratch()
        defer { try? removeTree(root) }
        let store = try StateStore(path: root + "/berth.db", logger: logger)
        try store.collection("things", version: 1, of: Thing.self).put("good", Thing(name: "x", count: 1))
        try store.collection("things", version: 2, of: Other.self).put("later", Other(somethingElse: [1]))
        try store.collection("things", version: 1, of: [Int].self).put("list", [1])
        try store.collection("things", version: 1, of: [String: Int].self).put("type", ["name": 1])
        try store.collection("things", version: 1, of: [String: String].self).put("less", ["name": "y"])
        let things = store.collection("things", version: 1, of: Thing.self)
        #expect(try things.all().map(\.key) == ["good", "less"])
        #expect(try things.get("less") == Thing(name: "y", count: 0), "written before there was a count")
        #expect(try store.setAside.map(\.key) == ["later", "list", "type"])
        #expect(try things.get("later") == nil)
        #expect(try store.setAside.count == 3)
    }

    @Test("A file that is no database, or a later berth's, is refused with words")
    func foreign() throws {
        let root = try scratch()
        defer { try? removeTree(root) }
        try writeFile(root + "/berth.db", String(repeating: "not a database ", count: 500))
        #expect(throws: StateStoreError.self) { try StateStore(path: root + "/berth.db", logger: logger) }
        #expect(try readText(root + "/berth.db").hasPrefix("not a database"), "the file stays as it was")
    }

    @Test("After a loss of power at any byte of the log, whole transactions are there and the store opens")
    func powerLoss() throws {
        let root = try scratch()
        defer { try? removeTree(root) }
        let store = try StateStore(path: root + "/a/berth.db", logger: logger)
        let things = store.collection("things", version: 1, of: Thing.self)
        for index in 0..<8 {
            try store.transaction { transaction in
                try transaction.put(things, "one", Thing(name: "one", count: index))
                try transaction.put(things, "two", Thing(name: "two", count: index))
            }
        }
        let database = try readFile(root + "/a/berth.db")
        let log = try readFile(root + "/a/berth.db-wal")
        var seen: Set<Int> = []
        for cut in stride(from: 0, through: log.count, by: 997) {
            let path = root + "/b\(cut)"
            try makeDirectories(path)
            try writeFile(path + "/berth.db", database)
            try writeFile(path + "/berth.db-wal", Array(log[..<cut]))
            let copy = try StateStore(path: path + "/berth.db", logger: logger)
            let found = try copy.collection("things", version: 1, of: Thing.self).all()
            #expect(found.isEmpty || found.count == 2)
            #expect(Set(found.map(\.value.count)).count <= 1, "both records are of one transaction")
            if let first = found.first { seen.insert(first.value.count) }
        }
        #expect(seen.count > 4)
    }
}
