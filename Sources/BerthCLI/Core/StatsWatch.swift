internal import EngineClient
internal import Linux
internal import OrderedJSON

private typealias Request = EngineClient.Request

/// Receives the statistics of many containers at once, each over a connection of its own.
///
/// Without names it follows the engine's events: containers come and go while it watches.
final class StatsWatch {
    private final class Source {
        var entry: StatsEntry
        var pending: EngineClient.Pending?
        var response: HTTPResponse?
        var rest: [UInt8] = []
        var isFirst = true
        var failure: EngineClientError?
        /// When it counts as silent.
        var deadline = monotonicMicroseconds() + StatsWatch.silence

        init(_ name: String) { entry = StatsEntry(container: name) }

        var descriptor: Int32? { response?.descriptor ?? pending?.descriptor }
        var isOpen: Bool { response != nil || pending != nil }
    }

    private static let silence: Int64 = 2_000_000
    private static let eventsKey = UInt64.max

    private let client: EngineClient
    private let all: Bool
    private let streams: Bool
    private var poll: EventPoll?
    private var sources: [Source] = []
    private var byKey: [UInt64: Source] = [:]
    private var nextKey: UInt64 = 0
    private var events: HTTPResponse?
    private var eventRest: [UInt8] = []

    init(client: EngineClient, all: Bool, streams: Bool) {
        (self.client, self.all, self.streams) = (client, all, streams)
    }

    var entries: [StatsEntry] { sources.map(\.entry) }

    /// Asks for the containers with these names, or for all, and waits until each has answered once.
    func begin(_ names: [String]) throws {
        raiseFileLimit()
        poll = try EventPoll()
        if names.isEmpty {
            try followEvents()
            let query = all ? [("all", "1")] : []
            let list = try client.json(Request("GET", "/containers/json", query: query)).arrayValue ?? []
            for container in list { try add(String((container["Id"]?.stringValue ?? "").prefix(12))) }
        } else {
            for name in names { try add(name) }
        }
        while sources.contains(where: { $0.isFirst && $0.isOpen }) { _ = try receive(until: nextDeadline) }
        let failures = sources.compactMap(\.failure)
        if !names.isEmpty, !failures.isEmpty {
            throw CommandFailure(failures.map { "\($0)" }.joined(separator: "\n"))
        }
        if !streams { sources.removeAll { $0.failure != nil } }
    }

    /// Receives for so long; false once there is nothing to watch any more.
    func wait(milliseconds: Int64) throws -> Bool {
        let end = monotonicMicroseconds() + milliseconds * 1000
        while monotonicMicroseconds() < end {
            if try !receive(until: min(end, nextDeadline)) { return false }
        }
        return true
    }

    private var nextDeadline: Int64 {
        sources.lazy.filter { !$0.entry.isInvalid || $0.isFirst }.map(\.deadline).min()
            ?? monotonicMicroseconds() + Self.silence
    }

    private func add(_ name: String) throws {
        if sources.contains(where: { $0.entry.container == name }) { return }
        let source = Source(name)
        sources.append(source)
        let query = [("stream", streams ? "1" : "0")]
        let pending = try client.begin(Request("GET", "/containers/\(escapePath(name))/stats", query: query))
        source.pending = pending
        nextKey += 1
        byKey[nextKey] = source
        try poll?.add(pending.descriptor, .readable, key: nextKey)
    }

    private func remove(_ name: String) {
        guard let index = sources.firstIndex(where: { $0.entry.container == name }) else { return }
        close(sources.remove(at: index))
    }

    /// Stops listening; the connection closes with the last that knows it.
    private func close(_ source: Source) {
        if let descriptor = source.descriptor { try? poll?.remove(descriptor) }
        for (key, other) in byKey where other === source { byKey[key] = nil }
        (source.pending, source.response) = (nil, nil)
    }

    // MARK: Receiving

    /// Takes what has come until `deadline`; false when the events have ended: the engine is gone.
    private func receive(until deadline: Int64) throws -> Bool {
        let left = max(0, (deadline - monotonicMicroseconds() + 999) / 1000)
        for ready in try poll?.wait(timeoutMilliseconds: Int32(clamping: left)) ?? [] {
            if ready.key == Self.eventsKey {
                if try !receiveEvents() { return false }
            } else if let source = byKey[ready.key] {
                receive(source)
            }
        }
        let now = monotonicMicroseconds()
        for source in sources where source.deadline <= now {
            source.entry.invalidate()
            source.isFirst = false
            source.deadline = now + Self.silence
        }
        return true
    }

    private func receive(_ source: Source) {
        do {
            if let pending = source.pending {
                // It leaves the set first: a refusal may be asked again over another connection.
                source.response = try client.finish(pending)
                source.pending = nil
                if source.response?.hasBuffered == false { return }
            }
            repeat {
                guard let bytes = try source.response?.read() else { return close(source) }
                take(bytes, source)
            } while source.response?.hasBuffered == true
        } catch {
            source.failure = error as? EngineClientError ?? .transport("\(error)")
            source.isFirst = false
            close(source)
        }
    }

    private func take(_ bytes: [UInt8], _ source: Source) {
        source.rest += bytes
        while let end = source.rest.firstIndex(of: 10) {
            if let sample = try? JSONValue(parsing: Array(source.rest[..<end])) {
                source.entry.update(sample)
                source.deadline = monotonicMicroseconds() + Self.silence
                source.isFirst = false
            }
            source.rest.removeSubrange(...end)
        }
        if !streams, !source.isFirst { close(source) }
    }

    // MARK: Events

    private func followEvents() throws {
        let filters = Filters.encode(["type": ["container"]]) ?? ""
        let response = try client.send(Request("GET", "/events", query: [("filters", filters)]))
        events = response
        try poll?.add(response.descriptor, .readable, key: Self.eventsKey)
    }

    private func receiveEvents() throws -> Bool {
        repeat {
            guard let events, let bytes = try? events.read() else { return false }
            eventRest += bytes
        } while events?.hasBuffered == true
        while let end = eventRest.firstIndex(of: 10) {
            if let event = try? JSONValue(parsing: Array(eventRest[..<end])) { try follow(event) }
            eventRest.removeSubrange(...end)
        }
        return true
    }

    private func follow(_ event: JSONValue) throws {
        let name = String((event["Actor"]?["ID"]?.stringValue ?? "").prefix(12))
        switch event["Action"]?.stringValue {
        case "create" where all, "start": try add(name)
        case "die" where !all: remove(name)
        default: return
        }
    }
}
