import Linux
import TestSupport
import Testing

@testable import ContainerRuntime

@Suite("The OCI runtime command line", .serialized, .enabled(if: RuntimeHarness.obstacle == nil))
struct OCICommandTests {
    @Test("run gives output and exit status, and leaves nothing", arguments: OCIBundle.runtimes)
    func run(runtime: String) async throws {
        let bundle = try OCIBundle(runtime)
        try bundle.configure(["sh", "-c", "hostname; echo $$; echo err >&2; exit 7"])
        let result = try await bundle("run", bundle.id)
        #expect(result.code == 7 && result.stdout == "box\n1\n" && result.stderr == "err\n", "\(result)")
        #expect(bundle.leftovers().isEmpty)
        try bundle.configure(["sh", "-c", "kill -9 $$; kill -TERM 1; exec sleep 9"])
        try bundle.configure(["sh", "-c", "trap 'exit 4' TERM; kill -TERM $$; sleep 9"])
        #expect(try await bundle("run", bundle.id).code == 4)
    }

    @Test("create, start, exec, kill and delete, with the state after each", arguments: OCIBundle.runtimes)
    func lifecycle(runtime: String) async throws {
        let bundle = try OCIBundle(runtime)
        let pidFile = bundle.folder + "/pid"
        try bundle.configure(["sh", "-c", "touch /tmp/started; exec sleep 100"])
        let created = try await bundle("create", "--pid-file", pidFile, bundle.id)
        #expect(created.code == 0, "\(created)")
        #expect(try await bundle.status() == "created")
        #expect(!fileExists(bundle.folder + "/rootfs/tmp/started"), "the program waits for start")
        #expect(try Int32(readText(pidFile)) ?? 0 > 1)
        #expect(try await bundle("create", bundle.id).code != 0, "an id is taken once")
        #expect(try await bundle("start", bundle.id).code == 0)
        #expect(try await bundle.wait(for: "running"))
        #expect(try await bundle("start", bundle.id).code != 0)
        let inside = try await bundle("exec", "-e", "A=b", bundle.id, "sh", "-c", "echo $A; hostname; exit 5")
        #expect(inside.code == 5 && inside.stdout == "b\nbox\n", "\(inside)")
        #expect(try await bundle("exec", bundle.id, "nosuch").code == 127)
        let processes = try await bundle("ps", "--format", "json", bundle.id)
        #expect(processes.output.hasPrefix("[") && processes.output.hasSuffix("]"), "\(processes)")
        #expect(try await bundle("list", "-q").lines == [bundle.id])
        #expect(try await bundle("delete", bundle.id).code != 0, "a running container is not deleted")
        #expect(try await bundle("kill", bundle.id, "KILL").code == 0)
        #expect(try await bundle.wait(for: "stopped"))
        #expect(try await bundle("kill", bundle.id, "TERM").code != 0)
        #expect(try await bundle("delete", bundle.id).code == 0)
        #expect(try await bundle.status() == nil)
        #expect(try await bundle("delete", bundle.id).code != 0)
        #expect(try await bundle("delete", "--force", bundle.id).code == 0)
        #expect(bundle.leftovers().isEmpty)
    }

    @Test("pause, resume, update and events", arguments: OCIBundle.runtimes)
    func limits(runtime: String) async throws {
        let bundle = try OCIBundle(runtime)
        try bundle.configure(
            ["sleep", "100"], resources: #"{"pids":{"limit":30},"memory":{"limit":67108864}}"#)
        let started = try await bundle("run", "-d", bundle.id)
        #expect(started.code == 0, "\(started)")
        #expect(try await bundle("pause", bundle.id).code == 0)
        #expect(try await bundle.status() == "paused")
        #expect(try await bundle("exec", bundle.id, "true").code != 0)
        #expect(try await bundle("resume", bundle.id).code == 0)
        #expect(try await bundle.status() == "running")
        #expect(try await bundle("update", "--pids-limit", "40", bundle.id).code == 0)
        let events = try await bundle("events", "--stats", bundle.id)
        #expect(events.stdout.contains(#""limit":40"#), "\(events)")
        #expect(try await bundle("delete", "-f", bundle.id).code == 0)
        #expect(bundle.leftovers().isEmpty)
    }

    @Test(
        "The hooks run in their order, each with the state on its standard input",
        arguments: OCIBundle.runtimes)
    func hooks(runtime: String) async throws {
        let bundle = try OCIBundle(runtime)
        let outside = ["prestart", "createRuntime", "poststart", "poststop"]
        let hooks = outside.map {
            #""\#($0)":[{"path":"/bin/sh","args":["sh","-c","(cat; echo ' \#($0)') >> \#(bundle.folder)/hooks"]}]"#
        }
        let inside = #""startContainer":[{"path":"/bin/sh","args":["sh","-c","cat > /tmp/hook"]}]"#
        try bundle.configure(
            ["cat", "/tmp/hook"], top: #""hooks":{\#((hooks + [inside]).joined(separator: ","))},"#)
        let result = try await bundle("run", bundle.id)
        #expect(result.code == 0 && result.stdout.contains(#""id":"\#(bundle.id)""#), "\(result)")
        let lines = try readText(bundle.folder + "/hooks").split(separator: "\n")
        #expect(lines.map { $0.split(separator: " ").last.map(String.init) ?? "" } == outside)
        #expect(lines.allSatisfy { $0.contains(#""id":"\#(bundle.id)""#) })
        #expect(lines.last?.contains(#""status":"stopped""#) == true)

        try bundle.configure(
            ["true"],
            top: #""hooks":{"createRuntime":[{"path":"/bin/sh","args":["sh","-c","echo no >&2; exit 3"]}]},"#)
        let refused = try await bundle("run", bundle.id)
        #expect(refused.code != 0 && refused.stderr.contains("exit status 3"), "\(refused)")
        #expect(bundle.leftovers().isEmpty)
    }

    @Test(
        "A start that fails says why on stderr and in the log, and leaves nothing",
        arguments: [
            (["nosuch"], "", "{}", #"exec: \"nosuch\": executable file not found in $PATH"#),
            (["/etc"], "", "{}", "is a directory"),
            (["true"], "", #"{"cpu":{"cpus":"99"}}"#, "cpuset.cpus"),
            (["true"], #""seccomp":1,"#, "{}", ""),
        ] as [([String], String, String, String)])
    func failures(arguments: [String], process: String, resources: String, words: String) async throws {
        let bundle = try OCIBundle(RuntimeHarness.program ?? "")
        try bundle.configure(arguments, process: process, resources: resources)
        let log = bundle.folder + "/log"
        let result = try await bundle("create", bundle.id, global: ["--log", log, "--log-format", "json"])
        if words.isEmpty {
            // What the specification doesn't know is passed over, as its text asks.
            #expect(result.code == 0, "\(result)")
            #expect(try await bundle("delete", "-f", bundle.id).code == 0)
        } else {
            #expect(result.code == 1 && result.stderr.contains("create failed"), "\(result)")
            let text = try readText(log)
            #expect(text.hasPrefix(#"{"level":"error","msg":"#) && text.contains(words), "\(text)")
        }
        #expect(bundle.leftovers().isEmpty)
    }

    @Test(
        "A bad call is refused with words",
        arguments: [
            (["run", "../x"], "invalid container ID"), (["frob"], "unknown command"),
            (["run", "--frob", "x"], "-frob"),
            (["state"], "usage:"), (["state", "none"], "container does not exist"),
            (["--log-format", "xml", "list"], "invalid log-format"),
            (["--systemd-cgroup", "run", "x"], "--systemd-cgroup"),
            (["kill", "none", "KILL"], "container does not exist"),
            (["run", "--bundle", "/nowhere", "x"], "not found"),
            (["list", "--format", "xml"], "invalid format"),
        ])
    func refused(arguments: [String], words: String) async throws {
        let bundle = try OCIBundle(RuntimeHarness.program ?? "")
        let result = try await Command(bundle.runtime, ["--root", bundle.store] + arguments).run()
        #expect(result.code != 0 && result.stderr.contains(words), "\(result)")
    }

    @Test("features and spec print what they should")
    func documents() async throws {
        let bundle = try OCIBundle(RuntimeHarness.program ?? "")
        let features = try await bundle("features")
        #expect(
            features.stdout.contains(#""ociVersionMax": "1.2.0""#) && features.stdout.contains("\"rbind\""))
        #expect(try await bundle("spec").code == 0)
        #expect(try readText(bundle.folder + "/config.json").contains("\"/proc/kcore\""))
        #expect(try await bundle("spec").code != 0, "an existing file is kept")
    }
}

@Suite("Words of the OCI command line")
struct OCIWordsTests {
    @Test("Options come before operands, with one dash or two")
    func options() throws {
        let known = [
            OCIOption("bundle", "b"), OCIOption("detach", "d", kind: .flag),
            OCIOption("env", "e", kind: .list),
        ]
        let parsed = try OCIArguments(
            ["-b", "x", "--env=A=1", "-e", "B=2", "--detach", "id", "-d", "--", "x"], known)
        #expect(
            parsed.value("bundle") == "x" && parsed.list("env") == ["A=1", "B=2"] && parsed.flag("detach"))
        #expect(parsed.rest == ["id", "-d", "--", "x"])
        #expect(try OCIArguments(["--detach=false"], known).flag("detach") == false)
        for bad in [["--nope"], ["-b"], ["--detach=maybe"]] {
            #expect(throws: OCIFailure.self) { try OCIArguments(bad, known) }
        }
    }

    @Test(
        "Signals",
        arguments: [("9", 9), ("KILL", 9), ("sigterm", 15), ("SIGRTMIN+3", 37), ("0", 0)] as [(String, Int32)]
    )
    func signals(text: String, number: Int32) throws {
        #expect(try OCISignals.number(text) == number)
        #expect(throws: OCIFailure.self) { try OCISignals.number("nope") }
        #expect(throws: OCIFailure.self) { try OCISignals.number("65") }
    }

    @Test("JSON is written in the order of its members")
    func json() {
        let value = OutputJSON.object([
            ("b", .array([.number(-1), .null])), ("a", .string("x\"\n\u{1}")), ("empty", .object([])),
        ])
        #expect(value.text() == #"{"b":[-1,null],"a":"x\"\n\u0001","empty":{}}"#)
        #expect(value.text(indent: 2).hasPrefix("{\n  \"b\": [\n    -1,\n    null\n  ],\n"))
    }
}
