/// What ContainerStats was asked for.
public struct StatsOptions: Sendable, Hashable {
    /// One sample a second until the client hangs up.
    public var stream = true
    /// A single sample at once, without the one before it that tells the CPU's share.
    public var oneShot = false

    public init() {}
}
