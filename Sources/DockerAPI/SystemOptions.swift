/// What SystemEvents was asked for.
public struct EventOptions: Sendable, Hashable {
    /// Nanoseconds since 1970; nil is from now.
    public var since: Int64?
    /// Nanoseconds since 1970; nil goes on until the client hangs up.
    public var until: Int64?
    public var filters = Filters()

    public init() {}

    /// The names of filters that Docker knows here.
    public static let filterNames: Set<String> = [
        "config", "container", "daemon", "event", "image", "label", "network", "node", "plugin", "scope",
        "secret", "service", "type", "volume",
    ]
}

/// What SystemDataUsage was asked for.
public struct DiskUsageOptions: Sendable, Hashable {
    public var containers = true
    public var images = true
    public var volumes = true
    public var buildCache = true

    public init() {}
}
