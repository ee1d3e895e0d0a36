import GoTemplate
import OrderedJSON
import Testing

@Suite("Go templates")
struct TemplateTests {
    private static let data: JSONValue = [
        "Name": "/web", "Count": 3, "Flag": true, "Empty": "", "Null": nil, "Half": .number("1.5"),
        "List": ["a", "b", "c"], "Labels": ["b.c": "2", "a": "<1>"],
        "State": ["Status": "running", "Pid": 42],
    ]

    private func render(_ text: String, strict: Bool = false) throws -> String {
        var template = try Template(text)
        if strict { template.missingKey = .error }
        return try template.render(GoValue(Self.data))
    }

    @Test(
        "Text, fields and actions",
        arguments: [
            ("plain", "plain"), ("{{.Name}}", "/web"), ("{{ .State.Status }}", "running"),
            ("{{.Count}} {{.Half}} {{.Flag}}", "3 1.5 true"), ("{{.Nope}}", "<no value>"),
            ("{{.Null}}", "<no value>"),
            ("{{.List}}", "[a b c]"), ("{{.Labels}}", "map[a:<1> b.c:2]"),
            ("{{.State}}", "map[Pid:42 Status:running]"),
            ("a {{- .Name -}} b", "a/webb"), ("a{{/* note */}}b", "ab"), ("a {{- /* note */ -}} b", "ab"),
            ("{{$x := .Count}}{{$x}}{{$x = 5}}{{$x}}", "35"), ("{{(index .List 1)}}", "b"),
            ("{{if .Flag}}y{{else}}n{{end}}", "y"),
            ("{{if .Empty}}y{{else if .Count}}m{{else}}n{{end}}", "m"),
            ("{{with .State}}{{.Pid}}{{end}}{{with .Empty}}x{{else}}-{{end}}", "42-"),
            ("{{range .List}}{{.}},{{end}}", "a,b,c,"),
            ("{{range $i, $v := .List}}{{$i}}{{$v}}{{end}}", "0a1b2c"),
            ("{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}", "a=<1>;b.c=2;"),
            ("{{range .Null}}x{{else}}none{{end}}", "none"),
            ("{{range .List}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{end}}", "a"),
            ("{{range .List}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}", "ac"),
            ("{{define \"t\"}}<{{.}}>{{end}}{{template \"t\" .Count}}", "<3>"),
            ("{{block \"b\" .Name}}[{{.}}]{{end}}", "[/web]"), ("{{$.Name}}", "/web"),
            ("{{\"q\\n\"}}{{`r\\n`}}", "q\nr\\n"),
            ("{{0x10}} {{1e3}} {{'a'}} {{-5}}", "16 1000 97 -5"),
        ])
    func actions(text: String, expected: String) throws {
        #expect(try render(text) == expected)
    }

    @Test(
        "Functions",
        arguments: [
            ("{{len .List}} {{len .Name}}", "3 4"),
            ("{{index .Labels \"a\"}}{{index .Labels \"zz\"}}|", "<1>|"),
            ("{{json .Labels}}", "{\"b.c\":\"2\",\"a\":\"\\u003c1\\u003e\"}"),
            ("{{json .List}}", "[\"a\",\"b\",\"c\"]"),
            ("{{json .Null}}", "null"), ("{{join .List \"-\"}}", "a-b-c"),
            ("{{split \"a,b\" \",\"}}", "[a b]"),
            ("{{upper .Name}} {{lower \"ABC\"}} {{title \"abc de\"}}", "/WEB abc Abc De"),
            ("[{{pad \"x\" 1 2}}]", "[ x  ]"), ("{{truncate \"abcdef\" 3}}", "abc"),
            (
                "{{printf \"%s %5d %-5s| %05d %q %v %t %x\" .Name 3 \"ab\" 7 \"z\" 1 true 255}}",
                "/web     3 ab   | 00007 \"z\" 1 true ff"
            ),
            ("{{printf \"%d\" \"x\"}}", "%!d(string=x)"), ("{{printf \"%.2f\" 1.005}}", "1.00"),
            ("{{print 1 2 \"a\" \"b\" 3}}", "1 2ab3"), ("{{println 1 \"a\"}}", "1 a\n"),
            (
                "{{eq .Count 3}} {{eq 1 2 1}} {{ne 1 2}} {{lt 1 2}} {{ge 2 2}} {{gt \"b\" \"a\"}}",
                "true true true true true true"
            ),
            ("{{and 1 0}} {{or 0 \"x\"}} {{not 1}} {{and true .Flag}}", "0 x false true"),
            ("{{slice \"abcdef\" 1 3}} {{slice .List 1}}", "bc [b c]"),
            ("{{.Name | upper | printf \"%s!\"}}", "/WEB!"),
            ("{{html \"<a>\"}} {{urlquery \"a b&\"}}", "&lt;a&gt; a+b%26"),
        ])
    func functions(text: String, expected: String) throws {
        #expect(try render(text) == expected)
    }

    @Test(
        "Syntax errors in Go's words",
        arguments: [
            ("{{.A", "template: :1: unclosed action"), ("{{end}}", "template: :1: unexpected {{end}}"),
            ("{{if}}", "template: :1: missing value for if"),
            ("{{foo}}", "template: :1: function \"foo\" not defined"),
            ("{{if .A}}", "template: :1: unexpected EOF"),
            ("{{$x}}", "template: :1: undefined variable \"$x\""),
            ("{{\"a}}", "template: :1: unterminated quoted string"),
            ("{{}}", "template: :1: missing value for command"),
            ("{{break}}", "template: :1: {{break}} outside {{range}}"),
            ("a\n{{foo}}", "template: :2: function \"foo\" not defined"),
        ])
    func syntaxErrors(text: String, expected: String) {
        let error = #expect(throws: TemplateError.self) { try Template(text) }
        #expect(error?.description == expected)
    }

    /// The texts are those that docker 28's `inspect -f` prints.
    @Test(
        "Execution errors in Go's words",
        arguments: [
            ("{{.Foo}}", ":1:2: executing \"\" at <.Foo>: map has no entry for key \"Foo\""),
            (
                "{{.State.Foo.Bar}}",
                ":1:8: executing \"\" at <.State.Foo.Bar>: map has no entry for key \"Foo\""
            ),
            (
                "{{.Flag.Foo}}",
                ":1:7: executing \"\" at <.Flag.Foo>: can't evaluate field Foo in type interface {}"
            ),
            (
                "{{.List | join}}",
                ":1:10: executing \"\" at <join>: wrong number of args for join: want 2 got 1"
            ),
            (
                "{{index .List 5}}",
                ":1:2: executing \"\" at <index .List 5>: error calling index: index out of range: 5"
            ),
            (
                "{{eq .Flag \"a\"}}",
                ":1:2: executing \"\" at <eq .Flag \"a\">: error calling eq: incompatible types for comparison"
            ),
            ("{{nil}}", ":1:2: executing \"\" at <nil>: nil is not a command"),
            ("{{range .Name}}{{end}}", ":1:8: executing \"\" at <.Name>: range can't iterate over /web"),
        ])
    func executionErrors(text: String, expected: String) {
        let error = #expect(throws: TemplateError.self) { try render(text, strict: true) }
        #expect(error?.description == "template: " + expected)
    }

    @Test("What came before an error is kept")
    func partialOutput() throws {
        var output = ""
        var template = try Template("{{.Name}} {{.Foo}}")
        template.missingKey = .error
        #expect(throws: TemplateError.self) { try template.render(GoValue(Self.data), to: &output) }
        #expect(output == "/web ")
    }

    @Test(
        "Hostile templates fail without a crash",
        arguments: [
            "{{template \"t\" .}}{{define \"t\"}}{{template \"t\" .}}{{end}}", "{{index .List -1}}",
            "{{slice .List 2 1}}",
            "{{printf \"%999999999d\" 1}}", "{{.List.a.b.c}}", "{{len 3}}", "{{index .List \"a\"}}",
            "{{(.Name).x}}",
        ])
    func hostile(text: String) {
        _ = try? render(text)
    }
}
