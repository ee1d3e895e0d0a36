internal import EngineModel
internal import Linux

extension ContainerEngine {
    /// The engine's figures in Prometheus' text form.
    public func metrics() async -> String {
        var text = MetricsText()
        let values = services.metrics.values
        text.family(
            "engine_daemon_container_actions_seconds", "histogram",
            "The time each container action takes, in seconds")
        for action in DaemonMetrics.Action.allCases {
            text.histogram(
                "engine_daemon_container_actions_seconds", values.actions[action] ?? .init(),
                labels: "action=\"\(action.rawValue)\"")
        }
        var states = ["paused": 0, "running": 0, "stopped": 0]
        for actor in registry.all {
            switch await actor.lifecycle.phase {
            case .running, .restarting: states["running", default: 0] += 1
            case .paused: states["paused", default: 0] += 1
            default: states["stopped", default: 0] += 1
            }
        }
        text.family("engine_daemon_container_states_containers", "gauge", "The count of containers by state")
        for (state, count) in states.sorted(by: { $0.key < $1.key }) {
            text.sample(
                "engine_daemon_container_states_containers", Double(count), labels: "state=\"\(state)\"")
        }
        let host = services.host
        text.single(
            "engine_daemon_engine_cpus_cpus", "gauge", "The count of the host's processors", Double(host.cpus)
        )
        text.family("engine_daemon_engine_info", "gauge", "What the engine and its host are")
        let facts = [
            ("architecture", host.architecture), ("commit", ""), ("daemon_id", services.instance),
            ("graphdriver", "overlay2"), ("kernel", host.kernelVersion), ("os", host.operatingSystem),
            ("os_type", "linux"), ("os_version", host.osVersion), ("version", Self.version),
        ]
        text.sample(
            "engine_daemon_engine_info", 1,
            labels: facts.map { "\($0.0)=\(MetricsText.quoted($0.1))" }.joined(separator: ","))
        text.single(
            "engine_daemon_engine_memory_bytes", "gauge", "The host's memory in bytes",
            Double(host.memoryBytes))
        text.single(
            "engine_daemon_events_subscribers_total", "gauge", "The count of those who listen to events now",
            Double(services.events.listenerCount))
        text.single(
            "engine_daemon_events_total", "counter", "The count of events",
            Double(services.events.publishedCount))
        text.family(
            "engine_daemon_health_check_start_duration_seconds", "histogram",
            "The time it takes to start a health check, in seconds")
        text.histogram(
            "engine_daemon_health_check_start_duration_seconds", values.healthCheckStart, labels: "")
        text.single(
            "engine_daemon_health_checks_failed_total", "counter", "The count of health checks that failed",
            Double(values.failedHealthChecks))
        text.single(
            "engine_daemon_health_checks_total", "counter", "The count of health checks",
            Double(values.healthChecks))
        ProcessFigures.read()?.write(to: &text)
        return text.text
    }
}

/// Text in Prometheus' form, family by family.
struct MetricsText {
    private(set) var text = ""

    mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ value: Double, labels: String = "") {
        text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.shown(value))\n"
    }

    mutating func single(_ name: String, _ type: String, _ help: String, _ value: Double) {
        family(name, type, help)
        sample(name, value)
    }

    mutating func histogram(_ name: String, _ histogram: DaemonMetrics.Histogram, labels: String) {
        let prefix = labels.isEmpty ? "" : labels + ","
        for (bound, count) in zip(DaemonMetrics.Histogram.bounds, histogram.counts) {
            sample(name + "_bucket", Double(count), labels: "\(prefix)le=\"\(Self.shown(bound))\"")
        }
        sample(name + "_bucket", Double(histogram.count), labels: "\(prefix)le=\"+Inf\"")
        sample(name + "_sum", histogram.sum, labels: labels)
        sample(name + "_count", Double(histogram.count), labels: labels)
    }

    static func quoted(_ value: String) -> String {
        var result = "\""
        for character in value {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result + "\""
    }

    /// A whole number without its point.
    private static func shown(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }
}

/// What the kernel says of this process.
struct ProcessFigures {
    var processorSeconds = 0.0
    var openDescriptors = 0
    var maximumDescriptors = 0.0
    var residentBytes = 0.0
    var virtualBytes = 0.0
    var startSeconds = 0.0

    /// Clock ticks a second in `/proc`: 100 on every architecture that Linux runs Swift on.
    private static let ticks = 100.0

    /// Reads `/proc/self`; nil where there is none.
    static func read() -> ProcessFigures? {
        guard let stat = try? readText("/proc/self/stat"), let end = stat.lastIndex(of: ")"),
            let boot = (try? readText("/proc/stat"))?.split(separator: "\n").first(where: {
                $0.hasPrefix("btime ")
            })
        else { return nil }
        // Fields from the third on: see proc(5).
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 21 else { return nil }
        func number(_ field: Int) -> Double { Double(fields[field - 3]) ?? 0 }
        var figures = ProcessFigures()
        figures.processorSeconds = (number(14) + number(15)) / ticks
        figures.virtualBytes = number(23)
        figures.residentBytes = number(24) * 4096
        figures.startSeconds = (Double(boot.dropFirst(6)) ?? 0) + number(22) / ticks
        figures.openDescriptors = (try? listDirectory("/proc/self/fd").count) ?? 0
        let limits = ((try? readText("/proc/self/limits")) ?? "").split(separator: "\n")
        let files = limits.first { $0.hasPrefix("Max open files") }?.split(separator: " ")
        figures.maximumDescriptors = files.flatMap { $0.count > 3 ? Double($0[3]) : nil } ?? 0
        return figures
    }

    func write(to text: inout MetricsText) {
        text.single(
            "process_cpu_seconds_total", "counter", "User and system time in seconds.", processorSeconds)
        text.single("process_max_fds", "gauge", "How many descriptors may be open.", maximumDescriptors)
        text.single("process_open_fds", "gauge", "How many descriptors are open.", Double(openDescriptors))
        text.single("process_resident_memory_bytes", "gauge", "Resident memory in bytes.", residentBytes)
        text.single(
            "process_start_time_seconds", "gauge", "When the process started, in seconds since 1970.",
            startSeconds)
        text.single("process_virtual_memory_bytes", "gauge", "Virtual memory in bytes.", virtualBytes)
    }
}
