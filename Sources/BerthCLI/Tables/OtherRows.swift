internal import GoTemplate
internal import OrderedJSON
internal import TerminalUI

extension Row {
    static let historyTitles: [(key: String, value: String)] = [
        ("ID", "IMAGE"), ("CreatedSince", "CREATED"), ("CreatedAt", "CREATED AT"),
        ("CreatedBy", "CREATED BY"),
        ("Size", "SIZE"), ("Comment", "COMMENT"),
    ]

    /// A row of `history`.
    static func history(_ json: JSONValue, truncate: Bool, human: Bool) -> Row {
        let id = json["Id"]?.stringValue ?? "", created = json["Created"]?.intValue ?? 0
        return Row(
            typeName: "*formatter.historyContext",
            columns: [
                ("Comment", { .string(json["Comment"]?.stringValue ?? "") }),
                ("CreatedAt", { .string(created <= 0 ? "N/A" : Times.rfc3339(created)) }),
                (
                    "CreatedBy",
                    {
                        let text = (json["CreatedBy"]?.stringValue ?? "").map { $0 == "\t" ? " " : $0 }
                        return .string(truncate ? HumanUnits.ellipsis(String(text), 45) : String(text))
                    }
                ),
                (
                    "CreatedSince",
                    {
                        if !human { return .string(Times.rfc3339(created)) }
                        return .string(created <= 0 ? "N/A" : Times.ago(created))
                    }
                ),
                ("ID", { .string(truncate ? shortID(id) : id) }),
                (
                    "Size",
                    {
                        let size = json["Size"]?.doubleValue ?? 0
                        return .string(human ? HumanUnits.size(size, digits: 3) : String(Int(size)))
                    }
                ),
            ])
    }

    static let volumeTitles: [(key: String, value: String)] = [
        ("Name", "VOLUME NAME"), ("Driver", "DRIVER"), ("Scope", "SCOPE"), ("Availability", "AVAILABILITY"),
        ("Group", "GROUP"), ("Status", "STATUS"), ("Mountpoint", "MOUNTPOINT"), ("Links", "LINKS"),
        ("Size", "SIZE"),
        ("Labels", "LABELS"),
    ]

    /// A row of `volume ls`.
    static func volume(_ json: JSONValue) -> Row {
        let labels = labelPairs(json["Labels"])
        func text(_ name: String) -> GoValue { .string(json[name]?.stringValue ?? "") }
        let usage = json["UsageData"]
        return Row(
            typeName: "*formatter.volumeContext",
            columns: [
                ("Availability", { .string("N/A") }), ("Driver", { text("Driver") }),
                ("Group", { .string("N/A") }),
                ("Labels", { .string(joined(labels)) }),
                ("Links", { .string(usage?["RefCount"]?.intValue.map { String($0) } ?? "N/A") }),
                ("Mountpoint", { text("Mountpoint") }), ("Name", { text("Name") }),
                ("Scope", { text("Scope") }),
                ("Size", { .string(usage?["Size"]?.doubleValue.map { HumanUnits.size($0) } ?? "N/A") }),
                ("Status", { .string("N/A") }),
            ], labels: labels)
    }

    static let networkTitles: [(key: String, value: String)] = [
        ("ID", "NETWORK ID"), ("Name", "NAME"), ("Driver", "DRIVER"), ("Scope", "SCOPE"), ("IPv4", "IPV4"),
        ("IPv6", "IPV6"),
        ("Internal", "INTERNAL"), ("Labels", "LABELS"), ("CreatedAt", "CREATED AT"),
    ]

    /// A row of `network ls`.
    static func network(_ json: JSONValue, truncate: Bool) -> Row {
        let labels = labelPairs(json["Labels"]), id = json["Id"]?.stringValue ?? ""
        func text(_ name: String) -> GoValue { .string(json[name]?.stringValue ?? "") }
        func flag(_ name: String) -> GoValue { .string(json[name]?.boolValue == true ? "true" : "false") }
        return Row(
            typeName: "*network.networkContext",
            columns: [
                ("CreatedAt", { .string(goTime(json["Created"]?.stringValue ?? "")) }),
                ("Driver", { text("Driver") }), ("ID", { .string(truncate ? shortID(id) : id) }),
                ("IPv4", { flag("EnableIPv4") }), ("IPv6", { flag("EnableIPv6") }),
                ("Internal", { flag("Internal") }), ("Labels", { .string(joined(labels)) }),
                ("Name", { text("Name") }), ("Scope", { text("Scope") }),
            ], labels: labels)
    }

    /// A time of the API as Go prints it: `2026-11-23 21:04:58.949012303 +0000 UTC`.
    static func goTime(_ text: String) -> String {
        guard text.hasSuffix("Z") else { return text }
        return text.dropLast().map { $0 == "T" ? " " : String($0) }.joined() + " +0000 UTC"
    }
}
