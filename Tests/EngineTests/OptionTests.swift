import DockerAPI
import EngineModel
import Testing

@testable import Engine

@Suite("Capabilities")
struct CapabilitySetTests {
    private let all = Set(CapabilitySet.all)

    @Test("Docker's fourteen, and what is added and dropped")
    func effective() throws {
        func set(_ add: [String], _ drop: [String], privileged: Bool = false) throws -> Set<String> {
            Set(try CapabilitySet.effective(add: add, drop: drop, privileged: privileged, available: all))
        }
        let standard = Set(CapabilitySet.standard)
        #expect(standard.count == 14 && CapabilitySet.all.count == 41)
        #expect(try set([], []) == standard)
        #expect(
            try set(["net_admin", "CAP_SYS_TIME"], ["Chown"])
                == standard.union(["CAP_NET_ADMIN", "CAP_SYS_TIME"]).subtracting(["CAP_CHOWN"]))
        #expect(try set(["all"], []) == all)
        #expect(try set(["ALL"], ["SYS_ADMIN"]) == all.subtracting(["CAP_SYS_ADMIN"]))
        #expect(try set(["ALL", "SYS_ADMIN"], ["SYS_ADMIN"]) == all.subtracting(["CAP_SYS_ADMIN"]))
        #expect(try set([], ["ALL"]).isEmpty)
        #expect(try set(["CHOWN"], ["ALL"]) == ["CAP_CHOWN"])
        #expect(try set(["CHOWN"], ["CHOWN"]) == standard)
        #expect(try set(["ALL"], ["ALL"]) == all)
        #expect(try set([], ["ALL"], privileged: true) == all)
    }

    @Test("Nothing is given that the daemon has not got")
    func available() throws {
        let names = try CapabilitySet.effective(
            add: ["ALL"], drop: [], privileged: false, available: ["CAP_CHOWN", "CAP_KILL"])
        #expect(names == ["CAP_CHOWN", "CAP_KILL"])
    }

    @Test(
        "Unknown names, in Docker's words",
        arguments: [
            ("foo", "CAP_FOO"), ("CAP_FOO", "CAP_FOO"), ("", "CAP_"), ("cap_all", "CAP_ALL"),
            ("chown ", "CAP_CHOWN "),
        ])
    func unknown(name: String, shown: String) {
        for field in ["CapAdd", "CapDrop"] {
            let error = #expect(throws: EngineError.self) {
                try CapabilitySet.normalized([name], field: field)
            }
            #expect(error?.message == "invalid \(field): unknown capability: \"\(shown)\"")
            #expect(error?.kind == .invalidParameter)
        }
    }

    @Test("The mask of /proc/self/status")
    func mask() {
        #expect(CapabilitySet.names(mask: 0).isEmpty)
        #expect(CapabilitySet.names(mask: 1 << 0 | 1 << 21) == ["CAP_CHOWN", "CAP_SYS_ADMIN"])
        #expect(CapabilitySet.names(mask: 0x1ff_ffff_ffff) == all)
    }
}

@Suite("Security options")
struct SecurityOptionsTests {
    @Test("What is taken")
    func taken() throws {
        func read(_ options: String...) throws -> SecurityOptions { try SecurityOptions(parsing: options) }
        #expect(try !read().noNewPrivileges)
        #expect(try read().seccomp == .standard)
        for option in ["no-new-privileges", "no-new-privileges:true", "no-new-privileges=1"] {
            #expect(try read(option).noNewPrivileges)
        }
        #expect(try !read("no-new-privileges=false").noNewPrivileges)
        #expect(try read("seccomp=unconfined").seccomp == .unconfined)
        #expect(try read("seccomp:unconfined").seccomp == .unconfined)
        #expect(try read("seccomp=builtin").seccomp == .standard)
        #expect(try read("seccomp=").seccomp == .standard)
        #expect(try read("seccomp={\"a\":\"b=c\"}").seccomp == .profile("{\"a\":\"b=c\"}"))
        _ = try read("apparmor=unconfined", "apparmor:unconfined", "label=disable", "label:disable")
        #expect(try read("systempaths=unconfined").unconfinedSystemPaths)
    }

    @Test(
        "What is refused as dockerd 28 does",
        arguments: [
            ("no-new-privileges=foo", 2), ("no-new-privileges:", 2), ("seccomp", 1), ("foo", 1),
            ("foo=bar", 2), ("", 1),
            ("mask=/x", 2), ("systempaths=foo", 2), ("writable-cgroups", 1), ("writable-cgroups=x", 2),
            ("label", 1),
        ])
    func refused(option: String, number: Int) {
        let error = #expect(throws: EngineError.self) { try SecurityOptions(parsing: [option]) }
        #expect(error?.message == "invalid --security-opt \(number): \"\(option)\"")
        #expect(error?.kind == .system)
    }

    @Test(
        "What a kernel with AppArmor or SELinux would be asked for",
        arguments: ["apparmor=foo", "label=type:x"])
    func unbuilt(option: String) throws {
        // Without the two, a profile or a label is only kept, as by dockerd.
        let kept = try SecurityOptions(parsing: [option])
        #expect(kept.appArmor == "foo" || kept.hasLabel)
        let error = #expect(throws: EngineError.self) {
            try SecurityOptions(parsing: [option], appArmor: true, seLinux: true)
        }
        #expect(error?.kind == .notImplemented)
        _ = try SecurityOptions(
            parsing: ["apparmor=unconfined", "label=disable"], appArmor: true, seLinux: true)
    }

    @Test("Cgroups that the container may write to")
    func writableCgroups() throws {
        #expect(try SecurityOptions(parsing: []).writableCgroups == nil)
        #expect(try SecurityOptions(parsing: ["writable-cgroups=true"]).writableCgroups == true)
        #expect(try SecurityOptions(parsing: ["writable-cgroups:0"]).writableCgroups == false)
    }
}

@Suite("Detach keys")
struct DetachKeysTests {
    /// The chunks of input, what passes of all of them, and whether they detach.
    struct Input: Sendable {
        var keys: String?
        var chunks: [[UInt8]]
        var passed: [UInt8]
        var detached: Bool
    }

    @Test(
        "Input passes but for the sequence",
        arguments: [
            Input(keys: nil, chunks: [[97, 98]], passed: [97, 98], detached: false),
            Input(keys: nil, chunks: [[16, 17]], passed: [], detached: true),
            Input(keys: "", chunks: [[16], [17]], passed: [], detached: true),
            Input(keys: nil, chunks: [[97, 16], [17, 98]], passed: [97], detached: true),
            Input(keys: nil, chunks: [[16], [97]], passed: [16, 97], detached: false),
            Input(keys: nil, chunks: [[16], [16], [17]], passed: [16], detached: true),
            Input(keys: nil, chunks: [[17, 16]], passed: [17], detached: false),
            Input(keys: "ctrl-a", chunks: [[2], [1]], passed: [2], detached: true),
            Input(keys: "a,ctrl-@,DEL", chunks: [[97, 0, 127]], passed: [], detached: true),
            Input(keys: "ctrl-[,ctrl-_", chunks: [[27, 31]], passed: [], detached: true),
            Input(keys: "ctrl-\\,ctrl-],ctrl-^", chunks: [[28, 29, 30]], passed: [], detached: true),
        ])
    func filter(input: Input) throws {
        var keys = try DetachKeys(parsing: input.keys)
        var passed: [UInt8] = []
        var detached = false
        for chunk in input.chunks where !detached {
            let result = keys.filter(chunk)
            passed += result.passed
            detached = result.isDetached
        }
        #expect(passed == input.passed)
        #expect(detached == input.detached)
    }

    @Test(
        "Keys that are none, in Docker's words",
        arguments: ["foo", "ctrl-A", "a,,b", "ctrl-1", ",", "é", "ctrl-", "ctrl-{", "ctrl-?", "del"])
    func refused(text: String) {
        let error = #expect(throws: EngineError.self) { try DetachKeys(parsing: text) }
        #expect(error?.message == "Invalid detach keys (\(text)) provided")
    }
}

@Suite("Names and modes")
struct NameAndModeTests {
    @Test(
        "The name filter is a regular expression over the name, with or without its slash",
        arguments: [
            ("web", "my-web-1", true), ("^web", "web-1", true), ("^web", "my-web", false),
            ("^/web", "web", true),
            ("web$", "my-web", true), ("^/web$", "web", true), ("^web$", "web1", false), ("", "any", true),
            ("w.b", "wob", true), ("a|b", "xb", true), ("w[0-9]+$", "w12", true), ("w[0-9]+$", "w12x", false),
            ("(", "a", false), ("web", "WEB", false),
        ])
    func namePattern(pattern: String, name: String, matches: Bool) {
        #expect(NamePattern.matches(pattern, name) == matches)
    }

    @Test("What --network says")
    func networkMode() {
        for text in ["", "default", "bridge"] { #expect(NetworkMode(text) == .bridge) }
        #expect(NetworkMode("host") == .host && NetworkMode("none") == .none)
        #expect(NetworkMode("container:abc") == .container("abc"))
        #expect(NetworkMode("mine") == .named("mine"))
        #expect(NetworkMode("").isPrivate && NetworkMode("none").isPrivate && NetworkMode("mine").isPrivate)
        #expect(!NetworkMode("host").isPrivate && !NetworkMode("container:x").isPrivate)
    }

    @Test(
        "How long, in the words of docker ps",
        arguments: [
            (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"),
            (119, "About a minute"), (120, "2 minutes"), (3599, "59 minutes"), (3600, "About an hour"),
            (5399, "About an hour"), (5400, "2 hours"), (47 * 3600, "47 hours"), (48 * 3600, "2 days"),
            (14 * 86_400, "2 weeks"), (59 * 86_400, "8 weeks"), (60 * 86_400, "2 months"),
            (729 * 86_400, "24 months"),
            (730 * 86_400, "2 years"),
        ] as [(Int64, String)])
    func human(seconds: Int64, words: String) { #expect(StatusText.human(seconds: seconds) == words) }

    @Test("The status column")
    func status() {
        let start = Timestamp(nanoseconds: 0)
        let end = Timestamp(nanoseconds: 10_000_000_000)
        let now = Timestamp(nanoseconds: 310_000_000_000)
        var life = Lifecycle()
        #expect(StatusText.of(life, now: now) == "Created")
        life.recordStart(pid: 1, time: start, byPolicy: false)
        #expect(StatusText.of(life, now: now) == "Up 5 minutes")
        life.recordPause()
        #expect(StatusText.of(life, now: now) == "Up 5 minutes (Paused)")
        life.recordExit(code: 137, outOfMemory: false, time: end)
        #expect(StatusText.of(life, now: now) == "Exited (137) 5 minutes ago")
        life.recordRestarting()
        #expect(StatusText.of(life, now: now) == "Restarting (137) 5 minutes ago")
        life.recordRemoval()
        #expect(StatusText.of(life, now: now) == "Removal In Progress")
        life.recordFailedRemoval(error: "x")
        #expect(StatusText.of(life, now: now) == "Dead")
    }
}
