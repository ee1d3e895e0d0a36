internal import GoTemplate
internal import OrderedJSON
internal import TerminalUI

/// What a template of `system df -v` sees: a list of each kind of object.
struct DiskUsageDetails: GoObject {
    let images: [Row]
    let containers: [Row]
    let volumes: [Row]
    let cache: [JSONValue]

    let typeName = "*formatter.diskUsageContext"

    var fields: [(key: String, value: GoValue)] {
        [
            ("Images", images), ("Containers", containers), ("Volumes", volumes), ("BuildCache", cacheRows),
        ].map { ($0.0, .list($0.1.map { .object($0) })) }
    }

    func member(_ name: String, _ arguments: [GoValue]) -> GoValue? {
        fields.first { $0.key == name }?.value
    }

    /// Prints the template's text; what comes before a failure is printed too.
    func show(_ cli: CLI, _ format: String) throws {
        let template: Template
        do { template = try Template(TableOutput.unescape(format)) } catch {
            throw CommandFailure("template parsing error: \(error)")
        }
        var output = ""
        do { try template.render(.object(self), to: &output) } catch {
            cli.write(output)
            throw CommandFailure("\(error)")
        }
        cli.write(output)
    }

    /// A row for each record of the build cache.
    var cacheRows: [Row] {
        cache.map { json in
            func ago(_ name: String) -> GoValue {
                .string(json[name]?.stringValue.flatMap(Times.parse).map { Times.ago($0.seconds) } ?? "")
            }
            func text(_ name: String) -> GoValue { .string(json[name]?.stringValue ?? "") }
            func flag(_ name: String) -> Bool { json[name]?.boolValue == true }
            return Row(
                typeName: "*formatter.buildCacheContext",
                columns: [
                    ("CacheType", { text("Type") }), ("CreatedAt", { text("CreatedAt") }),
                    ("CreatedSince", { ago("CreatedAt") }), ("Description", { text("Description") }),
                    (
                        "ID",
                        {
                            let id = String((json["ID"]?.stringValue ?? "").prefix(12))
                            return .string(flag("InUse") ? id + "*" : id)
                        }
                    ),
                    ("InUse", { .string(flag("InUse") ? "true" : "false") }),
                    ("LastUsedAt", { text("LastUsedAt") }), ("LastUsedSince", { ago("LastUsedAt") }),
                    ("Parent", { text("Parent") }),
                    ("Shared", { .string(flag("Shared") ? "true" : "false") }),
                    ("Size", { .string(HumanUnits.size(json["Size"]?.doubleValue ?? 0)) }),
                    ("UsageCount", { .string(String(json["UsageCount"]?.intValue ?? 0)) }),
                ])
        }
    }
}
