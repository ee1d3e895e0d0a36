internal import AsyncPrimitives
public import DockerAPI
internal import EngineModel

extension ContainerActor {
    /// Where to read what the container uses; nil unless it runs.
    private var statsSource: StatsSource? {
        guard record.lifecycle.isRunning, let group = try? group() else { return nil }
        return StatsSource(
            group: group, networkProcess: record.networkMode == .host ? nil : record.lifecycle.pid,
            hostMemoryBytes: services.host.memoryBytes)
    }

    /// What the container uses now; all zero unless it runs, as with Docker.
    func sampleStats() async -> ContainerStats {
        var stats = ContainerStats()
        if let source = statsSource {
            let sample = await BlockingPool.shared.run { try? source.sample() }
            // Its group went while it was read.
            if let sample = sample ?? nil, record.lifecycle.isRunning { stats = sample }
        }
        stats.name = "/" + record.name
        stats.id = id
        return stats
    }

    /// Whether the container is there no more.
    var isRemoved: Bool { removal.current != nil }
}

extension ContainerEngine {
    /// How far apart the two samples are that one answer's CPU share is made of.
    ///
    /// The host's time is counted in hundredths of a second: less would be too coarse.
    private static let statsGap = Duration.milliseconds(500)

    public func containerStats(
        _ container: String, _ options: StatsOptions
    ) async throws -> AsyncStream<ContainerStats> {
        let actor = try self.container(container)
        let isRunning = await actor.lifecycle.isRunning
        return AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let task = Task {
                if options.stream {
                    await Self.streamStats(of: actor, to: continuation)
                } else {
                    var last = ContainerStats()
                    if isRunning, !options.oneShot {
                        last = await actor.sampleStats()
                        try? await Task.sleep(for: Self.statsGap)
                    }
                    continuation.yield(await actor.sampleStats().following(last))
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// A sample a second until the container is removed or the reader goes.
    private static func streamStats(
        of actor: ContainerActor, to continuation: AsyncStream<ContainerStats>.Continuation
    ) async {
        let clock = ContinuousClock()
        var next = clock.now
        var last = ContainerStats()
        while !Task.isCancelled, await !actor.isRemoved {
            last = await actor.sampleStats().following(last)
            continuation.yield(last)
            next = max(next + .seconds(1), clock.now)
            try? await clock.sleep(until: next)
        }
    }
}

extension ContainerStats {
    /// The sample with the CPU's numbers of the one before it.
    fileprivate func following(_ last: ContainerStats) -> ContainerStats {
        var stats = self
        stats.previousCPU = last.cpu
        stats.preread = last.read
        return stats
    }
}
