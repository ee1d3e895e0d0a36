/// The output a log record came from.
public enum LogStream: String, Sendable, Hashable, CaseIterable {
    case stdout
    case stderr
}

/// How records lie in a log's files.
public enum LogFormat: UInt8, Sendable, Hashable, CaseIterable {
    /// Docker's `json-file`: one JSON object a line.
    case jsonLines
    /// Docker's `local`: protocol buffers with their lengths before and behind.
    case local
}

/// Where a container's output is kept, and how much of it.
public struct LogConfiguration: Sendable, Hashable {
    /// The file; rotated ones lie beside it as `path.1`, `path.2`, … with the newest first.
    public var path: String
    public var format: LogFormat
    /// The size from which the file is rotated; nil is never.
    public var maxSizeBytes: Int64?
    /// How many files there are at most, the current one included; with 1 a full file is emptied.
    public var maxFiles: Int
    /// Whether rotated files are compressed, to `path.1.gz` and so on.
    public var compresses: Bool
    /// Labels, environment and tag that go with every record, as `attrs`; `local` keeps none.
    public var attributes: [String: String]

    public init(
        path: String, format: LogFormat = .jsonLines, maxSizeBytes: Int64? = nil, maxFiles: Int = 1,
        compresses: Bool = false, attributes: [String: String] = [:]
    ) {
        self.path = path
        self.format = format
        self.maxSizeBytes = maxSizeBytes
        self.maxFiles = max(1, maxFiles)
        self.compresses = compresses
        self.attributes = attributes
    }

    /// The rotated file `number` (1 is the newest), or the current file for 0.
    func path(rotated number: Int) -> String { number == 0 ? path : "\(path).\(number)" }

    /// The rotated file `number` once it is compressed.
    func path(compressed number: Int) -> String { "\(path).\(number).gz" }
}
