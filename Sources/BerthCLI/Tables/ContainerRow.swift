internal import GoTemplate
internal import OrderedJSON
internal import TerminalUI

extension Row {
    static let containerTitles: [(key: String, value: String)] = [
        ("ID", "CONTAINER ID"), ("Names", "NAMES"), ("Image", "IMAGE"), ("Command", "COMMAND"),
        ("CreatedAt", "CREATED AT"), ("RunningFor", "CREATED"), ("Ports", "PORTS"), ("State", "STATE"),
        ("Status", "STATUS"), ("Size", "SIZE"), ("Labels", "LABELS"), ("Mounts", "MOUNTS"),
        ("LocalVolumes", "LOCAL VOLUMES"), ("Networks", "NETWORKS"), ("Platform", "PLATFORM"),
    ]

    /// A row of `ps`.
    static func container(_ json: JSONValue, truncate: Bool) -> Row {
        let labels = labelPairs(json["Labels"])
        let created = json["Created"]?.intValue ?? 0
        func text(_ name: String) -> String { json[name]?.stringValue ?? "" }
        return Row(
            typeName: "*formatter.ContainerContext",
            columns: [
                (
                    "Command",
                    {
                        let command = text("Command")
                        return .string(quoteGo(truncate ? HumanUnits.ellipsis(command, 20) : command))
                    }
                ),
                ("CreatedAt", { .string(Times.goString(created)) }),
                ("ID", { .string(truncate ? shortID(text("Id")) : text("Id")) }),
                ("Image", { .string(imageName(json, truncate)) }),
                ("Labels", { .string(joined(labels)) }),
                (
                    "LocalVolumes",
                    {
                        let mounts = json["Mounts"]?.arrayValue ?? []
                        return .string(String(mounts.filter { $0["Driver"]?.stringValue == "local" }.count))
                    }
                ),
                ("Mounts", { .string(mounts(json, truncate)) }),
                ("Names", { .string(names(json, truncate)) }),
                (
                    "Networks",
                    {
                        let networks = json["NetworkSettings"]?["Networks"]?.objectValue?.keys ?? []
                        return .string(networks.sorted().joined(separator: ","))
                    }
                ),
                ("Platform", { .null }),
                ("Ports", { .string(PortList.text(json["Ports"]?.arrayValue ?? [])) }),
                ("RunningFor", { .string(Times.ago(created)) }),
                ("Size", { .string(size(json)) }),
                ("State", { .string(text("State")) }),
                ("Status", { .string(text("Status")) }),
            ], labels: labels)
    }

    static func shortID(_ id: String) -> String {
        var rest = id[...]
        if let colon = rest.firstIndex(of: ":") { rest = rest[rest.index(after: colon)...] }
        return String(rest.prefix(12))
    }

    static func labelPairs(_ json: JSONValue?) -> [(String, String)] {
        (json?.objectValue?.members ?? []).map { ($0.key, $0.value.stringValue ?? "") }.sorted { $0.0 < $1.0 }
    }

    static func joined(_ labels: [(String, String)]) -> String {
        labels.map { "\($0.0)=\($0.1)" }.joined(separator: ",")
    }

    private static func imageName(_ json: JSONValue, _ truncate: Bool) -> String {
        let image = json["Image"]?.stringValue ?? ""
        if image.isEmpty { return "<no image>" }
        guard truncate else { return image }
        let short = shortID(json["ImageID"]?.stringValue ?? "")
        if short == shortID(image), !short.isEmpty { return short }
        return image.firstIndex(of: "@").map { String(image[..<$0]) } ?? image
    }

    private static func names(_ json: JSONValue, _ truncate: Bool) -> String {
        let names = (json["Names"]?.arrayValue ?? []).compactMap(\.stringValue).map {
            String($0.hasPrefix("/") ? $0.dropFirst() : $0[...])
        }
        // A link's name has a slash inside: the short form shows the container's own name only.
        if truncate, let own = names.first(where: { !$0.contains("/") }) { return own }
        return names.joined(separator: ",")
    }

    private static func mounts(_ json: JSONValue, _ truncate: Bool) -> String {
        (json["Mounts"]?.arrayValue ?? []).map { mount in
            let name = mount["Name"]?.stringValue ?? ""
            let shown = name.isEmpty ? mount["Source"]?.stringValue ?? "" : name
            return truncate ? HumanUnits.ellipsis(shown, 15) : shown
        }.joined(separator: ",")
    }

    private static func size(_ json: JSONValue) -> String {
        let own = HumanUnits.size(json["SizeRw"]?.doubleValue ?? 0, digits: 3)
        let all = json["SizeRootFs"]?.doubleValue ?? 0
        return all > 0 ? own + " (virtual \(HumanUnits.size(all, digits: 3)))" : own
    }
}

/// Published and exposed ports in one line, neighbours joined to ranges.
enum PortList {
    private struct Port {
        var address: String, publicPort: Int, privatePort: Int, type: String

        init(_ json: JSONValue) {
            address = json["IP"]?.stringValue ?? ""
            publicPort = json["PublicPort"]?.intValue ?? 0
            privatePort = json["PrivatePort"]?.intValue ?? 0
            type = json["Type"]?.stringValue ?? ""
        }

        static func < (left: Port, right: Port) -> Bool {
            if left.privatePort != right.privatePort { return left.privatePort < right.privatePort }
            if left.address != right.address { return left.address < right.address }
            if left.publicPort != right.publicPort { return left.publicPort < right.publicPort }
            return left.type < right.type
        }
    }

    private struct Group {
        var address: String, type: String, first: Int, last: Int

        var text: String {
            var text = first == last ? "\(first)" : "\(first)-\(last)"
            if !address.isEmpty { text = "\(host(address)):\(text)->\(text)" }
            return "\(text)/\(type)"
        }
    }

    static func host(_ address: String) -> String { address.contains(":") ? "[\(address)]" : address }

    static func text(_ list: [JSONValue]) -> String {
        var groups: [Group] = [], done: [String] = [], mappings: [String] = []
        for port in list.map(Port.init).sorted(by: <) {
            if !port.address.isEmpty, port.publicPort != port.privatePort {
                mappings.append("\(host(port.address)):\(port.publicPort)->\(port.privatePort)/\(port.type)")
                continue
            }
            let index = groups.firstIndex { $0.address == port.address && $0.type == port.type }
            if let index, port.privatePort == groups[index].last + 1 {
                groups[index].last = port.privatePort
                continue
            }
            let group = Group(
                address: port.address, type: port.type, first: port.privatePort, last: port.privatePort)
            if let index {
                done.append(groups[index].text)
                groups[index] = group
            } else {
                groups.append(group)
            }
        }
        return (done + groups.map(\.text) + mappings).joined(separator: ", ")
    }
}
