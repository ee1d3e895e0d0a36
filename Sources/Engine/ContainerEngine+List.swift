public import DockerAPI
internal import EngineModel
internal import Images
internal import OCI

extension ContainerEngine {
    public func inspectContainer(_ container: String, size: Bool) async throws -> ContainerInspect {
        try await self.container(container).inspect(size: size)
    }

    /// The containers that match, the newest first.
    public func listContainers(_ options: ContainerListOptions) async throws -> [ContainerSummary] {
        let filters = options.filters
        let now = Timestamp.now
        var entries: [(actor: ContainerActor, record: ContainerRecord)] = []
        for actor in registry.all { entries.append((actor, await actor.record)) }
        entries.sort { ($0.record.created, $0.record.id) > ($1.record.created, $1.record.id) }
        let before = try filters["before"].first.map { try container($0).id }
        let since = try filters["since"].first.map { try container($0).id }
        let bounds = try Bounds(
            before: before.flatMap { id in entries.first { $0.record.id == id }?.record.created },
            since: since.flatMap { id in entries.first { $0.record.id == id }?.record.created },
            filters: filters)
        let ancestors = ancestorIDs(filters["ancestor"])
        let showsAll = options.all || options.limit > 0 || filters.contains("status")
        var found: [ContainerSummary] = []
        for (actor, record) in entries {
            if !showsAll && !record.lifecycle.isRunning && record.lifecycle.phase != .restarting { continue }
            if !matches(record, filters, bounds) { continue }
            if let ancestors, !ancestors.contains(record.imageID) { continue }
            var line = await actor.summary(now: now, imageName: imageName(of: record))
            if !bounds.health.isEmpty, !bounds.health.contains(await actor.healthStatus) { continue }
            if !matchesPorts(line, record, bounds) { continue }
            if options.size {
                line.sizeRw = try await services.writtenBytes(record.id)
                line.sizeRootFs = line.sizeRw + services.imageBytes(record.imageID)
            }
            found.append(line)
            if options.limit > 0 && found.count == options.limit { break }
        }
        return found
    }

    /// What `before`, `since`, `exited` and `health` say, checked once.
    private struct Bounds {
        let before: Timestamp?
        let since: Timestamp?
        let exitCodes: Set<Int>
        let health: Set<String>
        let published: [ClosedRange<UInt16>: Set<String>]
        let exposed: [ClosedRange<UInt16>: Set<String>]

        init(before: Timestamp?, since: Timestamp?, filters: Filters) throws {
            self.before = before
            self.since = since
            exitCodes = Set(
                try filters["exited"].map { text in
                    guard let code = Int(text) else {
                        throw EngineError(
                            .invalidParameter,
                            "invalid filter 'exited=\(text)': strconv.Atoi: parsing \"\(text)\": invalid syntax"
                        )
                    }
                    return code
                })
            let states: Set<String> = [
                "created", "running", "paused", "restarting", "removing", "exited", "dead",
            ]
            for state in filters["status"] where !states.contains(state) {
                throw EngineError(
                    .invalidParameter,
                    "invalid filter 'status=\(state)': invalid value for state (\(state)): must be one of created, "
                        + "running, paused, restarting, removing, exited, dead")
            }
            health = Set(filters["health"])
            for state in health.sorted() where !["none", "starting", "healthy", "unhealthy"].contains(state) {
                throw EngineError(
                    .invalidParameter,
                    "invalid filter 'health=\(state)': invalid value for health (\(state)): must be one of none, "
                        + "starting, healthy, unhealthy")
            }
            if filters.contains("is-task"), filters["is-task"].count > 1 || filters.flag("is-task") == nil {
                throw EngineError(
                    .invalidParameter,
                    "invalid filter 'is-task=[\(filters["is-task"].joined(separator: " "))]'")
            }
            published = try PortFilter.parse(filters["publish"], "publish")
            exposed = try PortFilter.parse(filters["expose"], "expose")
        }
    }

    private func matches(_ record: ContainerRecord, _ filters: Filters, _ bounds: Bounds) -> Bool {
        if let before = bounds.before, record.created >= before { return false }
        if let since = bounds.since, record.created <= since { return false }
        if !bounds.exitCodes.isEmpty,
            record.lifecycle.started == nil || record.lifecycle.isRunning
                || !bounds.exitCodes.contains(record.lifecycle.exitCode)
        {
            return false
        }
        func any(_ name: String, _ test: (String) -> Bool) -> Bool {
            let wanted = filters[name]
            return wanted.isEmpty || wanted.contains(where: test)
        }
        return filters.exactMatch("status", record.lifecycle.phase.rawValue)
            && any("id") { record.id.hasPrefix($0) }
            && any("name") { NamePattern.matches($0, record.name) }
            && filters.labelsMatch(record.config.labels ?? [:])
            && any("network") { wanted in
                let mode = record.hostConfig.networkMode
                return wanted == mode
                    || (wanted.utf8.count >= 4 && services.networkID(of: mode).hasPrefix(wanted))
            }
            && any("volume") { wanted in
                record.mounts.contains {
                    $0.volume == wanted || $0.source == wanted || $0.destination == wanted
                }
            }
            && filters.flag("is-task") != true
    }

    private func matchesPorts(_ line: ContainerSummary, _ record: ContainerRecord, _ bounds: Bounds) -> Bool {
        func any(_ wanted: [ClosedRange<UInt16>: Set<String>], _ ports: [(UInt16, String)]) -> Bool {
            wanted.isEmpty
                || ports.contains { port, type in
                    wanted.contains { $0.key.contains(port) && $0.value.contains(type) }
                }
        }
        let exposed = record.config.exposedPorts.keys.compactMap { key -> (UInt16, String)? in
            let parts = ContainerActor.portKey(key).split(separator: "/")
            return UInt16(parts[0]).map { ($0, String(parts[1])) }
        }
        return any(
            bounds.published, line.ports.filter { $0.publicPort != 0 }.map { ($0.publicPort, $0.type) })
            && any(bounds.exposed, exposed)
    }

    private func ancestorIDs(_ references: [String]) -> Set<String>? {
        references.isEmpty
            ? nil : Set(references.flatMap { (try? services.images.resolveIDs($0)) ?? [] }.map(\.description))
    }

    /// The name a container was made with, or its image's id once that name means another image.
    private func imageName(of record: ContainerRecord) -> String {
        let ids = (try? services.images.resolveIDs(record.config.image)) ?? []
        return ids.contains { $0.description == record.imageID } ? record.config.image : record.imageID
    }
}

/// The filters `publish` and `expose`: `80`, `8000-8010/udp`.
enum PortFilter {
    /// Ports and their protocols; what is no port is an internal error, as with Docker.
    static func parse(_ values: [String], _ name: String) throws -> [ClosedRange<UInt16>: Set<String>] {
        var found: [ClosedRange<UInt16>: Set<String>] = [:]
        for value in values {
            func refused(_ reason: String) -> EngineError {
                EngineError(.system, "error while looking up for \(name) \(value): \(reason)")
            }
            func port(_ text: Substring) throws -> UInt16 {
                if let number = UInt16(text) { return number }
                let isNumber = !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
                throw refused(
                    "strconv.ParseUint: parsing \"\(text)\": "
                        + (isNumber ? "value out of range" : "invalid syntax"))
            }
            let parts = value.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let ends = parts[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            let low = try port(ends[0])
            let high = ends.count > 1 ? try port(ends[1]) : low
            if high < low { throw refused("Invalid range specified for the Port: \(parts[0])") }
            let type = parts.count > 1 && !parts[1].isEmpty ? parts[1].lowercased() : "tcp"
            found[low...high, default: []].insert(type)
        }
        return found
    }
}

/// The `name` filter: a regular expression; plain text, the common case, is compared without one.
enum NamePattern {
    /// Whether `name`, with or without its leading slash, matches.
    static func matches(_ pattern: String, _ name: String) -> Bool {
        var text = pattern[...]
        let fromStart = text.hasPrefix("^")
        if fromStart { text = text.dropFirst() }
        let toEnd = text.hasSuffix("$")
        if toEnd { text = text.dropLast() }
        for candidate in [name, "/" + name] {
            switch (fromStart, toEnd) {
            case (true, true): if candidate == text { return true }
            case (true, false): if candidate.hasPrefix(text) { return true }
            case (false, true): if candidate.hasSuffix(text) { return true }
            case (false, false): if text.isEmpty || candidate.contains(text) { return true }
            }
        }
        return (try? Regex(pattern)).map {
            name.firstMatch(of: $0) != nil || ("/" + name).firstMatch(of: $0) != nil
        }
            ?? false
    }
}
