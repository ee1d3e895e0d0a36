import DockerAPI
import EngineModel
import SupervisorProtocol
import Testing

@testable import Engine

/// The words are those of dockerd 28.5.
@Suite("Log options")
struct LogSettingsTests {
    private func config(_ type: String, _ options: [String: String]) -> LogConfig {
        var config = LogConfig()
        (config.type, config.config) = (type, options)
        return config
    }

    private func resolve(
        _ type: String, _ options: [String: String], labels: [String: String] = [:], env: [String] = []
    ) throws -> SupervisorProtocol.LogOptions? {
        var container = ContainerConfig()
        container.labels = labels
        container.env = env
        container.image = "web:1"
        container.cmd = ["serve", "now"]
        let record = ContainerRecord(
            id: String(repeating: "ab", count: 32), name: "box", created: .now,
            imageID: "sha256:" + String(repeating: "cd", count: 32), layers: [], config: container,
            hostConfig: HostConfig(), networking: NetworkingConfig(), mounts: [])
        return try LogSettings.resolve(
            config(type, options), container: LogTag(record), paths: ("/json", "/local"))
    }

    @Test(
        "Names of options that are taken",
        arguments: [
            ("", [:]), ("json-file", [:]), ("none", [:]), ("none", ["a": "b"]), ("local", [:]),
            ("json-file", ["max-size": "1.5m"]), ("json-file", ["max-size": "never a size"]),
            ("json-file", ["compress": "false", "mode": "blocking"]),
            ("", ["labels": "a,b", "env": "c", "labels-regex": "^a", "env-regex": "b$", "tag": "{{.ID}}"]),
            ("local", ["max-size": "1m", "max-file": "2", "compress": "false", "mode": "non-blocking"]),
            ("json-file", ["mode": "non-blocking", "max-buffer-size": "4m"]),
        ] as [(String, [String: String])])
    func taken(type: String, options: [String: String]) throws {
        try LogSettings.validate(config(type, options))
    }

    @Test(
        "What dockerd 28 finds at create",
        arguments: [
            ("nope", [:], "error looking up logging plugin nope: plugin \"nope\" not found"),
            ("json-file", ["foo": "bar"], "unknown log opt 'foo' for json-file log driver"),
            ("local", ["labels": "a", "tag": "x"], "unknown log opt 'labels' for log driver local"),
            ("json-file", ["mode": "foo"], "logger: logging mode not supported: foo"),
            (
                "json-file", ["max-buffer-size": "1m"],
                "logger: max-buffer-size option is only supported with 'mode=non-blocking'"
            ),
            (
                "local", ["max-buffer-size": "x", "mode": "non-blocking"],
                "error parsing option max-buffer-size: invalid size: 'x'"
            ),
        ] as [(String, [String: String], String)])
    func refused(type: String, options: [String: String], message: String) {
        let error = #expect(throws: EngineError.self) { try LogSettings.validate(config(type, options)) }
        #expect(error?.message == message)
        #expect(error?.kind == .invalidParameter)
    }

    @Test(
        "What dockerd 28 finds at the start",
        arguments: [
            ("json-file", ["max-size": "foo"], "invalid size: 'foo'"),
            ("json-file", ["max-size": "0"], "max-size must be a positive number"),
            ("json-file", ["max-size": "-1"], "invalid size: '-1'"),
            ("json-file", ["max-size": "10x"], "invalid suffix: 'x'"),
            ("json-file", ["max-file": "0"], "max-file cannot be less than 1"),
            ("json-file", ["max-file": "-1"], "max-file cannot be less than 1"),
            ("json-file", ["max-file": "a"], "strconv.Atoi: parsing \"a\": invalid syntax"),
            (
                "json-file", ["compress": "true"],
                "compress cannot be true when max-file is less than 2 or max-size is not set"
            ),
            (
                "json-file", ["compress": "true", "max-size": "1m"],
                "compress cannot be true when max-file is less than 2 or max-size is not set"
            ),
            ("json-file", ["compress": "foo"], "strconv.ParseBool: parsing \"foo\": invalid syntax"),
            ("json-file", ["labels-regex": "("], "error parsing regexp: missing closing ): `(`"),
            ("json-file", ["labels-regex": "a[b"], "error parsing regexp: missing closing ]: `[b`"),
            ("json-file", ["env-regex": "a)"], "error parsing regexp: unexpected ): `a)`"),
            (
                "json-file", ["env-regex": "*"],
                "error parsing regexp: missing argument to repetition operator: `*`"
            ),
            (
                "json-file", ["env-regex": "a\\"],
                "error parsing regexp: trailing backslash at end of expression: ``"
            ),
            (
                "json-file", ["env-regex": "(?=a)"],
                "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"
            ),
            ("json-file", ["tag": "{{"], "template: log-tag:1: unclosed action"),
            (
                "json-file", ["tag": "{{.Nope}}"],
                "template: log-tag:1:2: executing \"log-tag\" at <.Nope>: "
                    + "can't evaluate field Nope in type *logger.Info"
            ),
            ("local", ["max-size": "x"], "invalid value for max-size: x: invalid size: 'x'"),
            (
                "local", ["max-file": "x"],
                "invalid value for max-file: x: strconv.Atoi: parsing \"x\": invalid syntax"
            ),
            ("local", ["max-file": "0"], "compression cannot be enabled when max file count is 1"),
            (
                "local", ["max-file": "1", "compress": "true"],
                "compression cannot be enabled when max file count is 1"
            ),
            (
                "local", ["compress": "x"],
                "error reading compress log option: strconv.ParseBool: parsing \"x\": invalid syntax"
            ),
        ] as [(String, [String: String], String)])
    func broken(type: String, options: [String: String], reason: String) throws {
        try LogSettings.validate(config(type, options))
        let error = #expect(throws: EngineError.self) { try resolve(type, options) }
        #expect(
            error?.message
                == "failed to create task for container: failed to initialize logging driver: " + reason)
        #expect(error?.kind == .system)
    }

    @Test("Drivers that berth has not got are refused at the start")
    func unbuilt() throws {
        for type in ["syslog", "journald", "gelf", "fluentd"] {
            try LogSettings.validate(config(type, [:]))
            let error = #expect(throws: EngineError.self) { try resolve(type, [:]) }
            #expect(
                error?.message.hasPrefix(
                    "failed to create task for container: failed to initialize logging driver: berth does not"
                ) == true)
        }
    }

    @Test("Where the output goes, and how much of it is kept")
    func resolved() throws {
        #expect(try resolve("none", ["a": "b"]) == nil)
        let standard = try resolve("", [:])
        #expect(standard?.path == "/json" && standard?.maxSizeBytes == nil && standard?.maxFiles == 1)
        #expect(standard?.isLocal == false && standard?.compresses == false && standard?.bufferBytes == nil)
        let local = try resolve("local", [:])
        #expect(local?.path == "/local" && local?.isLocal == true && local?.compresses == true)
        #expect(local?.maxSizeBytes == 20 << 20 && local?.maxFiles == 5)
        let whole = try resolve("local", ["max-size": "1k", "max-file": "1", "compress": "false"])
        #expect(whole?.maxSizeBytes == 1024 && whole?.maxFiles == 1 && whole?.compresses == false)
        let compressed = try resolve("json-file", ["compress": "1", "max-size": "1k", "max-file": "2"])
        #expect(
            compressed?.compresses == true && compressed?.maxSizeBytes == 1000 && compressed?.maxFiles == 2)
        #expect(try resolve("json-file", ["mode": "non-blocking"])?.bufferBytes == 1 << 20)
        #expect(
            try resolve("local", ["mode": "non-blocking", "max-buffer-size": "4k"])?.bufferBytes == 4096)
    }

    @Test(
        "Sizes count in thousands, as in Docker's json-file",
        arguments: [
            ("10", 10), ("10b", 10), ("10k", 10_000), ("10K", 10_000), ("10kb", 10_000), ("10KiB", 10_000),
            ("1.5m", 1_500_000), ("10 m", 10_000_000), ("2g", 2_000_000_000), ("1t", 1_000_000_000_000),
        ] as [(String, Int64)])
    func sizes(text: String, bytes: Int64) throws {
        #expect(try resolve("json-file", ["max-size": text])?.maxSizeBytes == bytes)
    }

    @Test(
        "Text that is no size",
        arguments: ["", "k", "0", "-1", "1x", "1kbb", "1bb", "1ki", "1e30", "nan", " "])
    func noSize(text: String) {
        #expect(throws: EngineError.self) { try resolve("json-file", ["max-size": text]) }
    }

    @Test("Labels, variables and the tag that go with each record")
    func attributes() throws {
        func found(_ options: [String: String]) throws -> [String: String] {
            try resolve(
                "json-file", options, labels: ["a": "1", "b": "2", "com.x": "3"],
                env: ["X=1=2", "Y", "Z=3", "XX="])?.attributes ?? [:]
        }
        #expect(try found([:]) == [:])
        #expect(try found(["labels": "a,c", "env": "X,Y"]) == ["a": "1", "X": "1=2"])
        #expect(
            try found(["labels-regex": "^(a|com\\.)", "env-regex": "^X+$"]) == [
                "a": "1", "com.x": "3", "X": "1=2", "XX": "",
            ])
        #expect(try found(["tag": ""]) == [:])
        #expect(
            try found(["tag": "{{.ID}} {{.Name}} {{.ImageName}} {{.ImageID}} {{.Command}} {{.DaemonName}}"])
                == [
                    "tag": "abababababab box web:1 cdcdcdcdcdcd serve now docker"
                ])
        #expect(try found(["tag": "{{upper .Name}}-{{index .ContainerLabels \"b\"}}"]) == ["tag": "BOX-2"])
        #expect(try found(["tag": "{{.FullID}}"])["tag"]?.utf8.count == 64)
    }
}
