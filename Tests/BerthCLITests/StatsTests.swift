import GoTemplate
import OrderedJSON
import Testing

@testable import BerthCLI

/// What docker 28.2 makes of the same samples.
@Suite("The numbers of stats")
struct StatsTests {
    @Test(
        "The CPU's share is a difference, and counts whole CPUs",
        arguments: [
            ((100, 1000, 2), (200, 1400, 2), 50), ((100, 1000, 2), (100, 1400, 2), 0),
            ((200, 1000, 2), (100, 1400, 2), 0), ((0, 0, 0), (100, 1000, 4), 40),
            ((0, 1000, 2), (5, 1000, 2), 0),
        ] as [((Int, Int, Int), (Int, Int, Int), Double)])
    func cpu(_ before: (Int, Int, Int), _ now: (Int, Int, Int), _ percent: Double) {
        func sample(_ values: (Int, Int, Int)) -> JSONValue {
            [
                "cpu_usage": ["total_usage": .number("\(values.0)")],
                "system_cpu_usage": .number("\(values.1)"),
                "online_cpus": .number("\(values.2)"),
            ]
        }
        #expect(StatsEntry.cpuPercent(sample(before), sample(now)) == percent)
    }

    @Test("An engine that does not count CPUs lists the use of each")
    func oldEngine() throws {
        let now = try JSONValue(
            parsing: #"{"cpu_usage":{"total_usage":50,"percpu_usage":[1,2,3]},"system_cpu_usage":100}"#)
        #expect(StatsEntry.cpuPercent(nil, now) == 150)
    }

    @Test(
        "Memory in use is without the cache that can be dropped",
        arguments: [
            (#"{"usage":100,"stats":{"total_inactive_file":30,"inactive_file":20}}"#, 70),
            (#"{"usage":100,"stats":{"inactive_file":20}}"#, 80),
            (#"{"usage":100,"stats":{"total_inactive_file":300,"inactive_file":20}}"#, 80),
            (#"{"usage":100,"stats":{"inactive_file":200}}"#, 100), (#"{"usage":100}"#, 100), ("{}", 0),
        ])
    func memory(_ json: String, _ bytes: Double) throws {
        #expect(StatsEntry.memoryInUse(try JSONValue(parsing: json)) == bytes)
    }

    @Test("A sample fills a row; silence makes it dashes and keeps the names")
    func row() throws {
        var entry = StatsEntry(container: "web")
        entry.update(
            try JSONValue(
                parsing: """
                    {"name":"/web","id":"0123456789abcdef","pids_stats":{"current":3},
                    "memory_stats":{"usage":1048576,"limit":4194304},
                    "blkio_stats":{"io_service_bytes_recursive":[{"op":"Read","value":1000},{"op":"write","value":7},{"op":"Sync","value":9}]},
                    "networks":{"eth0":{"rx_bytes":1500,"tx_bytes":20},"eth1":{"rx_bytes":500,"tx_bytes":0}}}
                    """))
        func text(_ name: String) throws -> String? {
            guard case .string(let text)? = try Row.stats(entry, truncate: true).member(name, []) else {
                return nil
            }
            return text
        }
        #expect(try text("ID") == "0123456789ab")
        #expect(try text("Name") == "web")
        #expect(try text("CPUPerc") == "0.00%")
        #expect(try text("MemUsage") == "1MiB / 4MiB")
        #expect(try text("MemPerc") == "25.00%")
        #expect(try text("NetIO") == "2kB / 20B")
        #expect(try text("BlockIO") == "1kB / 7B")
        #expect(try text("PIDs") == "3")
        entry.invalidate()
        #expect(try text("ID") == "0123456789ab" && (try text("Name")) == "web")
        #expect(try text("MemUsage") == "-- / --")
        for name in ["CPUPerc", "MemPerc", "NetIO", "BlockIO", "PIDs"] { #expect(try text(name) == "--") }
    }

    @Test("Nonsense in place of a sample is all zero")
    func nonsense() throws {
        for json in ["null", "[]", #"{"cpu_stats":5,"networks":[],"memory_stats":"x"}"#] {
            var entry = StatsEntry(container: "x")
            entry.update(try JSONValue(parsing: json))
            #expect(entry.cpuPercent == 0 && entry.memory == 0 && entry.received == 0 && !entry.isInvalid)
        }
    }

    @Test("Each picture is drawn over the last, as docker does it")
    func frame() {
        #expect(
            StatsScreen.frame("A\nB\n") == "\u{1B}[HA\nB\n\u{1B}[HA \u{1B}[K\nB \u{1B}[K\n \u{1B}[K\n\u{1B}[J"
        )
    }

    @Test(
        "Two decimals",
        arguments: [(0, "0.00"), (0.005, "0.01"), (12.345, "12.35"), (100, "100.00"), (-0.001, "0.00")])
    func decimals(_ value: Double, _ text: String) { #expect(FixedPoint.text(value, decimals: 2) == text) }
}
