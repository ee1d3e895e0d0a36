internal import Cgroups
internal import FoundationEssentials
internal import Linux
internal import OCI

extension OCICommands {
    static func update(_ context: OCIContext, _ arguments: OCIArguments) throws -> Int32 {
        var state = try context.store.load(arguments.rest[0])
        guard try context.store.status(state) != .stopped else { throw OCIFailure("container not running") }
        let change = try resources(arguments)
        try group(state).apply(change)
        var kept = state.spec.linux?.resources ?? RuntimeSpec.Resources()
        if let memory = change.memory { kept.memory = memory }
        if let cpu = change.cpu { kept.cpu = cpu }
        if let pids = change.pids { kept.pids = pids }
        if let block = change.blockIO { kept.blockIO = block }
        state.spec.linux?.resources = kept
        try context.store.save(state)
        return 0
    }

    private static func resources(_ arguments: OCIArguments) throws -> RuntimeSpec.Resources {
        if let path = arguments.value("resources") {
            let bytes = path == "-" ? try readAll(0) : try readFile(path)
            do { return try JSONDecoder().decode(RuntimeSpec.Resources.self, from: Data(bytes)) } catch {
                throw OCIFailure("read \"\(path)\": \(jsonWords(error))")
            }
        }
        for name in ["l3-cache-schema", "mem-bw-schema"] where arguments.value(name) != nil {
            throw OCIFailure("--\(name): Intel RDT is not built")
        }
        func unsigned(_ name: String) throws(OCIFailure) -> UInt64? {
            guard let value = try arguments.integer(name) else { return nil }
            guard value >= 0 else {
                throw OCIFailure("invalid value \"\(value)\" for flag -\(name): must not be negative")
            }
            return UInt64(value)
        }
        func bytes(_ name: String) throws(OCIFailure) -> Int64? {
            guard let text = arguments.value(name) else { return nil }
            guard let value = byteCount(text) else { throw OCIFailure("invalid value for \(name): \(text)") }
            return value
        }
        var resources = RuntimeSpec.Resources()
        let memory = RuntimeSpec.Memory(
            limit: try bytes("memory"), reservation: try bytes("memory-reservation"),
            swap: try bytes("memory-swap"))
        if memory != RuntimeSpec.Memory() { resources.memory = memory }
        let cpu = RuntimeSpec.CPU(
            shares: try unsigned("cpu-share"), quota: try arguments.integer("cpu-quota"),
            burst: try unsigned("cpu-burst"),
            period: try unsigned("cpu-period"), realtimeRuntime: try arguments.integer("cpu-rt-runtime"),
            realtimePeriod: try unsigned("cpu-rt-period"), cpus: arguments.value("cpuset-cpus"),
            mems: arguments.value("cpuset-mems"), idle: try arguments.integer("cpu-idle"))
        if cpu != RuntimeSpec.CPU() { resources.cpu = cpu }
        if let limit = try arguments.integer("pids-limit") { resources.pids = RuntimeSpec.Pids(limit: limit) }
        if let weight = try unsigned("blkio-weight"), weight != 0 {
            resources.blockIO = RuntimeSpec.BlockIO(weight: UInt16(clamping: weight))
        }
        return resources
    }

    /// `64m`, `1g`, `-1`: as Docker's units, of 1024.
    private static func byteCount(_ text: String) -> Int64? {
        if text == "-1" { return -1 }
        let lower = text.lowercased()
        let digits = lower.prefix { $0.isASCII && $0.isNumber }
        let units: [String: Int64] = [
            "": 1, "b": 1, "k": 1 << 10, "kb": 1 << 10, "m": 1 << 20, "mb": 1 << 20, "g": 1 << 30,
            "gb": 1 << 30,
            "t": 1 << 40, "tb": 1 << 40,
        ]
        guard let number = Int64(digits), let unit = units[String(lower.dropFirst(digits.count))] else {
            return nil
        }
        let (value, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : value
    }

    static func events(_ context: OCIContext, _ arguments: OCIArguments) throws -> Int32 {
        let state = try context.store.load(arguments.rest[0])
        guard try context.store.status(state) != .stopped else {
            throw OCIFailure("container with id \(state.id) is not running")
        }
        let group = try group(state)
        var pause: UInt32 = 5000
        if let text = arguments.value("interval") {
            guard let milliseconds = duration(text), milliseconds > 0 else {
                throw OCIFailure("duration interval must be greater than 0: \"\(text)\"")
            }
            pause = milliseconds
        }
        var oomKills = try group.oomKills()
        while true {
            print(statistics(try group.statistics(), of: state.id).text())
            if arguments.flag("stats") { return 0 }
            var waited: UInt32 = 0
            while waited < pause {
                sleepMilliseconds(min(100, pause - waited))
                waited += min(100, pause - waited)
                if try context.store.status(state) == .stopped { return 0 }
                let now = try group.oomKills()
                if now > oomKills {
                    print(OutputJSON.object([("type", .string("oom")), ("id", .string(state.id))]).text())
                }
                oomKills = now
            }
        }
    }

    /// `500ms`, `5s`, `1m`, in milliseconds.
    private static func duration(_ text: String) -> UInt32? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = UInt32(digits),
            let unit = ["ms": 1, "s": 1000, "m": 60000][text.dropFirst(digits.count)]
        else {
            return nil
        }
        let (value, overflow) = number.multipliedReportingOverflow(by: UInt32(unit))
        return overflow ? nil : value
    }

    private static func statistics(_ values: CgroupStatistics, of id: String) -> OutputJSON {
        func entries(_ values: [CgroupStatistics.BlockIO]) -> OutputJSON {
            .array(
                values.map {
                    .object([
                        ("major", .unsigned($0.major)), ("minor", .unsigned($0.minor)),
                        ("op", .string($0.operation)),
                        ("value", .unsigned($0.value)),
                    ])
                })
        }
        let cpu = values.cpu
        let memory = values.memory
        let data = OutputJSON.object([
            (
                "cpu",
                .object([
                    (
                        "usage",
                        .object([
                            ("total", .unsigned(cpu.usageNanoseconds)),
                            ("percpu", .array(cpu.perCPUNanoseconds.map { .unsigned($0) })),
                            ("kernel", .unsigned(cpu.systemNanoseconds)),
                            ("user", .unsigned(cpu.userNanoseconds)),
                        ])
                    ),
                    (
                        "throttling",
                        .object([
                            ("periods", .unsigned(cpu.periods)),
                            ("throttledPeriods", .unsigned(cpu.throttledPeriods)),
                            ("throttledTime", .unsigned(cpu.throttledNanoseconds)),
                        ])
                    ),
                ])
            ),
            (
                "memory",
                .object([
                    (
                        "usage",
                        .object([
                            ("limit", .unsigned(memory.limitBytes ?? .max)),
                            ("usage", .unsigned(memory.usageBytes)),
                            ("max", .unsigned(memory.peakBytes)), ("failcnt", .unsigned(memory.failures)),
                        ])
                    ),
                    (
                        "raw",
                        .object(
                            memory.details.sorted { $0.key < $1.key }.map { ($0.key, .unsigned($0.value)) })
                    ),
                ])
            ),
            (
                "pids",
                .object([
                    ("current", .unsigned(values.pids.current)), ("limit", .unsigned(values.pids.limit ?? 0)),
                ])
            ),
            (
                "blkio",
                .object([
                    ("ioServiceBytesRecursive", entries(values.blockIOBytes)),
                    ("ioServicedRecursive", entries(values.blockIOOperations)),
                ])
            ),
        ])
        return .object([("type", .string("stats")), ("id", .string(id)), ("data", data)])
    }
}
