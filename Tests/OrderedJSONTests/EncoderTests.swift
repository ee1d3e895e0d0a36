import OrderedJSON
import Testing

@Suite("Writing JSON as Go does")
struct EncoderTests {
    struct Sample: Codable, Equatable {
        var zulu = "z"
        var alpha = 1
        var nested = Inner()
        var list = [1, 2]
        var map = ["b": 1, "a": 2]
        var absent: String?

        struct Inner: Codable, Equatable {
            var flag = true
            var ratio = 0.5
        }
    }

    @Test("Members keep the order of declaration, dictionaries are sorted")
    func order() throws {
        let text = try OrderedJSONEncoder().encodeToString(Sample())
        #expect(
            text
                == #"{"zulu":"z","alpha":1,"nested":{"flag":true,"ratio":0.5},"list":[1,2],"map":{"a":2,"b":1}}"#
        )
    }

    @Test(
        "Strings are escaped as json.Marshal escapes them",
        arguments: [
            ("<a>&", #""\u003ca\u003e\u0026""#),
            ("\"\\/", #""\"\\/""#),
            ("\u{8}\u{c}\n\r\t\u{1}\u{1f}\u{7f}", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\u{7f}\""),
            ("\u{2028}\u{2029}é🐳", "\"\\u2028\\u2029é🐳\""),
            ("", #""""#),
        ])
    func escaping(_ sample: (text: String, json: String)) throws {
        #expect(try OrderedJSONEncoder().encodeToString(sample.text) == sample.json)
    }

    @Test("dockerd's encoder leaves angle brackets alone")
    func noHTML() throws {
        #expect(
            try OrderedJSONEncoder(escapesHTML: false).encodeToString("<a>&\u{2028}") == "\"<a>&\\u2028\"")
    }

    @Test(
        "Floating-point numbers look as Go's do",
        arguments: [
            (0.0, "0"), (1.0, "1"), (-2.5, "-2.5"), (1e20, "100000000000000000000"), (1e21, "1e+21"),
            (1e-6, "0.000001"), (1e-7, "1e-7"), (1.5e-9, "1.5e-9"), (123456789.125, "123456789.125"),
            (2.5e17, "250000000000000000"), (0.00012, "0.00012"),
        ])
    func numbers(_ sample: (value: Double, json: String)) throws {
        #expect(try OrderedJSONEncoder().encodeToString(sample.value) == sample.json)
        #expect(throws: JSONError.self) { try OrderedJSONEncoder().encode(Double.nan) }
    }

    @Test("Indentation is json.Indent's")
    func indented() throws {
        let value: JSONValue = ["a": [], "b": .object(JSONObject()), "c": [1, "x"], "d": ["e": nil]]
        let expected = """
            {
                "a": [],
                "b": {},
                "c": [
                    1,
                    "x"
                ],
                "d": {
                    "e": null
                }
            }
            """
        #expect(value.text(.indented(indent: "    ")) == expected)
    }

    struct Manual: Encodable {
        enum Keys: String, CodingKey { case one, two, three }

        func encode(to encoder: any Encoder) throws {
            var top = encoder.container(keyedBy: Keys.self)
            var first = top.nestedContainer(keyedBy: Keys.self, forKey: .one)
            try first.encode(1, forKey: .two)
            var list = top.nestedUnkeyedContainer(forKey: .two)
            try list.encode("a")
            var inner = list.nestedContainer(keyedBy: Keys.self)
            try inner.encodeNil(forKey: .three)
            try list.encode("b")
            var again = encoder.container(keyedBy: Keys.self)
            try again.encode(true, forKey: .three)
        }
    }

    @Test("Nested and repeated containers close in time")
    func containers() throws {
        let text = try OrderedJSONEncoder().encodeToString(Manual())
        #expect(text == #"{"one":{"two":1},"two":["a",{"three":null},"b"],"three":true}"#)
    }

    @Test("What is written reads back")
    func roundTrip() throws {
        let bytes = try OrderedJSONEncoder().encode(Sample())
        #expect(try OrderedJSONDecoder().decode(Sample.self, from: bytes) == Sample())
        let optional: [String: [Int]?] = ["a": nil, "b": [1]]
        #expect(try OrderedJSONEncoder().encodeToString(optional) == #"{"a":null,"b":[1]}"#)
    }
}
