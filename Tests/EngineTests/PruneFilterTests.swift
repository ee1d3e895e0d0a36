import DockerAPI
import EngineModel
import Testing

@testable import Engine

/// Each refusal was tried on dockerd 28.5.
@Suite("Filters of prunes and lists")
struct PruneFilterTests {
    private static let now = Timestamp(nanoseconds: 100_000_000_000_000)

    private func filter(_ values: [String: [String]]) throws -> PruneFilter {
        try PruneFilter(Filters(values), now: Self.now)
    }

    @Test(
        "By age and labels",
        arguments: [
            ([:], 99_000, [:], true), (["until": ["10m"]], 99_000, [:], true),
            (["until": ["1h"]], 99_000, [:], false),
            (["until": ["99000"]], 99_000, [:], true), (["until": ["98999"]], 99_000, [:], false),
            (["label": ["a"]], 1, [:], false), (["label": ["a"]], 1, ["a": "b"], true),
            (["label": ["a=c"]], 1, ["a": "b"], false), (["label": ["a", "c"]], 1, ["a": "b"], false),
            (["label!": ["a"]], 1, ["a": "b"], false), (["label!": ["a=c"]], 1, ["a": "b"], true),
            (["label": ["a"], "label!": ["x"]], 1, ["a": "b"], true),
        ] as [([String: [String]], Int64, [String: String], Bool)])
    func matches(_ values: [String: [String]], _ created: Int64, _ labels: [String: String], _ isMatch: Bool)
        throws
    {
        let time = Timestamp(nanoseconds: created * 1_000_000_000)
        #expect(try filter(values).matches(created: time, labels: labels) == isMatch)
    }

    @Test("Of unknown age is nothing that may go by age")
    func unknownAge() throws {
        #expect(try !filter(["until": ["1h"]]).matches(created: nil, labels: [:]))
        #expect(try filter([:]).matches(created: nil, labels: [:]))
    }

    @Test("More than one moment, or none, is refused")
    func moments() {
        let several = #expect(throws: EngineError.self) { try filter(["until": ["1h", "2h"]]) }
        #expect(several?.message == "more than one until filter specified")
        #expect(throws: EngineError.self) { try filter(["until": ["x"]]) }
    }

    @Test("Yes or no")
    func flags() throws {
        #expect(try PruneFilter.flag(Filters(), "all") == nil)
        #expect(try PruneFilter.flag(Filters(["all": ["1"]]), "all") == true)
        #expect(try PruneFilter.flag(Filters(["all": ["false"]]), "all") == false)
        let none = #expect(throws: EngineError.self) { try PruneFilter.flag(Filters(["all": ["x"]]), "all") }
        #expect(none?.message == "invalid filter 'all': strconv.ParseBool: parsing \"x\": invalid syntax")
        let both = #expect(throws: EngineError.self) {
            try PruneFilter.flag(Filters(["all": ["true", "false"]]), "all")
        }
        #expect(both?.message == "invalid filter 'all=[true false]': only one value is expected")
    }

    @Test(
        "Ports: one, a run, with a protocol",
        arguments: [
            ("80", 80...80, "tcp"), ("80/udp", 80...80, "udp"), ("8000-8010", 8000...8010, "tcp"),
            ("1-65535/SCTP", 1...65535, "sctp"),
        ] as [(String, ClosedRange<UInt16>, String)])
    func ports(_ text: String, _ range: ClosedRange<UInt16>, _ type: String) throws {
        #expect(try PortFilter.parse([text], "publish") == [range: [type]])
    }

    @Test(
        "What is no port",
        arguments: [
            ("x", "strconv.ParseUint: parsing \"x\": invalid syntax"),
            ("", "strconv.ParseUint: parsing \"\": invalid syntax"),
            ("70000", "strconv.ParseUint: parsing \"70000\": value out of range"),
            ("5-3", "Invalid range specified for the Port: 5-3"),
            ("1-x", "strconv.ParseUint: parsing \"x\": invalid syntax"),
        ])
    func badPorts(_ text: String, _ reason: String) {
        let error = #expect(throws: EngineError.self) { try PortFilter.parse([text], "expose") }
        #expect(error?.message == "error while looking up for expose \(text): \(reason)")
        #expect(error?.kind == .system)
    }
}
