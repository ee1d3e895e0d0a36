import FoundationEssentials
import OrderedJSON
import Testing

@Suite("Reading JSON")
struct ParserTests {
    @Test("Order, numbers' text and duplicate names are kept")
    func document() throws {
        let value = try JSONValue(parsing: #" {"b":1.50,"a":[true,null,-0e1],"b":12345678901234567890} "#)
        #expect(value.text() == #"{"b":1.50,"a":[true,null,-0e1],"b":12345678901234567890}"#)
        #expect(value["b"] == .number("12345678901234567890"))
        #expect(value["a"]?[1] == .null)
    }

    @Test(
        "Escapes",
        arguments: [
            (#""\u00e9\ud83d\udc33""#, "é🐳"), (#""\ud800x""#, "\u{FFFD}x"), (#""\ud800\u0041""#, "\u{FFFD}A"),
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), ("\"\u{7f}\"", "\u{7f}"),
        ])
    func escapes(_ sample: (json: String, text: String)) throws {
        #expect(try JSONValue(parsing: sample.json) == .string(sample.text))
    }

    @Test("Bytes that are not UTF-8 become U+FFFD")
    func invalidUTF8() throws {
        #expect(try JSONValue(parsing: [0x22, 0xFF, 0x61, 0x22] as [UInt8]) == .string("\u{FFFD}a"))
    }

    @Test(
        "Bad documents are refused with Go's words and the place",
        arguments: [
            ("", "unexpected end of JSON input"), ("{", "unexpected end of JSON input"),
            ("{\"a\":1", "unexpected end of JSON input"), ("\"abc", "unexpected end of JSON input"),
            ("nul", "unexpected end of JSON input"),
            ("{a}", "invalid character 'a' looking for beginning of object key string (at byte 1)"),
            ("[1,]", "invalid character ']' looking for beginning of value (at byte 3)"),
            ("{\"a\" 1}", "invalid character '1' after object key (at byte 5)"),
            ("[1 2]", "invalid character '2' after array element (at byte 3)"),
            ("1 2", "invalid character '2' after top-level value (at byte 2)"),
            ("01", "invalid character '1' after top-level value (at byte 1)"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal (at byte 2)"),
            ("\"\\q\"", "invalid character 'q' in string escape code (at byte 2)"),
            ("\"\n\"", "invalid character '\\n' in string literal (at byte 1)"),
            ("tru3", "invalid character '3' in literal true (at byte 3)"),
        ])
    func bad(_ sample: (json: String, words: String)) {
        #expect {
            try JSONValue(parsing: sample.json)
        } throws: {
            "\($0)" == sample.words
        }
    }

    @Test("Depth and size are bounded")
    func bounds() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError.tooDeep(limit: 200)) { try JSONValue(parsing: deep) }
        #expect(throws: JSONError.tooLarge(limit: 10)) {
            try JSONValue(parsing: Array("[1,2,3,4,5,6]".utf8), maximumBytes: 10)
        }
    }

    @Test("Every prefix and every mutation of a document is read or refused, never more")
    func mutations() {
        let text = Array(#"{"a":[1,2.5e3,"x\u00e9\n",{"b":null}],"c":{"d":false,"e":"é"}}"#.utf8)
        var seed: UInt64 = 0x9E37_79B9_7F4A_7C15
        func random(_ limit: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % limit
        }
        for length in 0..<text.count { _ = try? JSONValue(parsing: Array(text[..<length])) }
        for _ in 0..<5000 {
            var changed = text
            for _ in 0...random(3) { changed[random(changed.count)] = UInt8(random(256)) }
            if let value = try? JSONValue(parsing: changed) {
                #expect((try? JSONValue(parsing: value.text())) == value)
            }
        }
    }

    @Test("Documents in a row are taken off one by one")
    func prefixes() throws {
        let stream = Array("{\"a\":1}\n{\"b\":2} {\"c\"".utf8)
        try stream.withUnsafeBufferPointer { buffer in
            let first = try #require(try JSONValue.prefix(of: buffer))
            #expect(first.value["a"] == 1)
            let rest = UnsafeBufferPointer(rebasing: buffer[first.length...])
            let second = try #require(try JSONValue.prefix(of: rest))
            #expect(second.value["b"] == 2)
            #expect(try JSONValue.prefix(of: UnsafeBufferPointer(rebasing: rest[second.length...])) == nil)
        }
    }

    struct Target: Codable, Equatable {
        var Hostname: String
        var Memory: Int64
        var Env: [String]?
        var Labels: [String: String]
        var Extra: JSONValue?
    }

    @Test("Reading is as tolerant as Go: case, unknown names, null and absence")
    func tolerance() throws {
        let value = try OrderedJSONDecoder().decode(
            Target.self,
            from: Array(#"{"hostname":"h","MEMORY":null,"nonsense":[1],"Extra":{"b":1,"a":2}}"#.utf8))
        #expect(value.Hostname == "h")
        #expect(value.Memory == 0)
        #expect(value.Env == nil)
        #expect(value.Labels.isEmpty)
        #expect(value.Extra?.text() == #"{"b":1,"a":2}"#)
    }

    @Test(
        "A wrong type is named in Go's words",
        arguments: [
            (
                #"{"Hostname":1}"#,
                "json: cannot unmarshal number into Go struct field Target.Hostname of type string"
            ),
            (
                #"{"Memory":"x"}"#,
                "json: cannot unmarshal string into Go struct field Target.Memory of type int64"
            ),
            (
                #"{"Memory":1.5}"#,
                "json: cannot unmarshal number 1.5 into Go struct field Target.Memory of type int64"
            ),
            (#"{"Env":{}}"#, "json: cannot unmarshal object into Go struct field Target.Env of type array"),
            (#"[]"#, "json: cannot unmarshal array into Go value of type Target"),
        ])
    func wrongType(_ sample: (json: String, words: String)) {
        #expect {
            try OrderedJSONDecoder().decode(Target.self, from: Array(sample.json.utf8))
        } throws: {
            "\($0)" == sample.words
        }
    }

    @Test("JSONValue passes through another coder")
    func foreignCoder() throws {
        let value: JSONValue = ["a": [1, -2, "x", true, nil], "b": ["c": .number("1.25")]]
        let data = try JSONEncoder().encode(value)
        let back = try JSONDecoder().decode(JSONValue.self, from: data)
        #expect(back["a"] == value["a"])
        #expect(back["b"] == value["b"])
    }
}
