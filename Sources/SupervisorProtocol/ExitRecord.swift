public import Linux

/// How and when a container ended: the file that outlives the supervisor.
///
/// The file is a line of text, readable without us: `berth-exit 1 code=137 signal=9 oom=1 finished=1700000000.000000123
/// started=1699999999.5`. A container that never ran leaves none.
public struct ExitRecord: Hashable, Sendable {
    public var status: ExitStatus
    public var oomKilled: Bool
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp

    public init(status: ExitStatus, oomKilled: Bool, startedAt: Timestamp?, finishedAt: Timestamp) {
        self.status = status
        self.oomKilled = oomKilled
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }

    /// The record's file form.
    public var fileText: String {
        var text = "berth-exit 1 code=\(status.code) signal=\(status.signal) oom=\(oomKilled ? 1 : 0)"
        text += " finished=\(Self.text(finishedAt))"
        if let startedAt { text += " started=\(Self.text(startedAt))" }
        return text + "\n"
    }

    /// Reads the file form; nil if the text is something else.
    public init?(fileText: String) {
        let words = fileText.split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard words.count >= 2, words[0] == "berth-exit", words[1] == "1" else { return nil }
        var fields: [Substring: Substring] = [:]
        for word in words.dropFirst(2) {
            guard let equals = word.firstIndex(of: "=") else { return nil }
            fields[word[..<equals]] = word[word.index(after: equals)...]
        }
        guard let code = fields["code"].flatMap({ Int32($0) }),
            let signal = fields["signal"].flatMap({ Int32($0) }),
            let oom = fields["oom"], let finished = fields["finished"].flatMap(Self.timestamp)
        else { return nil }
        self.init(
            status: ExitStatus(code: code, signal: signal), oomKilled: oom == "1",
            startedAt: fields["started"].flatMap(Self.timestamp), finishedAt: finished)
    }

    /// The record that a supervisor left at `path`; nil if there is none.
    ///
    /// A file that is something else is an `EINVAL` failure.
    public static func read(_ path: String) throws(SystemError) -> ExitRecord? {
        let text: String
        do { text = try readText(path, limitBytes: 4096) } catch let error where error.code == .noEntry {
            return nil
        }
        guard let record = ExitRecord(fileText: text) else {
            throw SystemError(call: "read exit record", subject: path, code: .invalid)
        }
        return record
    }

    private static func text(_ time: Timestamp) -> String {
        let digits = String(time.nanoseconds)
        return "\(time.seconds).\(String(repeating: "0", count: max(0, 9 - digits.utf8.count)))\(digits)"
    }

    private static func timestamp(_ text: Substring) -> Timestamp? {
        let parts = text.split(separator: ".")
        guard parts.count == 2, parts[1].utf8.count == 9, let seconds = Int64(parts[0]),
            let nanoseconds = Int32(parts[1])
        else { return nil }
        return Timestamp(seconds: seconds, nanoseconds: nanoseconds)
    }
}

extension ExitRecord: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(status)
        writer.put(oomKilled)
        writer.put(startedAt)
        writer.put(finishedAt)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            status: try reader.get(), oomKilled: try reader.get(), startedAt: try reader.get(),
            finishedAt: try reader.get())
    }
}
