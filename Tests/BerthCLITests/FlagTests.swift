import Testing

@testable import BerthCLI

@Suite("Options")
struct FlagTests {
    private static let flags: [Flag] = [
        Flag("all", "a", .bool, ""), Flag("interactive", "i", .bool, ""), Flag("env", "e", .list, ""),
        Flag("memory", "m", .bytes, ""), Flag("name", nil, .string, ""),
        Flag("number", "n", .int, "", standard: "-1"),
        Flag("publish", "p", .list, ""), Flag("filter", "f", .filter, ""), Flag("cpus", nil, .decimal, ""),
        Flag("wait", nil, .duration, ""), Flag("weight", nil, .uint16, ""),
    ]

    private func parse(_ words: [String], stops: Bool = false) throws -> ParsedFlags {
        try ParsedFlags(words, flags: Self.flags, stopsAtArgument: stops)
    }

    @Test("Letters join, values stick or follow, equals signs part them")
    func forms() throws {
        let parsed = try parse([
            "-aie", "A=1", "-p80:80", "--name=x", "--env", "B", "-m=5m", "c", "--all=false", "--", "-x",
        ])
        #expect(parsed.bool("interactive"))
        #expect(!parsed.bool("all"))
        #expect(parsed.list("env") == ["A=1", "B"])
        #expect(parsed.list("publish") == ["80:80"])
        #expect(parsed.string("name") == "x")
        #expect(parsed.string("memory") == "5m")
        #expect(parsed.arguments == ["c", "-x"])
        #expect(parsed.int("number") == -1)
    }

    @Test("Options end at the first argument where a command follows")
    func stopping() throws {
        let parsed = try parse(["-i", "image", "-a", "--name", "--"], stops: true)
        #expect(parsed.arguments == ["image", "-a", "--name", "--"])
        #expect(!parsed.bool("all"))
    }

    @Test(
        "Errors in pflag's words",
        arguments: [
            (["--foo"], "unknown flag: --foo"), (["-aZ"], "unknown shorthand flag: 'Z' in -Z"),
            (["--name"], "flag needs an argument: --name"), (["-ae"], "flag needs an argument: 'e' in -ae"),
            (["--=x"], "bad flag syntax: --=x"),
            (
                ["--all=foo"],
                #"invalid argument "foo" for "-a, --all" flag: strconv.ParseBool: parsing "foo": invalid syntax"#
            ),
            (
                ["-n", "x"],
                #"invalid argument "x" for "-n, --number" flag: strconv.ParseInt: parsing "x": invalid syntax"#
            ),
            (["-m", "foo"], #"invalid argument "foo" for "-m, --memory" flag: invalid size: 'foo'"#),
            (["-m", "5x"], #"invalid argument "5x" for "-m, --memory" flag: invalid suffix: 'x'"#),
            (
                ["-f", "a"],
                #"invalid argument "a" for "-f, --filter" flag: bad format of filter (expected name=value)"#
            ),
            (
                ["--cpus", "a"],
                #"invalid argument "a" for "--cpus" flag: failed to parse a as a rational number"#
            ),
            (["--wait", "a"], #"invalid argument "a" for "--wait" flag: time: invalid duration "a""#),
            (
                ["--wait", "5"],
                #"invalid argument "5" for "--wait" flag: time: missing unit in duration "5""#
            ),
            (
                ["--weight", "99999999"],
                #"invalid argument "99999999" for "--weight" flag: strconv.ParseUint: parsing "99999999": value out of range"#
            ),
        ])
    func errors(words: [String], message: String) {
        let error = #expect(throws: FlagError.self) { try parse(words) }
        #expect(error?.description == message)
    }

    @Test(
        "Sizes, CPUs and durations",
        arguments: [
            ("1", 1), ("1k", 1024), ("1.5g", 1_610_612_736), ("10MiB", 10_485_760), ("5 m", 5_242_880),
            ("7b", 7),
        ])
    func sizes(text: String, bytes: Int) throws {
        #expect(try GoNumbers.bytes(text) == bytes)
    }

    @Test("CPUs and durations keep their precision")
    func numbers() throws {
        #expect(try GoNumbers.nanoCPUs("1.5") == 1_500_000_000)
        #expect(try GoNumbers.nanoCPUs("1/2") == 500_000_000)
        #expect(throws: FlagValueError.self) { try GoNumbers.nanoCPUs("0.0000000001") }
        #expect(try GoNumbers.duration("1h2m3.5s") == 3_723_500_000_000)
        #expect(try GoNumbers.duration("-1.5ms") == -1_500_000)
    }

    @Test("No option of a command has the spelling of another", arguments: Registry.rootCommands.map(\.path))
    func uniqueSpellings(path: String) throws {
        let flags = try #require(Registry.find(path)).flags
        #expect(Set(flags.map(\.name)).count == flags.count)
        let letters = flags.compactMap(\.short)
        #expect(Set(letters).count == letters.count)
    }

    @Test("Help is laid out in docker's columns")
    func help() throws {
        let text = Help.text(try #require(Registry.find("wait")))
        #expect(text.hasPrefix("Usage:  docker wait CONTAINER [CONTAINER...]\n\nBlock until"))
        #expect(text.contains("Aliases:\n  docker container wait, docker wait\n"))
        let options = Help.options([
            Flag("signal", "s", .string, "Signal"), Flag("all", nil, .bool, "All", standard: "true"),
        ])
        #expect(options == "      --all             All (default true)\n  -s, --signal string   Signal\n")
    }
}
