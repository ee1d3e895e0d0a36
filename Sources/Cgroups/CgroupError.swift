public import Linux

/// Why a group could not be made, limited or read: the file, the value, the reason.
public struct CgroupError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    /// What the kernel said; nil where berth refused by itself.
    public let code: ErrorCode?

    init(_ description: String) {
        self.description = description
        code = nil
    }

    init(_ error: SystemError) {
        description = error.description
        code = error.code
    }

    init(writing value: String, to file: String, _ code: ErrorCode, hint: String = "") {
        description = #"write "\#(value)" to "\#(file)": \#(code)\#(hint)"#
        self.code = code
    }
}

/// Runs `body` and turns a failed system call into a ``CgroupError``.
func translating<Value>(_ body: () throws(SystemError) -> Value) throws(CgroupError) -> Value {
    do { return try body() } catch { throw CgroupError(error) }
}

/// Writes one value to a control file, in one call as the kernel asks.
func writeControl(_ file: String, _ value: String) throws(CgroupError) {
    do {
        let descriptor = try openFile(file, .writeOnly)
        try writeAll(descriptor.rawValue, Array(value.utf8))
    } catch {
        let missing = error.code == .noEntry ? ": this kernel has no such limit, or the group has gone" : ""
        throw CgroupError(writing: value, to: file, error.code, hint: missing)
    }
}

/// A control file's text without the newline at its end; nil if there is none.
func readControl(_ file: String) throws(CgroupError) -> String? {
    do {
        var bytes = try readFile(file)
        while bytes.last == 10 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    } catch {
        if error.code == .noEntry || error.code == .noDevice { return nil }
        throw CgroupError(error)
    }
}
