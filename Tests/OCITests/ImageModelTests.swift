import FoundationEssentials
import OCI
import Testing

@Suite("Image documents")
struct ImageModelTests {
    @Test("A config with nulls, lone words and unknown fields is read")
    func config() throws {
        let json = """
            {"architecture":"amd64","os":"linux","created":"2024-05-06T07:08:09.123456789+02:00","extra":{"a":1},
             "config":{"Cmd":"/bin/sh","Entrypoint":null,"Env":["A=b"],"Labels":null,"ExposedPorts":{"80/tcp":{}},
               "Healthcheck":{"Test":["CMD","x"],"Interval":5000000000}},
             "rootfs":{"type":"layers","diff_ids":["sha256:\(String(repeating: "1", count: 64))"]},
             "history":[{"created_by":"x","empty_layer":true}]}
            """
        let config = try JSONDecoder().decode(ImageConfig.self, from: Data(json.utf8))
        #expect(config.config?.cmd == ["/bin/sh"])
        #expect(config.config?.entrypoint == nil)
        #expect(config.config?.healthcheck?.interval == 5_000_000_000)
        #expect(config.history?.first?.emptyLayer == true)
        #expect(config.rootFS.diffIDs.count == 1)
        let again = try JSONDecoder().decode(ImageConfig.self, from: JSONEncoder().encode(config))
        #expect(again == config)
    }

    @Test("A config with a digest that is none is refused")
    func badDigest() {
        let json = #"{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":["sha256:../x"]}}"#
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(ImageConfig.self, from: Data(json.utf8))
        }
    }

    @Test(
        "Times are read with their offset and printed as Go does",
        arguments: [
            ("2024-05-06T07:08:09.123456789+02:00", "2024-05-06T05:08:09.123456789Z"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("2000-02-29T23:59:59.5Z", "2000-02-29T23:59:59.5Z"),
            ("1969-12-31T23:59:59.000000001Z", "1969-12-31T23:59:59.000000001Z"),
        ])
    func times(_ text: String, _ printed: String) throws {
        #expect(try #require(RFC3339(parsing: text)).description == printed)
    }

    @Test(
        "What is no time is nil",
        arguments: ["", "2024-05-06", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00"])
    func noTimes(_ text: String) { #expect(RFC3339(parsing: text) == nil) }

    @Test("Platforms are matched by what they mean")
    func platforms() throws {
        #expect(try Platform(parsing: "linux/x86_64").description == "linux/amd64")
        #expect(try Platform(parsing: "arm64").satisfies(Platform(architecture: "arm64", variant: "v8")))
        #expect(try !Platform(parsing: "linux/arm/v6").satisfies(Platform(parsing: "linux/arm/v7")))
        #expect(throws: Platform.ParseError.self) { try Platform(parsing: "a/b/c/d") }
        #expect(throws: Platform.ParseError.self) { try Platform(parsing: "nonsense") }
    }
}
