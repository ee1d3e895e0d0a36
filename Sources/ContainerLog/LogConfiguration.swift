/// The output a log record came from.
public enum LogStream: String, Sendable, Hashable, CaseIterable {
    case stdout
    case stderr
}

/// Where a container's output is kept, and how much of it.
public struct LogConfiguration: Sendable, Hashable {
    /// The file; rotated ones lie beside it as `path.1`, `path.2`, … with the newest first.
    public var path: String
    /// The size from which the file is rotated; nil is never.
    public var maxSizeBytes: Int64?
    /// How many files there are at most, the current one included; with 1 a full file is emptied.
    public var maxFiles: Int
    /// Labels, environment and tag that go with every record, as `attrs`.
    public var attributes: [String: String]

    public init(
        path: String, maxSizeBytes: Int64? = nil, maxFiles: Int = 1, attributes: [String: String] = [:]
    ) {
        self.path = path
        self.maxSizeBytes = maxSizeBytes
        self.maxFiles = max(1, maxFiles)
        self.attributes = attributes
    }

    /// The rotated file `number` (1 is the newest), or the current file for 0.
    func path(rotated number: Int) -> String { number == 0 ? path : "\(path).\(number)" }
}
