import EngineModel
import Testing

@Suite("Moments")
struct TimestampTests {
    @Test(
        "Text and number are the same moment, both ways",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.000000001Z", 1),
            ("1969-12-31T23:59:59Z", -1_000_000_000),
            ("1969-12-31T23:59:59.999999999Z", -1), ("1970-01-02T00:00:00Z", 86_400_000_000_000),
            ("2000-02-29T12:34:56Z", 951_827_696_000_000_000),
            ("2024-02-29T23:59:59.5Z", 1_709_251_199_500_000_000),
            ("2026-11-23T21:44:06.000123Z", 1_795_470_246_000_123_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400_000_000_000),
            ("1900-02-28T00:00:00Z", -2_203_977_600_000_000_000),
            ("2262-04-11T23:47:16.854775807Z", Int64.max),
        ] as [(String, Int64)])
    func roundTrip(text: String, nanoseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.nanoseconds == nanoseconds)
        #expect(Timestamp(nanoseconds: nanoseconds).rfc3339 == text)
    }

    @Test("Every day of four centuries reads back")
    func everyDay() {
        for day in stride(from: Int64(-100_000), to: 100_000, by: 7) {
            let moment = Timestamp(nanoseconds: day * 86_400_000_000_000 + 3_723_000_000_007)
            #expect(Timestamp(rfc3339: moment.rfc3339) == moment)
        }
    }

    @Test(
        "Offsets, fractions and letters",
        arguments: [
            ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T18:30:00-05:30", 0),
            ("1970-01-01t00:00:01z", 1_000_000_000),
            ("1970-01-01 00:00:01Z", 1_000_000_000), ("1970-01-01T00:00:00.1Z", 100_000_000),
            ("1970-01-01T00:00:00.1234567899Z", 123_456_789), ("1970-01-01T00:00:00.000+00:00", 0),
        ] as [(String, Int64)])
    func variants(text: String, nanoseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.nanoseconds == nanoseconds)
    }

    @Test(
        "Text that is no moment",
        arguments: [
            "", "now", "1970-01-01", "1970-01-01T00:00:00", "1970-13-01T00:00:00Z", "1970-00-01T00:00:00Z",
            "1970-01-32T00:00:00Z", "1970-01-00T00:00:00Z", "1970-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
            "2023-04-31T00:00:00Z", "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z",
            "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00ZZ", "1970-01-01T00:00:00+01",
            "1970-01-01T00:00:00+0100",
            "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00+01:60", "1970-1-01T00:00:00Z",
            "1970/01/01T00:00:00Z",
            "-970-01-01T00:00:00Z", "1970-01-01T00:00:00.5", "0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z",
            "2262-04-11T23:47:16.854775808Z", "１970-01-01T00:00:00Z",
        ])
    func invalid(text: String) { #expect(Timestamp(rfc3339: text) == nil) }

    @Test("Seconds that cannot be counted in nanoseconds are the last that can, or the first")
    func saturation() {
        #expect(Timestamp(seconds: 253_402_300_799).nanoseconds == .max)
        #expect(Timestamp(seconds: .min).nanoseconds == .min)
        #expect(Timestamp(seconds: -2).nanoseconds == -2_000_000_000)
    }

    @Test("Whole seconds are rounded down")
    func seconds() {
        #expect(Timestamp(nanoseconds: 1_999_999_999).seconds == 1)
        #expect(Timestamp(nanoseconds: -1).seconds == -1)
        #expect(Timestamp(nanoseconds: -1_000_000_000).seconds == -1)
    }

    @Test("The clock stands after the day this was written")
    func now() { #expect(Timestamp.now > Timestamp(nanoseconds: 1_700_000_000_000_000_000)) }
}
