internal import CSQLite

/// One SQLite connection with its prepared statements.
///
/// Not for two threads at once.
///
/// Safe to pass on (`@unchecked Sendable`) as ``StateStore`` alone has it, and touches it only within its mutex.
final class Database: @unchecked Sendable {
    private let handle: OpaquePointer
    private let path: String
    private var statements: [String: OpaquePointer] = [:]
    private var fullSync: Bool?

    /// Opens or makes the file at `path` with write-ahead logging.
    init(path: String) throws {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let result = sqlite3_open_v2(path, &opened, flags, nil)
        guard result == SQLITE_OK, let opened else {
            let words = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw StateStoreError(.database, "open \"\(path)\": \(words)")
        }
        handle = opened
        self.path = path
        sqlite3_busy_timeout(handle, 5000)
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    /// Runs `sql`, which may be several statements and returns no rows that matter.
    func execute(_ sql: String) throws {
        if sqlite3_exec(handle, sql, nil, nil, nil) != SQLITE_OK { throw failure(sql) }
    }

    /// Runs `sql` and returns the integer in its first row.
    func integer(_ sql: String) throws -> Int {
        var value = 0
        try run(sql, []) { value = $0.integer(0) }
        return value
    }

    /// Makes what follows durable at each commit (FULL) or only against a crash of the process (NORMAL).
    func setDurable(_ durable: Bool) throws {
        if fullSync == durable { return }
        try execute(durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL")
        fullSync = durable
    }

    /// What a statement's placeholder takes.
    enum Argument {
        case text(String)
        case integer(Int)
        case blob([UInt8])
    }

    /// The current row of a running statement.
    struct Row {
        fileprivate let statement: OpaquePointer

        func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(statement, column)) }

        func text(_ column: Int32) -> String {
            guard let bytes = sqlite3_column_text(statement, column) else { return "" }
            return String(cString: bytes)
        }

        func blob(_ column: Int32) -> [UInt8] {
            let count = Int(sqlite3_column_bytes(statement, column))
            guard count > 0, let start = sqlite3_column_blob(statement, column) else { return [] }
            return Array(UnsafeRawBufferPointer(start: start, count: count))
        }
    }

    /// Runs one statement, kept prepared, and gives `each` every row.
    func run(_ sql: String, _ arguments: [Argument], each: (Row) throws -> Void = { _ in }) throws {
        let statement = try prepared(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, argument) in arguments.enumerated() {
            try bind(statement, Int32(index + 1), argument)
        }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: try each(Row(statement: statement))
            case SQLITE_DONE: return
            default: throw failure(sql)
            }
        }
    }

    private func prepared(_ sql: String) throws -> OpaquePointer {
        if let statement = statements[sql] { return statement }
        var made: OpaquePointer?
        guard sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil) == SQLITE_OK,
            let made
        else { throw failure(sql) }
        statements[sql] = made
        return made
    }

    private func bind(_ statement: OpaquePointer, _ index: Int32, _ argument: Argument) throws {
        // SQLITE_TRANSIENT, a cast that the importer leaves out: SQLite copies the bytes.
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let result =
            switch argument {
            case .text(let text): sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), copied)
            case .integer(let value): sqlite3_bind_int64(statement, index, Int64(value))
            case .blob(let bytes):
                bytes.isEmpty
                    ? sqlite3_bind_zeroblob(statement, index, 0)
                    : sqlite3_bind_blob64(statement, index, bytes, UInt64(bytes.count), copied)
            }
        if result != SQLITE_OK { throw failure("bind") }
    }

    private func failure(_ sql: String) -> StateStoreError {
        let operation = sql.prefix { $0 != " " && $0 != "\n" }.lowercased()
        let kind: StateStoreError.Kind =
            switch sqlite3_errcode(handle) {
            case SQLITE_FULL: .full
            case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged
            default: .database
            }
        return StateStoreError(kind, "\(operation) \"\(path)\": \(String(cString: sqlite3_errmsg(handle)))")
    }
}
