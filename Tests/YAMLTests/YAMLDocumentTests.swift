import OrderedJSON
import Testing
import YAML

@Suite("YAML documents")
struct YAMLDocumentTests {
    private func parse(_ text: String) throws -> JSONValue { try YAMLDocument.parse(Array(text.utf8)) }

    private static let plain: [(String, JSONValue)] = [
        ("a", .string("a")), ("~", .null), ("null", .null), ("", .null), ("true", .bool(true)),
        ("Yes", .bool(true)), ("off", .bool(false)), ("y", .string("y")), ("12", .number("12")),
        ("-3", .number("-3")), ("0x1F", .number("31")), ("0b101", .number("5")), ("0600", .number("384")),
        ("0o17", .number("15")), ("1_000", .number("1000")), ("1.5", .number("1.5")),
        ("1e3", .number("1000")), ("1.2.3", .string("1.2.3")), ("'12'", .string("12")),
        ("\"true\"", .string("true")), ("!!str 12", .string("12")), ("0x", .string("0x")),
        ("08", .number("8")), (".", .string(".")), ("1-2", .string("1-2")),
        ("18446744073709551616", .number("1.8446744073709552e+19")), ("- ", .array([.null])),
    ]

    @Test("A plain scalar is what YAML 1.1 says that it is", arguments: plain)
    func scalars(text: String, value: JSONValue) throws {
        #expect(try parse(text) == value)
    }

    @Test("Mappings keep their order, and flow and block styles are one")
    func nesting() throws {
        let block = try parse(
            """
            b: 1
            a:
            - x: {c: [1, "2"]}
            - |
              two
              lines
            """)
        #expect(block == ["b": 1, "a": [["x": ["c": [1, "2"]]], "two\nlines"]])
        #expect(block.objectValue?.keys == ["b", "a"])
        #expect(try parse(#"{"b": 1, "a": [{"x": {"c": [1, "2"]}}, "two\nlines"]}"#) == block)
    }

    @Test("Aliases stand for what their anchors hold, and merge keys fill in")
    func aliases() throws {
        let value = try parse(
            """
            base: &base {a: 1, b: 2}
            other: &other
              b: 3
              c: 4
            both:
              <<: [*base, *other]
              b: 9
            list: [*base]
            """)
        #expect(value["both"] == ["b": 9, "a": 1, "c": 4])
        #expect(value["list"] == [["a": 1, "b": 2]])
    }

    @Test(
        "What cannot be read says where and why",
        arguments: [
            ("a: b: c", "line 1: mapping values are not allowed in this context"),
            ("a: 1\na: 2", "line 2: key \"a\" already set in map"),
            ("a: *b", "line 1: unknown anchor 'b' referenced"),
            ("a: &b [*b]", "line 1: anchor 'b' value contains itself"),
            ("? [1]\n: 2", "a key must be a scalar"),
            ("<<: 3", "map merge requires map or sequence of maps as the value"),
            ("{", "did not find expected node content"),
            ("a: \"\u{1}\"", "control characters are not allowed"),
        ])
    func faults(text: String, words: String) {
        let error = #expect(throws: YAMLError.self) { try parse(text) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test("A small text cannot stand for a large value, or a deep one")
    func bounds() {
        var laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let last = "*a\(level - 1)"
            laughs += "a\(level): &a\(level) [\(Array(repeating: last, count: 10).joined(separator: ", "))]\n"
        }
        let many = #expect(throws: YAMLError.self) { try parse(laughs) }
        #expect(many?.description.contains("more than 200000 values") == true)
        let deep = #expect(throws: YAMLError.self) {
            try parse(String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000))
        }
        #expect(deep?.description.contains("more than 100 levels") == true)
    }

    @Test("Bytes that are no text are refused or read, and never crash")
    func noise() {
        var state: UInt64 = 42
        for _ in 0..<3000 {
            var bytes: [UInt8] = []
            for _ in 0..<40 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let alphabet = Array("{}[]:,-&*!|>'\"%@`# \n\tab01<~?".utf8) + [0, 0xff]
                bytes.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            _ = try? YAMLDocument.parse(bytes)
        }
    }
}
