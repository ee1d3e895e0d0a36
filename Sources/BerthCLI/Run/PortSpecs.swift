internal import OrderedJSON

/// The ports of `-p` and `--expose`, as docker's `nat` package reads them.
struct PortSpecs {
    /// Exposed ports such as `80/tcp`, in the order of the command line.
    private(set) var exposed: [String] = []
    private(set) var bindings: [(port: String, bindings: [(address: String, port: String)])] = []

    var exposedJSON: JSONValue {
        .object(JSONObject(exposed.sorted().map { .init($0, .object([:])) }))
    }

    var bindingsJSON: JSONValue {
        .object(
            JSONObject(
                bindings.sorted { $0.port < $1.port }.map { entry in
                    .init(
                        entry.port,
                        .array(
                            entry.bindings.map {
                                .object(["HostIp": .string($0.address), "HostPort": .string($0.port)])
                            }))
                }))
    }

    /// Adds an option `-p [address:][host:]container[/protocol]`, with ranges.
    mutating func publish(_ text: String) throws {
        if text.contains("="), let spec = try longForm(text) { return try publish(spec) }
        var rest = text[...]
        var proto = "tcp"
        if let slash = rest.lastIndex(of: "/") {
            proto = String(rest[rest.index(after: slash)...])
            rest = rest[..<slash]
            if proto.isEmpty { proto = "tcp" }
            if rest.isEmpty { throw CommandFailure("no port specified: \(text)<empty>") }
        }
        let parts = split(rest)
        var address = parts.address
        if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
        if !address.isEmpty, !IPText.isAddress(address[...]) {
            throw CommandFailure("invalid IP address: \(address)")
        }
        if parts.container.isEmpty { throw CommandFailure("no port specified: \(text)<empty>") }
        guard let container = range(parts.container) else {
            throw CommandFailure("invalid containerPort: \(parts.container)")
        }
        guard let host = parts.host.isEmpty ? 0...0 : range(parts.host) else {
            throw CommandFailure("invalid hostPort: \(parts.host)")
        }
        if !parts.host.isEmpty, container.count != host.count, container.count != 1 {
            throw CommandFailure(
                "invalid ranges specified for container and host Ports: \(parts.container) and \(parts.host)")
        }
        guard ["tcp", "udp", "sctp"].contains(proto.lowercased()) else {
            throw CommandFailure("invalid proto: \(proto)")
        }
        for (offset, port) in container.enumerated() {
            var hostPort = parts.host.isEmpty ? "" : String(host.lowerBound + offset)
            // A range on the host for one port leaves the choice to the engine.
            if container.count == 1, host.count > 1 { hostPort = "\(host.lowerBound)-\(host.upperBound)" }
            add("\(port)/\(proto.lowercased())", (address, hostPort))
        }
    }

    private mutating func add(_ port: String, _ binding: (address: String, port: String)) {
        if !exposed.contains(port) { exposed.append(port) }
        if let index = bindings.firstIndex(where: { $0.port == port }) {
            bindings[index].bindings.append(binding)
        } else {
            bindings.append((port, [binding]))
        }
    }

    /// Adds an option `--expose port[-port][/protocol]`.
    mutating func expose(_ text: String) throws {
        if text.contains(":") { throw CommandFailure("invalid port format for --expose: \(text)") }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let proto = parts.count > 1 && !parts[1].isEmpty ? String(parts[1]) : "tcp"
        guard let ports = range(String(parts[0])) else {
            throw CommandFailure(
                "invalid range format for --expose: \(text), error: \(rangeError(String(parts[0])))")
        }
        for port in ports where !exposed.contains("\(port)/\(proto)") { exposed.append("\(port)/\(proto)") }
    }

    private func rangeError(_ text: String) -> String {
        if text.isEmpty { return "empty string specified for ports" }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        if ends.count == 2, let first = ends[0], let last = ends[1], last < first {
            return "invalid range specified for port: \(text)"
        }
        let bad = text.split(separator: "-", maxSplits: 1).first { UInt16($0) == nil } ?? text[...]
        let isNumber = !bad.isEmpty && bad.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return "strconv.ParseUint: parsing \(goQuoted(String(bad))): "
            + (isNumber ? "value out of range" : "invalid syntax")
    }

    private func split(_ text: Substring) -> (address: String, host: String, container: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
        switch parts.count {
        case 1: return ("", "", parts[0])
        case 2: return ("", parts[0], parts[1])
        default:
            return (parts.dropLast(2).joined(separator: ":"), parts[parts.count - 2], parts[parts.count - 1])
        }
    }

    private func range(_ text: String) -> ClosedRange<Int>? {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let low = UInt16(parts[0]) else { return nil }
        guard parts.count > 1 else { return Int(low)...Int(low) }
        guard let high = UInt16(parts[1]), high >= low else { return nil }
        return Int(low)...Int(high)
    }

    /// `target=80,published=8080,protocol=tcp` as the short form.
    private func longForm(_ text: String) throws -> String? {
        var target = "", published = "", proto = "tcp"
        for field in text.split(separator: ",") {
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else {
                throw CommandFailure("invalid field \(field)")
            }
            switch pair[0].lowercased() {
            case "target": target = String(pair[1])
            case "published": published = String(pair[1])
            case "protocol": proto = String(pair[1])
            case "mode": break
            default: throw CommandFailure("invalid field key \(pair[0])")
            }
        }
        if target.isEmpty { throw CommandFailure("no port specified: \(text)<empty>") }
        return (published.isEmpty ? "" : published + ":") + target + "/" + proto
    }
}
