internal import GoTemplate
internal import OrderedJSON
internal import TerminalUI

/// What `stats` shows of one container.
struct StatsEntry {
    /// As the user called it, or the start of its id.
    var container: String
    var id = ""
    var name = ""
    var cpuPercent = 0.0
    var memory = 0.0
    var memoryLimit = 0.0
    var memoryPercent = 0.0
    var received = 0.0
    var sent = 0.0
    var read = 0.0
    var written = 0.0
    var processes = 0
    /// Nothing has come for too long: there are no numbers to show.
    var isInvalid = false

    init(container: String) { self.container = container }

    /// Takes over the numbers of a sample.
    mutating func update(_ sample: JSONValue) {
        func number(_ json: JSONValue?, _ name: String) -> Double { json?[name]?.doubleValue ?? 0 }
        self = StatsEntry(container: container)
        id = sample["id"]?.stringValue ?? ""
        name = sample["name"]?.stringValue ?? ""
        cpuPercent = Self.cpuPercent(sample["precpu_stats"], sample["cpu_stats"])
        let usage = sample["memory_stats"]
        memory = Self.memoryInUse(usage)
        memoryLimit = number(usage, "limit")
        memoryPercent = memoryLimit == 0 ? 0 : memory / memoryLimit * 100
        for interface in sample["networks"]?.objectValue?.members ?? [] {
            received += number(interface.value, "rx_bytes")
            sent += number(interface.value, "tx_bytes")
        }
        for entry in sample["blkio_stats"]?["io_service_bytes_recursive"]?.arrayValue ?? [] {
            switch entry["op"]?.stringValue?.first {
            case "r", "R": read += number(entry, "value")
            case "w", "W": written += number(entry, "value")
            default: continue
            }
        }
        processes = sample["pids_stats"]?["current"]?.intValue ?? 0
    }

    /// The share of all CPUs' time, times their number: 100 is one whole CPU.
    static func cpuPercent(_ before: JSONValue?, _ now: JSONValue?) -> Double {
        func usage(_ json: JSONValue?) -> Double { json?["cpu_usage"]?["total_usage"]?.doubleValue ?? 0 }
        func system(_ json: JSONValue?) -> Double { json?["system_cpu_usage"]?.doubleValue ?? 0 }
        let used = usage(now) - usage(before), passed = system(now) - system(before)
        var cpus = now?["online_cpus"]?.doubleValue ?? 0
        if cpus == 0 { cpus = Double(now?["cpu_usage"]?["percpu_usage"]?.arrayValue?.count ?? 0) }
        return used > 0 && passed > 0 ? used / passed * cpus * 100 : 0
    }

    /// Without the file cache that the kernel can drop; it has a name of its own on cgroup v1.
    static func memoryInUse(_ json: JSONValue?) -> Double {
        let usage = json?["usage"]?.doubleValue ?? 0
        for name in ["total_inactive_file", "inactive_file"] {
            if let cache = json?["stats"]?[name]?.doubleValue, cache < usage { return usage - cache }
        }
        return usage
    }

    /// Nothing has come for too long.
    mutating func invalidate() {
        let (id, name) = (id, name)
        self = StatsEntry(container: container)
        (self.id, self.name, isInvalid) = (id, name, true)
    }
}

extension Row {
    static let statsTitles: [(key: String, value: String)] = [
        ("Container", "CONTAINER"), ("Name", "NAME"), ("ID", "CONTAINER ID"), ("CPUPerc", "CPU %"),
        ("MemUsage", "MEM USAGE / LIMIT"), ("MemPerc", "MEM %"), ("NetIO", "NET I/O"),
        ("BlockIO", "BLOCK I/O"), ("PIDs", "PIDS"),
    ]

    /// A row of `stats`.
    static func stats(_ entry: StatsEntry, truncate: Bool) -> Row {
        func shown(_ text: @autoclosure () -> String, _ none: String = "--") -> GoValue {
            .string(entry.isInvalid ? none : text())
        }
        func percent(_ value: Double) -> String { FixedPoint.text(value, decimals: 2) + "%" }
        func sizes(_ left: Double, _ right: Double) -> String {
            HumanUnits.size(left, digits: 3) + " / " + HumanUnits.size(right, digits: 3)
        }
        return Row(
            typeName: "*container.statsContext",
            columns: [
                ("BlockIO", { shown(sizes(entry.read, entry.written)) }),
                ("CPUPerc", { shown(percent(entry.cpuPercent)) }),
                ("Container", { .string(entry.container) }),
                ("ID", { .string(truncate ? shortID(entry.id) : entry.id) }),
                ("MemPerc", { shown(percent(entry.memoryPercent)) }),
                (
                    "MemUsage",
                    {
                        shown(
                            HumanUnits.binarySize(entry.memory) + " / "
                                + HumanUnits.binarySize(entry.memoryLimit),
                            "-- / --")
                    }
                ),
                ("Name", { .string(entry.name.count > 1 ? String(entry.name.dropFirst()) : "--") }),
                ("NetIO", { shown(sizes(entry.received, entry.sent)) }),
                ("PIDs", { shown(String(entry.processes)) }),
            ])
    }
}

/// Numbers with a fixed count of decimals, as Go's `%.2f`.
enum FixedPoint {
    static func text(_ value: Double, decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        var scaled = (value.magnitude * scale).rounded(.down)
        // With the exact product, which may lie a little beside a half that the rounded one hits.
        let beyondHalf = (-(scaled + 0.5)).addingProduct(value.magnitude, scale)
        if beyondHalf > 0 || beyondHalf == 0 && scaled.truncatingRemainder(dividingBy: 2) == 1 { scaled += 1 }
        guard scaled < 1e15 else { return "\(value)" }
        let digits = String(UInt64(scaled))
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return (value < 0 && scaled > 0 ? "-" : "") + padded.dropLast(decimals) + "."
            + padded.suffix(decimals)
    }
}
