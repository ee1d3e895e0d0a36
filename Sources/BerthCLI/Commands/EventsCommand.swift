internal import EngineClient
internal import GoTemplate
internal import OrderedJSON

extension Command {
    static let events = Command(
        path: "events", usage: "[OPTIONS]", summary: "Get real time events from the server",
        aliases: ["system events", "events"],
        flags: [
            Filters.flag, Flag("format", nil, .string, InspectOutput.help),
            Flag("since", nil, .string, "Show what has happened since a time"),
            Flag("until", nil, .string, "End at a time"),
        ], arguments: .none
    ) { cli, flags in
        var query: [(String, String)] = []
        for option in ["since", "until"] where !flags.string(option).isEmpty {
            query.append((option, try Times.timestamp(flags.string(option))))
        }
        if let filters = Filters.text(flags.list("filter")) { query.append(("filters", filters)) }
        var format = flags.string("format")
        if format == "json" { format = "{{json .}}" }
        let template: Template?
        do { template = format.isEmpty ? nil : try Template(format) } catch {
            throw CommandFailure("Error parsing format: \(error)", code: 64)
        }
        let response = try cli.client().send(EngineClient.Request("GET", "/events", query: query))
        var rest: [UInt8] = []
        while let bytes = try response.read() {
            rest += bytes
            while let end = rest.firstIndex(of: 10) {
                if let event = try? JSONValue(parsing: Array(rest[..<end])) {
                    cli.print(try template?.render(.object(EventValue(json: event))) ?? line(event))
                }
                rest.removeSubrange(...end)
            }
            cli.flush()
        }
        return 0
    }

    /// `2026-11-23T21:40:53.050320792Z container stop 182c… (image=busybox, name=web)`
    private static func line(_ event: JSONValue) -> String {
        let seconds = event["time"]?.intValue ?? 0, nano = event["timeNano"]?.intValue ?? 0
        let time =
            nano != 0
            ? Times.rfc3339(nano / 1_000_000_000, nanoseconds: nano % 1_000_000_000)
            : Times.rfc3339(seconds, nanoseconds: 0)
        let actor = event["Actor"]
        func text(_ json: JSONValue?) -> String { json?.stringValue ?? "" }
        var line = "\(time) \(text(event["Type"])) \(text(event["Action"])) \(text(actor?["ID"]))"
        let attributes = Row.labelPairs(actor?["Attributes"])
        if !attributes.isEmpty {
            line += " (" + attributes.map { "\($0.0)=\($0.1)" }.joined(separator: ", ") + ")"
        }
        return line
    }
}

/// An event as templates see it: Go's field names over the wire's.
private struct EventValue: GoObject {
    let json: JSONValue
    let typeName = "*events.Message"

    var fields: [(key: String, value: GoValue)] {
        (json.objectValue?.members ?? []).map { ($0.key, GoValue($0.value)) }
    }

    func member(_ name: String, _ arguments: [GoValue]) -> GoValue? {
        if let own = json[name] { return GoValue(own) }
        let wire = [
            "Status": "status", "ID": "id", "From": "from", "Scope": "scope", "Time": "time",
            "TimeNano": "timeNano",
        ]
        guard let key = wire[name] else { return ["Type", "Action"].contains(name) ? .string("") : nil }
        return json[key].map(GoValue.init) ?? .string("")
    }
}
