import EngineClient
import GoTemplate
import OrderedJSON
import TerminalUI
import Testing

@testable import BerthCLI

@Suite("What commands print")
struct OutputTests {
    private static let port: @Sendable (String, Int, Int, String) -> JSONValue = {
        address, publicPort, privatePort, type in
        [
            "IP": .string(address), "PublicPort": .number(String(publicPort)),
            "PrivatePort": .number(String(privatePort)), "Type": .string(type),
        ]
    }

    @Test("Neighbouring ports join, others stand alone")
    func ports() {
        let open: JSONValue = ["PrivatePort": 90, "Type": "udp"]
        #expect(PortList.text([open]) == "90/udp")
        #expect(
            PortList.text([Self.port("0.0.0.0", 8080, 80, "tcp"), Self.port("::", 8080, 80, "tcp")])
                == "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp")
        let joined = PortList.text([Self.port("0.0.0.0", 81, 81, "tcp"), Self.port("0.0.0.0", 80, 80, "tcp")])
        #expect(joined == "0.0.0.0:80-81->80-81/tcp")
    }

    @Test("A template is tried on an empty container first")
    func templateCheck() throws {
        let row = Row.container([:], truncate: true)
        try TableOutput.check("table {{.ID}}\\t{{.Size}} {{.Label \"a\"}}", with: row)
        #expect {
            try TableOutput.check("{{.NoSuch}}", with: row)
        } throws: {
            "\($0)" == #"failed to execute template: template: :1:2: executing "" at <.NoSuch>: "#
                + "can't evaluate field NoSuch in type *formatter.ContainerContext"
        }
    }

    @Test("A time that is none is named with its option where docker does")
    func badTimes() {
        #expect { try Times.timestamp("nope") } throws: {
            "\($0)" == #"failed to parse value as time or duration: "nope""#
        }
        #expect { try Times.timestamp("nope", option: "since") } throws: {
            "\($0)".hasPrefix(#"invalid value for "since": failed to parse"#)
        }
    }

    @Test(
        "Platforms and digests that cannot be are refused in docker's words",
        arguments: [
            ("nosuch", #""nosuch": unknown operating system or architecture: invalid argument"#),
            ("a/b/c/d", #""a/b/c/d": cannot parse platform specifier: invalid argument"#),
        ])
    func badPlatforms(_ sample: (text: String, words: String)) {
        #expect { try Platforms.parse(sample.text) } throws: { "\($0)" == sample.words }
    }

    @Test("Platforms are read as containerd reads them")
    func platforms() throws {
        #expect(try Platforms.parse("aarch64") == ["linux", "arm64"])
        #expect(try Platforms.parse("linux/arm/v6") == ["linux", "arm", "v6"])
        #expect(try Platforms.parse("linux") == ["linux", VersionReport.architecture])
    }

    @Test("A digest has a known algorithm and its length")
    func digests() throws {
        #expect(throws: CommandFailure.self) { try ImageName(parsing: "busybox@sha256:123") }
        let digest = "sha256:" + String(repeating: "a", count: 64)
        #expect(try ImageName(parsing: "busybox@" + digest).digest == digest)
    }

    @Test("A container's row has docker's columns")
    func containerRow() throws {
        let json: JSONValue = [
            "Id": "182cafbfa5ecce7960553ab0c33ac5898e8690c5369519357d313cc4964bf03c",
            "Names": ["/web", "/x/web"],
            "Image": "busybox@sha256:1234", "ImageID": "sha256:99",
            "Command": "sh -c 'sleep 1000; echo done'",
            "Created": 0, "Ports": [], "Labels": ["b": "2", "a": "1"], "State": "running",
            "Status": "Up 2 hours",
            "Mounts": [["Name": "0123456789abcdef0123", "Driver": "local"], ["Source": "/srv"]],
            "NetworkSettings": ["Networks": ["bridge": [:]]],
        ]
        func render(_ text: String, truncate: Bool = true) throws -> String {
            try Template(text).render(.object(Row.container(json, truncate: truncate)))
        }
        #expect(try render("{{.ID}} {{.Names}} {{.Image}}") == "182cafbfa5ec web busybox")
        #expect(try render("{{.Names}} {{.Image}}", truncate: false) == "web,x/web busybox@sha256:1234")
        #expect(try render("{{.Command}}") == "\"sh -c 'sleep 1000; …\"")
        #expect(try render("{{.Labels}} {{.Label \"b\"}} {{.Label \"z\"}}|") == "a=1,b=2 2 |")
        #expect(try render("{{.Mounts}} {{.LocalVolumes}} {{.Networks}}") == "0123456789abcd…,/srv 1 bridge")
        let error = #expect(throws: TemplateError.self) { try render("{{.Foo}}") }
        #expect(
            error?.description
                == "template: :1:2: executing \"\" at <.Foo>: can't evaluate field Foo in type *formatter.ContainerContext"
        )
    }

    @Test("Images show a row for each name, and for each digest if asked")
    func imageRows() throws {
        let json: JSONValue = [
            "Id": "sha256:0123456789abcdef", "RepoTags": ["docker.io/library/a:1", "a:2"],
            "RepoDigests": ["a@sha256:77"], "Size": 1_984_168, "Created": 0,
        ]
        func render(_ digests: Bool) throws -> [String] {
            try Row.images(json, truncate: true, digests: digests).map {
                try Template("{{.Repository}} {{.Tag}} {{.Digest}} {{.ID}} {{.Size}}").render(.object($0))
            }
        }
        #expect(try render(false) == ["a 1 <none> 0123456789ab 1.98MB", "a 2 <none> 0123456789ab 1.98MB"])
        #expect(
            try render(true) == ["a 1 sha256:77 0123456789ab 1.98MB", "a 2 sha256:77 0123456789ab 1.98MB"])
    }

    @Test("Inspected objects have Go's zero values")
    func inspect() throws {
        let json: JSONValue = [
            "Id": "ab", "State": ["Status": "running", "Running": true, "Pid": 7],
            "Config": ["Labels": ["a": "1"]],
            "NetworkSettings": ["Ports": ["80/tcp": [["HostIp": "0.0.0.0", "HostPort": "81"]]]],
        ]
        func render(_ text: String) throws -> String {
            try Template(text).render(.object(TypedObject("Container", json)))
        }
        #expect(try render("{{.ID}} {{.Name}}|{{.RestartCount}}") == "ab |0")
        #expect(try render("{{if .State.Health}}h{{else}}none{{end}}") == "none")
        #expect(try render("{{.State}}") == "{running true false false false false 7 0    <nil>}")
        #expect(try render("{{.NetworkSettings.Ports}}") == "map[80/tcp:[{0.0.0.0 81}]]")
        #expect(
            try render("{{.Config.Labels.z}} {{index .Config.Labels \"z\"}}|{{.Config.Env}}")
                == "<no value> |[]")
        #expect(try render("{{.HostConfig}}") == "<nil>")
        #expect(throws: TemplateError.self) { try render("{{.Id}}") }
    }

    @Test(
        "Sizes in words",
        arguments: [
            (0.0, "0B"), (999, "999B"), (1000, "1kB"), (1_984_168, "1.98MB"), (12_345_678_901, "12.3GB"),
        ])
    func sizes(bytes: Double, text: String) {
        #expect(HumanUnits.size(bytes, digits: 3) == text)
    }

    @Test(
        "Durations in words",
        arguments: [
            (0.4, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"),
            (3599, "59 minutes"),
            (3600, "About an hour"), (7200, "2 hours"), (86_400 * 3, "3 days"), (86_400 * 20, "2 weeks"),
            (86_400 * 70, "2 months"), (86_400 * 800, "2 years"),
        ] as [(Double, String)])
    func durations(seconds: Double, text: String) {
        #expect(HumanUnits.duration(seconds: seconds) == text)
    }

    @Test("Columns are as wide as their widest cell")
    func columns() {
        #expect(
            ColumnWriter().align("A\tB\tC\nlong text\t\tz\n")
                == "A           B         C\nlong text             z\n")
        #expect(ColumnWriter().align("no tab\n") == "no tab\n")
    }

    @Test("Detach keys are kept back until they are complete or broken")
    func detachKeys() throws {
        var keys = try DetachKeys(parsing: "")
        #expect(keys.filter([97, 16]).passed == [97])
        #expect(keys.filter([98]).passed == [16, 98])
        _ = keys.filter([16])
        #expect(keys.filter([17]).detached)
        var own = try DetachKeys(parsing: "ctrl-a,x")
        #expect(own.filter([1, 120]).detached)
        #expect(throws: DetachKeysError.self) { try DetachKeys(parsing: "ctrl-1") }
    }

    @Test("Frames come apart however they are cut", arguments: [1, 3, 7, 8, 9, 64])
    func frames(size: Int) throws {
        let bytes: [UInt8] = [
            1, 0, 0, 0, 0, 0, 0, 3, 97, 98, 99, 2, 0, 0, 0, 0, 0, 0, 2, 120, 121, 1, 0, 0, 0, 0, 0, 0, 0,
        ]
        var frames = StreamFrames(), output: [UInt8] = [], errors: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            try frames.feed(Array(rest.prefix(size))) { stream, piece in
                if stream == 2 { errors += piece } else { output += piece }
            }
            rest = rest.dropFirst(size)
        }
        #expect(output == [97, 98, 99])
        #expect(errors == [120, 121])
    }

    @Test("A frame of an unknown stream is an error")
    func badFrame() {
        var frames = StreamFrames()
        #expect(throws: EngineClientError.self) { try frames.feed([9, 0, 0, 0, 0, 0, 0, 1]) { _, _ in } }
    }

    @Test(
        "Hosts",
        arguments: [
            ("unix:///a/b.sock", "unix:///a/b.sock"), ("tcp://127.0.0.1:1", "tcp://127.0.0.1:1"),
            ("tcp://[::1]", "tcp://[::1]:2375"), ("tcp://", "tcp://localhost:2375"),
        ])
    func hosts(text: String, shown: String) throws {
        #expect(try Endpoint(parsing: text).description == shown)
    }

    @Test(
        "Hosts that cannot be reached are refused",
        arguments: ["ssh://u:p@x", "ssh://", "ssh://-oProxyCommand=x", "foo://x", "tcp://a:b", "npipe://x"])
    func badHosts(text: String) {
        #expect(throws: EngineClientError.self) { try Endpoint(parsing: text) }
    }

    @Test("Times are read with and without offsets")
    func times() throws {
        #expect(try Times.timestamp("0") == "0")
        #expect(try Times.timestamp("2013-01-02T13:23:37Z", option: "since") == "1357133017.000000000")
        #expect(try Times.timestamp("2013-01-02T13:23:37.5+01:00", option: "since") == "1357129417.500000000")
        #expect(try Times.timestamp("1357133017", option: "since") == "1357133017")
        #expect(throws: CommandFailure.self) { try Times.timestamp("foo", option: "since") }
        #expect(Times.ansi("2026-09-15T11:02:57.000000000+00:00") == "Tue Sep 15 11:02:57 2026")
    }

    @Test("Filters are sorted and each value counts once")
    func filters() {
        #expect(
            Filters.text(["status=b", "Status=a", "label=x=y", "status=a"])
                == #"{"label":{"x=y":true},"status":{"a":true,"b":true}}"#)
        #expect(Filters.text([]) == nil)
    }
}
