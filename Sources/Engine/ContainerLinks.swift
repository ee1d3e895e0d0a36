internal import DockerAPI
internal import EngineModel
internal import Linux
internal import Logging
internal import Networking

/// A legacy link (`--link`), as the record of the container that has it keeps it.
struct ContainerLink: Codable, Sendable, Hashable {
    /// The id of the container that is linked to.
    var target: String
    /// The target's name when it was last seen, for when it is gone.
    var name: String
    var alias: String

    /// Reads `NAME:ALIAS`, `NAME`, or inspect's `/NAME:/SELF/ALIAS`.
    static func parse(_ text: String) throws(EngineError) -> (name: String, alias: String) {
        if text.isEmpty { throw EngineError(.system, "empty string specified for links") }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.count > 2 { throw EngineError(.system, "bad format for links: \(text)") }
        let isWhole = parts[0].hasPrefix("/")
        let name = isWhole ? String(parts[0].dropFirst()) : parts[0]
        var alias = parts.count > 1 ? parts[1] : name
        if isWhole, let slash = alias.lastIndex(of: "/") {
            alias = String(alias[alias.index(after: slash)...])
        }
        // The alias becomes a word of a hosts file, a part of a name and of variables.
        guard !name.isEmpty, !alias.isEmpty, HostsFile.isWord(alias), !alias.contains("/"),
            !alias.contains("=")
        else { throw EngineError(.invalidParameter, "bad format for links: \(text)") }
        return (name, alias)
    }
}

/// What a container that starts is told of one that it is linked to.
struct LinkedContainer: Sendable {
    var alias: String
    /// The name of the container that has the link.
    var linker: String
    var name: String
    var hostname: String
    var address: IPAddress
    /// Exposed ports: `80/tcp`.
    var ports: [String]
    /// The target's own environment.
    var variables: [String]

    /// The line of the linker's hosts file.
    var hostsEntry: HostsFile.Entry {
        var names = [alias]
        for other in [hostname, name] where HostsFile.isWord(other) && other != alias { names.append(other) }
        return HostsFile.Entry(address, names)
    }

    /// The variables that the linker gets, in Docker's order.
    var environment: [String] {
        let prefix = String(alias.uppercased().map { $0 == "-" ? "_" : $0 })
        let sorted = sortedPorts
        var lines: [String] = []
        func url(_ port: Port) -> String { "\(port.transport)://\(address):\(port.number)" }
        func key(_ port: Port) -> String { "\(prefix)_PORT_\(port.number)_\(port.transport.uppercased())" }
        if let first = sorted.first { lines.append("\(prefix)_PORT=\(url(first))") }
        for port in sorted {
            lines += [
                "\(key(port))=\(url(port))", "\(key(port))_ADDR=\(address)",
                "\(key(port))_PORT=\(port.number)",
                "\(key(port))_PROTO=\(port.transport)",
            ]
        }
        for (first, last) in Self.runs(of: sorted) {
            lines += [
                "\(key(first))_START=\(url(first))", "\(key(first))_PORT_START=\(first.number)",
                "\(key(first))_END=\(url(last))", "\(key(first))_PORT_END=\(last.number)",
            ]
        }
        lines.append("\(prefix)_NAME=/\(linker)/\(alias)")
        for variable in variables where variable.contains("=") {
            let name = variable.prefix { $0 != "=" }
            if name != "HOME" && name != "PATH" { lines.append("\(prefix)_ENV_\(variable)") }
        }
        return lines
    }

    private struct Port: Hashable {
        var number: Int
        var transport: String
    }

    /// TCP comes first, then the other protocols by name; within one, by number.
    private var sortedPorts: [Port] {
        let found = ports.compactMap { text -> Port? in
            let parts = text.split(separator: "/")
            guard let number = parts.first.flatMap({ Int($0) }) else { return nil }
            return Port(number: number, transport: parts.count > 1 ? parts[1].lowercased() : "tcp")
        }
        func rank(_ port: Port) -> (Int, String, Int) {
            (port.transport == "tcp" ? 0 : 1, port.transport, port.number)
        }
        return Set(found).sorted { rank($0) < rank($1) }
    }

    /// The ends of each row of two or more ports without a gap.
    private static func runs(of ports: [Port]) -> [(Port, Port)] {
        var found: [(Port, Port)] = []
        for port in ports {
            if let (first, last) = found.last, last.transport == port.transport,
                last.number + 1 == port.number
            {
                found[found.count - 1] = (first, port)
            } else {
                found.append((port, port))
            }
        }
        return found.filter { $0.0 != $0.1 }
    }
}

extension ContainerEngine {
    /// The links that a new container asks for, each target found; of two with one alias the first counts.
    func resolveLinks(_ texts: [String]) async throws -> [ContainerLink] {
        var found: [ContainerLink] = []
        for text in texts {
            let (name, alias) = try ContainerLink.parse(text)
            var target: ContainerActor
            do {
                target = try container(name)
                // Whoever lives in another's network is reached there.
                while case .container(let other) = await target.record.networkMode {
                    target = try container(other)
                }
            } catch let error as EngineError {
                throw EngineError(
                    error.kind == .notFound ? .invalidParameter : error.kind,
                    "could not get container for \(name): \(error.message)", cause: error)
            }
            if await target.record.networkMode == .host { throw HostConfigValidation.linksBesideHostNetwork }
            if !found.contains(where: { $0.alias == alias }) {
                found.append(ContainerLink(target: target.id, name: await target.name, alias: alias))
            }
        }
        return found
    }

    /// Removes the link that `reference` (`SELF/ALIAS`) names, and no container.
    func removeLink(_ reference: String) async throws {
        _ = try container(reference)
        let parts = reference.drop { $0 == "/" }.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw EngineError(.system, "Conflict, cannot remove the default link name of the container")
        }
        try await container(parts[0]).unlink(parts[1])
    }
}

extension ContainerActor {
    /// The links as inspect shows them, with today's names.
    var shownLinks: [String]? {
        record.links?.map {
            "/\(services.registry.name(of: $0.target) ?? $0.name):/\(record.name)/\($0.alias)"
        }
    }

    /// What the containers that this one is linked to say at its start; all must run.
    ///
    /// As with docker, links count on the bridge only.
    func linkedContainers() async throws -> [LinkedContainer] {
        guard endpoint != nil, let links = record.links else { return [] }
        var found: [LinkedContainer] = []
        for link in links {
            let other = try? services.registry.find(link.target)
            guard let other, await other.lifecycle.isRunning else {
                let name = services.registry.name(of: link.target) ?? link.name
                throw EngineError(
                    .system,
                    "Cannot link to a non running container: /\(name) AS /\(record.name)/\(link.alias)")
            }
            guard let address = await other.endpoint?.address else {
                throw EngineError(.system, "container \(other.id) not attached to default bridge network")
            }
            let target = await other.record
            found.append(
                LinkedContainer(
                    alias: link.alias, linker: record.name, name: target.name,
                    hostname: target.config.hostname,
                    address: address, ports: Array(target.config.exposedPorts.keys),
                    variables: target.config.env ?? []))
        }
        return found
    }

    /// Tells the running containers that are linked to this one where it is now.
    func tellLinkers() async {
        guard let address = endpoint?.address else { return }
        for (linker, alias) in services.registry.linkers(to: id) { await linker.moveLink(alias, to: address) }
    }

    private func moveLink(_ alias: String, to address: IPAddress) {
        guard endpoint != nil, record.lifecycle.isRunning else { return }
        do { try services.moveHostsEntry(of: id, alias: alias, to: address) } catch {
            services.logger.warning(
                "hosts file not changed", metadata: ["container": "\(id)", "error": "\(error)"])
        }
    }

    fileprivate func unlink(_ alias: String) throws {
        let old = record.links
        record.links?.removeAll { $0.alias == alias }
        if record.links?.isEmpty == true { record.links = nil }
        do { try save(durable: true) } catch {
            record.links = old
            throw error
        }
        services.registry.setLinks(record.links ?? [], of: id)
    }
}
